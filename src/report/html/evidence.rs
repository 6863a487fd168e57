//! What the requests prove, what they do not, and how to check it.

use super::tables::scrolling;
use crate::{
    Report,
    claims::{bound, claims, what},
    words::{count, duration, unavailability},
};
use gate::{certificate::Certificate, probe::Stream};
use maud::{Markup, html};

pub(super) fn evidence(report: &Report) -> Markup {
    html! {
        section #evidence {
            h2 { "What the requests prove" }
            @match &report.certificate {
                None => p.none {
                    "There is no certificate for this apply, so nothing is proven about the availability of the service."
                },
                Some(certificate) => {
                    @if !certificate.complete {
                        p.warn { "The probe log breaks off: what follows is about the time until then." }
                    }
                    div.claims {
                        @for claim in claims(certificate) {
                            article {
                                h3 { (claim.heading) }
                                p.value { (claim.value) }
                                p { (claim.says) }
                                p.limits { (claim.limits) }
                            }
                        }
                    }
                    (streams(certificate))
                    @if !report.further.is_empty() { (urls(report)) }
                    @if certificate.markers.len() > 1 {
                        p {
                            "Answers came from "
                            @for (index, (marker, answers)) in certificate.markers.iter().enumerate() {
                                @if index > 0 { ", " }
                                code { (marker) } " (" (count(*answers)) ")"
                            }
                            "."
                        }
                    }
                },
            }
        }
    }
}

fn streams(certificate: &Certificate) -> Markup {
    scrolling(html! {
        table {
            caption { "The probes, by the way they take" }
            thead { tr {
                th { "Stream" } th.number { "Sent" } th.number { "Failed" } th.number { "Not sent" }
                th.number { "Failure rate, at most" }
                th.number { "Median" } th.number { "p99" } th.number { "Longest" }
            } }
            tbody {
                @for (stream, claim) in &certificate.streams {
                    @let bounds = gate::certificate::Bounds::of(claim.counts, &certificate.method);
                    tr.aside[*stream == Stream::Control] {
                        th scope="row" { (stream) small { (what(*stream)) } }
                        td.number { (count(claim.counts.probes())) }
                        td.number.failed[claim.counts.failures() > 0] { (count(claim.counts.failures())) }
                        td.number { (count(claim.missed)) }
                        td.number { @if claim.counts.probes() > 0 { (unavailability(bounds.anytime_upper_bound.get())) } }
                        @match &claim.latency {
                            Some(latency) => {
                                td.number { (duration(latency.p50)) }
                                td.number { (duration(latency.p99)) }
                                td.number { (duration(latency.longest)) }
                            }
                            None => { td {} td {} td {} }
                        }
                    }
                }
            }
            tfoot { tr {
                th scope="row" { "All to the service" }
                td.number { (count(certificate.service.counts.probes())) }
                td.number.failed[certificate.service.counts.failures() > 0] { (count(certificate.service.counts.failures())) }
                td {}
                td.number { (unavailability(certificate.service.anytime_upper_bound.get())) small { "availability " (bound(certificate.service.anytime_upper_bound)) } }
                td {} td {} td {}
            } }
        }
    })
}

/// Where there are several URLs: each by itself.
fn urls(report: &Report) -> Markup {
    scrolling(html! {
        table {
            caption { "The URLs that were probed; what stands above is about the first" }
            thead { tr { th { "URL" } th.number { "Sent" } th.number { "Failed" } th.number { "Availability, at least" } } }
            tbody {
                @for certificate in report.certificates() {
                    @let counts = certificate.service.counts;
                    tr {
                        th scope="row" { (certificate.url) }
                        td.number { (count(counts.probes())) }
                        td.number.failed[counts.failures() > 0] { (count(counts.failures())) }
                        td.number { (bound(certificate.service.anytime_upper_bound)) }
                    }
                }
            }
        }
    })
}

pub(super) fn verify(report: &Report) -> Markup {
    html! {
        section #verify {
            h2 { "How to check this" }
            @match (report.verification(), &report.certificate) {
                (Some(command), Some(certificate)) => {
                    p { "Every figure above that is about requests follows from the log of the probes. Anyone who has the log can recompute them, verdicts included:" }
                    pre tabindex="0" { code { (command) } }
                    p {
                        "The log has " (count(certificate.log.lines)) " lines; its SHA-256 is "
                        code.long { (certificate.log.sha256) } ". The times at which probes were due follow from the seed "
                        (certificate.seed) ", so none can be left out unseen."
                    }
                }
                _ => p { "Without a certificate there is nothing to recompute. The events stand in " code { (report.paths.events().display()) } "." },
            }
        }
    }
}
