use serde_json::{Value, json};

use super::{CERTIFICATE, Cloud};
use crate::testing::code;

#[test]
fn a_single_target_group_is_told_in_both_forms() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let listener = cloud.listener(&load_balancer, &group);
    let described = cloud.call("DescribeListeners", &[("ListenerArns.member.1", &listener)]);
    let expected = json!([{
        "Type": "forward",
        "TargetGroupArn": group,
        "ForwardConfig": {
            "TargetGroups": [{ "TargetGroupArn": group, "Weight": 1 }],
            "TargetGroupStickinessConfig": { "Enabled": false },
        },
    }]);
    assert_eq!(described["Listeners"][0]["DefaultActions"], expected);
    let rules = cloud.call("DescribeRules", &[("ListenerArn", &listener)]);
    assert_eq!(rules["Rules"][0]["Actions"], expected);
    assert_eq!((&rules["Rules"][0]["Priority"], &rules["Rules"][0]["IsDefault"]), (&json!("default"), &json!(true)));
}

#[test]
fn a_port_has_one_listener() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let listener = cloud.listener(&load_balancer, &group);
    assert_eq!(cloud.listener(&load_balancer, &group), listener, "the same settings are no error");
    let other = cloud.target_group("other");
    assert_eq!(code(cloud.try_listener(&load_balancer, &other, &[])), "DuplicateListener");
    cloud.try_listener(&load_balancer, &other, &[("Port", "81")]).expect("another port is free");
    let taken = [("ListenerArn", listener.as_str()), ("Port", "81")];
    assert_eq!(code(cloud.try_call("ModifyListener", &taken)), "DuplicateListener");
}

#[test]
fn what_a_listener_needs_exists() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    assert_eq!(code(cloud.try_listener(&load_balancer, "arn:none", &[])), "TargetGroupNotFound");
    assert_eq!(code(cloud.try_listener("arn:none", &group, &[])), "LoadBalancerNotFound");
    assert_eq!(code(cloud.try_listener(&load_balancer, &group, &[("Protocol", "TCP")])), "ValidationError");
}

#[test]
fn https_needs_a_certificate() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let mut https = |more: &[(&str, &str)]| {
        let https = [("Protocol", "HTTPS"), ("Port", "443")];
        cloud.try_listener(&load_balancer, &group, &[https.as_slice(), more].concat())
    };
    assert_eq!(code(https(&[])), "ValidationError");
    assert_eq!(code(https(&[("Certificates.member.1.CertificateArn", "none")])), "CertificateNotFound");
    let listener =
        &https(&[("Certificates.member.1.CertificateArn", CERTIFICATE)]).expect("it succeeds")["Listeners"][0];
    assert_eq!(listener["SslPolicy"], "ELBSecurityPolicy-2016-08");
    assert_eq!(listener["Certificates"], json!([{ "CertificateArn": CERTIFICATE }]));
    assert_eq!(listener["MutualAuthentication"], json!({ "Mode": "off" }));

    let arn = listener["ListenerArn"].as_str().expect("an ARN").to_owned();
    let plain = cloud.call("ModifyListener", &[("ListenerArn", &arn), ("Protocol", "HTTP")]);
    assert_eq!(plain["Listeners"][0].get("SslPolicy"), None);
    let back = cloud.try_call("ModifyListener", &[("ListenerArn", &arn), ("Protocol", "HTTPS")]);
    assert_eq!(code(back), "ValidationError");
}

#[test]
fn more_certificates_come_after_the_default_one() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let https = [("Protocol", "HTTPS"), ("Certificates.member.1.CertificateArn", CERTIFICATE)];
    let created = cloud.try_listener(&load_balancer, &group, &https).expect("it succeeds");
    let arn = created["Listeners"][0]["ListenerArn"].as_str().expect("an ARN").to_owned();
    let second = CERTIFICATE.replace("3dcb", "4dcb");
    let form = [("ListenerArn", arn.as_str()), ("Certificates.member.1.CertificateArn", &second)];
    cloud.call("AddListenerCertificates", &form);
    let defaults = |reply: Value| {
        let certificates = reply["Certificates"].as_array().cloned().unwrap_or_default();
        certificates.into_iter().map(|certificate| certificate["IsDefault"].clone()).collect::<Vec<_>>()
    };
    let described = cloud.call("DescribeListenerCertificates", &form[..1]);
    assert_eq!(defaults(described), [json!(true), json!(false)]);
    let default = [form[0], ("Certificates.member.1.CertificateArn", CERTIFICATE)];
    assert_eq!(code(cloud.try_call("RemoveListenerCertificates", &default)), "OperationNotPermitted");
    cloud.call("RemoveListenerCertificates", &form);
    assert_eq!(defaults(cloud.call("DescribeListenerCertificates", &form[..1])), [json!(true)]);
}

#[test]
fn weights_are_kept_and_bounded() {
    let mut cloud = Cloud::new();
    let load_balancer = cloud.load_balancer("web");
    let (blue, green) = (cloud.target_group("blue"), cloud.target_group("green"));
    let listener = cloud.listener(&load_balancer, &blue);
    let mut shift = |weight: &str| {
        let place = "DefaultActions.member.1.ForwardConfig.TargetGroups.member";
        let names =
            ["1.TargetGroupArn", "1.Weight", "2.TargetGroupArn", "2.Weight"].map(|name| format!("{place}.{name}"));
        let values = [blue.as_str(), weight, &green, "0"];
        let weights = names.iter().map(String::as_str).zip(values);
        let form = [("ListenerArn", listener.as_str()), ("DefaultActions.member.1.Type", "forward")];
        cloud.try_call("ModifyListener", &form.into_iter().chain(weights).collect::<Vec<_>>())
    };
    let action = &shift("999").expect("it succeeds")["Listeners"][0]["DefaultActions"][0];
    assert_eq!(action["ForwardConfig"]["TargetGroups"][0], json!({ "TargetGroupArn": blue, "Weight": 999 }));
    assert_eq!(action.get("TargetGroupArn"), None, "there are two");
    assert_eq!(code(shift("1000")), "ValidationError");
}

#[test]
fn a_listener_goes_with_its_rules_and_its_load_balancer() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let listener = cloud.listener(&load_balancer, &group);
    cloud.call("DeleteLoadBalancer", &[("LoadBalancerArn", &load_balancer)]);
    let described = cloud.try_call("DescribeListeners", &[("ListenerArns.member.1", &listener)]);
    assert_eq!(code(described), "ListenerNotFound");
    cloud.call("DeleteTargetGroup", &[("TargetGroupArn", &group)]);
    assert!(cloud.local.world.counts()["elbv2"].values().all(|count| *count == 0));
}

#[test]
fn header_attributes_are_for_https() {
    let mut cloud = Cloud::new();
    let (load_balancer, group) = (cloud.load_balancer("web"), cloud.target_group("web"));
    let listener = cloud.listener(&load_balancer, &group);
    let mut set = |key: &str, value: &str| {
        let form = [
            ("ListenerArn", listener.as_str()),
            ("Attributes.member.1.Key", key),
            ("Attributes.member.1.Value", value),
        ];
        cloud.try_call("ModifyListenerAttributes", &form)
    };
    assert!(set("routing.http.response.server.enabled", "false").is_ok());
    let request = set("routing.http.request.x_amzn_tls_version.header_name", "X-Version");
    assert_eq!(code(request), "InvalidConfigurationRequest");
}
