//! What a script prints.

use super::{Script, arguments::Assignment};
use crate::rehearse::text;
use engine::{
    apply::{Observer, Progress},
    plan::{Operation, Phase, Plan, Refusal, Step},
    render,
};
use model::Address;
use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

impl Script {
    pub(super) fn state(&self) -> String {
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

    pub(super) fn show(&self, place: &str) -> Result<String, String> {
        let Assignment { address, field, .. } = format!("{place}=null").parse()?;
        let id = self.id(&address)?;
        let objects = self.rehearsal.cloud.objects();
        let object = objects.iter().find(|object| object.id == id).ok_or_else(|| format!("{id} is gone"))?;
        let value = object.inputs.pointer(&field).ok_or_else(|| format!("{id} has no field {field}"))?;
        Ok(format!("{id}: {value}\n"))
    }

    pub(super) fn objects(&self) -> String {
        let objects = self.rehearsal.cloud.objects();
        objects.iter().map(|object| format!("{} {}\n", object.id, object.name)).collect()
    }
}

/// A plan with its steps, which the plan itself shows only where they are more than "what is needed first".
pub(super) fn whole(plan: &Plan) -> String {
    let (mut printed, steps) = (text(&render::plan(plan)), text(&render::steps(plan)));
    if !plan.steps.is_empty() && !printed.contains(&steps) {
        let _ = write!(printed, "\n{steps}");
    }
    printed
}

pub(super) fn refused(refusal: Refusal) -> Result<String, String> {
    let problems = match &refusal {
        Refusal::Invalid(problems) => {
            problems.iter().map(|it| format!("{}: {}\n", it.address, it.problem.message)).collect()
        }
        _ => String::new(),
    };
    Ok(format!("refused: {refusal}\n{problems}"))
}

/// Writes down what ends, in the order in which it ends.
pub(super) struct Log<'a> {
    plan: &'a Plan,
    lines: Mutex<String>,
}

impl<'a> Log<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        Self { plan, lines: Mutex::default() }
    }

    pub(super) fn lines(self) -> String {
        self.lines.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
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
        Operation::Update { phase: Phase::Shift(_), .. } => format!("shift {address}"),
        Operation::Update { phase, .. } => format!("{phase:?} {address}").to_lowercase(),
        Operation::Together { field, objects } => {
            let objects: Vec<&str> = objects.iter().map(|object| object.address.as_str()).collect();
            format!("change {field} of {} in one call", objects.join(", "))
        }
        Operation::Settle { .. } => "settle".to_owned(),
        Operation::Delete { generation, .. } => format!("delete {address} generation {generation}"),
    }
}
