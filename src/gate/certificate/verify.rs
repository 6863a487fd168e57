//! Recomputes a certificate.

use super::{
    Certificate, CertificateError,
    checks::Checks,
    compare::compare,
    reading::{count, lines},
};
use crate::probe::Entry;
use serde_json::Value;
use std::{fmt, io::BufRead};

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The certificate claims something else than the log gives.
    Claim {
        /// Where in the certificate, as a JSON pointer.
        path: String,
        /// What it claims.
        claimed: Value,
        /// What the log gives.
        recomputed: Value,
    },
    /// A line of the log contradicts the others or the schedule.
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The log as a whole is not as it should be.
    Log(String),
    /// A wave went on or back by a verdict that the log does not give.
    Verdict {
        /// The wave.
        wave: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Claim { path, claimed, recomputed } => {
                write!(formatter, "{path}: the certificate claims {claimed}, the log gives {recomputed}")
            }
            Finding::Line { line, problem } => write!(formatter, "line {line} of the log: {problem}"),
            Finding::Log(problem) => write!(formatter, "the log: {problem}"),
            Finding::Verdict { wave } => {
                write!(formatter, "wave {wave}: the verdict that was acted on is not one that the log gives")
            }
        }
    }
}

/// Recomputes every claim of `certificate` from `log`, and checks the log against itself and its schedule. Nothing is
/// found when everything holds. A census is only what the load balancer said; see [`Certificate::census`].
///
/// # Errors
/// When the log cannot be read, or is not one.
pub fn verify(certificate: &Certificate, log: impl BufRead) -> Result<Vec<Finding>, CertificateError> {
    let mut findings = Vec::new();
    let (mut tally, mut checks) = (None, None::<Checks>);
    let digest = lines(log, |line, entry| {
        let entry = match entry {
            Ok(entry) => entry,
            // Without its header nothing can be said about a log; any other line that was spoilt is a finding.
            Err(_) if tally.is_none() => return Err(CertificateError::NotALog),
            Err(error) => {
                findings.push(Finding::Line { line, problem: error.to_string() });
                return Ok(());
            }
        };
        count(&mut tally, &entry)?;
        match (&mut checks, entry) {
            (Some(checks), entry) => {
                let problems = checks.observe(&entry);
                findings.extend(problems.into_iter().map(|problem| Finding::Line { line, problem }));
            }
            (checks, Entry::Started(header)) => *checks = Some(Checks::new(header)),
            _ => return Err(CertificateError::NotALog),
        }
        Ok(())
    })?;
    let recomputed = tally.ok_or(CertificateError::NotALog)?.certificate(&certificate.method, digest);
    findings.extend(checks.into_iter().flat_map(Checks::finish).map(Finding::Log));
    for wave in &recomputed.waves {
        if wave.acted_on.is_some_and(|verdict| !wave.verdicts.contains(&verdict)) {
            findings.push(Finding::Verdict { wave: wave.wave.clone() });
        }
    }
    let (claimed, recomputed) = (serde_json::to_value(certificate)?, serde_json::to_value(&recomputed)?);
    compare("", &claimed, &recomputed, &mut |path, claimed, recomputed| {
        findings.push(Finding::Claim {
            path: path.to_owned(),
            claimed: claimed.clone(),
            recomputed: recomputed.clone(),
        });
    });
    Ok(findings)
}
