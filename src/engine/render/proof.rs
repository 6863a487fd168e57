use super::{
    fit::fit,
    style::{BOLD, CREATE, DELETE, NOTE, styled},
};
use crate::{
    plan::{Operation, Phase, Plan, Step},
    serve::{Break, Fate, Finding, Mode, Proof, Route, Severity, Verdict, Wave},
};
use model::Address;
use std::fmt::Write as _;

/// A proof as people read it below a plan.
pub fn proof(proof: &Proof, plan: &Plan) -> String {
    let mut text = String::new();
    let kept = proof.paths.iter().filter(|path| path.fate == Fate::Kept).count();
    let (style, verdict) = match proof.verdict {
        Verdict::Idle => (NOTE, "Nothing serves yet that could be lost.".to_owned()),
        Verdict::Proven if kept == 0 => (NOTE, "Nothing that serves is wanted to go on.".to_owned()),
        Verdict::Proven => {
            (CREATE, "Proven: every request path stays complete, also after a crash at any step.".to_owned())
        }
        Verdict::Unproven => (NOTE, "Not proven to keep serving.".to_owned()),
        Verdict::Broken => (DELETE, "This plan interrupts requests.".to_owned()),
    };
    let _ = writeln!(text, "{} {}", styled(BOLD, "Availability:"), styled(style, &verdict));
    for path in proof.paths.iter().filter(|path| path.fate != Fate::Dead) {
        let _ = writeln!(text, "  {}", route(path));
    }
    if kept > 0 {
        for (index, wave) in proof.waves.iter().enumerate() {
            for line in self::wave(proof, plan, index, wave) {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    for broken in &proof.breaks {
        text.push('\n');
        text.push_str(&witness(proof, plan, broken));
    }
    for unproven in &proof.unproven {
        let path = unproven.path.and_then(|path| proof.paths.get(path));
        let about = path.map(|path| path.name.clone()).or(unproven.address.as_ref().map(ToString::to_string));
        let about = about.map(|about| format!("{about}: ")).unwrap_or_default();
        let _ = writeln!(text, "  {} {about}{}", styled(NOTE, "Cannot prove:"), unproven.why);
    }
    for finding in &proof.findings {
        let _ = writeln!(text, "  {}", self::finding(finding));
    }
    fit(&text)
}

/// What there is to know about a failure mode: `rust-stack explain F5`.
pub fn explain(mode: Mode) -> String {
    let it = mode.explanation();
    let heading = styled(BOLD, &format!("{mode}: {}", it.title));
    let parts = [("How it arises", it.arises), ("How a plan avoids it", it.avoided), ("What the gate sees", it.gate)];
    let parts = parts.map(|(title, body)| format!("{}\n  {body}\n", styled(BOLD, title)));
    fit(&format!("{heading}\n\n{}", parts.join("\n")))
}

fn route(path: &Route) -> String {
    let count = |healthy: Option<u32>| healthy.map_or("none".to_owned(), |healthy| healthy.to_string());
    let targets = match path.fate {
        Fate::Begins => format!("begins to serve, {} healthy targets", count(path.after)),
        Fate::Ends => format!("{} with this plan", styled(DELETE, "ends")),
        Fate::Kept | Fate::Dead if path.before == path.after => format!("{} healthy targets", count(path.before)),
        Fate::Kept | Fate::Dead => format!("{} -> {} healthy targets", count(path.before), count(path.after)),
    };
    let url = path.url.as_ref().map(|url| format!(", asked for by {url}")).unwrap_or_default();
    format!("{}: {targets}, at least {} needed{url}", path.name, path.at_least)
}

/// `Wave 2 of 4: at least 2 of 2 healthy targets behind .. (lowest during update of service.web); ..`
fn wave(proof: &Proof, plan: &Plan, index: usize, wave: &Wave) -> Vec<String> {
    let heading = format!("Wave {} of {}:", index + 1, proof.waves.len());
    let lowest = wave.lowest.iter().filter_map(|it| Some((it, proof.paths.get(it.path)?, plan.steps.get(it.step)?)));
    let mut lines: Vec<String> = lowest
        .map(|(it, path, step)| {
            let Verb { noun, address } = Verb::of(step);
            let (healthy, of, name) = (it.healthy, it.of, &path.name);
            format!(
                "{heading} at least {healthy} of {of} healthy targets for {name} (lowest during {noun} of {address})"
            )
        })
        .collect();
    if lines.is_empty() {
        lines.push(format!("{heading} no request path is touched"));
    }
    let back = match wave.revert_seconds {
        Some(0) => "; can be reverted at once".to_owned(),
        Some(seconds) => format!("; can be reverted in about {seconds} s"),
        None => format!("; no way back: {} gone", names(&wave.irreversible)),
    };
    if let Some(last) = lines.last_mut() {
        last.push_str(&back);
    }
    lines
}

/// A few names, and how many more there are.
fn names(addresses: &[Address]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = addresses.iter().take(SHOWN).map(Address::as_str).collect();
    match addresses.len().saturating_sub(SHOWN) {
        0 if addresses.len() == 1 => format!("{} is", shown.join(", ")),
        0 => format!("{} are", shown.join(", ")),
        more => format!("{} and {more} more are", shown.join(", ")),
    }
}

fn witness(proof: &Proof, plan: &Plan, broken: &Break) -> String {
    let mut text = String::new();
    let path = proof.paths.get(broken.path).map(|path| path.name.as_str()).unwrap_or_default();
    let _ = writeln!(
        text,
        "  {} {path} is interrupted ({}, {})",
        styled(DELETE, "Error:"),
        broken.mode,
        broken.mode.explanation().title
    );
    if let Some(step) = plan.steps.get(broken.step) {
        let Verb { noun, address } = Verb::of(step);
        let when = if broken.under_way { "during" } else { "after" };
        let _ = writeln!(text, "    {when} step {}, {noun} of {address}: {}", broken.step + 1, broken.reason);
    }
    let done: Vec<String> =
        broken.done.iter().filter(|step| **step != broken.step).map(|step| (step + 1).to_string()).collect();
    let done = match done.as_slice() {
        [] => "no other step is".to_owned(),
        [one] => format!("step {one} is"),
        several => format!("steps {} are", several.join(", ")),
    };
    let _ = writeln!(text, "    in the state in which {done} done and the rest is not");
    let _ = writeln!(text, "    {}", broken.remedy);
    text
}

fn finding(finding: &Finding) -> String {
    let (style, word) = match finding.severity {
        Severity::Watch => (NOTE, "Note"),
        Severity::Unproven => (NOTE, "Cannot prove"),
        Severity::Refuse => (DELETE, "Error"),
    };
    format!("{} {} ({}) {}", styled(style, &format!("{word}:")), finding.message, finding.mode, finding.remedy)
}

/// What a step does, as a noun.
struct Verb {
    noun: &'static str,
    address: String,
}

impl Verb {
    fn of(step: &Step) -> Self {
        let noun = match &step.operation {
            Operation::Create { .. } => "creation",
            Operation::Update { phase: Phase::Whole, .. } => "update",
            Operation::Update { phase: Phase::Expand, .. } => "expansion",
            Operation::Update { phase: Phase::Shift(_), .. } => "shift",
            Operation::Update { phase: Phase::Contract, .. } => "contraction",
            Operation::Update { phase: Phase::Shrink, .. } => "shrinking",
            Operation::Together { .. } => "common change",
            Operation::Settle { .. } => "settling",
            Operation::Delete { .. } => "deletion",
        };
        let address = match &step.operation {
            Operation::Together { objects, .. } => {
                objects.iter().map(|it| it.address.to_string()).collect::<Vec<_>>().join(", ")
            }
            _ => step.address.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        Self { noun, address }
    }
}
