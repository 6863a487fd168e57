use super::changes::{Good, Stand};
use crate::{
    Finished,
    load::{Tally, tally},
    scene::Scene,
};
use serde_json::json;
use std::time::{Duration, Instant};

/// How often a change is tried on a busy machine.
pub(crate) const TRIES: u32 = 4;
/// In which share of the last seconds, in percent, somebody waited for a processor on a busy machine.
const BUSY: f64 = 30.0;

/// A stack that stands as it does before a change.
pub(crate) struct Stage<'a> {
    pub(crate) scene: Scene,
    pub(crate) good: &'a Good,
}

/// A change that was watched over.
pub(crate) struct Made {
    pub(crate) finished: Finished,
    pub(crate) took: Duration,
    pub(crate) steps: usize,
    pub(crate) waves: usize,
    /// What the gate has sent.
    pub(crate) gate: Tally,
    /// What is not as it should be.
    pub(crate) wrong: Vec<String>,
}

impl<'a> Stage<'a> {
    /// Makes the stack as it is before the change. `test`: the name of its folder.
    pub(crate) fn set(test: &str, good: &'a Good) -> Self {
        let scene = Scene::empty(test, "");
        for tag in ["good", "next"] {
            scene.image(tag, &json!({}));
        }
        scene.image("late", &json!({ "FAULT_SLOW_READY_SECONDS": "2" }));
        let stage = Self { scene, good };
        for stand in good.before {
            stage.apply(*stand).succeeds();
        }
        stage
    }

    /// How the stack is before the change.
    pub(crate) fn before(&self) -> Stand {
        *self.good.before.last().expect("a change begins somewhere")
    }

    /// Writes the stack program; the command line that carries out `command` with the variables.
    pub(crate) fn arguments(&self, command: &[&str], stand: Stand) -> Vec<String> {
        self.scene.project.write("stacks/dev.rs", self.good.text(stand));
        let mut arguments: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        arguments.extend(["dev".to_owned(), "--local".to_owned()]);
        for variable in stand.variables {
            let digest = variable.strip_suffix("DIGEST").map(|name| format!("{name}{}", self.digest()));
            arguments.extend(["--var".to_owned(), digest.unwrap_or_else(|| (*variable).to_owned())]);
        }
        arguments
    }

    /// Runs a command line.
    pub(crate) fn run(&self, arguments: &[String]) -> Finished {
        self.scene.project.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Applies a stand with nobody watching, in the engine's order.
    pub(crate) fn apply(&self, stand: Stand) -> Finished {
        self.apply_with(stand, &[&["--no-gate"], &*self.allowed()].concat())
    }

    /// Applies a stand.
    pub(crate) fn apply_with(&self, stand: Stand, options: &[&str]) -> Finished {
        self.run(&self.arguments(&[&["apply", "--auto-approve"], options].concat(), stand))
    }

    /// The options by which what is not proven is allowed.
    pub(crate) fn allowed(&self) -> Vec<&'static str> {
        self.good.allowed.iter().flat_map(|address| ["--allow-disruption", address]).collect()
    }

    /// What there is to do until a stand is reached, if there is anything.
    pub(crate) fn left_over(&self, stand: Stand) -> Option<Finished> {
        let plan = self.run(&self.arguments(&["plan", "--detailed-exitcode"], stand));
        (plan.code != Some(0)).then_some(plan)
    }

    /// Runs a command that is watched over. When all that was wrong is that it went slowly, and other programs want this
    /// machine's processors, too, it is run again: they have made it slow.
    pub(crate) fn watched(&self, arguments: &[String]) -> Finished {
        let mut finished = self.run(arguments);
        for _ in 1..TRIES {
            if finished.code == Some(0) || !slow_by_others(&finished.stderr) {
                break;
            }
            eprintln!("the machine is busy: {} again", finished.command);
            finished = self.run(arguments);
        }
        finished
    }

    /// Makes a change that is watched over, at so many requests a second.
    pub(crate) fn make(&self, stand: Stand, rate: u32) -> Made {
        let before = self.scene.number();
        let begun = Instant::now();
        let rate = rate.to_string();
        let command = [&["apply", "--auto-approve", "--rate", &rate], &*self.allowed()].concat();
        let finished = self.watched(&self.arguments(&command, stand));
        let took = begun.elapsed();
        let mut made = Made { finished, took, steps: 0, waves: 0, gate: Tally::default(), wrong: Vec::new() };
        if made.finished.code != Some(0) || self.scene.number() == before {
            made.wrong.push(format!("it was not applied: {}", made.finished));
            return made;
        }
        let events = self.scene.events();
        made.steps = events.steps().len();
        made.waves = events.count("wave_judged");
        if events.outcome() != "complete" {
            made.wrong.push(format!("it ended as {}: {}", events.outcome(), made.finished));
        }
        let certificate = events.folder.join("certificate.json");
        if certificate.is_file() {
            made.gate = tally(&certificate);
        } else {
            made.wrong.push(format!("it was not gated: {}", made.finished));
        }
        if made.gate.lost > 0 {
            made.wrong.push(format!("the gate lost {:?}: {}", made.gate, made.finished));
        }
        if let Some(plan) = self.left_over(stand) {
            made.wrong.push(format!("something is left to do: {plan}"));
        }
        made
    }

    /// The digest of the image `good`.
    fn digest(&self) -> String {
        let wanted = json!({ "repositoryName": "dev-app", "imageIds": [{ "imageTag": "good" }] });
        let described = self.scene.cloud.json("ecr", "AmazonEC2ContainerRegistry_V20150921", "DescribeImages", &wanted);
        described["imageDetails"][0]["imageDigest"].as_str().expect("it has a digest").to_owned()
    }
}

/// Whether a change was halted only because answers became slow or the prober did, while other programs wanted the
/// processors, too.
pub(crate) fn slow_by_others(stderr: &str) -> bool {
    let slow = ["answers became slow", "the prober could not keep up"];
    slow.iter().any(|words| stderr.contains(words)) && waiting() >= BUSY
}

/// In which share of the last ten seconds, in percent, some program had to wait for a processor; 0 where the system does
/// not tell. Linux: Documentation/accounting/psi.rst.
fn waiting() -> f64 {
    let pressure = std::fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let average = pressure.split_whitespace().find_map(|word| word.strip_prefix("avg10="));
    average.and_then(|average| average.parse().ok()).unwrap_or(0.0)
}
