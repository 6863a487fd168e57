//! One process with all that it starts, which never outlives the cloud.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::program::Program;

/// Waits until its input ends, which the cloud holds open for as long as it lives, and then kills its process group. It
/// is not killed by what a terminal sends to the group.
const WATCH: &str = "trap '' HUP INT QUIT TERM; while read -r _; do :; done; kill -KILL 0";

/// A process that runs.
///
/// It belongs to the process group of a shell that watches the cloud: when the cloud ends, whatever ends it, the group
/// is killed. Dropping it kills the group.
#[derive(Debug)]
pub(super) struct Process {
    watch: Child,
    group: Pid,
    child: Child,
    pid: Pid,
    /// What the watch reads: it ends when this is closed.
    _lifeline: ChildStdin,
    /// The application reads this for the same end.
    _input: Option<ChildStdin>,
}

/// What a process writes to.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

impl Process {
    /// Starts a program with no other environment than its own.
    pub(super) fn start(program: &Program) -> io::Result<(Self, Output)> {
        let mut watch = Command::new("/bin/sh")
            .args(["-c", WATCH])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = pid(&watch)?;
        let lifeline = watch.stdin.take().ok_or_else(|| io::Error::other("the watch has no input"))?;
        let mut child = command(program, &program.command)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(group.as_raw_nonzero().get())
            .spawn()?;
        let pid = pid(&child)?;
        let output = Output { stdout: child.stdout.take(), stderr: child.stderr.take() };
        let input = child.stdin.take();
        Ok((Process { watch, group, child, pid, _lifeline: lifeline, _input: input }, output))
    }

    /// Its process id.
    pub(super) fn id(&self) -> Pid {
        self.pid
    }

    /// Its process group, which processes can join that are to end with it.
    pub(super) fn group(&self) -> Pid {
        self.group
    }

    /// Asks it to end. As in a container, only the first process is asked.
    pub(super) fn terminate(&self) {
        // An error means that it has just ended.
        let _has_ended = kill_process(self.pid, Signal::TERM);
    }

    /// Kills it and all that it has started.
    pub(super) fn kill(&self) {
        // An error means that all of them have ended.
        let _have_ended = kill_process_group(self.group, Signal::KILL);
    }

    /// Waits until it ends, and gives its exit code; what it has started and left is killed.
    pub(super) async fn ended(&mut self) -> i32 {
        let status = self.child.wait().await;
        self.kill();
        // Its end is what counts: the group is reaped with it.
        let _watched = self.watch.wait().await;
        status.map_or(255, exit_code)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.watch.id().is_some() {
            self.kill();
        }
    }
}

/// A command of a program, in its environment and folder.
pub(super) fn command(program: &Program, words: &[String]) -> io::Result<Command> {
    let (first, arguments) = words.split_first().ok_or_else(|| io::Error::other("there is no command to run"))?;
    let mut command = Command::new(first);
    command.args(arguments).env_clear().envs(&program.environment).kill_on_drop(true);
    if let Some(directory) = &program.directory {
        command.current_dir(directory);
    }
    Ok(command)
}

fn pid(child: &Child) -> io::Result<Pid> {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    id.ok_or_else(|| io::Error::other("the process has ended at once"))
}

/// The code as a shell gives it: 128 and the number of the signal that ended it.
fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(255)
}
