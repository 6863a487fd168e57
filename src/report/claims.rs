//! What the numbers claim, and what they do not, in plain words.

use crate::words::{at_most, availability, count, many, moment, unavailability};
use gate::{
    certificate::{Certificate, Gaps},
    probe::{Census, Stream},
    statistics::{Gap, GapCaveat, Probability},
};

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it is about.
    pub heading: &'static str,
    /// The claim in a few words.
    pub value: String,
    /// What it says, as sentences.
    pub says: String,
    /// How far it reaches, and what it does not say, as sentences.
    pub limits: String,
}

/// Every claim of a certificate.
pub fn claims(certificate: &Certificate) -> Vec<Claim> {
    let mut claims = vec![proportion(certificate)];
    claims.extend(certificate.gaps.as_ref().map(gap));
    claims.push(control(certificate));
    claims.extend(certificate.census.as_ref().map(|it| census(it, certificate)));
    claims
}

/// What a stream of probes does.
pub fn what(stream: Stream) -> &'static str {
    match stream {
        Stream::NewConnection => "a new connection for each request",
        Stream::KeepAlive => "connections kept open",
        Stream::Long => "long requests",
        Stream::EveryAddress => "each address of the load balancer in turn",
        Stream::Sticky => "with the cookies of earlier answers",
        Stream::TestListener => "the test listener",
        Stream::Control => "an endpoint that the change does not touch",
    }
}

/// The confidence of a certificate's bounds: `95 %`.
pub fn confidence(certificate: &Certificate) -> String {
    availability(certificate.method.alpha.complement().get())
}

/// The share of requests that succeeded at least, by the bound that holds however often one looked.
pub fn bound(upper: Probability) -> String {
    availability(upper.complement().get())
}

fn proportion(certificate: &Certificate) -> Claim {
    let bounds = certificate.service;
    let (probes, failures) = (bounds.counts.probes(), bounds.counts.failures());
    let until = certificate.started.checked_add(certificate.lasted).unwrap_or(certificate.started);
    let confidence = confidence(certificate);
    Claim {
        heading: "Availability",
        value: format!("at least {}", bound(bounds.anytime_upper_bound)),
        says: format!(
            "{} sent to {} between {} and {}, from {}; {}. So, with {confidence} confidence, at most {} of such requests \
             failed in that time. This holds however often anyone looked at the figures meanwhile; had one looked only \
             once, at the end, the figure would be {}.",
            match probes {
                1 => "1 request was".to_owned(),
                _ => format!("{} requests were", count(probes)),
            },
            certificate.url,
            moment(certificate.started),
            moment(until),
            certificate.vantage,
            match failures {
                0 => "none failed".to_owned(),
                _ => format!("{} failed", count(failures)),
            },
            unavailability(bounds.anytime_upper_bound.get()),
            unavailability(bounds.exact_upper_bound.get()),
        ),
        limits: "It says nothing about another time, another place, or paths that no probe took. Failures come in \
                   bursts, so it is a statement about this window and no forecast."
            .to_owned(),
    }
}

fn gap(gaps: &Gaps) -> Claim {
    let Gap { longest, caveat } = gaps.service;
    let of_addresses = if gaps.addresses.len() > 1 {
        let worst =
            gaps.addresses.values().map(|gap| gap.longest).max_by_key(|it| it.map_or(u128::MAX, |it| it.as_nanos()));
        match worst.flatten() {
            Some(worst) => format!(
                " Of any one of the {} addresses of the load balancer, an outage of up to {} could have escaped.",
                gaps.addresses.len(),
                at_most(worst)
            ),
            None => String::new(),
        }
    } else {
        String::new()
    };
    let caveat = match caveat {
        GapCaveat::None => "",
        GapCaveat::SynRetransmitted => {
            " It includes the time after which a client sends an unanswered SYN again, because the deadline of the probes \
             leaves room for that."
        }
        GapCaveat::NoDeadline => " The probes had no deadline, so that each was answered in the end.",
    };
    Claim {
        heading: "Longest outage that could have escaped",
        value: longest.map_or_else(|| "no limit".to_owned(), |longest| format!("at most {}", at_most(longest))),
        says: match longest {
            Some(longest) => format!(
                "Any full outage longer than {} would have failed at least one probe: that was the longest time \
                 without a new connection being tried.{of_addresses}{caveat}",
                at_most(longest)
            ),
            None => format!("An outage of any length could have escaped.{caveat}"),
        },
        limits: "It is about full outages: every new connection refused, reset, dropped or answered with an error. A \
                   part of the requests failing for a short while is what the first claim is about; a stall that ended \
                   before the deadline shows as latency."
            .to_owned(),
    }
}

fn control(certificate: &Certificate) -> Claim {
    let counts = certificate.streams.get(&Stream::Control).map(|stream| stream.counts).unwrap_or_default();
    let missed: u64 = certificate.streams.values().map(|stream| stream.missed).sum();
    Claim {
        heading: "The prober itself",
        value: match (counts.failures(), missed) {
            (0, 0) => "no trouble of its own".to_owned(),
            (failures, missed) => {
                format!("{} of the control endpoint, {}", many(failures, "failure"), many(missed, "missed probe"))
            }
        },
        says: format!(
            "{} went to {}, which the change does not touch; {} failed. Where these fail too, the trouble may be the \
             prober's own network, and no change is judged by it. {} could not be sent in time and count for nothing.",
            many(counts.probes(), "probe"),
            certificate.control_url.as_deref().unwrap_or("an endpoint of the prober's own, on loopback"),
            if counts.failures() == 0 { "none".to_owned() } else { count(counts.failures()) },
            if missed == 0 { "None".to_owned() } else { many(missed, "probe") },
        ),
        limits: if certificate.control_url.is_none() {
            "A control endpoint on loopback shows whether the machine keeps up, and nothing about the network between it \
             and the service."
                .to_owned()
        } else {
            "It shows whether the prober's way to the control endpoint worked, which may be another way than that to the \
             service."
                .to_owned()
        },
    }
}

fn census(census: &Census, certificate: &Certificate) -> Claim {
    let figures = [
        ("requests answered by targets", census.request_count),
        ("errors (5xx) of its own", census.http_code_elb_5xx_count),
        ("errors (5xx) made by targets", census.http_code_target_5xx_count),
        ("connections to targets that failed", census.target_connection_error_count),
        ("rejected connections", census.rejected_connection_count),
        ("failed TLS handshakes", census.client_tls_negotiation_error_count),
    ];
    let told: Vec<String> =
        figures.iter().filter_map(|(what, figure)| Some(format!("{} {what}", count((*figure)?)))).collect();
    Claim {
        heading: "What the load balancer counted",
        value: match census.http_code_elb_5xx_count {
            Some(errors) => format!("{} of its own", many(errors, "error")),
            None => "no figures of errors".to_owned(),
        },
        says: format!(
            "Over the same time the load balancer reported {}. These cover real users that reached it; the {} probes cover \
             those that did not.",
            if told.is_empty() { "nothing".to_owned() } else { told.join(", ") },
            count(certificate.service.counts.probes())
        ),
        limits: "It is what the load balancer said, a minute at a time, and cannot be recomputed from the log."
            .to_owned(),
    }
}
