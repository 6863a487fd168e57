//! From the private addresses of VPCs to addresses of this machine.
//!
//! A VPC is at most a /16, so its addresses keep their last two bytes and get the first two of a network of 127.0.0.0/8
//! that this cloud has claimed: 10.0.11.37 becomes 127.k.11.37. The claim is a socket that is held, so that two clouds on
//! one machine never share a network, and a cloud that was killed leaves none behind.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// The port and the last two bytes of the address by which a network is claimed. No subnet hands it out: the last address
/// of a subnet is its broadcast address.
const CLAIM: ([u8; 2], u16) = ([255, 255], 9);

/// What is added to a port that only root may listen on.
const LOW_PORTS: u16 = 8000;

/// The addresses of one cloud.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// Whether only 127.0.0.1 is used.
    high_ports: bool,
    /// Whether ports below 1024 may be listened on.
    low_ports: bool,
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    /// The claimed networks by VPC: their second byte and the socket that claims them.
    networks: BTreeMap<String, (u8, TcpListener)>,
    /// The ports of 127.0.0.1 that stand for other addresses, by VPC, address and port.
    ports: BTreeMap<(String, Ipv4Addr, u16), u16>,
}

impl Addresses {
    /// Finds out what the machine allows.
    pub(crate) fn new(high_ports: bool) -> Self {
        let whole_network = TcpListener::bind((Ipv4Addr::new(127, 255, 255, 253), 0)).is_ok();
        let low_ports = match TcpListener::bind((Ipv4Addr::new(127, 255, 255, 253), 80)) {
            Ok(_) => true,
            Err(error) => error.kind() == io::ErrorKind::AddrInUse,
        };
        Addresses { high_ports: high_ports || !whole_network, low_ports, places: Mutex::default() }
    }

    /// Where `port` of a private address of a VPC is on this machine. The same question has the same answer as long as
    /// the VPC is not [forgotten](Addresses::retain).
    ///
    /// # Errors
    /// When no network or port is left.
    pub(crate) fn of(&self, vpc: &str, address: Ipv4Addr, port: u16) -> io::Result<SocketAddr> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if self.high_ports {
            let key = (vpc.to_owned(), address, port);
            let here = match places.ports.get(&key) {
                Some(here) => *here,
                None => {
                    let taken: Vec<u16> = places.ports.values().copied().collect();
                    let free = free_port(&taken)?;
                    places.ports.insert(key, free);
                    free
                }
            };
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, here)));
        }
        let network = match places.networks.get(vpc) {
            Some((network, _)) => *network,
            None => {
                let (network, claim) = claim()?;
                places.networks.insert(vpc.to_owned(), (network, claim));
                network
            }
        };
        let [_, _, third, fourth] = address.octets();
        let here = if port < 1024 && !self.low_ports { port + LOW_PORTS } else { port };
        Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, network, third, fourth)), here))
    }

    /// Gives back the networks and ports of VPCs that are gone.
    pub(crate) fn retain(&self, exists: impl Fn(&str) -> bool) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.networks.retain(|vpc, _| exists(vpc));
        places.ports.retain(|(vpc, ..), _| exists(vpc));
    }
}

/// A network that nobody has claimed.
fn claim() -> io::Result<(u8, TcpListener)> {
    let ([third, fourth], port) = CLAIM;
    let mut refusal = io::Error::other("no network of 127.0.0.0/8 is left");
    // An ordinary user may not listen on the low port that is tried first.
    for port in [port, port + LOW_PORTS] {
        for network in 1..=254 {
            match TcpListener::bind((Ipv4Addr::new(127, network, third, fourth), port)) {
                Ok(claim) => return Ok((network, claim)),
                Err(error) => refusal = error,
            }
        }
    }
    Err(refusal)
}

/// A port of 127.0.0.1 that is free now and not among `taken`.
fn free_port(taken: &[u16]) -> io::Result<u16> {
    // Those that are held keep the system from offering them again.
    let mut held = Vec::new();
    for _ in 0..=taken.len() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        if !taken.contains(&port) {
            return Ok(port);
        }
        held.push(listener);
    }
    Err(io::Error::other("no port of 127.0.0.1 is left"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 11, 37);

    #[test]
    fn two_networks_never_meet() {
        let (one, other) = (Addresses::new(false), Addresses::new(false));
        let all = [("vpc-1", &one), ("vpc-2", &one), ("vpc-1", &other)];
        let mut found: Vec<SocketAddr> =
            all.iter().map(|(vpc, addresses)| addresses.of(vpc, ADDRESS, 8080).expect("one is left")).collect();
        assert_eq!(one.of("vpc-1", ADDRESS, 8080).expect("it has one"), found[0]);
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn high_ports_stand_for_addresses() {
        let addresses = Addresses::new(true);
        let one = addresses.of("vpc-1", ADDRESS, 80).expect("one is left");
        assert_eq!(one.ip(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert!(one.port() >= 1024);
        assert_ne!(addresses.of("vpc-1", ADDRESS, 443).expect("one is left"), one);
        assert_eq!(addresses.of("vpc-1", ADDRESS, 80).expect("it has one"), one);
    }

    #[test]
    fn what_is_gone_is_given_back() {
        let addresses = Addresses::new(false);
        let one = addresses.of("vpc-1", ADDRESS, 8080).expect("one is left");
        addresses.retain(|_| false);
        let Some(IpAddr::V4(ip)) = Some(one.ip()) else { panic!("it is not IPv4") };
        let [_, network, ..] = ip.octets();
        let ([third, fourth], port) = CLAIM;
        let claim = |port| TcpListener::bind((Ipv4Addr::new(127, network, third, fourth), port));
        assert!(claim(port).is_ok() || claim(port + LOW_PORTS).is_ok());
    }
}
