use super::{
    Cloud, Finished, Project,
    events::Events,
    load::{Load, Tally, tally, until},
};
use serde_json::{Value, json};
use std::{process::Stdio, sync::Mutex, time::Duration};

/// A new version gets 1 % of the requests, then more.
pub(crate) const CANARY: &str = "rollout={canary={shares=[1,10,50],step_bake=5,bake=5}}";
/// A new version gets them as its tasks come.
pub(crate) const ROLLING: &str = "rollout=rolling";

/// The machine is one: two changes at one time would take the processor time from each other's requests.
static ALONE: Mutex<()> = Mutex::new(());

/// `dev` on a local cloud twenty times as fast as AWS, with two tasks of the image `good`.
pub(crate) struct Scene {
    pub(crate) project: Project,
    pub(crate) cloud: Cloud,
    rollout: &'static str,
    _alone: std::sync::MutexGuard<'static, ()>,
}

/// A change that has ended.
pub(crate) struct Change {
    pub(crate) applied: Finished,
    pub(crate) events: Events,
    /// What the gate itself has sent.
    pub(crate) gate: Tally,
    /// What somebody else has sent meanwhile.
    pub(crate) load: Tally,
}

impl Scene {
    pub(crate) fn set(test: &str, rollout: &'static str, good: &Value) -> Self {
        let scene = Self::empty(test, rollout);
        scene.image("good", good);
        scene.project.run(&scene.apply("good")).succeeds();
        scene
    }

    /// The same before anything is applied.
    pub(crate) fn empty(test: &str, rollout: &'static str) -> Self {
        let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let project = Project::new(test);
        project.application();
        let cloud = project.cloud(&["--latency", "aws", "--time-scale", "0.05", "--data-plane", "on"]);
        Self { project, cloud, rollout, _alone: alone }
    }

    /// Makes an image that differs from others in this.
    pub(crate) fn image(&self, tag: &str, faults: &Value) {
        let mut environment = faults.clone();
        environment["VERSION"] = json!(tag);
        environment["COLOUR"] = json!("blue");
        self.cloud.image(tag, &environment);
    }

    pub(crate) fn command<'a>(&self, command: &[&'a str]) -> Vec<&'a str> {
        [command, &["dev", "--local", "--auto-approve", "--rate", "100"]].concat()
    }

    /// The command line that brings out an image.
    pub(crate) fn apply(&self, image: &'static str) -> Vec<&'static str> {
        let image: &'static str = match image {
            "good" => "image=good",
            "next" => "image=next",
            _ => "image=bad",
        };
        [&self.command(&["apply"])[..], &["--var", image, "--var", self.rollout]].concat()
    }

    /// Brings out an image under load, and does something else as soon as so many waves are under judgement.
    pub(crate) fn change(&self, image: &'static str, after: usize, meanwhile: impl FnOnce(&Self)) -> Change {
        let before = self.number();
        let load = Load::start(&self.project, &format!("load-{}", before + 1), 100);
        let arguments = self.apply(image);
        let mut command = self.project.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        if after > 0 {
            let applied = || {
                assert!(child.try_wait().expect("it can be watched").is_none(), "it has ended already");
                self.number() > before && self.events().count("wave_applied") >= after
            };
            until("so many waves are under judgement", applied);
        }
        meanwhile(self);
        let output = child.wait_with_output().expect("it ends");
        let applied = Finished::new(&arguments, output);
        let load = load.stop();
        let events = self.events();
        let certificate = events.folder.join("certificate.json");
        assert!(certificate.is_file(), "it was not gated: {applied}");
        Change { gate: tally(&certificate), applied, events, load }
    }

    pub(crate) fn events(&self) -> Events {
        Events::last(&self.project).expect("an apply is recorded")
    }

    /// The cloud is as the image `good` wants it.
    #[track_caller]
    pub(crate) fn stands(&self, image: &'static str) {
        let wanted = self.apply(image);
        let arguments = [&["plan", "dev", "--local", "--detailed-exitcode"][..], &wanted[wanted.len() - 4..]].concat();
        let plan = self.project.run(&arguments);
        assert_eq!(plan.code, Some(0), "something is left over: {plan}");
    }

    /// The id that is recorded of a resource.
    pub(crate) fn id(&self, address: &str) -> String {
        let state: Value = serde_json::from_str(&self.project.read("state/local/dev/state.json")).expect("it is JSON");
        let id = state["resources"][address]["current"]["id"].as_str();
        id.unwrap_or_else(|| panic!("{address} is recorded")).to_owned()
    }

    /// The number of the last apply that is recorded.
    pub(crate) fn number(&self) -> u32 {
        let last = Events::last(&self.project);
        let name = last.as_ref().and_then(|events| events.folder.file_name()?.to_str()?.parse().ok());
        name.unwrap_or(0)
    }
}

impl Change {
    /// It was halted and taken back, and of 100 requests a second at most `most` were lost.
    #[track_caller]
    pub(crate) fn was_taken_back(&self, what: &str, most: u64) {
        let Self { applied, events, gate, load } = self;
        let halted = events.when(|event| event["event"] == "halted");
        let undone = |kind: &str| events.when(|event| event["event"] == kind && event["part"] == "undo");
        let since = |then: Option<Duration>| match (halted, then) {
            (Some(halted), Some(then)) => format!("{:.3} s", then.saturating_sub(halted).as_secs_f64()),
            _ => "-".to_owned(),
        };
        eprintln!(
            "{what}: {} of {} requests of the load and {} of {} of the gate lost; halt to the first step back {}, to its \
             end {}, to the verdict {}",
            load.lost,
            load.requests,
            gate.lost,
            gate.requests,
            since(undone("step_begun")),
            since(undone("step_done")),
            since(events.when(|event| event["event"] == "reverted")),
        );
        let text = || format!("{what}: {:#?}\n{applied}", events.all());
        assert_eq!(events.outcome(), "reverted", "{}", text());
        assert!(applied.stderr.contains("taken back"), "{}", text());
        assert!(load.requests > 1_000, "{}", text());
        assert!(load.lost <= most, "{} lost, more than {most}: {}", load.lost, text());
        assert!(gate.lost <= most, "{} lost, more than {most}: {}", gate.lost, text());
    }
}
