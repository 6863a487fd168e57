use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{LazyLock, mpsc},
    thread,
    time::Duration,
};

/// What is installed where no `moto_server` is on the PATH: the release whose defects these tests name.
const PACKAGE: &str = "moto[server]==5.2.1";
/// How long the server may take to listen.
const START: Duration = Duration::from_secs(60);

/// A server of moto, an implementation of AWS's APIs in Python. Killed when dropped.
pub(crate) struct Moto {
    process: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Moto {
    /// Starts one whose ECS services always run `running` tasks.
    ///
    /// `None` when there is none and none can be installed, which has then been said on standard error.
    ///
    /// # Panics
    /// When there is none although `CI` is set: there a skipped test would be taken for a passed one.
    pub(crate) fn start(running: u32) -> Option<Self> {
        static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(program);
        match &*PROGRAM {
            Ok(program) => Some(Self::run(program, running)),
            Err(why) if env::var_os("CI").is_some() => panic!("moto is missing: {why}"),
            Err(why) => {
                skipped(why);
                None
            }
        }
    }

    fn run(program: &Path, running: u32) -> Self {
        let mut process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .env("MOTO_ECS_SERVICE_RUNNING", running.to_string())
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let lines = BufReader::new(process.stderr.take().expect("it is piped")).lines();
        let (sender, urls) = mpsc::channel();
        // It reads to the end, or the server would wait for room to write one day.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Running on ") {
                    let _nobody_waits_any_more = sender.send(url.trim().to_owned());
                }
            }
        });
        match urls.recv_timeout(START) {
            Ok(url) => Self { process, url },
            Err(error) => {
                stop(&mut process);
                panic!("{} does not listen: {error}", program.display());
            }
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

fn stop(process: &mut Child) {
    // Both fail only when it has ended already.
    let _ended = process.kill().and_then(|()| process.wait());
}

/// The server on the PATH, or else the one in an environment of the build folder, made when it is missing.
fn program() -> Result<PathBuf, String> {
    if let Some(found) = on_path("moto_server") {
        return Ok(found);
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
    let program = environment.join("bin/moto_server");
    if !program.is_file() {
        fs::create_dir_all(&environment).map_err(|error| format!("{}: {error}", environment.display()))?;
        done(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        done(Command::new(environment.join("bin/pip")).args(["install", "--quiet", PACKAGE]))?;
    }
    Ok(program)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn done(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

/// Written past the test harness, which keeps what passing tests print to itself.
fn skipped(why: &str) {
    let line = format!("SKIPPED: no test was made against moto, because {why}\n");
    io::stderr().write_all(line.as_bytes()).expect("standard error can be written to");
}
