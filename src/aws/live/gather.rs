use engine::Result;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use std::{
    fmt,
    future::Future,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Lets calls that ask about different objects at the same moment share one call.
///
/// Some APIs tell about objects of several kinds in one reply (tags of ELBv2, rules of both directions). The call is
/// made when everything that runs beside the first caller has run once, so that whoever else wants to know has
/// joined; it waits for nothing else. As in a [`Flight`](super::Flight), nothing is kept after the answer has come.
pub(crate) struct Gather<T>(Mutex<Option<Round<T>>>);

/// A call that has not been made yet, or is under way.
struct Round<T> {
    wanted: Arc<Mutex<Wanted>>,
    call: Shared<BoxFuture<'static, Result<Arc<T>>>>,
}

/// The ids that a call is to be made with; `None` once it is made.
type Wanted = Option<Vec<String>>;

impl<T: Send + Sync + 'static> Gather<T> {
    /// Joins the call that is about to be made, or makes one with `fetch`. The answer speaks of more than `ids`, and
    /// an error may come from the ids of others.
    pub(crate) async fn join<F>(
        &self,
        ids: Vec<String>,
        fetch: impl FnOnce(Vec<String>) -> F + Send + 'static,
    ) -> Result<Arc<T>>
    where
        F: Future<Output = Result<T>> + Send,
    {
        let call = {
            let mut round = lock(&self.0);
            match round.as_ref().filter(|round| round.takes(&ids)) {
                Some(round) => round.call.clone(),
                None => round.insert(Round::new(ids, fetch)).call.clone(),
            }
        };
        // Here and not in the call itself, which another caller would drive past it.
        tokio::task::yield_now().await;
        call.await
    }
}

impl<T: Send + Sync + 'static> Round<T> {
    fn new<F>(ids: Vec<String>, fetch: impl FnOnce(Vec<String>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<T>> + Send,
    {
        let wanted = Arc::new(Mutex::new(Some(ids)));
        let taken = Arc::clone(&wanted);
        let call = async move {
            let ids = mem::take(&mut *lock(&taken)).unwrap_or_default();
            fetch(ids).await.map(Arc::new)
        };
        Self { wanted, call: call.boxed().shared() }
    }

    /// Takes in more ids, if the call has not been made yet.
    fn takes(&self, ids: &[String]) -> bool {
        match lock(&self.wanted).as_mut() {
            Some(wanted) => {
                wanted.extend_from_slice(ids);
                true
            }
            None => false,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Default for Gather<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> fmt::Debug for Gather<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gather")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asks_at_the_same_moment_shares_a_call() {
        let gather = Gather::default();
        let ask = |id: &str| gather.join(vec![id.to_owned()], |ids| async move { Ok(ids) });
        let (one, another, third) = futures::join!(ask("a"), ask("b"), ask("c"));
        for reply in [one, another, third] {
            assert_eq!(*reply.unwrap(), ["a", "b", "c"]);
        }
        assert_eq!(*ask("d").await.unwrap(), ["d"], "nothing is kept");
    }
}
