//! Load balancers on the stage.

use serde_json::{Value, json};

use super::{Stage, eventually, member, text};

impl Stage {
    /// Puts the target group `web` behind the load balancer `web`: the load balancers of a service there, and one of its
    /// URLs.
    pub(crate) fn balance(&self) -> (Value, String) {
        self.balance_as("web", 18_100)
    }

    /// The same with another name and on another port.
    pub(crate) fn balance_as(&self, name: &str, port: u16) -> (Value, String) {
        let elb = |form: String| {
            let answer = self.client.query("elasticloadbalancing", &format!("{form}&Version=2015-12-01"));
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body
        };
        let form = format!(
            "Action=CreateTargetGroup&Name={name}&Protocol=HTTP&Port=8080&VpcId={}&TargetType=ip&HealthCheckPath=/health\
             &HealthCheckIntervalSeconds=10&HealthCheckTimeoutSeconds=8&HealthyThresholdCount=2\
             &UnhealthyThresholdCount=4",
            self.vpc
        );
        let group = member(&elb(form), "TargetGroupArn");
        elb(format!(
            "Action=ModifyTargetGroupAttributes&TargetGroupArn={group}\
             &Attributes.member.1.Key=deregistration_delay.timeout_seconds&Attributes.member.1.Value=30"
        ));
        let security_group =
            format!("Action=DescribeSecurityGroups&Filter.1.Name=vpc-id&Filter.1.Value.1={}", self.vpc);
        let ec2 = |form: &str| self.client.query("ec2", &format!("{form}&Version=2016-11-15")).body;
        let security_group = member(&ec2(&security_group), "groupId");
        // Refused as a duplicate when there is another load balancer already, which has made it.
        ec2(&format!(
            "Action=AuthorizeSecurityGroupIngress&GroupId={security_group}&IpPermissions.1.IpProtocol=-1\
             &IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0"
        ));
        let [one, two] = self.subnets.as_slice() else { panic!("there are two subnets") };
        let form = format!("Action=CreateLoadBalancer&Name={name}&Subnets.member.1={one}&Subnets.member.2={two}");
        let load_balancer = member(&elb(form), "LoadBalancerArn");
        elb(format!(
            "Action=CreateListener&LoadBalancerArn={load_balancer}&Protocol=HTTP&Port={port}\
             &DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        ));
        let url = eventually("the load balancer listens", || self.node_urls_of(name).first().cloned());
        (json!([{ "targetGroupArn": group, "containerName": "web", "containerPort": 8080 }]), url)
    }

    /// Adds a listener on a port to the load balancer, as the one that there is.
    pub(crate) fn listen(&self, port: u16) {
        let elb = |form: &str| {
            let answer = self.client.query("elasticloadbalancing", &format!("{form}&Version=2015-12-01"));
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body
        };
        let load_balancer = member(&elb("Action=DescribeLoadBalancers"), "LoadBalancerArn");
        let group = member(&elb("Action=DescribeTargetGroups"), "TargetGroupArn");
        elb(&format!(
            "Action=CreateListener&LoadBalancerArn={load_balancer}&Protocol=HTTP&Port={port}\
             &DefaultActions.member.1.Type=forward&DefaultActions.member.1.TargetGroupArn={group}"
        ));
    }

    /// Where the nodes of the load balancer `web` listen.
    pub(crate) fn node_urls(&self) -> Vec<String> {
        self.node_urls_of("web")
    }

    /// Where the nodes of a load balancer listen.
    pub(crate) fn node_urls_of(&self, name: &str) -> Vec<String> {
        let endpoints = self.client.admin("GET", "endpoints", None).value();
        let all = endpoints.as_array().into_iter().flatten();
        let nodes = all.filter(|it| it["name"] == name).flat_map(|it| it["nodes"].as_array().into_iter().flatten());
        nodes.flat_map(|node| node["urls"].as_array().into_iter().flatten()).map(text).collect()
    }

    /// Where the node of the load balancer in a zone listens.
    pub(crate) fn node_url(&self, zone: &str) -> String {
        eventually("the node listens", || {
            let endpoints = self.client.admin("GET", "endpoints", None).value();
            let node = endpoints[0]["nodes"].as_array()?.iter().find(|node| node["zone"] == zone)?;
            node["urls"][0].as_str().map(str::to_owned)
        })
    }

    /// The addresses of the targets of a group that are not on their way out.
    pub(crate) fn routed(&self, group: &str) -> Vec<String> {
        let form = format!("Action=DescribeTargetHealth&TargetGroupArn={group}&Version=2015-12-01");
        let body = self.client.query("elasticloadbalancing", &form).body;
        let targets = body.split("<member>").filter(|it| it.contains("<Id>") && !it.contains(">draining<"));
        targets.map(|target| member(target, "Id")).collect()
    }
}
