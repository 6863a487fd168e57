//! What a process leaves behind: its children and the ports that it and they listen on.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::stage::process::is_alive;

/// The state of a socket that listens: `TCP_LISTEN` of the kernel's `tcp_states.h`.
const LISTENS: &str = "0A";

/// Processes and ports.
#[derive(Debug)]
pub(crate) struct Traces {
    /// All that a process has started, itself not among them.
    pub(crate) pids: Vec<u32>,
    /// What it and they listen on.
    pub(crate) ports: Vec<SocketAddr>,
}

impl Traces {
    pub(crate) fn of(process: u32) -> Self {
        let mut pids = vec![process];
        let mut seen = 0;
        while let Some(parent) = pids.get(seen).copied() {
            seen += 1;
            pids.extend(all_processes().into_iter().filter(|pid| parent_of(*pid) == Some(parent)));
        }
        let sockets: BTreeSet<String> = pids.iter().flat_map(|pid| sockets(*pid)).collect();
        let ports = listening().into_iter().filter(|(_, inode)| sockets.contains(inode)).map(|(address, _)| address);
        let ports = ports.collect();
        pids.remove(0);
        Traces { pids, ports }
    }

    pub(crate) fn are_gone(&self) -> bool {
        let listening = listening();
        !self.pids.iter().any(|pid| is_alive(&pid.to_string()))
            && !listening.iter().any(|(address, _)| self.ports.contains(address))
    }
}

/// The resident memory of a process, in MiB; 0 when it has ended.
pub(crate) fn resident_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

fn all_processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("the machine is Linux").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before may have spaces and parentheses in it; after it come the state and the parent.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The inodes of the sockets that a process has open.
fn sockets(pid: u32) -> Vec<String> {
    let files = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("fd")).into_iter().flatten().flatten();
    let links = files.filter_map(|file| fs::read_link(file.path()).ok());
    let inode = |link: std::path::PathBuf| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(inode).collect()
}

/// The addresses that are listened on, with the inodes of the sockets.
fn listening() -> Vec<(SocketAddr, String)> {
    let table = fs::read_to_string("/proc/net/tcp").expect("the machine is Linux");
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let (ip, port) = address.split_once(':')?;
        let ip = Ipv4Addr::from(u32::from_str_radix(ip, 16).ok()?.swap_bytes());
        let port = u16::from_str_radix(port, 16).ok()?;
        (*state == LISTENS).then(|| (SocketAddr::from((ip, port)), (*inode).to_owned()))
    };
    table.lines().skip(1).filter_map(row).collect()
}
