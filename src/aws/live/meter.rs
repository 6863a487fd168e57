use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts the API calls of a set of clients.
///
/// It sits below the SDK, where every attempt passes, so that no kind has to know of it.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    calls: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// Calls made, by `service.Operation`.
pub type Spent = BTreeMap<String, u64>;

impl Meter {
    /// The calls made so far.
    pub fn spent(&self) -> Spent {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The HTTP client that counts.
    pub(crate) fn client(&self) -> SharedHttpClient {
        let inner = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        SharedHttpClient::new(Metered { inner, meter: self.clone() })
    }

    fn count(&self, request: &HttpRequest) {
        let operation = operation(request);
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }
}

/// `ec2.DescribeVpcs`, read from the request: the credential scope names the service; the operation stands in a
/// header (JSON protocols) or in the form (query protocols).
fn operation(request: &HttpRequest) -> String {
    let scope = request.headers().get("authorization").and_then(|header| header.split('/').nth(3)).unwrap_or("?");
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    let action = || {
        let body = std::str::from_utf8(request.body().bytes()?).ok()?;
        body.split('&').find_map(|pair| pair.strip_prefix("Action="))
    };
    format!("{scope}.{}", target.or_else(action).unwrap_or("?"))
}

#[derive(Debug)]
struct Metered {
    inner: SharedHttpClient,
    meter: Meter,
}

impl HttpClient for Metered {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(MeteredConnector { inner, meter: self.meter.clone() })
    }
}

#[derive(Debug)]
struct MeteredConnector {
    inner: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for MeteredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.meter.count(&request);
        self.inner.call(request)
    }
}
