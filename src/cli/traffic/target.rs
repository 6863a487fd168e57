//! From what a user names to what is probed.

use crate::{
    arguments::Global,
    error::{CliError, Kind},
    local,
    output::Output,
    project::Project,
    session::open_store,
};
use gate::probe::Target;
use serde::Deserialize;
use std::{net::SocketAddr, time::Duration};
use tokio::sync::watch;

/// How long clients of the local cloud go by an address before they ask for the name again. Its load balancers' nodes serve
/// for longer than this after they have left DNS.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The target that `name` names: a URL, or a stack whose output `url` is one. On the local cloud the name of a load
/// balancer stands for the addresses of its nodes.
///
/// # Errors
/// When it is neither, or the stack has no such output.
pub(crate) async fn target(name: &str, global: &Global, output: &Output) -> Result<Target, CliError> {
    if name.contains("://") {
        let project = Project::find(global.chdir.as_deref());
        return match project {
            Ok(project) if global.local => local_target(&project, name).await,
            _ => plain(name),
        };
    }
    let project = Project::find(global.chdir.as_deref())?;
    let store = open_store(&project, name, global.local, output)?;
    let url = store.state().outputs.get("url").and_then(|url| url.as_str()).ok_or_else(|| {
        CliError::new(Kind::State, format!("the stack `{name}` has no recorded output `url`"))
            .hint(format!("Apply it first (rust-stack apply {name}), or give a URL: rust-stack watch http://.."))
    })?;
    if global.local { local_target(&project, url).await } else { plain(url) }
}

/// The target at `url`, whose name the machine resolves.
///
/// # Errors
/// When it is no URL.
pub(crate) fn plain(url: &str) -> Result<Target, CliError> {
    Target::new(url).map_err(|error| {
        CliError::new(Kind::Usage, error.to_string()).hint("Give a whole URL such as http://example.com/health.")
    })
}

/// One load balancer, as the local cloud tells of it.
#[derive(Debug, Deserialize)]
struct Endpoint {
    dns_name: String,
    listeners: Vec<Listener>,
}

#[derive(Debug, Deserialize)]
struct Listener {
    port: u16,
    /// Where its nodes listen.
    addresses: Vec<SocketAddr>,
}

/// The target at `url`, whose host may be the name of a load balancer of the project's local cloud.
///
/// # Errors
/// When the local cloud does not run or answer, or the URL is none.
pub(crate) async fn local_target(project: &Project, url: &str) -> Result<Target, CliError> {
    let target = plain(url)?;
    let Some(running) = local::running(project).await else {
        return Err(CliError::new(Kind::Local, "no local cloud runs").hint("Start one: rust-stack local up"));
    };
    let host = target.url().host().unwrap_or_default().to_owned();
    let port = target.url().port_u16().unwrap_or(if target.url().scheme_str() == Some("https") { 443 } else { 80 });
    let Some(endpoint) = resolve(&running, &host).await? else { return Ok(target) };
    let Some(found) = endpoint.addresses(port) else {
        return Err(CliError::new(Kind::Local, format!("{host} has no listener on port {port}")));
    };
    let (sender, addresses) = watch::channel(found);
    tokio::spawn(follow(running, host, port, sender));
    Ok(target.addresses_from(addresses))
}

impl Endpoint {
    /// Where its listener on a port is, if it has one.
    fn addresses(self, port: u16) -> Option<Vec<SocketAddr>> {
        self.listeners.into_iter().find(|listener| listener.port == port).map(|listener| listener.addresses)
    }
}

/// The load balancer with this name, if there is one.
async fn resolve(running: &local::Endpoint, host: &str) -> Result<Option<Endpoint>, CliError> {
    let endpoints = local::admin(running, "GET", "endpoints").await?;
    let endpoints: Vec<Endpoint> = serde_json::from_value(endpoints).map_err(|error| local::not_understood(&error))?;
    Ok(endpoints.into_iter().find(|endpoint| endpoint.dns_name == host))
}

/// Asks again and again where a listener is, as long as somebody wants to know. Where there is no answer, clients keep the
/// addresses that they have, as those of a name server do.
async fn follow(running: local::Endpoint, host: String, port: u16, addresses: watch::Sender<Vec<SocketAddr>>) {
    loop {
        tokio::select! {
            () = addresses.closed() => return,
            () = tokio::time::sleep(ASK_AGAIN) => (),
        }
        let Ok(Some(endpoint)) = resolve(&running, &host).await else { continue };
        let Some(found) = endpoint.addresses(port).filter(|found| !found.is_empty()) else { continue };
        addresses.send_if_modified(|known| {
            let moved = found != *known;
            *known = found;
            moved
        });
    }
}
