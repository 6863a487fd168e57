use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// A bucket of calls that fills steadily.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// How many calls may be made at once after a pause.
    pub burst: f64,
    /// How many calls a second may be made on end.
    pub per_second: f64,
}

impl Limit {
    /// What EC2 grants most of its actions: 100 at once, 20 a second.
    /// AWS: EC2 Developer Guide, "Request throttling for the Amazon EC2 API".
    pub const EC2: Self = Self { burst: 100.0, per_second: 20.0 };
}

/// One budget for each service and action, shared by everything that calls.
///
/// A call that was throttled halves the budget of its action; calls that succeed win it back slowly (additive
/// increase, multiplicative decrease).
#[derive(Debug, Default)]
pub struct Rates {
    limit: Option<Limit>,
    buckets: Mutex<HashMap<(&'static str, &'static str), Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    limit: Limit,
    tokens: f64,
    filled: Instant,
}

/// Below this many calls a second a budget does not fall.
const SLOWEST: f64 = 0.5;
/// What an action that had no limit gets when it is throttled for the first time.
const FIRST: Limit = Limit { burst: 5.0, per_second: 10.0 };

impl Rates {
    /// Budgets that begin at `limit`; with `None` an action has none until it is throttled.
    pub fn new(limit: Option<Limit>) -> Self {
        Self { limit, buckets: Mutex::default() }
    }

    /// Waits until a call may be made.
    pub async fn acquire(&self, service: &'static str, action: &'static str) {
        let due = {
            let mut buckets = self.lock();
            let key = (service, action);
            match (buckets.get_mut(&key), self.limit) {
                (Some(bucket), _) => bucket.take(),
                (None, None) => return,
                (None, Some(limit)) => {
                    let mut bucket = Bucket { limit, tokens: limit.burst, filled: Instant::now() };
                    let due = bucket.take();
                    buckets.insert(key, bucket);
                    due
                }
            }
        };
        if let Some(due) = due {
            sleep_until(due).await;
        }
    }

    /// Says that a call was throttled.
    pub fn throttled(&self, service: &'static str, action: &'static str) {
        let mut buckets = self.lock();
        let bucket = buckets.entry((service, action)).or_insert_with(|| Bucket {
            limit: self.limit.unwrap_or(FIRST),
            tokens: 0.0,
            filled: Instant::now(),
        });
        bucket.limit.per_second = (bucket.limit.per_second / 2.0).max(SLOWEST);
        bucket.limit.burst = (bucket.limit.burst / 2.0).max(1.0);
        bucket.tokens = bucket.tokens.min(0.0);
    }

    /// Says that a call went through.
    pub fn passed(&self, service: &'static str, action: &'static str) {
        if let Some(bucket) = self.lock().get_mut(&(service, action)) {
            let full = self.limit.unwrap_or(Limit::EC2);
            bucket.limit.per_second = (bucket.limit.per_second + 0.1).min(full.per_second);
            bucket.limit.burst = (bucket.limit.burst + 0.1).min(full.burst);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(&'static str, &'static str), Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    /// Takes one token, perhaps one that is still to come; returns when it comes.
    fn take(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let gained = now.duration_since(self.filled).as_secs_f64() * self.limit.per_second;
        self.tokens = (self.tokens + gained).min(self.limit.burst) - 1.0;
        self.filled = now;
        (self.tokens < 0.0).then(|| now + Duration::from_secs_f64(-self.tokens / self.limit.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_budget_lets_a_burst_through_and_then_a_steady_flow() {
        let rates = Rates::new(Some(Limit { burst: 10.0, per_second: 5.0 }));
        let begun = Instant::now();
        for _ in 0..20 {
            rates.acquire("ec2", "create").await;
        }
        let elapsed = begun.elapsed().as_secs_f64();
        assert!((1.9..2.1).contains(&elapsed), "10 at once, 10 at 5/s: {elapsed}");
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_slows_only_the_action_concerned() {
        let rates = Rates::new(None);
        let begun = Instant::now();
        for _ in 0..1000 {
            rates.acquire("ec2", "create").await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        rates.throttled("ec2", "create");
        for _ in 0..10 {
            rates.acquire("ec2", "create").await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(1));
        let begun = Instant::now();
        rates.acquire("ecs", "create").await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
