//! The local cloud's own certificate authority, and the certificates that it gives HTTPS listeners.
//!
//! The authority is kept in the cloud's directory, so that a client which trusts it does so after a restart, too.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// The folder inside the cloud's directory, and the files in it.
const FOLDER: &str = "certificates";
const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";

/// Signs the certificates of one cloud.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    /// What was given out and is in use, by names.
    given: Mutex<BTreeMap<Vec<String>, Weak<CertifiedKey>>>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error("the files of the certificate authority cannot be used: {0}")]
    Files(#[from] io::Error),
    #[error("there is no certificate authority")]
    NoAuthority,
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// The certificates of a listener, each with its names.
pub(super) type Certificates = Vec<(Vec<String>, Arc<CertifiedKey>)>;

impl fmt::Debug for Authority {
    /// Without its key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Authority")
    }
}

impl Authority {
    /// The authority of the cloud in this directory; one for this run only if there is no directory.
    pub(crate) fn open(directory: Option<&Path>) -> Result<Self, CertificateError> {
        let Some(folder) = directory.map(|directory| directory.join(FOLDER)) else { return Self::new() };
        let (certificate, key) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
        match (std::fs::read_to_string(&certificate), std::fs::read_to_string(&key)) {
            (Ok(pem), Ok(key)) => {
                // Its parameters are made anew, as they are always the same; what binds is the key.
                let issuer = Issuer::new(parameters()?, KeyPair::from_pem(&key)?);
                Ok(Authority { issuer, pem, given: Mutex::default() })
            }
            (Err(one), _) | (_, Err(one)) if one.kind() != io::ErrorKind::NotFound => Err(one.into()),
            _ => {
                let authority = Self::new()?;
                std::fs::create_dir_all(&folder)?;
                write(&key, &authority.issuer.key().serialize_pem(), 0o600)?;
                write(&certificate, &authority.pem, 0o644)?;
                Ok(authority)
            }
        }
    }

    fn new() -> Result<Self, CertificateError> {
        let (parameters, key) = (parameters()?, KeyPair::generate()?);
        let pem = parameters.self_signed(&key)?.pem();
        Ok(Authority { issuer: Issuer::new(parameters, key), pem, given: Mutex::default() })
    }

    /// The certificate that clients are to trust, as PEM.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these names, the same for the same names as long as somebody has it.
    pub(super) fn certify(&self, names: &[String]) -> Result<Arc<CertifiedKey>, CertificateError> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(given) = given.get(names).and_then(Weak::upgrade) {
            return Ok(given);
        }
        given.retain(|_, given| given.strong_count() > 0);
        let mut parameters = CertificateParams::new(names)?;
        let midnight =
            |date: Date| date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs());
        let today = Zoned::now().date();
        // For as long as every client accepts.
        parameters.not_before = midnight(today.saturating_sub(1.day()));
        parameters.not_after = midnight(today.saturating_add(390.days()));
        parameters.use_authority_key_identifier_extension = true;
        parameters.distinguished_name.push(DnType::CommonName, names.first().map_or("", String::as_str));
        parameters.key_usages.push(KeyUsagePurpose::DigitalSignature);
        parameters.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing_key = ring::sign::any_supported_type(&key)?;
        let certified = Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signing_key));
        given.insert(names.to_vec(), Arc::downgrade(&certified));
        Ok(certified)
    }
}

/// How a listener with these certificates speaks TLS, the default one first.
pub(super) fn server(certificates: Certificates) -> Result<Arc<ServerConfig>, CertificateError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(BySni(certificates)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Chooses by the name that a client asks for; the default certificate if none fits.
#[derive(Debug)]
struct BySni(Certificates);

impl ResolvesServerCert for BySni {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let fits =
            |names: &[String]| hello.server_name().is_some_and(|asked| names.iter().any(|name| covers(name, asked)));
        let found = self.0.iter().find(|(names, _)| fits(names)).or(self.0.first());
        found.map(|(_, certificate)| Arc::clone(certificate))
    }
}

/// Whether a name of a certificate covers a host: a leading `*` stands for one label (RFC 9525, 6.3).
pub(super) fn covers(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => name.eq_ignore_ascii_case(host),
    }
}

fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    (parameters.not_before, parameters.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2045, 1, 1));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.distinguished_name.push(DnType::CommonName, "rust-stack local cloud");
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(parameters)
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_survives_a_restart() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = Authority::open(Some(directory.path())).expect("it is made");
        let second = Authority::open(Some(directory.path())).expect("it is read");
        assert_eq!(first.pem(), second.pem());
        assert_eq!(first.issuer.key().serialize_der(), second.issuer.key().serialize_der());
        let names = ["a.example.com".to_owned()];
        let given = second.certify(&names).expect("a certificate");
        assert!(Arc::ptr_eq(&given, &second.certify(&names).expect("the same")));
        drop(given);
        let _other = second.certify(&["other.example.com".to_owned()]).expect("a certificate");
        assert_eq!(second.given.lock().expect("nobody panicked").len(), 1, "nobody has the first one any more");
    }

    #[test]
    fn a_star_covers_one_label() {
        assert!(covers("*.example.com", "a.example.com") && covers("A.example.com", "a.EXAMPLE.com"));
        assert!(!covers("*.example.com", "a.b.example.com") && !covers("*.example.com", "example.com"));
    }
}
