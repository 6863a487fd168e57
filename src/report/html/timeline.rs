//! Everything that happened, along one axis of time.

use super::{
    charts,
    scale::{Scale, tick},
    words::{mark, verdict_class},
};
use crate::{
    Report,
    facts::{Bar, MomentKind, Progress, Wave},
    words::{duration, offset},
};
use engine::history::Part;
use maud::{Markup, html};
use std::time::Duration;

/// So many steps of one wave are shown at once; more are folded away.
const MANY_STEPS: usize = 30;

pub(super) fn timeline(report: &Report) -> Markup {
    let scale = Scale::new(report.span);
    html! {
        section #timeline {
            h2 { "What happened when" }
            (legend(report))
            div.lanes {
                div.overlay aria-hidden="true" {
                    @for wave in &report.waves { (shade(wave, report, scale)) }
                    @for moment in &report.moments {
                        i.moment.(moment.kind.word()) style=(format!("left:{}", scale.place(moment.at))) {}
                    }
                }
                @if !report.waves.is_empty() { (lane("Waves", "waves", waves(report, scale))) }
                @if !report.moments.is_empty() { (lane("", "moments", moments(report, scale))) }
                @if let Some(traffic) = &report.traffic {
                    (lane("Requests", "chart requests", charts::requests(traffic, scale)))
                    (lane("Latency", "chart latency", charts::latency(traffic, scale)))
                }
                @for capacity in &report.capacity {
                    (lane_of(
                        html! { "Healthy targets" small { (capacity.of) } },
                        "chart capacity",
                        charts::capacity(capacity, report.span, scale),
                    ))
                }
                (lane("", "axis", axis(scale)))
                @for (number, wave) in (1..).zip(&report.waves) {
                    @let bars: Vec<&Bar> = report.steps.iter().filter(|bar| wave.has(bar)).collect();
                    (group(heading(number, wave), &bars, scale))
                }
                @let (back, rest): (Vec<&Bar>, Vec<&Bar>) = report.outside_waves().partition(|bar| bar.part == Part::Undo);
                @if !rest.is_empty() {
                    (group(html! { @if report.waves.is_empty() { "Steps" } @else { "In no wave" } }, &rest, scale))
                }
                @if !back.is_empty() { (group(html! { b { "The way back" } }, &back, scale)) }
            }
        }
    }
}

fn legend(report: &Report) -> Markup {
    html! {
        ul.legend {
            @if report.traffic.is_some() {
                li { i.key.answered {} "answered" }
                li { i.key.failed {} "failed" }
                @if report.traffic.iter().flat_map(|traffic| &traffic.bins).any(|bin| bin.missed > 0) {
                    li { i.key.missed {} "not sent" }
                }
                li { i.key.median {} "median" }
                li { i.key.band {} "up to the 99th percentile" }
            }
            @if !report.steps.is_empty() {
                li { i.key.calling {} "calling" }
                li { i.key.waiting {} "waiting for it to become true" }
            }
            @if !report.waves.is_empty() { li { i.key.judging {} "requests decide about the wave" } }
        }
    }
}

fn lane(label: &str, class: &str, content: Markup) -> Markup {
    lane_of(html! { (label) }, class, content)
}

fn lane_of(label: Markup, class: &str, content: Markup) -> Markup {
    html! {
        div.lane.(class) {
            div.name { (label) }
            div.track { (content) }
        }
    }
}

/// From when to when a wave ran, as far as that is known.
fn extent(wave: &Wave, report: &Report) -> Option<(Duration, Duration)> {
    let begin = wave.begun.or(wave.applied)?;
    Some((begin, wave.judged.unwrap_or(report.span).max(begin)))
}

fn shade(wave: &Wave, report: &Report, scale: Scale) -> Markup {
    let Some((begin, end)) = extent(wave, report) else { return html! {} };
    let place = format!("left:{};width:{}", scale.place(begin), scale.width(begin, end));
    html! { i.shade.(verdict_class(wave.verdict)) style=(place) {} }
}

fn waves(report: &Report, scale: Scale) -> Markup {
    html! {
        @for (number, wave) in (1..).zip(&report.waves) {
            @if let Some((begin, end)) = extent(wave, report) {
                @let applied = wave.applied.unwrap_or(end).clamp(begin, end);
                div.wave.(verdict_class(wave.verdict)).narrow[scale.share(end) - scale.share(begin) < 0.025]
                    style=(format!("left:{};width:{}", scale.place(begin), scale.width(begin, end)))
                    title=(format!("{}: {}", wave.name, mark(wave.verdict)))
                {
                    @let whole = (end - begin).as_secs_f64().max(1e-6);
                    i.judging style=(format!("left:{:.2}%", (applied - begin).as_secs_f64() / whole * 100.0)) {}
                    b { (number) }
                    span { " " (wave.name) }
                }
            }
        }
    }
}

fn moments(report: &Report, scale: Scale) -> Markup {
    html! {
        @for (index, moment) in report.moments.iter().enumerate() {
            @let late = scale.share(moment.at) > 0.6;
            @let side = if late { format!("right:{:.3}%", (1.0 - scale.share(moment.at)) * 100.0) } else { format!("left:{}", scale.place(moment.at)) };
            span.flag.(moment.kind.word()).late[late] style=(format!("{side};top:{:.2}rem", index as f64 * 1.25)) {
                (moment.kind.word()) " " (offset(moment.at))
            }
        }
        // Keeps the room that the flags need.
        div style=(format!("height:{:.2}rem", report.moments.len() as f64 * 1.25)) {}
    }
}

fn axis(scale: Scale) -> Markup {
    html! {
        @for (index, at) in scale.ticks().into_iter().enumerate() {
            span.tick.odd[index % 2 == 1].last[scale.share(at) > 0.93] style=(format!("left:{}", scale.place(at))) { (tick(at)) }
        }
    }
}

fn heading(number: usize, wave: &Wave) -> Markup {
    html! {
        b { (number) " " (wave.name) }
        " "
        span.badge.(verdict_class(wave.verdict)) { (mark(wave.verdict)) }
        @if wave.irreversible.is_some() { " " span.badge.warn { "cannot be taken back" } }
    }
}

fn group(heading: Markup, bars: &[&Bar], scale: Scale) -> Markup {
    let rows = html! { @for bar in bars { (step(bar, scale)) } };
    html! {
        div.group {
            h3 { (heading) }
            @if bars.len() > MANY_STEPS {
                details { summary { (bars.len()) " steps" } (rows) }
            } @else { (rows) }
        }
    }
}

fn step(bar: &Bar, scale: Scale) -> Markup {
    let (class, note) = match (&bar.progress, bar.took()) {
        (Progress::Done, Some(took)) => ("done", duration(took)),
        (Progress::Failed(_), Some(took)) => ("failed", format!("failed after {}", duration(took))),
        (Progress::NotBegun, _) => ("unbegun", "not begun".to_owned()),
        _ => ("unfinished", "no end recorded".to_owned()),
    };
    let content = html! {
        @if let Some(begun) = bar.begun {
            @let ended = bar.ended.unwrap_or(begun).max(begun);
            @let waiting = bar.waiting.unwrap_or(ended).clamp(begun, ended);
            i.bar.calling.(class) style=(format!("left:{};width:{}", scale.place(begun), scale.width(begun, waiting))) {}
            i.bar.waiting.(class) style=(format!("left:{};width:{}", scale.place(waiting), scale.width(waiting, ended))) {}
            @if scale.share(ended) < 0.75 {
                span.end-note style=(format!("left:{}", scale.place(ended))) { (note) }
            } @else {
                span.end-note style=(format!("right:{:.3}%", (1.0 - scale.share(begun)) * 100.0)) { (note) }
            }
        } @else { span.end-note style="left:0" { (note) } }
    };
    lane_of(
        html! {
            span.verb.(bar.planned.verb) { (symbol(&bar.planned.verb)) } " " (bar.title())
            @if let Progress::Failed(why) = &bar.progress { small.why { (why) } }
        },
        "step",
        content,
    )
}

/// Terraform's symbol of what a step does.
pub(super) fn symbol(verb: &str) -> &'static str {
    match verb {
        "create" => "+",
        "delete" => "-",
        "settle" => "=",
        "" => "?",
        _ => "~",
    }
}

/// What happened to the apply as a whole, as a list.
pub(super) fn told(report: &Report) -> Markup {
    html! {
        @if !report.moments.is_empty() {
            ul.told {
                @for moment in &report.moments {
                    li {
                        b { (moment.kind.word()) } " at " (offset(moment.at))
                        @if !moment.text.is_empty() { ": " (moment.text) }
                    }
                }
            }
        }
        @if report.moment(MomentKind::Halted).is_some() && report.moment(MomentKind::Reverting).is_none() {
            p { "Nothing was taken back: the state in which it stopped is one that the proof covers." }
        }
    }
}
