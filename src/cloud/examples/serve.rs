//! Serves a local cloud: `cargo run -p rust-stack-cloud --example serve -- [PORT] [--latency instant|aws]
//! [--time-scale N] [--dir DIRECTORY] [--app FOLDER]`. With the folder of an application it has a data plane.
//!
//! Its address is the one line on standard output; each request is a line on standard error.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;

use rust_stack_cloud::{Access, Config, PlaneSettings, Server};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::bind(config(std::env::args().skip(1))?).await?;
    println!("http://{}", server.address());
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("cannot wait for an interrupt: {error}");
        }
    };
    Ok(server.run(interrupted).await?)
}

fn config(mut arguments: impl Iterator<Item = String>) -> Result<Config, Box<dyn Error>> {
    let mut config = Config { access_log: Some(Arc::new(log)), ..Config::default() };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--latency" => config.latency = value()?.parse()?,
            "--time-scale" => config.time_scale = value()?.parse()?,
            "--app" => config.plane = Some(PlaneSettings::new(value()?)),
            "--dir" => config.directory = Some(value()?.into()),
            port => config.listen = (Ipv4Addr::LOCALHOST, port.parse()?).into(),
        }
    }
    Ok(config)
}

fn log(access: &Access) {
    let Access { service, operation, status, error, duration, .. } = access;
    eprintln!("{status} {service}.{operation} {} {duration:?}", error.as_deref().unwrap_or_default());
}
