//! What the prober costs: all streams at 50 probes a second against a server in another process, for twenty seconds
//! or as many as the first argument says. At most 5 % of one core and 64 MiB. Linux only, as it reads /proc.
//!
//! `cargo bench -p rust-stack-gate --bench prober`
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use http_body_util::Full;
use hyper::{Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rust_stack_gate::{
    probe::{Entry, Identity, Prober, Settings, Stream, Target},
    statistics::{Counts, Latencies},
};
use std::{
    convert::Infallible,
    env, fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// How long the long requests take.
const LONG: Duration = Duration::from_millis(900);

/// Clock ticks a second in /proc/self/stat: 100 on every Linux (proc_pid_stat(5), `sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if arguments.first().is_some_and(|argument| argument == "serve") {
        runtime.block_on(serve());
        return;
    }
    let seconds = arguments.first().and_then(|argument| argument.parse().ok()).unwrap_or(20);
    let mut server = Command::new(env::current_exe().unwrap()).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    runtime.block_on(measure(address.trim(), Duration::from_secs(seconds)));
    server.kill().unwrap();
    server.wait().unwrap();
}

async fn measure(address: &str, lasts: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let target = || Target::new(&format!("http://{address}/")).unwrap().identity(Identity::body(["Hello"]));
    let settings = Settings::new(target()).test(target()).long("/slow", LONG).log(folder.path().join("log"));
    let (cpu, start) = (cpu(), Instant::now());
    let prober = Prober::start(settings).await.unwrap();
    let mut entries = prober.subscribe();
    let (mut counts, mut control, mut latencies, mut lag) = (Counts::default(), 0, Latencies::new(), Latencies::new());
    while start.elapsed() < lasts {
        let entry = entries.next().await.unwrap();
        let Entry::Probe(record) = &*entry else { continue };
        lag.record(record.lag());
        let Some(failed) = record.outcome.failed() else { continue };
        if record.stream == Stream::Control {
            control += 1;
            continue;
        }
        counts.add(failed);
        if record.stream != Stream::Long {
            latencies.record(record.latency());
        }
    }
    prober.stop().await.unwrap();
    let share = (self::cpu() - cpu) / start.elapsed().as_secs_f64() * 100.0;
    let memory = memory();
    println!("{counts:?} and {control} to the control, in {:.1} s", start.elapsed().as_secs_f64());
    println!("latency p50 {:?} p99 {:?}", latencies.quantile(0.5).unwrap(), latencies.quantile(0.99).unwrap());
    println!("lag p50 {:?} p99 {:?}", lag.quantile(0.5).unwrap(), lag.quantile(0.99).unwrap());
    println!("{share:.2} % of one core (at most 5 %), {memory:.1} MiB (at most 64 MiB)");
    assert_eq!(counts.failures(), 0);
    assert!(share <= 5.0 && memory <= 64.0);
}

/// Seconds of processor time that this process has used.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program, in parentheses, may hold spaces; the times are the 14th and 15th field.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
}

/// The most memory that this process has had, in MiB.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
            if request.uri().path() == "/slow" {
                tokio::time::sleep(LONG).await;
            }
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"Hello"))))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
