//! Servers that behave in a given way, and probers that watch them.

use rust_stack_gate::probe::{Entry, Failure, Prober, Record, Settings, Stream, StreamPlan, Target};
use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A server; its listener closes when this is dropped, connections go on.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Gives each connection to `handle`.
    pub(crate) async fn start<F, Fut>(handle: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Server::start_at("127.0.0.1:0".parse().unwrap(), handle).await
    }

    pub(crate) async fn start_at<F, Fut>(address: SocketAddr, handle: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(handle(stream));
            }
        });
        Server { address, accepting }
    }

    /// Answers each request on each connection with `answer`, and notes the requests.
    pub(crate) async fn answering(answer: String) -> (Self, Requests) {
        let requests = Requests::default();
        let noted = requests.clone();
        let server = Server::start(move |mut stream| {
            let (answer, requests) = (answer.clone(), noted.clone());
            async move {
                while let Some(head) = read_head(&mut stream).await {
                    requests.add(head);
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            }
        });
        (server.await, requests)
    }

    pub(crate) fn target(&self) -> Target {
        Target::new(&format!("http://{}/", self.address)).unwrap()
    }

    /// Refuses new connections from now on.
    pub(crate) async fn refuse(&mut self) {
        self.accepting.abort();
        let aborted = (&mut self.accepting).await;
        assert!(aborted.is_err_and(|error| error.is_cancelled()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The heads of the requests that a server got.
#[derive(Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    pub(crate) fn add(&self, head: String) {
        self.0.lock().unwrap().push(head);
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The values of the header `name`, in order.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        self.heads().iter().filter_map(|head| value(head, name)).collect()
    }
}

pub(crate) fn value(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
}

/// Reads up to the end of the next request's head; `None` when the client has gone.
pub(crate) async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

/// One stream of so many probes a second. The deadline is long, so that a busy machine does not spoil a test.
pub(crate) fn settings(target: Target, stream: Stream, rate: f64) -> Settings {
    Settings {
        streams: Some(vec![StreamPlan::per_second(stream, rate)]),
        deadline: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(5),
        provisional_after: Duration::from_secs(4),
        ..Settings::new(target)
    }
}

/// The first `count` records of a prober.
pub(crate) async fn records(settings: Settings, count: usize) -> Vec<Record> {
    let prober = Prober::start(settings).await.unwrap();
    let records = next_records(&prober, count, |_| true).await;
    prober.stop().await.unwrap();
    records
}

/// The next `count` records that are `wanted`.
pub(crate) async fn next_records(prober: &Prober, count: usize, wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
    let mut entries = prober.subscribe();
    let mut records = Vec::new();
    while records.len() < count {
        match &*entries.next().await.unwrap() {
            Entry::Probe(record) if wanted(record) => records.push(record.clone()),
            _ => {}
        }
    }
    records
}

/// That every record failed so.
#[track_caller]
pub(crate) fn all_failed(records: &[Record], failure: Failure) {
    for record in records {
        assert_eq!(record.failure(), Some(failure), "{record:?}");
    }
}
