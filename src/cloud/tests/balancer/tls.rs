use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::setup::{Cloud, Connection};

const ANSWER: &str = "DefaultActions.member.1.Type=fixed-response\
                      &DefaultActions.member.1.FixedResponseConfig.StatusCode=200\
                      &DefaultActions.member.1.FixedResponseConfig.MessageBody=secret";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_trusts_the_cloud_is_served_over_tls() {
    let cloud = Cloud::start(Duration::ZERO).await;
    let arn = |name: &str| format!("arn:aws:acm:us-east-1:123456789012:certificate/{name}");
    let form = format!("Certificates.member.1.CertificateArn={}&{ANSWER}", arn("3dcb0a41"));
    let (port, listener) = cloud.listener_on("HTTPS", &form).await;
    let certificate = cloud.client.admin("GET", "ca", None).body;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM")).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let open = async |name: &str| {
        let stream = TcpStream::connect((cloud.nodes[0], port)).await.expect("it is listened on");
        connector.connect(ServerName::try_from(name.to_owned()).expect("a name"), stream).await
    };
    let stream = open(&cloud.nodes[0].to_string()).await.expect("it is trusted");
    let reply = Connection::over(TokioIo::new(stream)).await.get("/").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "secret"));
    assert!(open("shop.example.com").await.is_err(), "no certificate is for that name");
    let add = format!("ListenerArn={listener}&Certificates.member.1.CertificateArn={}", arn("shop.example.com"));
    cloud.call("AddListenerCertificates", &add);
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while open("shop.example.com").await.is_err() {
        assert!(std::time::Instant::now() < deadline, "the certificate never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
