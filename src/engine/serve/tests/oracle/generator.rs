//! Random changes in random orders.

use super::{GROUPS, Move, PARTS, Pair, Part, Rule, Service, Stage};
use rand::{Rng, rngs::StdRng};
use std::collections::BTreeSet;

fn stage(dice: &mut StdRng) -> Stage {
    let mut stage = Stage { groups: [true, dice.random_bool(0.7), dice.random_bool(0.4)], ..Stage::default() };
    let existing: Vec<usize> = (0..GROUPS).filter(|group| stage.groups[*group]).collect();
    let pick = |dice: &mut StdRng| existing[dice.random_range(0..existing.len())];
    for rule in 0..2 {
        if rule == 1 || dice.random_bool(0.5) {
            let mut weights = [None; GROUPS];
            if dice.random_bool(0.9) {
                weights[pick(dice)] = Some(100);
                if dice.random_bool(0.4) {
                    weights[pick(dice)] = Some([0, 50][dice.random_range(0..2)]);
                }
            }
            let priority = [10, 30][rule] + 40 * u16::from(dice.random_bool(0.15) && rule == 0);
            stage.rules[rule] = Some(Rule { priority, weights });
        }
    }
    for service in 0..2 {
        if service == 0 || dice.random_bool(0.5) {
            let mut groups = [false; GROUPS];
            groups[pick(dice)] = true;
            groups[pick(dice)] |= dice.random_bool(0.6);
            groups[pick(dice)] |= dice.random_bool(0.4);
            let first = dice.random_bool(0.6);
            stage.services[service] = Some(Service {
                groups,
                firewalls: [first, !first || dice.random_bool(0.3)],
                count: dice.random_range(1..4),
                minimum: [0, 50, 100, 100, 100][dice.random_range(0..5)],
                revision: dice.random_range(0..2),
            });
        }
    }
    stage.ways = [(); 2].map(|()| [(); 2].map(|()| dice.random_bool(0.8)));
    stage
}

pub(super) fn pair(dice: &mut StdRng) -> Pair {
    let before = stage(dice);
    let mut after = before.clone();
    let other = stage(dice);
    // Some parts change, the others stay; a part may name only groups that are there.
    for part in PARTS {
        if dice.random_bool(0.45) {
            after.take(&other, part);
        }
    }
    for part in PARTS {
        for group in after.names(part) {
            after.groups[group] = true;
        }
    }
    let mut changed: Vec<Part> = PARTS.into_iter().filter(|part| !before.same(&after, *part)).collect();
    let careful = dice.random_bool(0.6);
    for index in (1..changed.len()).rev() {
        changed.swap(index, dice.random_range(0..=index));
    }
    // Groups are made first: whoever names one needs it.
    changed.sort_by_key(|part| {
        let rank = match (before.has(*part), after.has(*part)) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        if careful { (rank, !matches!(part, Part::Group(_))) } else { (0, !matches!(part, Part::Group(_)) || rank > 0) }
    });
    let mut moves: Vec<Move> = Vec::new();
    let mut waits: Vec<BTreeSet<usize>> = Vec::new();
    let strict = dice.random_bool(0.4);
    let mut last_rank = 0;
    for part in changed {
        let rank = u8::from(before.has(part)) + u8::from(before.has(part) && !after.has(part));
        let settles = if careful { rank != last_rank } else { dice.random_bool(0.15) };
        last_rank = rank;
        if settles && !moves.is_empty() {
            let all = dice.random_bool(0.85);
            waits.push((0..moves.len()).filter(|_| all || dice.random_bool(0.5)).collect());
            moves.push(Move::Settle);
        }
        let new = |group: &usize| !before.groups[*group];
        let needs: Vec<usize> = after.names(part).into_iter().filter(new).collect();
        let mut after_steps: BTreeSet<usize> = (0..moves.len())
            .filter(|earlier| match moves[*earlier] {
                Move::Change(Part::Group(group)) => needs.contains(&group),
                Move::Change(_) => strict || dice.random_bool(0.3),
                Move::Settle => careful || dice.random_bool(0.5),
            })
            .collect();
        if strict && let Some(last) = moves.len().checked_sub(1) {
            after_steps.insert(last);
        }
        waits.push(after_steps);
        moves.push(Move::Change(part));
    }
    Pair { before, after, moves, waits }
}
