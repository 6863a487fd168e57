//! One load balancer: its nodes and their sockets.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::time::Instant;

use super::Common;
use super::certificates::{self, CertificateError, Certificates};
use super::endpoints::{EndpointFact, ListenerFact, NodeFact};
use super::front_door::{FrontDoor, Route, Routes};
use super::listen::{self, GRACE, Socket, TRY_AGAIN};
use super::node::{Node, Secure};
use super::offered::Offered;
use super::wanted::{Listener, Wanted};

pub(super) struct Balancer {
    common: Common,
    wanted: Wanted,
    secure: Secure,
    /// Why some HTTPS listeners have no certificate, by port.
    problems: BTreeMap<u16, String>,
    /// By the ids of their network interfaces.
    nodes: BTreeMap<String, Standing>,
    /// Which node the front door leads to next.
    turn: Arc<AtomicUsize>,
    offered: Arc<Offered>,
}

/// A node with its sockets.
struct Standing {
    node: Arc<Node>,
    /// By the ports of the listeners.
    sockets: BTreeMap<u16, Socket>,
    /// Why some ports cannot be listened on, and when they were tried last.
    problems: BTreeMap<u16, (String, Instant)>,
}

impl Balancer {
    pub(super) fn new(common: Common, wanted: &Wanted) -> Self {
        Balancer {
            common,
            wanted: Wanted { nodes: Vec::new(), leaving: Vec::new(), ..wanted.clone() },
            secure: Secure::new(),
            problems: BTreeMap::new(),
            nodes: BTreeMap::new(),
            turn: Arc::default(),
            offered: Arc::default(),
        }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.values().map(|standing| &standing.node)
    }

    /// Where a node is on this machine.
    pub(super) fn address(&self, node: &Node) -> Option<IpAddr> {
        let address = self.common.shared.addresses.of(&self.wanted.vpc_id, node.place.address, 80);
        address.ok().map(|address| address.ip())
    }

    /// Does what is wanted. New sockets open before old ones close.
    pub(super) fn reconcile(&mut self, wanted: Wanted) {
        let changed = self.wanted != wanted;
        if changed || self.nodes.is_empty() {
            self.secure(&wanted);
        }
        for place in wanted.places() {
            self.nodes.entry(place.interface.clone()).or_insert_with(|| Standing {
                node: Node::start(&self.common, place.clone(), &wanted, &self.secure, &self.offered),
                sockets: BTreeMap::new(),
                problems: BTreeMap::new(),
            });
        }
        for standing in self.nodes.values_mut() {
            if changed || standing.node.waits() {
                standing.node.update(&wanted, &self.secure);
            }
            standing.node.look();
            standing.listen(&self.common, &wanted);
        }
        let stays = |interface: &str| wanted.places().any(|place| place.interface == interface);
        let gone: Vec<String> = self.nodes.keys().filter(|interface| !stays(interface)).cloned().collect();
        for standing in gone.iter().filter_map(|interface| self.nodes.remove(interface)) {
            tokio::spawn(standing.close());
        }
        self.wanted = wanted;
    }

    /// Makes the certificates of the HTTPS listeners.
    fn secure(&mut self, wanted: &Wanted) {
        self.problems.clear();
        self.secure.clear();
        for listener in wanted.listeners.iter().filter(|listener| !listener.certificates.is_empty()) {
            match self.certify(wanted, listener).and_then(certificates::server) {
                Ok(config) => {
                    self.secure.insert(listener.port, config);
                }
                Err(error) => {
                    let reason = format!("no certificate: {error}");
                    self.common.shared.tell(&format!("load balancer {}: {reason}", wanted.name));
                    self.problems.insert(listener.port, reason);
                }
            }
        }
    }

    fn certify(&self, wanted: &Wanted, listener: &Listener) -> Result<Certificates, CertificateError> {
        let authority = self.common.authority.as_ref().ok_or(CertificateError::NoAuthority)?;
        let certificates = listener.certificates.iter().map(|arn| -> Result<_, CertificateError> {
            let names = names(wanted, listener, arn, |address| {
                self.common.shared.addresses.of(&wanted.vpc_id, address, listener.port).ok().map(|it| it.ip())
            });
            Ok((names.clone(), authority.certify(&names)?))
        });
        certificates.collect()
    }

    /// The nodes that DNS names, but for those of lost zones, which it forgets after a while.
    fn in_dns(&self) -> impl Iterator<Item = &Standing> {
        let places = &self.wanted.nodes;
        self.nodes.iter().filter(|(id, _)| places.iter().any(|place| place.interface == **id)).map(|(_, node)| node)
    }

    /// Adds the ways that lead from the front door to the listeners.
    pub(super) fn add_routes(&self, routes: &mut Routes) {
        let nodes: Vec<Arc<Node>> = self.in_dns().map(|standing| Arc::clone(&standing.node)).collect();
        for listener in &self.wanted.listeners {
            let key = (self.wanted.dns_name.to_ascii_lowercase(), listener.port);
            let tls = self.secure.get(&listener.port).cloned();
            routes.insert(key, Route { nodes: nodes.clone(), tls, turn: Arc::clone(&self.turn) });
        }
    }

    /// Where it is reached.
    pub(super) fn endpoint(&self, front_door: &FrontDoor) -> EndpointFact {
        let scheme = |listener: &Listener| if listener.certificates.is_empty() { "http" } else { "https" };
        let listeners = self.wanted.listeners.iter().map(|listener| ListenerFact {
            port: listener.port,
            protocol: scheme(listener).to_ascii_uppercase(),
            url: front_door
                .port(listener.port)
                .map(|port| format!("{}://{}:{port}/", scheme(listener), self.wanted.dns_name)),
            addresses: (self.in_dns())
                .filter_map(|standing| Some(standing.sockets.get(&listener.port)?.address))
                .collect(),
            problem: self
                .problems
                .get(&listener.port)
                .map(String::as_str)
                .or(front_door.problem(listener.port))
                .map(str::to_owned),
        });
        let nodes = self.in_dns().map(|standing| NodeFact {
            zone: standing.node.place.zone.clone(),
            lost: standing.node.is_lost(),
            address: self.address(&standing.node),
            urls: (self.wanted.listeners.iter())
                .filter_map(|listener| {
                    let address = standing.sockets.get(&listener.port)?.address;
                    Some(format!("{}://{address}/", scheme(listener)))
                })
                .collect(),
            problems: standing.problems.values().map(|(reason, _)| reason.clone()).collect(),
        });
        let mut nodes: Vec<NodeFact> = nodes.collect();
        nodes.sort_by(|one, other| one.zone.cmp(&other.zone));
        EndpointFact {
            arn: self.wanted.arn.clone(),
            name: self.wanted.name.clone(),
            dns_name: self.wanted.dns_name.clone(),
            region: self.wanted.region.clone(),
            listeners: listeners.collect(),
            nodes,
        }
    }

    /// Listens no longer, and lets the requests under way end.
    pub(super) fn close(self) {
        for standing in self.nodes.into_values() {
            tokio::spawn(standing.close());
        }
    }

    /// Closes everything now.
    pub(super) async fn end(self) {
        for standing in self.nodes.into_values() {
            standing.node.end();
            for socket in standing.sockets.into_values() {
                socket.end().await;
            }
        }
    }
}

impl Standing {
    /// Opens and closes sockets until there is one for each listener.
    fn listen(&mut self, common: &Common, wanted: &Wanted) {
        for listener in &wanted.listeners {
            let port = listener.port;
            let tried = self.problems.get(&port).map(|(_, tried)| *tried);
            if self.sockets.contains_key(&port) || tried.is_some_and(|tried| tried.elapsed() < TRY_AGAIN) {
                continue;
            }
            let address = common.shared.addresses.of(&wanted.vpc_id, self.node.place.address, port);
            let opened = address.map_err(|error| error.to_string()).and_then(|address| {
                let node = Arc::clone(&self.node);
                let serve =
                    move |stream, client, close| listen::serve_node(stream, client, Arc::clone(&node), port, close);
                Socket::open(address, serve).map_err(|error| format!("cannot listen on {address}: {error}"))
            });
            match opened {
                Ok(socket) => {
                    self.problems.remove(&port);
                    self.sockets.insert(port, socket);
                }
                Err(reason) => {
                    let before = self.problems.insert(port, (reason.clone(), Instant::now()));
                    if before.is_none_or(|(before, _)| before != reason) {
                        common.shared.tell(&format!("load balancer {}: {reason}", wanted.name));
                    }
                }
            }
        }
        let stays = |port: &u16| wanted.listeners.iter().any(|listener| listener.port == *port);
        self.problems.retain(|port, _| stays(port));
        let gone: Vec<u16> = self.sockets.keys().filter(|port| !stays(port)).copied().collect();
        for socket in gone.iter().filter_map(|port| self.sockets.remove(port)) {
            tokio::spawn(socket.close(GRACE));
        }
    }

    /// Listens no longer, lets the requests under way end, and closes the connections to targets.
    fn close(self) -> impl Future<Output = ()> + Send + 'static {
        let closing: Vec<_> = self.sockets.into_values().map(|socket| socket.close(GRACE)).collect();
        let node = self.node;
        async move {
            for socket in closing {
                socket.await;
            }
            node.end();
        }
    }
}

/// The names that a certificate is for. An ARN that ends in a domain is that domain's certificate. Any other is for all
/// names by which the listener is reached: those of the load balancer and of the hosts in the listener's rules.
fn names(
    wanted: &Wanted,
    listener: &Listener,
    arn: &str,
    place: impl Fn(std::net::Ipv4Addr) -> Option<IpAddr>,
) -> Vec<String> {
    let domain = arn.rsplit('/').next().filter(|name| name.contains('.'));
    if let Some(domain) = domain {
        return vec![domain.to_owned()];
    }
    let conditions = listener.rules.iter().flat_map(|rule| &rule.conditions);
    let hosts = conditions.filter_map(|condition| match condition {
        crate::elbv2::Condition::HostHeader(hosts) => Some(hosts),
        _ => None,
    });
    let is_name = |host: &&String| !host.strip_prefix("*.").unwrap_or(host).contains(['*', '?']);
    let mut names = vec![wanted.dns_name.clone(), "localhost".to_owned()];
    names.extend(hosts.flatten().filter(is_name).cloned());
    names.extend(wanted.nodes.iter().filter_map(|node| place(node.address)).map(|address| address.to_string()));
    names.dedup();
    names
}
