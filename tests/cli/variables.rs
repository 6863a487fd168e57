use super::Project;

#[test]
fn a_wrong_value_is_named_with_its_line_and_what_is_allowed() {
    let project = Project::new("variables");
    let line = |part: &str| {
        let text = project.read("stacks/dev.toml");
        1 + text.lines().position(|line| line.starts_with(part)).expect("it is set there")
    };
    let cases = [
        ("zones = 3", "zones = \"three\"", "expected a whole number between 0 and 255, found string \"three\""),
        ("desired_count = 2", "desired_count = -1", "expected a whole number between 0 and 4294967295"),
        ("desired_count = 2", "desired_cuont = 2", "there is no variable `desired_cuont`"),
        ("nat = \"single\"", "nat = \"double\"", "expected one of `none`, `single`, `per-zone`"),
        ("cidr = \"10.0.0.0/16\"", "cidr = \"10.0.0.0/33\"", "`10.0.0.0/33`"),
        ("cidr = \"10.0.0.0/16\"", "cidr = \"10.0.0.1/16\"", "the block is written 10.0.0.0/16"),
        ("region = \"us-east-1\"", "region = \"moon\"", "`moon` is not an AWS Region"),
        ("log_retention = 7", "log_retention = 8", "7"),
        ("size = { cpu = 256, memory = 512 }", "size = { cpu = 256, memory = 100 }", "use 512 MiB"),
    ];
    for (from, to, message) in cases {
        let place = format!("stacks/dev.toml:{}: ", line(from));
        project.edit("stacks/dev.toml", from, to);
        let error = project.run(&["validate", "dev"]).fails(&[&place, message]);
        assert_eq!(error.matches("stacks/dev.toml:").count(), 1, "the place is named once: {error}");
        project.edit("stacks/dev.toml", to, from);
    }
    project.run(&["validate", "dev"]).succeeds();

    let cases = [
        ("desired_cuont=3", "did you mean `desired_count`?"),
        ("desired_count=many", "expected a whole number between 0 and 4294967295, found string \"many\""),
        ("desired_count", "--var <key>=<value>"),
        ("size.memory=600", "use 512 MiB"),
    ];
    for (variable, message) in cases {
        project.run(&["validate", "dev", "--var", variable]).fails(&[&format!("--var {variable}: "), message]);
    }
    assert!(!project.root.join("state").exists(), "nothing was recorded");
}

#[test]
fn a_stack_whose_values_do_not_fit_together_names_the_line_of_its_program() {
    let project = Project::new("ranges");
    for (variable, message) in
        [("zones=9", "1 to 8 Availability Zones, not in 9"), ("cidr=10.0.0.0/8", "use a /16 to a /28")]
    {
        let error = project.run(&["validate", "dev", "--var", variable]).fails(&["the stack has ", message]);
        assert!(error.contains("dev.rs:"), "{error}");
    }
}
