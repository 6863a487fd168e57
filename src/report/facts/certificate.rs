use engine::history::{Paths, Summary};
use gate::{
    certificate::Certificate,
    statistics::{Counts, Probability},
};
use std::{fs, io, path::Path};

/// What a certificate says in one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// Requests to the service, at all its URLs.
    pub probes: u64,
    /// Those that failed.
    pub failures: u64,
    /// At least this share of requests succeeded at the worst of its URLs, with the confidence of the certificate.
    pub availability: Probability,
}

/// What the certificate of an apply says in one line, if it has one that can be read.
pub fn tested(summary: &Summary) -> Option<Tested> {
    let mut problems = Vec::new();
    let first = read(&summary.paths.certificate(), &mut problems)?;
    let all: Vec<Certificate> = std::iter::once(first).chain(further(&summary.paths, &mut problems)).collect();
    let counts = total(&all);
    let (probes, failures) = (counts.probes(), counts.failures());
    Some(Tested { probes, failures, availability: worst(&all)?.service.anytime_upper_bound.complement() })
}

/// The requests to all URLs together.
pub(crate) fn total<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Counts {
    certificates.into_iter().fold(Counts::default(), |mut sum, certificate| {
        sum += certificate.service.counts;
        sum
    })
}

/// The certificate of the URL of which the least is proven.
pub(crate) fn worst<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Option<&'a Certificate> {
    let bound = |certificate: &&Certificate| certificate.service.anytime_upper_bound.get();
    certificates.into_iter().max_by(|one, other| bound(one).total_cmp(&bound(other)))
}

/// The certificates of all URLs but the first.
pub(super) fn further(paths: &Paths, problems: &mut Vec<String>) -> Vec<Certificate> {
    (1..).map_while(|place| read(&paths.certificate_of(place), problems)).collect()
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
