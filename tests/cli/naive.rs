use super::{Project, end_to_end::unchanged};

/// The order of a tool that knows only what depends on what can be looked at, and applied by those who insist.
#[test]
fn the_naive_order_is_shown_and_refused_and_can_be_insisted_on() {
    let project = Project::new("naive");
    project.cloud(&[]);
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    project.edit("stacks/dev.rs", "Cluster::new(\"main\")", "Cluster::new(\"second\")");

    let proven = project.run(&["plan", "dev", "--local"]).succeeds();
    let naive = project.run(&["plan", "dev", "--local", "--naive"]).succeeds();
    assert!(proven.contains("Proven: every request path stays complete"), "{proven}");
    assert!(naive.contains("This plan interrupts requests."), "{naive}");
    let place = |plan: &str, step: &str| plan.find(step).unwrap_or_else(|| panic!("no {step:?} in {plan}"));
    let made_first = |plan: &str| place(plan, "create service.web") < place(plan, "delete service.web");
    assert!(made_first(&proven) && !made_first(&naive), "{proven}\n{naive}");

    const NAIVE: [&str; 5] = ["apply", "dev", "--local", "--auto-approve", "--naive"];
    let gated = project.run(&NAIVE);
    assert_eq!(gated.code, Some(1), "{gated}");
    assert!(gated.stderr.contains("--no-gate"), "{gated}");
    let ungated = [&NAIVE[..], &["--no-gate"]].concat();
    project.run(&ungated).fails(&["the plan interrupts requests", "--allow-disruption service.web"]);
    let insisted = [&ungated[..], &["--allow-disruption", "service.web"]].concat();
    project.run(&insisted).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}

/// A saved plan holds its order.
#[test]
fn a_saved_plan_has_its_order() {
    let project = Project::new("naive-saved");
    project.cloud(&[]);
    project.run(&["plan", "dev", "--local", "--naive", "--out", "naive.plan"]).succeeds();
    let otherwise = ["apply", "--local", "naive.plan", "--naive", "--no-gate"];
    project.run(&otherwise).fails(&["the order of the steps stands in the saved plan", "plan --naive --out"]);
    project.run(&["apply", "--local", "naive.plan"]).succeeds();
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
}
