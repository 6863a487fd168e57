use super::{
    Changes, Command, FORMAT, HistoryEvent, Line, Outcome, Part, Paths, PlannedStep, Record, VERSION, secrets,
};
use crate::{
    apply::{Observer, Progress},
    plan::{Plan, Step},
    provider::Schemas,
    render,
    state::{
        Owner, StateError,
        disk::{self, Disk as _, Local},
    },
};
use anstream::adapter::strip_str;
use jiff::Timestamp;
use model::Document;
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};

/// The record of an apply under way. It is an [`Observer`]: what the engine tells it becomes a line of `events.jsonl`.
///
/// Lines are handed to the operating system at once, so they survive the process; nothing waits for the disk. One that
/// could not be written is reported by [`Recording::finish`].
#[derive(Debug)]
pub struct Recording {
    paths: Paths,
    record: Record,
    begun: Instant,
    events: Mutex<Events>,
    undoing: AtomicBool,
    /// How many steps of the way back stand before those that an observer is told about now.
    steps_back: AtomicUsize,
    schemas: Schemas,
}

/// What is known when an apply begins.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// What it is for.
    pub command: Command,
    /// The stack as it is wanted.
    pub document: &'a Document,
    /// The plan.
    pub plan: &'a Plan,
    /// The proof of availability, where there is one.
    pub proof: Option<Proof>,
    /// The kinds there are: they say what is secret.
    pub schemas: &'a Schemas,
    /// The version of the program.
    pub rust_stack: &'a str,
    /// The images of containers, by the resource that names them.
    pub images: BTreeMap<String, String>,
    /// The apply whose stack this one goes back to.
    pub reverts: Option<u32>,
    /// The apply that this one takes up where it had stopped.
    pub resumes: Option<u32>,
}

/// A proof of availability.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// As data.
    pub data: Value,
    /// As people see it; styles in it are left out.
    pub text: String,
}

/// What is known when an apply has ended.
#[derive(Clone, Debug)]
pub struct Closing {
    /// How it ended.
    pub outcome: Outcome,
    /// What was done.
    pub done: Changes,
    /// What people should know about it, as a sentence.
    pub message: Option<String>,
}

/// Tells a [`Recording`] and another observer.
#[derive(Clone, Copy)]
pub struct Tee<'a> {
    recording: &'a Recording,
    other: &'a dyn Observer,
}

#[derive(Debug)]
struct Events {
    /// Locked for as long as it is open: so others see that the apply has not been killed.
    file: File,
    /// The first line that could not be written; there are none after it.
    failed: Option<io::Error>,
}

impl Recording {
    pub(super) fn begin(number: u32, paths: Paths, opening: &Opening<'_>) -> Result<Self, StateError> {
        let Opening { plan, document, schemas, .. } = opening;
        let record = Record {
            format: FORMAT.to_owned(),
            version: VERSION,
            number,
            stack: plan.stack.clone(),
            command: opening.command,
            started: Timestamp::now(),
            ended: None,
            rust_stack: opening.rust_stack.to_owned(),
            operator: Owner::this("").operator(),
            home: plan.home.clone(),
            lineage: plan.lineage.clone(),
            base: plan.base.clone(),
            outcome: None,
            planned: plan.totals().into(),
            done: None,
            variables: plan.variables_after.clone(),
            images: opening.images.clone(),
            reverts: opening.reverts,
            resumes: opening.resumes,
            message: None,
        };
        // Made under another name, so that it appears at once and whole.
        let draft = Paths { folder: paths.folder.with_added_extension("new") };
        match fs::remove_dir_all(&draft.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(StateError::io(&draft.folder)(error)),
            _ => (),
        }
        Local.create_directory(&draft.folder).map_err(StateError::io(&draft.folder))?;
        write_json(&draft.document(), &secrets::document(document, schemas))?;
        write_plan(&draft.plan(), &draft.plan_text(), plan, schemas)?;
        if let Some(proof) = &opening.proof {
            write_json(&draft.proof(), &proof.data)?;
            write(&draft.proof_text(), strip_str(&proof.text).to_string().as_bytes())?;
        }
        write_json(&draft.record(), &record)?;
        let events = File::create_new(draft.events()).and_then(|file| file.lock().map(|()| file));
        let events = events.map_err(StateError::io(&draft.events()))?;
        Local.rename(&draft.folder, &paths.folder).map_err(StateError::io(&paths.folder))?;
        let history = paths.folder.parent().unwrap_or(Path::new("."));
        Local.sync_directory(history).map_err(StateError::io(history))?;

        let recording = Self {
            paths,
            record,
            begun: Instant::now(),
            events: Mutex::new(Events { file: events, failed: None }),
            undoing: AtomicBool::new(false),
            steps_back: AtomicUsize::new(0),
            schemas: (*schemas).clone(),
        };
        recording.event(HistoryEvent::Planned { part: Part::Change, steps: PlannedStep::all(plan) });
        Ok(recording)
    }

    /// The number of the apply in its stack.
    pub fn number(&self) -> u32 {
        self.record.number
    }

    /// Its files; the gate writes some of them.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// An observer that tells this and `other`.
    pub fn tee<'a>(&'a self, other: &'a dyn Observer) -> Tee<'a> {
        Tee { recording: self, other }
    }

    /// Writes down that something happens, now.
    pub fn event(&self, event: HistoryEvent) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.failed.is_some() {
            return;
        }
        let line = Line { at: Timestamp::now(), offset: self.begun.elapsed(), event };
        let written = serde_json::to_vec(&line).map_err(io::Error::other).and_then(|mut bytes| {
            bytes.push(b'\n');
            events.file.write_all(&bytes)
        });
        events.failed = written.err();
    }

    /// The undo plan begins: from now on, what an observer is told is about its steps.
    pub fn reverting(&self, undo: &Plan, why: &str) {
        self.undoing.store(true, Relaxed);
        self.event(HistoryEvent::Reverting { why: why.to_owned() });
        self.event(HistoryEvent::Planned { part: Part::Undo, steps: PlannedStep::all(undo) });
    }

    /// Writes the whole undo plan down, which takes longer than to say that it begins.
    ///
    /// # Errors
    /// When it cannot be written. That is no reason not to carry it out.
    pub fn write_undo(&self, undo: &Plan) -> Result<(), StateError> {
        write_plan(&self.paths.undo(), &self.paths.undo_text(), undo, &self.schemas)
    }

    /// The undo plan is done, and `rest` is the last part of the way back: its steps are numbered on.
    ///
    /// # Errors
    /// When the plan cannot be written down. That is no reason not to carry it out.
    pub fn reverting_on(&self, undo: &Plan, rest: &Plan) -> Result<(), StateError> {
        let before = undo.steps.len();
        self.steps_back.store(before, Relaxed);
        let numbered_on = rest.steps.iter().map(|step| {
            let after = step.after.iter().map(|earlier| earlier + before).collect();
            Step { after, ..step.clone() }
        });
        let whole = Plan { steps: undo.steps.iter().cloned().chain(numbered_on).collect(), ..rest.clone() };
        self.event(HistoryEvent::Planned { part: Part::Undo, steps: PlannedStep::all(&whole) });
        write_plan(&self.paths.undo(), &self.paths.undo_text(), &whole, &self.schemas)
    }

    /// Writes down how the apply ended. Nothing should happen in it afterwards.
    ///
    /// # Errors
    /// When that, or any event before, could not be written.
    pub fn finish(&self, closing: Closing) -> Result<Record, StateError> {
        let record = Record {
            ended: Some(Timestamp::now()),
            outcome: Some(closing.outcome),
            done: Some(closing.done),
            message: closing.message,
            ..self.record.clone()
        };
        disk::replace(&Local, &self.paths.record(), &json(&self.paths.record(), &record)?)?;
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = events.failed.take().map_or(Ok(()), Err).and_then(|()| events.file.sync_data());
        kept.map_err(StateError::io(&self.paths.events()))?;
        Ok(record)
    }

    fn notes(&self, progress: &Progress<'_>) {
        let part = if self.undoing.load(Relaxed) { Part::Undo } else { Part::Change };
        self.event(HistoryEvent::of(part, self.steps_back.load(Relaxed), progress));
    }
}

impl Observer for Recording {
    fn notice(&self, progress: Progress<'_>) {
        self.notes(&progress);
    }
}

impl Observer for Tee<'_> {
    fn notice(&self, progress: Progress<'_>) {
        self.recording.notes(&progress);
        self.other.notice(progress);
    }
}

fn write_plan(data: &Path, text: &Path, plan: &Plan, schemas: &Schemas) -> Result<(), StateError> {
    let unfit = |error: serde_json::Error| StateError::Unfit(format!("{}: {error}", data.display()));
    write_json(data, &secrets::plan(plan, schemas).map_err(unfit)?)?;
    write(text, strip_str(&render::plan(plan)).to_string().as_bytes())
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StateError> {
    write(path, &json(path, value)?)
}

fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, StateError> {
    let unfit = |error: serde_json::Error| StateError::Unfit(format!("{}: {error}", path.display()));
    let mut bytes = serde_json::to_vec_pretty(value).map_err(unfit)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let mut file = Local.create(path).map_err(StateError::io(path))?;
    file.write(bytes).and_then(|()| file.sync()).map_err(StateError::io(path))
}
