//! Reads a log line by line, and a certificate.

use super::{Certificate, FORMAT, LogDigest, Method, VERSION, tally::Tally};
use crate::probe::{self, Entry, LogError};
use sha2::{Digest, Sha256};
use std::io::BufRead;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log does not begin as one.
    #[error("the file is not a probe log: its first line is not a header")]
    NotALog,
    /// The log is of another version.
    #[error(
        "the probe log has the format {format} {version}, and this program knows {} {}",
        probe::FORMAT,
        probe::VERSION
    )]
    LogVersion {
        /// Its format.
        format: String,
        /// Its version.
        version: u32,
    },
    /// The document is not a certificate.
    #[error("the file is not a certificate: {0}")]
    NotACertificate(#[from] serde_json::Error),
    /// The certificate is of another version.
    #[error("the certificate has the format {format} {version}, and this program knows {FORMAT} {VERSION}")]
    Version {
        /// Its format.
        format: String,
        /// Its version.
        version: u32,
    },
}

impl Certificate {
    /// What `log` proves.
    ///
    /// # Errors
    /// When it cannot be read, or is not a log.
    pub fn from_log(log: impl BufRead, method: &Method) -> Result<Self, CertificateError> {
        let mut tally = None;
        let digest = lines(log, |_, entry| {
            count(&mut tally, &entry?)?;
            Ok(())
        })?;
        Ok(tally.ok_or(CertificateError::NotALog)?.certificate(method, digest))
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// When it is not one, or is of another version.
    pub fn from_json(text: &str) -> Result<Self, CertificateError> {
        #[derive(serde::Deserialize)]
        struct Beginning {
            format: String,
            version: u32,
        }
        let Beginning { format, version } = serde_json::from_str(text)?;
        if (format.as_str(), version) != (FORMAT, VERSION) {
            return Err(CertificateError::Version { format, version });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// The certificate as JSON, for people to read too.
    pub fn to_json(&self) -> String {
        // Its maps have strings as keys, and nothing else can fail.
        serde_json::to_string_pretty(self).expect("a certificate is JSON")
    }
}

/// Counts an entry; the first one must be the header.
pub(super) fn count(tally: &mut Option<Tally>, entry: &Entry) -> Result<(), CertificateError> {
    match (tally, entry) {
        (Some(tally), entry) => tally.observe(entry),
        (tally, Entry::Started(header)) => {
            if (header.format.as_str(), header.version) != (probe::FORMAT, probe::VERSION) {
                return Err(CertificateError::LogVersion { format: header.format.clone(), version: header.version });
            }
            *tally = Some(Tally::new(header.clone()));
        }
        _ => return Err(CertificateError::NotALog),
    }
    Ok(())
}

/// Gives each line, numbered from 1, to `each`.
pub(super) fn lines(
    mut log: impl BufRead,
    mut each: impl FnMut(u64, Result<Entry, LogError>) -> Result<(), CertificateError>,
) -> Result<LogDigest, CertificateError> {
    let mut sha256 = Sha256::new();
    let (mut number, mut bytes, mut line) = (0, 0, Vec::new());
    loop {
        line.clear();
        let read = log.read_until(b'\n', &mut line).map_err(LogError::Read)?;
        if read == 0 {
            return Ok(LogDigest { sha256: hex::encode(sha256.finalize()), lines: number, bytes });
        }
        number += 1;
        bytes += read as u64;
        sha256.update(&line);
        let entry = serde_json::from_slice(&line).map_err(|source| LogError::Line { line: number, source });
        each(number, entry)?;
    }
}
