use super::*;
use std::io::Write as _;

async fn applied_once() -> World {
    let mut world = World::new();
    world.apply(&stack("10.0.0.0/16", SECRET)).await;
    world
}

#[tokio::test]
async fn an_apply_without_an_end_was_killed_once_nobody_writes_it() {
    let mut world = World::new();
    let wanted = stack("10.0.0.0/16", SECRET);
    let plan = world.plan(&wanted).await;
    let recording = world.begin(&wanted, &plan);
    recording.event(HistoryEvent::Note { message: "under way".to_owned() });
    assert_eq!(world.endings(), [Some(Ending::Running)]);
    drop(recording);
    assert_eq!(world.endings(), [Some(Ending::Killed)]);
    assert!(world.read(1).events.iter().any(|line| matches!(line.event, HistoryEvent::Note { .. })));
}

#[tokio::test]
async fn a_begin_that_was_cut_off_leaves_no_record_and_the_next_one_takes_its_number() {
    let mut world = World::new();
    let draft = world.folder.path().join("history/0001.new");
    fs::create_dir_all(&draft).unwrap();
    fs::write(draft.join("record.json"), "half").unwrap();
    assert!(world.history.list().unwrap().is_empty());
    assert_eq!(world.apply(&stack("10.0.0.0/16", SECRET)).await.number, 1);
    assert!(!draft.exists());
}

#[tokio::test]
async fn damage_is_told_and_hides_nothing_else() {
    let mut world = applied_once().await;
    world.apply(&stack("10.1.0.0/16", SECRET)).await;
    let paths = world.history.paths(1);
    fs::write(paths.record(), "{ \"format\": \"rust-stack-apply-record\", \"version\": 1 }").unwrap();
    assert_eq!(world.endings(), [None, Some(Ending::Complete)]);
    let applied = world.read(1);
    assert!(applied.problems[0].contains("record.json"), "{:?}", applied.problems);
    assert!(applied.plan.is_some() && !applied.events.is_empty());

    for path in [paths.record(), paths.plan_text(), paths.proof_text(), paths.events(), paths.document()] {
        fs::write(&path, [0xff, 0xfe, b'\n']).unwrap();
    }
    let applied = world.read(1);
    assert_eq!(applied.problems.len(), 4, "{:?}", applied.problems);
    assert!(applied.document().is_err());
    fs::remove_dir_all(&paths.folder).unwrap();
    fs::create_dir(&paths.folder).unwrap();
    assert!(!world.read(1).problems.is_empty());
    assert_eq!(world.history.list().unwrap().len(), 2);
}

#[tokio::test]
async fn a_line_that_was_cut_off_and_an_event_of_a_newer_version_are_no_damage() {
    let world = applied_once().await;
    let paths = world.history.paths(1);
    let before = world.read(1).events.len();
    let mut log = fs::OpenOptions::new().append(true).open(paths.events()).unwrap();
    log.write_all(b"{\"at\":\"2026-01-01T00:00:00Z\",\"offset_us\":9,\"event\":\"invented_later\",\"x\":1}\n{\"at\":")
        .unwrap();
    let applied = world.read(1);
    assert_eq!(applied.problems, [""; 0]);
    assert_eq!(applied.events.len(), before + 1);
    assert_eq!(applied.events.last().unwrap().event, HistoryEvent::Unknown);
}

#[tokio::test]
async fn a_record_of_a_newer_version_is_refused_by_name() {
    let world = applied_once().await;
    let path = world.history.paths(1).record();
    let newer = fs::read_to_string(&path).unwrap().replace("\"version\": 1", "\"version\": 2");
    fs::write(&path, newer).unwrap();
    let applied = world.read(1);
    assert!(applied.problems[0].contains("format version 2"), "{:?}", applied.problems);
}
