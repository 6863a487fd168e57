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

mod arguments;
mod desired;
mod show;
mod trouble;

use crate::{
    rehearse::{self, Death, text},
    stack_program,
};
use arguments::number;
use engine::{
    fake::{Injection, Rehearsal},
    plan::{Mode, Plan, Refusal},
    render,
};
use model::Document;
use show::{Log, refused, whole};
use std::{collections::BTreeMap, fmt::Write as _};

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
        let log = Log::of(plan);
        let outcome = rehearse::apply(&self.rehearsal, plan, &log).await?;
        self.end = match &outcome {
            None => End::Killed,
            Some(outcome) if outcome.is_complete() => End::Complete,
            Some(_) => End::Incomplete,
        };
        let mut printed = log.lines();
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
}
