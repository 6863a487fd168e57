//! How much memory processes have, and which of them have too much.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Pid;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// How often the memory of a process is looked at.
pub(super) const SAMPLE: Duration = Duration::from_millis(250);

const MIB: u64 = 1 << 20;

/// The memory of a task's containers, in bytes.
#[derive(Debug)]
pub(super) struct Memory {
    /// In MiB.
    limit: Option<u32>,
    resident: Mutex<Vec<u64>>,
}

impl Memory {
    /// Of a task with so many containers, which together have so many MiB.
    pub(super) fn new(limit: Option<u32>, containers: usize) -> Self {
        Memory { limit, resident: Mutex::new(vec![0; containers]) }
    }

    /// Looks at a container's process; whether it has to be killed, because it has more than its own `limit` in MiB, or
    /// more than any other container of a task that has too much.
    pub(super) fn exceeds(&self, container: usize, pid: Pid, limit: Option<u32>) -> bool {
        let resident = resident(pid);
        let mut all = self.resident.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.get_mut(container) {
            *own = resident;
        }
        let over = |limit: Option<u32>, bytes: u64| limit.is_some_and(|limit| bytes > u64::from(limit) * MIB);
        let most = all.iter().max().copied().unwrap_or_default();
        over(limit, resident) || (over(self.limit, all.iter().sum()) && resident == most)
    }
}

/// What a process has in memory, in bytes; nothing if it has ended.
fn resident(pid: Pid) -> u64 {
    let Ok(id) = u32::try_from(pid.as_raw_nonzero().get()) else { return 0 };
    let pid = sysinfo::Pid::from_u32(id);
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        true,
        ProcessRefreshKind::nothing().with_memory().without_tasks(),
    );
    system.process(pid).map_or(0, sysinfo::Process::memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_limits_are_kept() {
        let own = rustix::process::getpid();
        assert!(resident(own) > MIB);
        assert!(Memory::new(None, 1).exceeds(0, own, Some(1)));
        assert!(Memory::new(Some(1), 1).exceeds(0, own, None));
        assert!(!Memory::new(Some(100_000), 1).exceeds(0, own, None));
    }
}
