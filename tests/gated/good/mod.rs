//! Good changes, one for each failure mode for which a change can be written: each is made under load in all the ways that
//! requests are made, and loses none; the same change in naive order is the control.
//!
//! | mode | why there is no good change of it |
//! |---|---|
//! | F2 | names are the engine's, and hold a generation: F1, F3, F7, F25 and F26 make a second object beside the first |
//! | F4, F19, F29, F30, F32, F33, F37 | there is no kind for it yet |
//! | F13 | no operation stops a task |
//! | F21 | the name of the load balancer changes, so it is refused |
//! | F34, F35 | every change with deletions is one, and every kill in `kills` |
//! | F36 | what others own is in no change; `tests/cli` has a rule of somebody else |

pub(crate) mod changes;
mod run;
pub(crate) mod stage;
mod table;

use changes::{CHANGES, Good};
use run::{Rates, run};

/// How many requests all changes together see in the thorough run.
const REQUESTS: u64 = 1_000_000;

#[test]
fn good_changes_lose_nothing() {
    let chosen: Vec<&Good> = CHANGES.iter().filter(|good| wanted(good)).collect();
    let thorough = super::thorough();
    let rates = if thorough { Rates { load: 600, gate: 200 } } else { Rates { load: 100, gate: 100 } };
    let each = if thorough { REQUESTS.div_ceil(chosen.len() as u64) } else { 0 };
    let mut rows = Vec::new();
    for good in chosen {
        let place = CHANGES.iter().position(|it| it.what == good.what).expect("it stands in the table");
        let row = run(&format!("gated-good-{place}"), good, rates, each);
        eprintln!("{}", table::table(std::slice::from_ref(&row)));
        row.wrong.iter().for_each(|wrong| eprintln!("WRONG: {wrong}\n"));
        rows.push(row);
    }
    eprintln!("{}", table::table(&rows));
    let wrong: Vec<String> =
        rows.iter().flat_map(|row| row.wrong.iter().map(move |wrong| format!("{}: {wrong}", row.what))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let requests: u64 = rows.iter().map(|row| row.requests).sum();
    assert!(!thorough || requests >= REQUESTS, "only {requests} requests");
}

/// Whether a change is to be made: `GATED=all` wants all, `GATED=F5,F20` those of some modes, every day a few are.
fn wanted(good: &Good) -> bool {
    let modes = std::env::var("GATED").unwrap_or_default();
    let named = good.mode.split(", ").any(|mode| modes.split(',').any(|wanted| wanted == mode));
    super::thorough() || named || (modes.is_empty() && good.daily)
}
