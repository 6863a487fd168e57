use crate::{
    error::{CliError, Kind},
    output::Output,
    traffic::{self, summary},
};
use clap::{Args, Subcommand};
use gate::certificate::{Certificate, verify};
use serde_json::json;
use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Recompute every claim of a certificate from its probe log.
    Verify(Verify),
    /// Show what a certificate claims.
    Show {
        /// The certificate.
        file: PathBuf,
    },
    /// Make a certificate from a probe log.
    Make {
        /// The probe log.
        log: PathBuf,
        /// Where to write the certificate; standard output when absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The certificate.
    file: PathBuf,
    /// The probe log; by default `probes.jsonl` beside the certificate.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

impl CertificateCommand {
    pub(crate) fn run(self, output: &Output) -> Result<ExitCode, CliError> {
        match self {
            Self::Verify(verify) => verify.run(output),
            Self::Show { file } => {
                let certificate = read(&file)?;
                output.result(&summary(&certificate));
                output.line("certificate", "certificate", json!({ "certificate": certificate }));
                Ok(ExitCode::SUCCESS)
            }
            Self::Make { log, out } => {
                let certificate = traffic::certificate(&log)?;
                match &out {
                    Some(path) => fs::write(path, certificate.to_json()).map_err(|error| about(path, &error))?,
                    None => output.result(&format!("{}\n", certificate.to_json())),
                }
                output.line("certificate", "certificate", json!({ "certificate": certificate }));
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Verify {
    fn run(self, output: &Output) -> Result<ExitCode, CliError> {
        let certificate = read(&self.file)?;
        let log = self.log.clone().unwrap_or_else(|| self.file.with_file_name("probes.jsonl"));
        let reader = File::open(&log).map_err(|error| {
            about(&log, &error).hint("Name the probe log that the certificate was made from with --log FILE.")
        })?;
        let findings = verify(&certificate, BufReader::new(reader)).map_err(|error| about(&log, &error))?;
        for finding in &findings {
            output.line("finding", &finding.to_string(), json!({}));
        }
        if findings.is_empty() {
            let message = format!(
                "Every claim of {} follows from {} ({} lines, SHA-256 {}).",
                self.file.display(),
                log.display(),
                certificate.log.lines,
                certificate.log.sha256
            );
            output.result(&format!("{message}\n\n{}", summary(&certificate)));
            output.line("certificate_verified", &message, json!({ "certificate": certificate }));
            return Ok(ExitCode::SUCCESS);
        }
        let message = format!("{} does not follow from {}", self.file.display(), log.display());
        Err(CliError::new(Kind::Gate, message).details(findings.iter().map(ToString::to_string).collect()))
    }
}

fn read(file: &Path) -> Result<Certificate, CliError> {
    let text = fs::read_to_string(file).map_err(|error| about(file, &error))?;
    Certificate::from_json(&text).map_err(|error| about(file, &error))
}

fn about(file: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::new(Kind::Gate, format!("{}: {error}", file.display()))
}
