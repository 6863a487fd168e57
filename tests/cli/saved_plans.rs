use super::{Project, end_to_end::unchanged};

#[test]
fn a_saved_plan_is_applied_once_and_refused_when_it_is_stale() {
    let project = Project::new("saved");
    let cloud = project.cloud(&[]);

    let planned = project.run(&["plan", "dev", "--local", "--out", "first.plan"]).succeeds();
    assert!(planned.contains("rust-stack apply --local first.plan"), "{planned}");
    let applied = project.run(&["apply", "--local", "first.plan"]).succeeds();
    assert!(applied.contains("Apply complete! Resources: "), "{applied}");
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));

    project.run(&["plan", "dev", "--local", "--var", "desired_count=3", "--out", "three.plan"]).succeeds();
    project.run(&["plan", "dev", "--local", "--var", "desired_count=4", "--out", "four.plan"]).succeeds();
    project.run(&["apply", "--local", "four.plan"]).succeeds();
    let before = project.files("state/local/dev");
    let stale = project.run(&["apply", "--local", "three.plan"]);
    stale.fails(&[
        "the saved plan three.plan is stale: the state has changed since it was made",
        "plan dev --local --out three.plan",
    ]);
    assert_eq!(project.files("state/local/dev"), before);
    project.run(&["apply", "--local", "first.plan"]).fails(&["is stale"]);
    unchanged(&project.run(&["plan", "dev", "--local", "--var", "desired_count=4", "--detailed-exitcode"]));

    project.run(&["plan", "dev", "--local", "--destroy", "--out", "end.plan"]).succeeds();
    let destroyed = project.run(&["apply", "--local", "end.plan"]).succeeds();
    assert!(destroyed.contains("Destroy complete!"), "{destroyed}");
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}

#[test]
fn what_is_no_plan_is_refused() {
    let project = Project::new("no-plan");
    project.cloud(&[]);
    project.run(&["plan", "dev", "--local", "--out", "a.plan"]).succeeds();
    let plan = project.read("a.plan");
    project.write("text.plan", "hello");
    project.run(&["apply", "--local", "text.plan"]).fails(&["text.plan", "it is not a saved plan"]);
    project.write("half.plan", &plan[..plan.len() / 2]);
    project.run(&["apply", "--local", "half.plan"]).fails(&["half.plan", "it is not a saved plan"]);
    let old = plan.replacen("\"version\": 2", "\"version\": 7", 1);
    assert_ne!(old, plan);
    project.write("new.plan", old);
    project.run(&["apply", "--local", "new.plan"]).fails(&["it has format version 7, and this program reads 2"]);
    // Made for the local cloud, a plan is for nowhere else.
    let elsewhere = project.run_with(
        &["apply", "a.plan", "--endpoint-url", &super::Cloud::of(&project.root).url],
        &[("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")],
    );
    elsewhere.fails(&["a.plan is stale: it was made for account 123456789012 in us-east-1 at the endpoint `local`"]);
}
