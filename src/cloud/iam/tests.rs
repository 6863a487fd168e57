//! IAM as a client sees it.

use std::time::Duration;

use serde_json::Value;

use crate::testing::{Local, code};

const TRUST: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const EXECUTION: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

#[track_caller]
fn iam(cloud: &mut Local, operation: &str, form: &[(&str, &str)]) -> Value {
    cloud.query("iam", operation, form).expect("it succeeds")
}

#[track_caller]
fn refused(cloud: &mut Local, operation: &str, form: &[(&str, &str)]) -> String {
    code(cloud.query("iam", operation, form))
}

fn with_role() -> Local {
    let mut cloud = Local::new();
    iam(&mut cloud, "CreateRole", &[("RoleName", "web"), ("AssumeRolePolicyDocument", TRUST)]);
    cloud
}

#[test]
fn a_role_is_read_back_with_an_encoded_document() {
    let mut cloud = with_role();
    let role = iam(&mut cloud, "GetRole", &[("RoleName", "web")])["Role"].clone();
    assert_eq!(role["Arn"], "arn:aws:iam::123456789012:role/web");
    assert_eq!((&role["Path"], &role["MaxSessionDuration"]), (&"/".into(), &3600.into()));
    assert!(role["AssumeRolePolicyDocument"].as_str().is_some_and(|it| it.starts_with("%7B%22Statement%22%3A%5B")));
    assert_eq!(role["RoleId"].as_str().map(str::len), Some(21));
}

#[test]
fn names_are_unique_without_regard_to_case_and_have_their_letters() {
    let mut cloud = with_role();
    let create = |name| [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
    assert_eq!(refused(&mut cloud, "CreateRole", &create("WEB")), "EntityAlreadyExists");
    assert_eq!(refused(&mut cloud, "CreateRole", &create("a b")), "ValidationError");
    assert_eq!(refused(&mut cloud, "CreateRole", &create(&"a".repeat(65))), "ValidationError");
    assert_eq!(refused(&mut cloud, "GetRole", &[("RoleName", "other")]), "NoSuchEntity");
    let bad = [("RoleName", "other"), ("AssumeRolePolicyDocument", "{")];
    assert_eq!(refused(&mut cloud, "CreateRole", &bad), "MalformedPolicyDocument");
}

#[test]
fn a_role_goes_only_without_policies() {
    let mut cloud = with_role();
    let role = ("RoleName", "web");
    let (name, arn) = (("PolicyName", "inline"), ("PolicyArn", EXECUTION));
    iam(&mut cloud, "PutRolePolicy", &[role, name, ("PolicyDocument", POLICY)]);
    iam(&mut cloud, "AttachRolePolicy", &[role, arn]);
    assert_eq!(refused(&mut cloud, "DeleteRole", &[role]), "DeleteConflict");
    iam(&mut cloud, "DetachRolePolicy", &[role, arn]);
    assert_eq!(refused(&mut cloud, "DetachRolePolicy", &[role, arn]), "NoSuchEntity");
    assert_eq!(refused(&mut cloud, "DeleteRole", &[role]), "DeleteConflict");
    iam(&mut cloud, "DeleteRolePolicy", &[role, name]);
    iam(&mut cloud, "DeleteRole", &[role]);
    assert_eq!(refused(&mut cloud, "DeleteRole", &[role]), "NoSuchEntity");
}

#[test]
fn updates_change_what_they_name() {
    let mut cloud = with_role();
    let role = ("RoleName", "web");
    iam(&mut cloud, "UpdateRole", &[role, ("Description", "first")]);
    iam(&mut cloud, "UpdateRole", &[role, ("MaxSessionDuration", "7200")]);
    iam(&mut cloud, "PutRolePermissionsBoundary", &[role, ("PermissionsBoundary", EXECUTION)]);
    iam(&mut cloud, "TagRole", &[role, ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")]);
    let found = iam(&mut cloud, "GetRole", &[role])["Role"].clone();
    assert_eq!((&found["Description"], &found["MaxSessionDuration"]), (&"first".into(), &7200.into()));
    assert_eq!(found["PermissionsBoundary"]["PermissionsBoundaryArn"], EXECUTION);
    assert_eq!(found["Tags"][0]["Value"], "b");
    iam(&mut cloud, "DeleteRolePermissionsBoundary", &[role]);
    assert_eq!(refused(&mut cloud, "DeleteRolePermissionsBoundary", &[role]), "NoSuchEntity");
    assert_eq!(refused(&mut cloud, "UpdateRole", &[role, ("MaxSessionDuration", "60")]), "ValidationError");
}

#[test]
fn inline_policies_and_attachments_have_limits() {
    let mut cloud = with_role();
    let long = format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"s3:Get","Resource":"arn:aws:s3:::{}"}}}}"#,
        "a".repeat(6000)
    );
    let put = |name| [("RoleName", "web"), ("PolicyName", name), ("PolicyDocument", long.as_str())];
    iam(&mut cloud, "PutRolePolicy", &put("a"));
    assert_eq!(refused(&mut cloud, "PutRolePolicy", &put("b")), "LimitExceeded");
    assert_eq!(iam(&mut cloud, "ListRolePolicies", &[("RoleName", "web")])["PolicyNames"], serde_json::json!(["a"]));
    for number in 0..11 {
        let name = format!("p{number}");
        iam(&mut cloud, "CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", POLICY)]);
        let arn = format!("arn:aws:iam::123456789012:policy/{name}");
        let attached = cloud.query("iam", "AttachRolePolicy", &[("RoleName", "web"), ("PolicyArn", &arn)]);
        assert_eq!(attached.is_ok(), number < 10, "{name}");
    }
}

#[test]
fn managed_policies_have_versions_and_users() {
    let mut cloud = with_role();
    iam(&mut cloud, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", POLICY)]);
    let arn = ("PolicyArn", "arn:aws:iam::123456789012:policy/p");
    let version = [arn, ("PolicyDocument", POLICY), ("SetAsDefault", "true")];
    for _ in 0..4 {
        iam(&mut cloud, "CreatePolicyVersion", &version);
    }
    assert_eq!(refused(&mut cloud, "CreatePolicyVersion", &version), "LimitExceeded");
    assert_eq!(iam(&mut cloud, "GetPolicy", &[arn])["Policy"]["DefaultVersionId"], "v5");
    assert_eq!(refused(&mut cloud, "DeletePolicyVersion", &[arn, ("VersionId", "v5")]), "DeleteConflict");
    assert_eq!(refused(&mut cloud, "DeletePolicy", &[arn]), "DeleteConflict");
    for version in ["v1", "v2", "v3", "v4"] {
        iam(&mut cloud, "DeletePolicyVersion", &[arn, ("VersionId", version)]);
    }
    iam(&mut cloud, "AttachRolePolicy", &[("RoleName", "web"), arn]);
    assert_eq!(iam(&mut cloud, "GetPolicy", &[arn])["Policy"]["AttachmentCount"], 1);
    assert_eq!(iam(&mut cloud, "ListEntitiesForPolicy", &[arn])["PolicyRoles"][0]["RoleName"], "web");
    assert_eq!(refused(&mut cloud, "DeletePolicy", &[arn]), "DeleteConflict");
    iam(&mut cloud, "DetachRolePolicy", &[("RoleName", "web"), arn]);
    iam(&mut cloud, "DeletePolicy", &[arn]);
    assert_eq!(refused(&mut cloud, "GetPolicy", &[arn]), "NoSuchEntity");
    assert_eq!(refused(&mut cloud, "DeletePolicy", &[("PolicyArn", EXECUTION)]), "AccessDenied");
}

#[test]
fn the_authorization_details_are_filtered_and_paged() {
    let mut cloud = with_role();
    iam(&mut cloud, "CreateRole", &[("RoleName", "other"), ("AssumeRolePolicyDocument", TRUST)]);
    iam(&mut cloud, "PutRolePolicy", &[("RoleName", "web"), ("PolicyName", "p"), ("PolicyDocument", POLICY)]);
    iam(&mut cloud, "AttachRolePolicy", &[("RoleName", "web"), ("PolicyArn", EXECUTION)]);
    let all = iam(&mut cloud, "GetAccountAuthorizationDetails", &[]);
    assert_eq!(all["RoleDetailList"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["Policies"][0]["Arn"], EXECUTION);
    let first = iam(&mut cloud, "GetAccountAuthorizationDetails", &[("Filter.member.1", "Role"), ("MaxItems", "1")]);
    assert_eq!((&first["RoleDetailList"][0]["RoleName"], &first["IsTruncated"]), (&"other".into(), &true.into()));
    let marker = first["Marker"].as_str().expect("there is more").to_owned();
    let form = [("Filter.member.1", "Role"), ("MaxItems", "1"), ("Marker", marker.as_str())];
    let second = iam(&mut cloud, "GetAccountAuthorizationDetails", &form);
    assert_eq!((&second["RoleDetailList"][0]["RoleName"], &second["IsTruncated"]), (&"web".into(), &false.into()));
    assert_eq!(second["RoleDetailList"][0]["RolePolicyList"][0]["PolicyName"], "p");
}

#[test]
fn the_role_of_a_service_is_made_with_it_and_belongs_to_it() {
    let mut cloud = Local::new();
    cloud.json("ecs", "CreateCluster", serde_json::json!({})).expect("it succeeds");
    let role = ("RoleName", "AWSServiceRoleForECS");
    let path = "/aws-service-role/ecs.amazonaws.com/";
    assert_eq!(iam(&mut cloud, "GetRole", &[role])["Role"]["Path"], path);
    assert_eq!(refused(&mut cloud, "DeleteRole", &[role]), "UnmodifiableEntity");
    let form = [("AWSServiceName", "ecs.amazonaws.com")];
    assert_eq!(refused(&mut cloud, "CreateServiceLinkedRole", &form), "InvalidInput");
}

#[test]
fn a_new_role_shows_after_a_while_in_awss_time() {
    let mut cloud = Local::aws();
    iam(&mut cloud, "CreateRole", &[("RoleName", "web"), ("AssumeRolePolicyDocument", TRUST)]);
    assert_eq!(refused(&mut cloud, "GetRole", &[("RoleName", "web")]), "NoSuchEntity");
    cloud.advance(Duration::from_secs(10));
    iam(&mut cloud, "GetRole", &[("RoleName", "web")]);
}
