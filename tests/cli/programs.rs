use super::Project;

#[test]
fn a_program_that_does_not_compile_shows_the_compilers_message() {
    let project = Project::with_program(
        "wiring",
        "let vpc = stack.add(\"a\", ec2::Vpc { cidr_block: \"10.0.0.0/16\".parse().expect(\"a block\"), \
         enable_dns_support: true, enable_dns_hostnames: true });\n\
         stack.add(\"a\", ec2::InternetGateway { vpc: 5 });",
    );
    let error =
        project.run(&["plan", "mine", "--local"]).fails(&["mismatched types", "the stack `mine` does not compile"]);
    assert!(error.contains("mine.rs:"), "the compiler names the line: {error}");
    assert!(!error.contains("could not compile"), "cargo's own summary adds nothing: {error}");
    assert!(!project.root.join("state").exists(), "nothing was asked or recorded");
}

#[test]
fn a_program_that_panics_or_prints_is_named() {
    let project = Project::with_program("panics", "panic!(\"no stack today\");");
    project
        .run(&["validate", "mine"])
        .fails(&["the stack program of `mine` ended with exit status: 101", "no stack today"]);

    let project = Project::with_program("prints", "println!(\"hello\");");
    project.run(&["validate", "mine"]).fails(&["did not print a stack", "to standard error"]);
}

const VPCS: &str = "let cidr: Cidr = \"10.0.0.0/16\".parse().expect(\"a block\");\n\
                    let vpc = ec2::Vpc { cidr_block: cidr, enable_dns_support: true, enable_dns_hostnames: true };\n\
                    let a: Address = \"vpc.a\".parse().expect(\"an address\");\n\
                    let b: Address = \"vpc.b\".parse().expect(\"an address\");\n";

#[test]
fn a_circle_of_resources_is_shown() {
    let body = "stack.add_with(\"a\", vpc.clone(), Options::new().depends_on(&b));\n\
                stack.add_with(\"b\", vpc, Options::new().depends_on(&a));";
    let project = Project::with_program("cycle", &format!("{VPCS}{body}"));
    for command in [&["validate", "mine"][..], &["graph", "mine"], &["plan", "mine", "--local"]] {
        project.run(command).fails(&["vpc.a", "vpc.b", "Break the circle"]);
    }
}

#[test]
fn problems_of_a_stack_come_all_at_once_with_their_lines() {
    let body = "stack.add(\"a\", vpc.clone());\n\
                stack.add(\"a\", vpc.clone());\n\
                stack.add_with(\"c\", vpc.clone(), Options::new().depends_on(&b));\n\
                Network::new(\"n\", region, cidr).zones(2)\n\
                .public_cidrs([cidr.subnet(24, 0).expect(\"it fits\"), cidr.subnet(20, 0).expect(\"it fits\")]).build(&mut stack);";
    let project = Project::with_program("problems", &format!("{VPCS}{body}"));
    let said = [
        "the stack has 3 problems",
        "vpc.a: vpc.a is declared twice; the first time at mine.rs:",
        "vpc.c.depends_on: it depends on vpc.b, which is not declared",
        "network.n.public_cidrs: 10.0.0.0/20 overlaps 10.0.0.0/24",
    ];
    let error = project.run(&["validate", "mine"]).fails(&said);
    for detail in error.lines().filter(|line| line.starts_with("  ")) {
        assert!(detail.trim().starts_with("mine.rs:"), "each names its line: {error}");
    }
    project.run(&["plan", "mine", "--local"]).fails(&said);
}
