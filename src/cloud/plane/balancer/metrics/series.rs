//! What was counted in one place: second by second for two minutes, and minute by minute before.
//!
//! AWS: CloudWatch User Guide, "Metrics retention": data points with a period below a minute are kept for 3 hours, those of a
//! minute for 15 days. Less is kept here, so that what a cloud remembers does not grow for as long as it runs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use super::datum::class_of;
use super::{Datum, Metric, Sum, lock};

/// How many seconds are kept one by one.
const SECONDS: i64 = 120;

/// A minute in seconds, and how many of them are kept.
const MINUTE: i64 = 60;
const MINUTES: i64 = 180;

/// What was counted in one place.
#[derive(Debug, Default)]
pub(crate) struct Series(Mutex<Spans>);

#[derive(Debug, Default)]
struct Spans {
    /// Oldest first, and older than all of the seconds.
    minutes: VecDeque<Span>,
    /// Oldest first; those in which nothing was counted are not there.
    seconds: VecDeque<Span>,
}

/// What was counted in one second or minute.
#[derive(Debug)]
struct Span {
    /// Its start, in seconds since 1970.
    from: i64,
    sums: Vec<(Metric, Sum)>,
    /// How many response times fell into which class.
    classes: Vec<(u8, u32)>,
}

impl Series {
    /// Counts one.
    pub(in super::super) fn count(&self, metric: Metric) {
        self.note(|second| second.add(metric, Sum::of(1.0)));
    }

    /// Counts a request that was forwarded, with what more there is to count of it, and how long its target took from the
    /// end of the request to the header of its answer.
    pub(in super::super) fn forwarded(&self, more: Option<Metric>, response_time: Option<Duration>) {
        self.note(|second| {
            second.add(Metric::RequestCount, Sum::of(1.0));
            if let Some(metric) = more {
                second.add(metric, Sum::of(1.0));
            }
            if let Some(time) = response_time {
                second.add(Metric::TargetResponseTime, Sum::of(time.as_secs_f32()));
                second.classify(class_of(time), 1);
            }
        });
    }

    /// Notes how many there are, once a second.
    pub(in super::super) fn level(&self, metric: Metric, value: usize) {
        self.note(|second| {
            if !second.sums.iter().any(|(found, _)| *found == metric) {
                second.add(metric, Sum::of(value as f32));
            }
        });
    }

    /// Whether anything of it is kept.
    pub(super) fn is_kept(&self, now: i64) -> bool {
        let spans = lock(&self.0);
        let last = spans.seconds.back().or(spans.minutes.back());
        last.is_some_and(|last| now - last.from < MINUTES * MINUTE)
    }

    /// The metrics of which anything is kept.
    pub(super) fn metrics(&self) -> Vec<Metric> {
        let spans = lock(&self.0);
        let sums = spans.minutes.iter().chain(&spans.seconds).flat_map(|span| &span.sums);
        let mut metrics: Vec<Metric> = sums.map(|(metric, _)| *metric).collect();
        metrics.sort_unstable();
        metrics.dedup();
        metrics
    }

    /// Adds what a metric was from `start` to before `end`, by the starts of periods; times in seconds since 1970. The start
    /// is rounded down to a whole minute for periods that are no shorter (AWS: CloudWatch API Reference, GetMetricData,
    /// `StartTime`).
    pub(super) fn add_to(
        &self,
        data: &mut BTreeMap<i64, Datum>,
        metric: Metric,
        (start, end): (i64, i64),
        period: i64,
    ) {
        let spans = lock(&self.0);
        let by_minutes = period >= MINUTE;
        let start = if by_minutes { floor(start, MINUTE) } else { start };
        let minutes = spans.minutes.iter().filter(|_| by_minutes);
        for span in minutes.chain(&spans.seconds).filter(|span| (start..end).contains(&span.from)) {
            let Some((_, sum)) = span.sums.iter().find(|(found, _)| *found == metric) else { continue };
            let datum = data.entry(floor(span.from, period)).or_insert(Datum::NONE);
            datum.sum.add(*sum);
            if metric == Metric::TargetResponseTime {
                for (class, count) in &span.classes {
                    *datum.classes.entry(*class).or_default() += count;
                }
            }
        }
    }

    /// Notes something in the second that it is.
    fn note(&self, note: impl FnOnce(&mut Span)) {
        self.note_at(Timestamp::now().as_second(), note);
    }

    fn note_at(&self, now: i64, note: impl FnOnce(&mut Span)) {
        let mut spans = lock(&self.0);
        if spans.seconds.back().is_none_or(|last| last.from < now) {
            spans.roll_up(now);
            spans.seconds.push_back(Span::new(now));
        }
        if let Some(second) = spans.seconds.back_mut() {
            note(second);
        }
    }
}

impl Spans {
    /// Takes the seconds that are old together into minutes, and forgets minutes that are.
    fn roll_up(&mut self, now: i64) {
        while let Some(second) = self.seconds.pop_front_if(|second| second.from <= now - SECONDS) {
            let from = floor(second.from, MINUTE);
            if self.minutes.back().is_none_or(|last| last.from < from) {
                self.minutes.push_back(Span::new(from));
            }
            if let Some(minute) = self.minutes.back_mut() {
                minute.take(second);
            }
        }
        while self.minutes.pop_front_if(|minute| minute.from <= now - MINUTES * MINUTE).is_some() {}
    }
}

impl Span {
    fn new(from: i64) -> Self {
        Span { from, sums: Vec::new(), classes: Vec::new() }
    }

    fn add(&mut self, metric: Metric, sum: Sum) {
        match self.sums.iter_mut().find(|(found, _)| *found == metric) {
            Some((_, known)) => known.add(sum),
            None => self.sums.push((metric, sum)),
        }
    }

    fn classify(&mut self, class: u8, times: u32) {
        match self.classes.iter_mut().find(|(found, _)| *found == class) {
            Some((_, count)) => *count += times,
            None => self.classes.push((class, times)),
        }
    }

    fn take(&mut self, other: Span) {
        other.sums.into_iter().for_each(|(metric, sum)| self.add(metric, sum));
        other.classes.into_iter().for_each(|(class, times)| self.classify(class, times));
    }
}

/// The start of the period that a time is in.
fn floor(time: i64, period: i64) -> i64 {
    time.div_euclid(period) * period
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The start of a minute.
    const START: i64 = 1_800_000_000;

    fn sums(series: &Series, time: (i64, i64), period: i64) -> Vec<(i64, f32)> {
        let mut data = BTreeMap::new();
        series.add_to(&mut data, Metric::RequestCount, time, period);
        data.into_iter().map(|(from, datum)| (from - START, datum.sum.sum)).collect()
    }

    #[test]
    fn old_seconds_become_minutes_and_count_the_same() {
        let series = Series::default();
        for second in 0..600 {
            series.note_at(START + second, |it| it.add(Metric::RequestCount, Sum::of(1.0)));
        }
        let by_minutes: Vec<(i64, f32)> = (0..10).map(|minute| (minute * 60, 60.0)).collect();
        assert_eq!(sums(&series, (START + 30, START + 600), 60), by_minutes, "the start is rounded down");
        assert_eq!(sums(&series, (START, START + 600), 3600), [(0, 600.0)]);
        let by_seconds = sums(&series, (START, START + 600), 1);
        assert_eq!((by_seconds.len(), by_seconds[0]), (SECONDS as usize, (480, 1.0)));
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let series = Series::default();
        // Every second a response time of another class.
        for second in 0..6 * 3600 {
            series.note_at(START + second, |it| {
                it.add(Metric::TargetResponseTime, Sum::of(1.0));
                it.classify((second % 256) as u8, 1);
            });
        }
        let spans = lock(&series.0);
        assert!(spans.seconds.len() <= SECONDS as usize && spans.minutes.len() <= MINUTES as usize);
        drop(spans);
        assert!(series.is_kept(START + 7 * 3600) && !series.is_kept(START + 9 * 3600 + 1));
    }
}
