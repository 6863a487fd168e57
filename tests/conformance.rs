//! Every kind through its whole life, against each implementation of AWS's APIs that runs on one machine.
//!
//! `cases` says what is made of each kind and what is changed, `world` makes what it needs first, `life` leads it
//! from its creation to its end and notes what went wrong, `defects` names what is known to go wrong in moto.

mod case;
mod cases;
mod defects;
mod finding;
mod life;
mod world;

use crate::support::{LocalCloud, Moto, connect};
use cases::CASES;
use defects::{Defect, MOTO};
use engine::provider::Kinds;
use finding::Finding;
use std::collections::BTreeSet;
use world::World;

/// How many tasks a new ECS service of moto runs, and the cases want.
const RUNNING: u32 = 1;

#[tokio::test]
async fn every_kind_lives_on_the_local_cloud() {
    let cloud = LocalCloud::start().await;
    judge(&lives(&cloud.url).await, &[]);
}

#[tokio::test]
async fn every_kind_lives_on_moto() {
    let Some(moto) = Moto::start(RUNNING) else { return };
    judge(&lives(&moto.url).await, MOTO);
}

#[test]
fn every_kind_has_a_case() {
    let kinds: BTreeSet<&str> = aws::KINDS.iter().map(|entry| entry.schema.kind).collect();
    let cases: Vec<&str> = CASES.iter().map(|(schema, _)| schema.kind).collect();
    assert_eq!(kinds, cases.iter().copied().collect());
    assert_eq!(kinds.len(), cases.len(), "a kind has two cases: {cases:?}");
}

/// Leads every kind through its life and returns everything that went wrong.
///
async fn lives(url: &str) -> Vec<Finding> {
    let [ours, theirs] = [connect(url).await, connect(url).await].map(|it| Kinds::bind(aws::KINDS, &it.aws));
    let mut findings = Vec::new();
    for (number, (schema, case)) in CASES.iter().enumerate() {
        let mut world = World::new(&ours, format!("conformance-{number}"));
        match case(&mut world).await {
            Ok(case) => findings.extend(life::live(schema, &case, &mut world, &theirs).await),
            Err(fault) => findings.push(Finding::new(schema, "prerequisites", fault)),
        }
        findings.extend(world.unmake().await.map_err(|fault| Finding::new(schema, "clearing up", fault)).err());
    }
    findings
}

/// Fails when anything went wrong that is not a known defect, and when a known defect is gone.
fn judge(findings: &[Finding], known: &[Defect]) {
    let news = findings.iter().filter(|finding| !known.iter().any(|defect| defect.covers(finding)));
    let news: Vec<String> = news.map(ToString::to_string).collect();
    let gone = known.iter().filter(|defect| !findings.iter().any(|finding| defect.covers(finding)));
    let gone: Vec<String> = gone.map(ToString::to_string).collect();
    assert!(news.is_empty(), "{} went wrong:\n{}", news.len(), news.join("\n"));
    assert!(gone.is_empty(), "known defects that are gone, or are not met any more:\n{}", gone.join("\n"));
}
