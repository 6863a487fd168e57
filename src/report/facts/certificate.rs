use engine::history::Summary;
use gate::{certificate::Certificate, statistics::Probability};
use std::{fs, io, path::Path};

/// What a certificate says in one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// Requests to the service.
    pub probes: u64,
    /// Those that failed.
    pub failures: u64,
    /// At least this share of requests succeeded, with the confidence of the certificate.
    pub availability: Probability,
}

/// What the certificate of an apply says in one line, if it has one that can be read.
pub fn tested(summary: &Summary) -> Option<Tested> {
    let certificate = read(&summary.paths.certificate(), &mut Vec::new())?;
    let bounds = certificate.service;
    Some(Tested {
        probes: bounds.counts.probes(),
        failures: bounds.counts.failures(),
        availability: bounds.anytime_upper_bound.complement(),
    })
}

pub(super) fn read(path: &Path, problems: &mut Vec<String>) -> Option<Certificate> {
    let mut problem = |error: &dyn std::fmt::Display| problems.push(format!("{}: {error}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => Certificate::from_json(&text).map_err(|error| problem(&error)).ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            problem(&error);
            None
        }
    }
}
