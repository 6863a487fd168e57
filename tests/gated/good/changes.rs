//! The table of changes.

/// The environment as this repository has it, and the same without modules.
const DEV: &str = include_str!("../../../stacks/dev.rs");
const PLAIN: &str = include_str!("plain.rs");

/// A change that keeps serving.
pub(crate) struct Good {
    /// The failure mode that it would meet in another order.
    pub(crate) mode: &'static str,
    /// What is changed.
    pub(crate) what: &'static str,
    /// What is edited: a stack program.
    pub(crate) program: &'static str,
    /// How the stack is before: applied one after the other.
    pub(crate) before: &'static [Stand],
    /// How it is afterwards.
    pub(crate) after: Stand,
    /// What the same change does in naive order.
    pub(crate) naive: Naive,
    /// The address that has to be allowed to be disrupted, if the change or the way back from it is not proven.
    pub(crate) allowed: Option<&'static str>,
    /// Whether it is made every day.
    pub(crate) daily: bool,
}

/// How a stack is wanted: its program with some edits, and some variables.
#[derive(Clone, Copy)]
pub(crate) struct Stand {
    pub(crate) edits: &'static [(&'static str, &'static str)],
    pub(crate) variables: &'static [&'static str],
}

/// What a change does in the order of a tool that knows only what depends on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naive {
    /// It loses requests.
    Loses,
    /// It loses requests when these calls of EC2 take their time, as they do now and then. Otherwise it is over too soon
    /// for a cloud twenty times as fast as AWS.
    LosesWhenSlow(&'static [&'static str]),
    /// It loses none that the local cloud could show; why.
    Hidden(&'static str),
}

use Naive::{Hidden, Loses, LosesWhenSlow};

const fn with(edits: &'static [(&'static str, &'static str)], variables: &'static [&'static str]) -> Stand {
    Stand { edits, variables }
}

const GOOD: Stand = with(&[], &["image=good"]);
const ONE_CALL: Naive = Hidden("it is one call in every order");
const SLOW: Naive = LosesWhenSlow(&["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"]);
const UNTIL_REPLACED: Naive = Hidden("running tasks do without it: it is missed when one has to be replaced just then");

const IN_ORDER: Naive = Hidden("the load balancer is what the service depends on, so it comes first in every order");

/// Where resources can be added to `dev`.
const END: &str = "    stack.output(\"url\"";

/// A row of the table, from `good` in rolling deployments.
const fn row(mode: &'static str, what: &'static str, program: &'static str, after: Stand, naive: Naive) -> Good {
    Good { mode, what, program, before: &[GOOD], after, naive, allowed: None, daily: false }
}

/// See the module.
pub(crate) const CHANGES: &[Good] = &[
    row(
        "F1",
        "another port of the target group",
        PLAIN,
        with(&[("Port::new(8080), health_check", "Port::new(8081), health_check")], &["image=good"]),
        Loses,
    ),
    Good {
        daily: true,
        ..row(
            "F1, F3",
            "another port of container and target group",
            DEV,
            with(&[("Port::new(8080)", "Port::new(8081)")], &["image=good"]),
            Loses,
        )
    },
    row(
        "F3, F31",
        "the service in another cluster",
        DEV,
        with(&[("Cluster::new(\"main\")", "Cluster::new(\"second\")")], &["image=good"]),
        Loses,
    ),
    row(
        "F3",
        "launch type in place of a capacity provider",
        PLAIN,
        with(
            &[("ecs::Capacity::CapacityProviderStrategy(BTreeSet::from([fargate]))", "ecs::Capacity::Fargate")],
            &["image=good"],
        ),
        ONE_CALL,
    ),
    row(
        "F5",
        "where clients may come from",
        PLAIN,
        with(&[("\"0.0.0.0/0\"", "\"203.0.113.0/24\"")], &["image=good"]),
        SLOW,
    ),
    row(
        "F5",
        "who may reach the tasks",
        PLAIN,
        with(&[("source: front.id().into()", "source: variables.cidr.into()")], &["image=good"]),
        SLOW,
    ),
    row(
        "F6",
        "the load balancer reaches less than everywhere",
        PLAIN,
        with(&[("destination: back.id().into()", "destination: variables.cidr.into()")], &["image=good"]),
        SLOW,
    ),
    row(
        "F7",
        "security group of the load balancer",
        PLAIN,
        with(&[("\"The load balancer\"", "\"Another load balancer\"")], &["image=good"]),
        Hidden("its rules are made before it, and here they work at once"),
    ),
    row(
        "F7",
        "security group of the tasks",
        PLAIN,
        with(&[("\"The tasks\"", "\"Other tasks\"")], &["image=good"]),
        SLOW,
    ),
    row(
        "F8",
        "a new version, blue-green",
        DEV,
        with(&[], &["image=next", "rollout={blue-green={bake=5}}"]),
        Loses,
    ),
    row(
        "F17",
        "a new version, by shares",
        DEV,
        with(&[], &["image=next", "rollout={canary={shares=[1,50],step_bake=5,bake=5}}"]),
        Loses,
    ),
    row(
        "F9",
        "one task more at most, and a new version",
        PLAIN,
        with(&[("Percent::new(200)", "Percent::new(150)")], &["image=next"]),
        ONE_CALL,
    ),
    row(
        "F10, F12",
        "more time to drain and to stop, and a new version",
        PLAIN,
        with(
            &[
                ("deregistration_delay: Some(Seconds::new(40))", "deregistration_delay: Some(Seconds::new(60))"),
                ("stop_timeout: Seconds::new(15)", "stop_timeout: Seconds::new(30)"),
            ],
            &["image=next"],
        ),
        Hidden("targets drain long after the delay is written"),
    ),
    row("F11", "a new version, rolling", DEV, with(&[], &["image=next"]), ONE_CALL),
    row(
        "F14",
        "shorter idle timeout of the load balancer",
        PLAIN,
        with(&[("idle_timeout: Some(Seconds::new(60))", "idle_timeout: Some(Seconds::new(50))")], &["image=good"]),
        ONE_CALL,
    ),
    row(
        "F15",
        "longer grace period, and a version that starts slowly",
        DEV,
        with(&[("starts_within(Seconds::new(15))", "starts_within(Seconds::new(90))")], &["image=late"]),
        ONE_CALL,
    ),
    row(
        "F16",
        "circuit breaker",
        PLAIN,
        with(&[("CircuitBreaker::Rollback", "CircuitBreaker::Enabled")], &["image=next"]),
        ONE_CALL,
    ),
    Good {
        before: &[GOOD, with(&[], &["image=next", "rollout={blue-green={bake=5}}"])],
        ..row(
            "F18",
            "another count while green serves",
            DEV,
            with(&[], &["image=next", "rollout={blue-green={bake=5}}", "desired_count=3", "log_retention=14"]),
            Hidden("no order writes weights that a rollout has moved"),
        )
    },
    Good {
        before: &[with(&[], &["image=good", "zones=2"])],
        allowed: Some("load_balancer.web"),
        ..row("F20", "three zones in place of two", DEV, with(&[], &["image=good", "zones=3"]), IN_ORDER)
    },
    Good {
        before: &[with(&[], &["image=good", "zones=3"])],
        allowed: Some("load_balancer.web"),
        ..row("F20", "two zones in place of three", DEV, with(&[], &["image=good", "zones=2"]), Loses)
    },
    row(
        "F22",
        "a listener for HTTPS besides",
        DEV,
        with(
            &[(
                END,
                "    let certificate = CertificateArn::new(\"arn:aws:acm:us-east-1:123456789012:certificate/dev\").into();
    let action = aws::elbv2::Action::forward(traffic.blue.arn());
    let secure = aws::elbv2::Listener::https(traffic.load_balancer.arn(), Port::new(443), certificate, action);
    stack.add(\"secure\", secure);
    stack.output(\"url\"",
            )],
            &["image=good"],
        ),
        Hidden("nothing is taken away"),
    ),
    Good {
        before: &[with(&[(END, RULES)], &["image=good"])],
        ..row(
            "F23",
            "two rules exchange their places",
            DEV,
            with(&[(END, EXCHANGED)], &["image=good"]),
            Hidden("places are exchanged by one call in every order"),
        )
    },
    row(
        "F24",
        "a second service behind a listener of its own",
        DEV,
        with(&[(END, SECOND_SERVICE)], &["image=good"]),
        Hidden("nobody asks for it yet"),
    ),
    row(
        "F8",
        "a path gets a service of its own",
        DEV,
        with(&[(END, PATH)], &["image=good"]),
        Loses,
    ),
    row(
        "F25",
        "role by which tasks are started",
        PLAIN,
        with(&[("path: \"/\".to_owned()", "path: \"/tasks/\".to_owned()")], &["image=good"]),
        UNTIL_REPLACED,
    ),
    row(
        "F26",
        "log group under another name",
        PLAIN,
        with(&[("stack.add(\"web\", log_group)", "stack.add(\"output\", log_group)")], &["image=good"]),
        UNTIL_REPLACED,
    ),
    row("F27", "digest in place of a tag", DEV, with(&[], &["image=DIGEST"]), ONE_CALL),
    row("F28", "a NAT gateway in each zone", DEV, with(&[], &["image=good", "nat=per-zone"]), UNTIL_REPLACED),
    row("F28", "no NAT gateway: public addresses", DEV, with(&[], &["image=good", "nat=none"]), UNTIL_REPLACED),
];

/// Two rules before all others, the first of which takes what the second would take, too.
const RULES: &str = "    for (name, priority, path) in [(\"slow\", 10, \"/slow\"), (\"some\", 20, \"/s*\")] {
        let rule = aws::elbv2::ListenerRule {
            listener: traffic.listener.arn(),
            priority: Priority::new(priority),
            conditions: [aws::elbv2::Condition::path(path)].into(),
            action: aws::elbv2::Action::forward(traffic.blue.arn()),
        };
        stack.add(name, rule);
    }
    stack.output(\"url\"";
const EXCHANGED: &str = "    for (name, priority, path) in [(\"slow\", 20, \"/slow\"), (\"some\", 10, \"/s*\")] {
        let rule = aws::elbv2::ListenerRule {
            listener: traffic.listener.arn(),
            priority: Priority::new(priority),
            conditions: [aws::elbv2::Condition::path(path)].into(),
            action: aws::elbv2::Action::forward(traffic.blue.arn()),
        };
        stack.add(name, rule);
    }
    stack.output(\"url\"";

/// What the load asks for is answered by another service.
const PATH: &str = "    let api = traffic
        .path(\"api\", \"/\", const { Priority::new(10) })
        .port(PORT)
        .health(\"/health\")
        .max_request(Seconds::new(10))
        .build(&mut stack);
    let _api = Service::new(\"api\", &cluster, &network, &api)
        .image(images.image(&variables.image))
        .size(variables.size)
        .count(variables.desired_count)
        .environment(\"PORT\", PORT.to_string())
        .environment(\"KEEP_ALIVE_SECONDS\", traffic.keep_alive().to_string())
        .starts_within(Seconds::new(15))
        .build(&mut stack);
    stack.output(\"url\"";

const SECOND_SERVICE: &str = "    let health_check = aws::elbv2::HealthCheck {
        interval: Seconds::new(10),
        ..aws::elbv2::HealthCheck::new(\"/health\")
    };
    let group = aws::elbv2::TargetGroup {
        deregistration_delay: Some(Seconds::new(40)),
        ..aws::elbv2::TargetGroup::new(network.vpc.id(), PORT, health_check)
    };
    let group = stack.add(\"api\", group);
    let action = aws::elbv2::Action::forward(group.arn());
    let listener = aws::elbv2::Listener::http(traffic.load_balancer.arn(), Port::new(8081), action);
    let mut apart = traffic.clone();
    (apart.blue, apart.green, apart.listener) = (group.clone(), group, stack.add(\"api\", listener));
    let _api = Service::new(\"api\", &cluster, &network, &apart)
        .image(images.image(&variables.image))
        .environment(\"PORT\", PORT.to_string())
        .build(&mut stack);
    stack.output(\"url\"";

impl Good {
    /// The stack program as it is wanted.
    pub(crate) fn text(&self, stand: Stand) -> String {
        stand.edits.iter().fold(self.program.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{}: the program has {from:?}", self.what);
            text.replacen(from, to, 1)
        })
    }
}
