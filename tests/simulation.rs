//! Level 3: random stacks of real kinds, random changes, faults, deaths and meddling from outside; whatever has happened,
//! one more apply makes what is wanted, nothing is lost and nothing is there twice.
//!
//! A history is a script as in level 2: what fails prints one to put into `tests/scripts`. `SIMULATION_CASES` says how
//! many histories, `SIMULATION_SEED` which.

mod stack;

use crate::{rehearse, script::Script};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use stack::{Gene, SLOTS, commands, gene};
use std::fmt::Write as _;

#[test]
fn every_history_ends_well() {
    let cases = setting("SIMULATION_CASES").unwrap_or(150);
    let seed = setting("SIMULATION_SEED").unwrap_or(0);
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let result = runner.run(&history(), |history| {
        let script = script(&history);
        run(&script).map_err(|problem| TestCaseError::fail(format!("{problem}\n\nThe script:\n\n{script}")))
    });
    match result {
        Ok(()) => (),
        Err(TestError::Fail(problem, _)) => panic!("{problem}"),
        Err(abort) => panic!("{abort}"),
    }
}

fn setting(name: &str) -> Option<u32> {
    std::env::var(name).ok().map(|value| value.parse().expect("it is a number"))
}

/// Runs a script; an error when an `apply`, `check`, `converge` or `vanish` in it finds one. Other commands may fail:
/// what they are about need not exist.
fn run(script: &str) -> Result<(), String> {
    rehearse::run(async {
        let mut state = Script::new();
        for line in script.lines() {
            let done = state.command(line).await;
            if matches!(line, "apply" | "check" | "converge" | "vanish") {
                done.map_err(|problem| format!("{line}: {problem}"))?;
            }
        }
        Ok(())
    })
}

/// What happens, round by round.
#[derive(Clone, Debug)]
struct History {
    first: Vec<Gene>,
    parallel: usize,
    rounds: Vec<Round>,
}

#[derive(Clone, Debug)]
struct Round {
    /// Which resources are wanted otherwise; whether those that have another name then are said to have moved.
    edits: Vec<(usize, Gene, bool)>,
    meddling: Vec<Meddling>,
    trouble: Vec<Trouble>,
}

/// What somebody does behind the engine's back: to which resource.
#[derive(Clone, Debug)]
enum Meddling {
    Drift(usize, usize),
    Lose(usize),
}

/// What goes wrong during an apply.
#[derive(Clone, Debug)]
enum Trouble {
    Death(&'static str, usize),
    Fault { action: &'static str, code: &'static str, times: usize, skip: usize, when: &'static str },
}

fn history() -> impl Strategy<Value = History> {
    let first = vec(gene(), SLOTS);
    (first, 1..4usize, vec(round(), 1..4)).prop_map(|(first, parallel, rounds)| History { first, parallel, rounds })
}

fn round() -> impl Strategy<Value = Round> {
    let edits = vec((0..SLOTS, gene(), any::<bool>()), 0..6);
    let meddling = prop_oneof![
        (any::<usize>(), any::<usize>()).prop_map(|(resource, field)| Meddling::Drift(resource, field)),
        any::<usize>().prop_map(Meddling::Lose),
    ];
    let death = (prop_oneof![Just("calls"), Just("replies"), Just("writes")], 0..80usize);
    let failing = prop_oneof![
        Just(("Throttling", "before")),
        Just(("InternalError", "before")),
        Just(("InternalError", "after")),
        Just(("AccessDenied", "before")),
    ];
    let action = prop_oneof![Just("create"), Just("update"), Just("delete"), Just("read"), Just("tag"), Just("find")];
    let fault = (action, failing, 1..4usize, 0..20usize);
    let trouble = prop_oneof![
        death.prop_map(|(place, after)| Trouble::Death(place, after)),
        fault.prop_map(|(action, (code, when), times, skip)| Trouble::Fault { action, code, times, skip, when }),
    ];
    (edits, vec(meddling, 0..3), vec(trouble, 0..3)).prop_map(|(edits, meddling, trouble)| Round {
        edits,
        meddling,
        trouble,
    })
}

/// The script of a history.
fn script(history: &History) -> String {
    let mut script = format!("parallel {}\n", history.parallel);
    let mut genes = history.first.clone();
    for (number, round) in history.rounds.iter().enumerate() {
        let before = stack::document(&genes);
        let mut moved = Vec::new();
        for (slot, gene, say) in round.edits.iter().filter(|_| number > 0) {
            let old = std::mem::replace(&mut genes[*slot], gene.clone());
            if *say && old.name != gene.name {
                moved.push((*slot, old.name, gene.name));
            }
        }
        script.push_str(&commands(&genes));
        for (slot, from, to) in moved {
            if let Some((from, to)) = stack::moved(&genes, slot, from, to) {
                let _ = writeln!(script, "moved {from} {to}");
            }
        }
        for meddling in &round.meddling {
            if let Some(line) = meddle(meddling, &before) {
                let _ = writeln!(script, "{line}");
            }
        }
        for trouble in &round.trouble {
            let _ = match trouble {
                Trouble::Death(place, after) => writeln!(script, "crash after {after} {place}"),
                Trouble::Fault { action, code, times, skip, when } => {
                    writeln!(script, "fault {action} {code} {times} {skip} {when}")
                }
            };
        }
        script.push_str("apply\ncheck\n");
    }
    script.push_str(&commands(&genes));
    script.push_str("converge\nvanish\n");
    script
}

fn meddle(meddling: &Meddling, document: &model::Document) -> Option<String> {
    let (Meddling::Drift(resource, _) | Meddling::Lose(resource)) = meddling;
    let declaration = document.resources.get(resource % document.resources.len().max(1))?;
    let Meddling::Drift(_, field) = meddling else { return Some(format!("lose {} if unused", declaration.address)) };
    let fields = declaration.inputs.as_object()?;
    let (name, value) = fields.iter().nth(field % fields.len().max(1))?;
    let other = match value {
        serde_json::Value::Bool(value) => (!value).to_string(),
        // Two of a kind may not have the same port or priority, so nobody outside can give them one either.
        serde_json::Value::Number(_) if matches!(name.as_str(), "port" | "priority") => return None,
        serde_json::Value::Number(value) => (value.as_u64()? + 1).to_string(),
        _ => return None,
    };
    Some(format!("drift {}.{name}={other}", declaration.address))
}
