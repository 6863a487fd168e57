//! The curves: drawn to be stretched, so that they fill whatever width the page has.

use super::scale::Scale;
use crate::{
    facts::{Bin, Capacity, Traffic},
    words::duration,
};
use maud::{Markup, html};
use std::{fmt::Write as _, time::Duration};

/// How high the drawings are, in units of their own.
const HEIGHT: f64 = 100.0;
/// How wide they are: finer than any screen.
const WIDTH: f64 = 10_000.0;

/// Requests, answered and failed, piece by piece.
pub(super) fn requests(traffic: &Traffic, scale: Scale) -> Markup {
    let most = traffic.bins.iter().map(all).max().unwrap_or(0).max(1);
    let places = |traffic: &Traffic, from: fn(&Bin) -> u32, height: fn(&Bin) -> u32| {
        let mut path = String::new();
        for (index, bin) in traffic.bins.iter().enumerate().filter(|(_, bin)| height(bin) > 0) {
            let (left, right) = sides(traffic, index, scale);
            let y = |count: u32| HEIGHT * (1.0 - f64::from(count) / f64::from(most));
            let _ = write!(
                path,
                "M{left:.0} {:.2}V{:.2}H{right:.0}V{:.2}z",
                y(from(bin)),
                y(from(bin) + height(bin)),
                y(from(bin))
            );
        }
        path
    };
    let mut failing = String::new();
    for (index, _) in traffic.bins.iter().enumerate().filter(|(_, bin)| bin.failed > 0) {
        let (left, right) = sides(traffic, index, scale);
        let _ = write!(failing, "M{left:.0} 0V{HEIGHT}H{right:.0}V0z");
    }
    let answered: u64 = traffic.bins.iter().map(|bin| u64::from(bin.answered)).sum();
    let describe = format!(
        "{answered} requests were answered and {} failed, shown in pieces of {}. The most in one piece are {most}.",
        traffic.failures.len(),
        duration(traffic.bin)
    );
    html! {
        (drawing("Requests over time", &describe, html! {
            path.answered d=(places(traffic, |_| 0, |bin| bin.answered)) {}
            path.failed d=(places(traffic, |bin| bin.answered, |bin| bin.failed)) {}
            path.missed d=(places(traffic, |bin| bin.answered + bin.failed, |bin| bin.missed)) {}
            path.failing d=(failing) {}
        }))
        span.top.label { (per_second(most, traffic.bin)) }
    }
}

/// The median, and the band up to the 99th percentile; logarithmic.
pub(super) fn latency(traffic: &Traffic, scale: Scale) -> Markup {
    let known = traffic.bins.iter().filter_map(|bin| Some((bin.p50?, bin.p99?)));
    let (lowest, highest) =
        known.fold((traffic.deadline, Duration::ZERO), |(low, high), (p50, p99)| (low.min(p50), high.max(p99)));
    if highest.is_zero() {
        return html! { p.none { "No request was answered." } };
    }
    let heights = Logarithmic::over(lowest, highest.max(traffic.deadline));
    let mut band = String::new();
    let mut median = String::new();
    for piece in runs(&traffic.bins) {
        let middle = |index: usize| {
            let (left, right) = sides(traffic, index, scale);
            (left + right) / 2.0
        };
        let (first, last) = (sides(traffic, piece.start, scale).0, sides(traffic, piece.end - 1, scale).1);
        let values = |of: fn(&Bin) -> Option<Duration>| -> Vec<(f64, f64)> {
            let points = piece.clone().filter_map(|index| Some((middle(index), heights.of(of(&traffic.bins[index])?))));
            let mut points: Vec<(f64, f64)> = points.collect();
            // To the edges of the pieces, so that a single one is wide enough to be seen.
            if let (Some(&(_, begin)), Some(&(_, end))) = (points.first(), points.last()) {
                points.insert(0, (first, begin));
                points.push((last, end));
            }
            points
        };
        let (p50, p99) = (values(|bin| bin.p50), values(|bin| bin.p99));
        line(&mut median, &p50);
        line(&mut band, &p99.into_iter().chain(p50.into_iter().rev()).collect::<Vec<_>>());
        band.push('z');
    }
    let describe = format!(
        "The median lies between {} and {}; the highest 99th percentile of a piece of {} is {}. Requests fail after {}.",
        duration(lowest),
        duration(traffic.bins.iter().filter_map(|bin| bin.p50).max().unwrap_or_default()),
        duration(traffic.bin),
        duration(highest),
        duration(traffic.deadline)
    );
    html! {
        (drawing("Latency over time", &describe, html! {
            @for mark in heights.marks() {
                line.grid x1="0" x2=(WIDTH) y1=(heights.of(mark)) y2=(heights.of(mark)) {}
            }
            path.band d=(band) {}
            path.median d=(median) {}
            line.limit x1="0" x2=(WIDTH) y1=(heights.of(traffic.deadline)) y2=(heights.of(traffic.deadline)) {}
        }))
        @for mark in heights.marks() {
            span.label style=(format!("top:{:.1}%", heights.of(mark))) { (duration(mark)) }
        }
        span.label.end style=(format!("top:{:.1}%", heights.of(traffic.deadline))) { "deadline " (duration(traffic.deadline)) }
    }
}

/// Healthy targets, and the fewest that were allowed.
pub(super) fn capacity(capacity: &Capacity, span: Duration, scale: Scale) -> Markup {
    let (fewest, most) = capacity.range();
    let top = f64::from(most.max(capacity.at_least.unwrap_or(0)).max(1)) * 1.15;
    let y = |count: u32| HEIGHT * (1.0 - f64::from(count) / top);
    let x = |at: Duration| scale.share(at) * WIDTH;
    let mut course = String::new();
    for now in &capacity.course {
        let height = y(now.healthy);
        let _ = if course.is_empty() {
            write!(course, "M{:.0} {height:.2}", x(now.at))
        } else {
            write!(course, "H{:.0}V{height:.2}", x(now.at))
        };
    }
    let _ = write!(course, "H{:.0}", x(span));
    let first = capacity.course.first().map_or(0.0, |now| x(now.at));
    let allowed = capacity.at_least.map(|least| format!(" At least {least} are needed.")).unwrap_or_default();
    let describe = format!("Between {fewest} and {most} targets of {} were healthy.{allowed}", capacity.of);
    html! {
        (drawing(&format!("Healthy targets of {}", capacity.of), &describe, html! {
            path.area d=(format!("{course}V{HEIGHT}H{first:.0}z")) {}
            path.course d=(course) {}
            @if let Some(least) = capacity.at_least {
                line.limit x1="0" x2=(WIDTH) y1=(y(least)) y2=(y(least)) {}
            }
        }))
        @for count in std::collections::BTreeSet::from([fewest, most]) {
            span.label style=(format!("top:{:.1}%", y(count))) { (count) }
        }
        @if let Some(least) = capacity.at_least {
            span.label.end style=(format!("top:{:.1}%", y(least))) { "at least " (least) }
        }
    }
}

fn drawing(title: &str, describe: &str, content: Markup) -> Markup {
    html! {
        svg role="img" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" aria-label=(format!("{title}. {describe}")) {
            title { (title) }
            desc { (describe) }
            (content)
        }
    }
}

/// From where to where a piece reaches.
fn sides(traffic: &Traffic, index: usize, scale: Scale) -> (f64, f64) {
    let begin = traffic.bin * index as u32;
    (scale.share(begin) * WIDTH, scale.share(begin + traffic.bin) * WIDTH)
}

fn all(bin: &Bin) -> u32 {
    bin.answered + bin.failed + bin.missed
}

fn per_second(count: u32, bin: Duration) -> String {
    format!("{:.0}/s", f64::from(count) / bin.as_secs_f64())
}

/// The stretches in which there is latency to show.
fn runs(bins: &[Bin]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for index in bins.iter().enumerate().filter(|(_, bin)| bin.p50.is_some()).map(|(index, _)| index) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

fn line(path: &mut String, points: &[(f64, f64)]) {
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{x:.0} {y:.2}", if index == 0 { 'M' } else { 'L' });
    }
}

/// Heights of durations that differ by orders of magnitude.
struct Logarithmic {
    lowest: f64,
    decades: f64,
}

impl Logarithmic {
    fn over(lowest: Duration, highest: Duration) -> Self {
        let log = |duration: Duration| duration.as_secs_f64().max(1e-6).log10();
        let lowest = (log(lowest) - 0.15).min(log(highest) - 0.5);
        Self { lowest, decades: log(highest) + 0.12 - lowest }
    }

    fn of(&self, duration: Duration) -> f64 {
        let above = duration.as_secs_f64().max(1e-6).log10() - self.lowest;
        (HEIGHT * (1.0 - above / self.decades)).clamp(0.0, HEIGHT)
    }

    /// The powers of ten between lowest and highest.
    fn marks(&self) -> Vec<Duration> {
        let within = |exponent: &i32| (self.lowest..self.lowest + self.decades).contains(&f64::from(*exponent));
        (-6..=4).filter(within).map(|exponent| Duration::from_secs_f64(10_f64.powi(exponent))).collect()
    }
}
