//! The commands of scripts, on a stack in a cloud in memory. Lines that begin with `#` are comments.
//!
//! ```text
//! stack dev [--var k=v ..]         wants what the program of the stack wants with these variables
//! clear                            wants nothing
//! add KIND NAME JSON               wants one resource more
//! edit ADDRESS.FIELD=JSON          wants another value of a field; `.` leads into nested ones
//! remove ADDRESS                   wants the resource no more
//! rename ADDRESS NEW [moved]       calls it NEW, everywhere; with `moved`, says so
//! moved FROM TO                    only says so
//! protect ADDRESS                  sets prevent_destroy
//! parallel N                       lets the next applies do so many steps at a time, instead of one
//! plan | steps                     plans and prints the plan, or only its steps
//! apply [quietly]                  plans, applies, and prints steps as they end, one at a time; or only the end
//! destroy                          the same towards nothing
//! drift ADDRESS.FIELD=JSON         changes an object behind the engine's back
//! lose ADDRESS [if unused]         deletes an object behind the engine's back
//! crash after N calls|replies|writes
//!                                  lets the next apply die: before the next call, when that has had its effect, or
//!                                  instead of the next write
//! fault [KIND.]ACTION CODE [TIMES [SKIP [before|after]]]
//!                                  lets calls of the next apply fail, after SKIP of them; `after`: with effect
//! state | objects                  prints what is recorded, or what exists
//! show ADDRESS.FIELD               prints a field of the object of a resource
//! check                            an error when anything was made twice or, unless the last apply died, is forgotten
//! converge | vanish                an error unless one apply now makes what is wanted, or nothing, and it stays
//! ```

use crate::{
    rehearse::{self, Death, text},
    stack_program,
};
use engine::{
    Fault,
    apply::{Observer, Progress},
    fake::{Injection, Rehearsal, When},
    plan::{Mode, Operation, Phase, Plan, Refusal, Step},
    provider::Id,
    render,
};
use model::{Address, Declaration, Document, Lifecycle, Moved};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

/// Runs the commands of a script; returns the transcript.
pub(crate) fn run(commands: &str) -> String {
    let mut script = Script::new();
    let mut transcript = String::new();
    for line in commands.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            let _ = writeln!(transcript, "{line}");
            continue;
        }
        let printed = rehearse::run(script.command(line)).unwrap_or_else(|error| format!("error: {error}\n"));
        let _ = write!(transcript, "$ {line}\n{printed}");
    }
    transcript
}

pub(crate) struct Script {
    desired: Document,
    rehearsal: Rehearsal,
    /// What will go wrong during the next apply; its plan is made before.
    ahead: Vec<Ahead>,
    /// How the last apply ended.
    end: End,
}

/// How an apply ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Incomplete,
    Killed,
}

enum Ahead {
    Death(Death),
    Fault(Injection),
}

impl Script {
    pub(crate) fn new() -> Self {
        let mut rehearsal = rehearse::rehearsal("dev");
        rehearsal.parallelism = 1;
        Self {
            desired: model::Stack::new("dev").document(BTreeMap::new()),
            rehearsal,
            ahead: Vec::new(),
            end: End::Complete,
        }
    }

    /// Does one command, and returns what it prints.
    pub(crate) async fn command(&mut self, line: &str) -> Result<String, String> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        match (command, words.as_slice()) {
            ("clear", []) => {
                self.desired = model::Stack::new("dev").document(BTreeMap::new());
                Ok(String::new())
            }
            ("stack", [name, variables @ ..]) => {
                let variables: Vec<&str> = variables.iter().copied().filter(|word| *word != "--var").collect();
                self.desired = stack_program::document(name, &variables)?;
                Ok(format!("{} resources\n", self.desired.resources.len()))
            }
            ("add", [kind, name, ..]) => {
                let json = rest.splitn(3, ' ').nth(2).unwrap_or("{}");
                self.add(kind, name, json)
            }
            ("edit", _) => self.edit(rest),
            ("remove", [address]) => self.remove(address),
            ("rename", [from, to]) => self.rename(from, to, false),
            ("rename", [from, to, "moved"]) => self.rename(from, to, true),
            ("moved", [from, to]) => self.moved(from, to),
            ("parallel", [steps]) => {
                self.rehearsal.parallelism = number(steps)?;
                Ok(String::new())
            }
            ("protect", [address]) => self.declaration(address).map(|it| {
                it.lifecycle.prevent_destroy = true;
                String::new()
            }),
            ("plan", []) => self.plan(Mode::Apply).await.map(|plan| whole(&plan)).or_else(refused),
            ("steps", []) => self.plan(Mode::Apply).await.map(|plan| text(&render::steps(&plan))).or_else(refused),
            ("apply", []) => match self.plan(Mode::Apply).await {
                Ok(plan) => self.apply(&plan).await,
                Err(refusal) => refused(refusal),
            },
            ("apply", ["quietly"]) => {
                let printed = Box::pin(self.command("apply")).await?;
                Ok(printed.lines().last().map(|line| format!("{line}\n")).unwrap_or_default())
            }
            ("destroy", []) => match self.plan(Mode::Destroy).await {
                Ok(plan) => self.apply(&plan).await,
                Err(refusal) => refused(refusal),
            },
            ("drift", _) => self.drift(rest),
            ("lose", [address, condition @ ..]) => {
                let id = self.id(address)?;
                if *condition == ["if", "unused"] && self.rehearsal.cloud.is_used(&id) {
                    return Err(format!("{id} is used"));
                }
                self.rehearsal.cloud.lose(&id);
                Ok(String::new())
            }
            ("crash", ["after", count, what]) => self.crash(count, what),
            ("fault", [call, code, rest @ ..]) => self.fault(call, code, rest),
            ("check", []) => {
                rehearse::made_once(&self.rehearsal)?;
                match self.end {
                    End::Complete => rehearse::sound(&self.rehearsal)?,
                    End::Incomplete => rehearse::remembered(&self.rehearsal)?,
                    End::Killed => (),
                }
                Ok(String::new())
            }
            ("converge", []) => {
                rehearse::converge(&mut self.rehearsal, &self.desired, Mode::Apply).await.map(|()| String::new())
            }
            ("vanish", []) => {
                let nothing = model::Stack::new("dev").document(BTreeMap::new());
                rehearse::converge(&mut self.rehearsal, &nothing, Mode::Destroy).await.map(|()| String::new())
            }
            ("state", []) => Ok(self.state()),
            ("objects", []) => Ok(self.objects()),
            ("show", [place]) => self.show(place),
            _ => Err("there is no such command".to_owned()),
        }
    }

    fn declaration(&mut self, address: &str) -> Result<&mut Declaration, String> {
        let found = self.desired.resources.iter_mut().find(|resource| resource.address.as_str() == address);
        found.ok_or_else(|| format!("{address} is not declared"))
    }

    fn add(&mut self, kind: &str, name: &str, json: &str) -> Result<String, String> {
        let address = Address::new(kind, name).map_err(|error| error.to_string())?;
        self.desired.resources.push(Declaration {
            address,
            kind: kind.to_owned(),
            inputs: parsed(json)?,
            depends_on: BTreeSet::new(),
            lifecycle: Lifecycle::default(),
            source: "script".to_owned(),
        });
        Ok(String::new())
    }

    fn edit(&mut self, assignment: &str) -> Result<String, String> {
        let Assignment { address, field, value } = assignment.parse()?;
        let inputs = &mut self.declaration(&address)?.inputs;
        *inputs.pointer_mut(&field).ok_or_else(|| format!("{address} has no field {field}"))? = value;
        Ok(String::new())
    }

    fn remove(&mut self, address: &str) -> Result<String, String> {
        self.declaration(address)?;
        self.desired.resources.retain(|resource| resource.address.as_str() != address);
        for resource in &mut self.desired.resources {
            resource.depends_on.retain(|dependency| dependency.as_str() != address);
        }
        let refers = |value: serde_json::Result<serde_json::Value>| {
            model::references(&value.unwrap_or_default()).iter().any(|reference| reference.address.as_str() == address)
        };
        self.desired.outputs.retain(|_, output| !refers(serde_json::to_value(&output.value)));
        self.desired.serves.retain(|probe| !refers(serde_json::to_value(&probe.url)));
        Ok(String::new())
    }

    fn rename(&mut self, from: &str, to: &str, moved: bool) -> Result<String, String> {
        self.declaration(from)?;
        let [from, to] = [from, to].map(|it| it.parse::<Address>().map_err(|error| error.to_string()));
        let (from, to) = (from?, to?);
        let json = serde_json::to_string(&self.desired).map_err(|error| error.to_string())?;
        let named = json.replace(&format!("\"{from}#"), &format!("\"{to}#"));
        self.desired = parsed(&named.replace(&format!("\"{from}\""), &format!("\"{to}\"")))?;
        if moved { self.moved(from.as_str(), to.as_str()) } else { Ok(String::new()) }
    }

    fn moved(&mut self, from: &str, to: &str) -> Result<String, String> {
        let [from, to] = [from, to].map(|it| it.parse().map_err(|error| format!("{error}")));
        self.desired.moved.push(Moved { from: from?, to: to? });
        Ok(String::new())
    }

    async fn plan(&mut self, mode: Mode) -> Result<Plan, Refusal> {
        match mode {
            Mode::Apply => self.rehearsal.plan(&self.desired, mode).await,
            Mode::Destroy => self.rehearsal.plan_destroy().await,
        }
    }

    async fn apply(&mut self, plan: &Plan) -> Result<String, String> {
        for ahead in self.ahead.drain(..) {
            match ahead {
                Ahead::Death(death) => death.strike(&self.rehearsal),
                Ahead::Fault(injection) => self.rehearsal.cloud.inject(injection),
            }
        }
        let log = Log { plan, lines: Mutex::default() };
        let outcome = rehearse::apply(&self.rehearsal, plan, &log).await?;
        self.end = match &outcome {
            None => End::Killed,
            Some(outcome) if outcome.is_complete() => End::Complete,
            Some(_) => End::Incomplete,
        };
        let mut printed = log.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        let _ = match outcome {
            None => writeln!(printed, "killed"),
            Some(outcome) if outcome.is_complete() => writeln!(printed, "complete: {} steps", outcome.done.len()),
            Some(outcome) => {
                let (done, failed, skipped) = (outcome.done.len(), outcome.failed.len(), outcome.skipped.len());
                writeln!(printed, "incomplete: {done} steps done, {failed} failed, {skipped} not begun")
            }
        };
        Ok(printed)
    }

    fn id(&self, address: &str) -> Result<Id, String> {
        let state = self.rehearsal.record.state();
        let object = state.resources.get(address).and_then(|record| record.current.as_ref());
        object.map(|object| object.id.clone()).ok_or_else(|| format!("{address} does not exist"))
    }

    fn drift(&self, assignment: &str) -> Result<String, String> {
        let Assignment { address, field, value } = assignment.parse()?;
        let field = field.trim_start_matches('/');
        self.rehearsal.cloud.drift(&self.id(&address)?, field, value);
        Ok(String::new())
    }

    fn crash(&mut self, count: &str, what: &str) -> Result<String, String> {
        let count = number(count)?;
        self.ahead.push(Ahead::Death(match what {
            "calls" => Death::Before(count),
            "replies" => Death::After(count),
            "writes" => Death::Write(count),
            _ => return Err(format!("`{what}` is not `calls`, `replies` or `writes`")),
        }));
        Ok(String::new())
    }

    fn fault(&mut self, call: &str, code: &str, rest: &[&str]) -> Result<String, String> {
        let (kind, action) = call.rsplit_once('.').map_or((None, call), |(kind, action)| (Some(kind), action));
        let (kind, action, fault) = (kind.map(str::to_owned), Some(action.to_owned()), Some(fault(code)));
        let times = rest.first().map_or(Ok(1), |times| number(times))?;
        let skip = rest.get(1).map_or(Ok(0), |skip| number(skip))?;
        let when = match rest.get(2) {
            None | Some(&"before") => When::Before,
            Some(&"after") => When::After,
            Some(other) => return Err(format!("`{other}` is neither `before` nor `after`")),
        };
        self.ahead.push(Ahead::Fault(Injection { kind, action, skip, times, when, fault }));
        Ok(String::new())
    }

    fn state(&self) -> String {
        let mut printed = String::new();
        for (address, record) in &self.rehearsal.record.state().resources {
            let current = record.current.as_ref();
            let current = current.map_or("none".to_owned(), |it| format!("{} generation {}", it.id, it.generation));
            let pending = record.pending.as_ref().map(|it| format!(", generation {} is being made", it.generation));
            let superseded = record.superseded.iter().map(|old| format!(", {} superseded", old.object.id));
            let rest: String = pending.into_iter().chain(superseded).collect();
            let _ = writeln!(printed, "{address}: {current}{rest}");
        }
        printed
    }

    fn show(&self, place: &str) -> Result<String, String> {
        let Assignment { address, field, .. } = format!("{place}=null").parse()?;
        let id = self.id(&address)?;
        let objects = self.rehearsal.cloud.objects();
        let object = objects.iter().find(|object| object.id == id).ok_or_else(|| format!("{id} is gone"))?;
        let value = object.inputs.pointer(&field).ok_or_else(|| format!("{id} has no field {field}"))?;
        Ok(format!("{id}: {value}\n"))
    }

    fn objects(&self) -> String {
        let objects = self.rehearsal.cloud.objects();
        objects.iter().map(|object| format!("{} {}\n", object.id, object.name)).collect()
    }
}

/// A plan with its steps, which the plan itself shows only where they are more than "what is needed first".
fn whole(plan: &Plan) -> String {
    let (mut printed, steps) = (text(&render::plan(plan)), text(&render::steps(plan)));
    if !plan.steps.is_empty() && !printed.contains(&steps) {
        let _ = write!(printed, "\n{steps}");
    }
    printed
}

fn refused(refusal: Refusal) -> Result<String, String> {
    let problems = match &refusal {
        Refusal::Invalid(problems) => {
            problems.iter().map(|it| format!("{}: {}\n", it.address, it.problem.message)).collect()
        }
        _ => String::new(),
    };
    Ok(format!("refused: {refusal}\n{problems}"))
}

/// Writes down what ends, in the order in which it ends.
struct Log<'a> {
    plan: &'a Plan,
    lines: Mutex<String>,
}

impl Observer for Log<'_> {
    fn notice(&self, progress: Progress<'_>) {
        let (step, end) = match progress {
            Progress::Done { step, id, .. } => (step, id.map(|id| format!(" ({id})")).unwrap_or_default()),
            Progress::Failed { step, failure, .. } => (step, format!(" FAILED: {failure}")),
            Progress::Retrying { step, fault, .. } => (step, format!(" again, because of {fault}")),
            Progress::Begun { .. } | Progress::Waiting { .. } => return,
        };
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(lines, "{:>4}. {}{end}", step + 1, phrase(&self.plan.steps[step]));
    }
}

fn phrase(step: &Step) -> String {
    let address = step.address.as_ref().map(Address::as_str).unwrap_or_default();
    match &step.operation {
        Operation::Create { identity, .. } => format!("create {address} as {}", identity.name),
        Operation::Update { phase: Phase::Whole, .. } => format!("update {address}"),
        Operation::Update { phase, .. } => format!("{phase:?} {address}").to_lowercase(),
        Operation::Together { field, objects } => {
            let objects: Vec<&str> = objects.iter().map(|object| object.address.as_str()).collect();
            format!("change {field} of {} in one call", objects.join(", "))
        }
        Operation::Settle { .. } => "settle".to_owned(),
        Operation::Delete { generation, .. } => format!("delete {address} generation {generation}"),
    }
}

fn fault(code: &str) -> Fault {
    let (code, message) = (code.to_owned(), "as the script says".to_owned());
    match code.as_str() {
        "Throttling" => Fault::Throttled { code, message },
        "InternalError" | "ServiceUnavailable" => Fault::Transient { code, message },
        "DependencyViolation" | "ResourceInUse" => Fault::InUse { code, message },
        "AccessDenied" => Fault::Denied { code, message },
        _ => Fault::Rejected { code, message },
    }
}

/// `ADDRESS.FIELD=JSON`.
struct Assignment {
    address: String,
    /// As a JSON pointer.
    field: String,
    value: Value,
}

impl std::str::FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not ADDRESS.FIELD=JSON");
        let (place, json) = text.split_once('=').ok_or_else(wrong)?;
        let mut parts = place.trim().split('.');
        let (Some(kind), Some(name)) = (parts.next(), parts.next()) else { return Err(wrong()) };
        let field: String = parts.map(|part| format!("/{part}")).collect();
        Ok(Self { address: format!("{kind}.{name}"), field, value: parsed(json)? })
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn parsed<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
