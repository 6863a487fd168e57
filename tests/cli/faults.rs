use super::{Cloud, Project, end_to_end::unchanged};
use serde_json::{Value, json};

/// The cloud refuses one call in the middle of an apply: what does not need it goes on, the error says what to do,
/// and the next apply finishes.
#[test]
fn after_a_failed_step_the_next_apply_converges() {
    let project = Project::new("faults");
    let cloud = project.cloud(&[]);
    let faults: [(Value, &[&str]); 3] = [
        (
            json!({ "service": "ec2", "operation": "CreateNatGateway", "kind": "fail_before", "status": 403,
                    "code": "UnauthorizedOperation", "message": "You are not authorized to perform this operation." }),
            &["nat_gateway.main-a: UnauthorizedOperation: You are not authorized", "policy allow the action"],
        ),
        (
            json!({ "service": "ecs", "operation": "CreateService", "kind": "fail_before", "status": 400,
                    "code": "AccessDeniedException", "message": "User is not authorized to perform: ecs:CreateService" }),
            &["service.web: AccessDeniedException", "ecs:CreateService"],
        ),
        (
            json!({ "service": "elbv2", "operation": "CreateLoadBalancer", "kind": "fail_before", "status": 400,
                    "code": "TooManyLoadBalancers", "message": "The quota on the number of load balancers has been reached" }),
            &["load_balancer.web: TooManyLoadBalancers", "quota"],
        ),
    ];
    for (fault, said) in faults {
        cloud.fault(&fault);
        let failed = project.run(&["apply", "dev", "--local", "--auto-approve"]);
        assert!(failed.stdout.contains("Plan: "), "{failed}");
        failed.fails(&[&["Apply again: it goes on from here", "1 of "], said].concat());
        assert_eq!(cloud.pending_faults(), 0, "it hit");
        assert!(!project.root.join("state/local/dev/lock.json").exists(), "it unlocks");

        project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
        unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
        project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
        assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
    }
}

/// Throttling and faults of the service, before and after the work was done: nobody needs to hear of them.
#[test]
fn passing_faults_are_got_over() {
    let project = Project::new("passing");
    let cloud = project.cloud(&[]);
    for (service, operation) in
        [("ec2", "CreateSubnet"), ("elbv2", "CreateListener"), ("ecs", "CreateService"), ("iam", "CreateRole")]
    {
        cloud.fault(&json!({ "service": service, "operation": operation, "kind": "throttle", "times": 2 }));
    }
    for (service, operation) in [("ec2", "CreateVpc"), ("elbv2", "CreateTargetGroup"), ("ecs", "CreateCluster")] {
        cloud.fault(&json!({ "service": service, "operation": operation, "kind": "fail_after", "status": 503,
                             "code": "ServiceUnavailable", "message": "Try again." }));
    }
    comes_and_goes(&project, &cloud);
}

/// The connection closes after the work was done: what was made is found.
#[test]
fn lost_replies_are_got_over() {
    let project = Project::new("lost");
    let cloud = project.cloud(&[]);
    for (service, operation) in [("ec2", "AllocateAddress"), ("logs", "CreateLogGroup"), ("ec2", "CreateNatGateway")] {
        cloud.fault(&json!({ "service": service, "operation": operation, "kind": "drop_connection" }));
    }
    comes_and_goes(&project, &cloud);
}

fn comes_and_goes(project: &Project, cloud: &Cloud) {
    project.run(&["apply", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.pending_faults(), 0, "all have hit");
    unchanged(&project.run(&["plan", "dev", "--local", "--detailed-exitcode"]));
    project.run(&["destroy", "dev", "--local", "--auto-approve"]).succeeds();
    assert_eq!(cloud.total(), 0, "{:#}", cloud.status());
}
