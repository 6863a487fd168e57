use super::{Action, Protocol, action};
use derive::{Outputs, Resource};
use model::{
    CertificateArn, In, ListenerArn, LoadBalancerArn, Percent, Port, Problem,
    serving::{self, Fact},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A port on which a load balancer takes requests, and what becomes of those that no rule takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Resource)]
#[resource(kind = "elbv2.listener", outputs = ListenerOutputs, check, expand, shift, serving)]
pub struct Listener {
    /// The load balancer that listens.
    #[on_change(replace)]
    #[unique]
    pub load_balancer: In<LoadBalancerArn>,
    /// The port clients connect to.
    #[on_change(disrupt = "clients that connect to the old port are refused")]
    #[unique]
    pub port: Port,
    /// How clients speak.
    #[on_change(disrupt = "clients that speak the old protocol are not understood")]
    pub protocol: Protocol,
    /// The certificate of an HTTPS listener.
    pub certificate: Option<In<CertificateArn>>,
    /// The protocol versions and ciphers of an HTTPS listener, such as `ELBSecurityPolicy-TLS13-1-2-2021-06`.
    /// AWS: Elastic Load Balancing, "Security policies for your Application Load Balancer".
    pub ssl_policy: Option<String>,
    /// What becomes of a request that no rule takes.
    /// A service can register with a group only once it stands here (ECS answers `does not have an associated load
    /// balancer`), and a group serves one load balancer only.
    #[on_change(union_first)]
    #[unordered]
    #[part_of]
    #[exclusive]
    pub default_action: Action,
}

/// What ELBv2 tells about a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Outputs)]
pub struct ListenerOutputs {
    /// `arn:aws:elasticloadbalancing:..:listener/app/..`
    pub arn: ListenerArn,
}

impl Listener {
    /// A listener for plain HTTP.
    pub fn http(load_balancer: In<LoadBalancerArn>, port: Port, default_action: Action) -> Self {
        Self { load_balancer, port, protocol: Protocol::Http, certificate: None, ssl_policy: None, default_action }
    }

    /// A listener for HTTPS, with AWS's default security policy, not managed.
    pub fn https(
        load_balancer: In<LoadBalancerArn>,
        port: Port,
        certificate: In<CertificateArn>,
        default_action: Action,
    ) -> Self {
        let certificate = Some(certificate);
        Self { load_balancer, port, protocol: Protocol::Https, certificate, ssl_policy: None, default_action }
    }

    fn facts(&self) -> Vec<Fact> {
        vec![Fact::Listener(serving::Listener {
            load_balancer: (&self.load_balancer).into(),
            port: self.port.get(),
            protocol: self.protocol.as_str().to_owned(),
            certificate: self.certificate.as_ref().map(Into::into),
            action: self.default_action.fact(),
        })]
    }

    fn problems(&self) -> Vec<Problem> {
        let tls = match self.protocol {
            Protocol::Https => {
                let missing = self.certificate.is_none();
                [missing.then(|| Problem::new("certificate", "an HTTPS listener needs a certificate")), None]
            }
            Protocol::Http => [
                self.certificate.as_ref().map(|_| Problem::new("certificate", "an HTTP listener has no certificate")),
                self.ssl_policy.as_ref().map(|_| Problem::new("ssl_policy", "an HTTP listener has no TLS")),
            ],
        };
        tls.into_iter().flatten().chain(self.default_action.problems("default_action")).collect()
    }

    fn expand_field(_: &str, before: &Value, after: &Value) -> Option<Value> {
        action::expand(before, after)
    }

    fn shift_field(_: &str, before: &Value, after: &Value, share: Percent) -> Option<Value> {
        action::shift(before, after, share)
    }
}

#[cfg(feature = "live")]
mod live {
    use super::{Action, Listener, ListenerOutputs};
    use crate::{
        elbv2::live::{arns, differs, ours, ours_among, retag, tags_of, to_tags},
        live::prelude::*,
    };
    use aws_sdk_elasticloadbalancingv2::types::{self, Certificate};
    use model::{CertificateArn, In, ListenerArn, LoadBalancerArn, Port};

    impl Provider<Aws> for Listener {
        const BATCH: usize = 20;

        async fn read(aws: &Aws, ids: &[Id]) -> Result<Vec<Live<Self>>> {
            let describe = aws.elbv2.describe_listeners().set_listener_arns(arns(ids));
            let (reply, tags) = futures::try_join!(async { describe.send().await.or_fault() }, tags_of(aws, ids))?;
            let live = |listener: &types::Listener| {
                let arn = listener.listener_arn().or_missing("ListenerArn")?;
                let outputs = ListenerOutputs { arn: ListenerArn::new(arn) };
                let tags = tags.get(arn).cloned().unwrap_or_default();
                Ok(Live::ready(Id::new(arn), inputs(listener)?, outputs, Some(tags)))
            };
            reply.listeners().iter().map(live).collect()
        }

        async fn create(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.elbv2.create_listener().load_balancer_arn(self.load_balancer.known()?.as_str());
            let reply = call
                .port(self.port.get().into())
                .protocol(self.protocol.as_str().into())
                .set_certificates(certificates(self.certificate.as_ref())?)
                .set_ssl_policy(self.ssl_policy.clone())
                .default_actions(self.default_action.request()?)
                .set_tags(to_tags(&new.tags))
                .send()
                .await
                .or_fault()?;
            let created = reply.listeners().first().and_then(|created| created.listener_arn());
            ours(aws, created.or_missing("ListenerArn")?, new).await
        }

        async fn find(&self, aws: &Aws, new: &Identity) -> Result<Id> {
            let call = aws.elbv2.describe_listeners().load_balancer_arn(self.load_balancer.known()?.as_str());
            let found = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.or_fault()?;
            ours_among(aws, found.iter().filter_map(|listener| listener.listener_arn()), new).await
        }

        async fn update(&self, aws: &Aws, live: &Live<Self>) -> Result<()> {
            let before = &live.inputs;
            let port = differs(Some(self.port), Some(before.port));
            let protocol = differs(Some(self.protocol), Some(before.protocol));
            let certificate = differs(self.certificate.as_ref(), before.certificate.as_ref());
            let ssl_policy = differs(self.ssl_policy.clone(), before.ssl_policy.clone());
            let action = differs(Some(&self.default_action), Some(&before.default_action));
            let nothing = port.is_none() && protocol.is_none() && certificate.is_none();
            if nothing && ssl_policy.is_none() && action.is_none() {
                return Ok(());
            }
            let call = aws.elbv2.modify_listener().listener_arn(live.id.as_str());
            call.set_port(port.map(|port| port.get().into()))
                .set_protocol(protocol.map(|protocol| protocol.as_str().into()))
                .set_certificates(certificates(certificate)?)
                .set_ssl_policy(ssl_policy)
                .set_default_actions(action.map(|action| Ok::<_, Fault>(vec![action.request()?])).transpose()?)
                .send()
                .await
                .or_fault()
                .map(drop)
        }

        async fn may_shift(&self, aws: &Aws, _: &Live<Self>) -> Result<()> {
            self.default_action.may_receive(aws).await
        }

        async fn delete(aws: &Aws, id: &Id) -> Result<()> {
            aws.elbv2.delete_listener().listener_arn(id.as_str()).send().await.or_fault().map(drop)
        }

        async fn tag(aws: &Aws, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
            retag(aws, id, set, remove).await
        }
    }

    fn certificates(wanted: Option<&In<CertificateArn>>) -> Result<Option<Vec<Certificate>>> {
        let certificate =
            |arn: &In<CertificateArn>| Ok(vec![Certificate::builder().certificate_arn(arn.known()?.as_str()).build()]);
        wanted.map(certificate).transpose()
    }

    fn inputs(found: &types::Listener) -> Result<Listener> {
        let port = i64::from(found.port().or_missing("Port")?);
        let certificate = found.certificates().first().and_then(|certificate| certificate.certificate_arn());
        Ok(Listener {
            load_balancer: In::Value(LoadBalancerArn::new(found.load_balancer_arn().or_missing("LoadBalancerArn")?)),
            port: Port::try_from(port).map_err(|error| Fault::Inputs(format!("Port: {error}")))?,
            protocol: parsed("Protocol", found.protocol().map(|protocol| protocol.as_str()))?,
            certificate: certificate.map(|arn| In::Value(CertificateArn::new(arn))),
            ssl_policy: found.ssl_policy().map(str::to_owned),
            default_action: Action::of(found.default_actions())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_needs_a_certificate_and_http_has_none() {
        let load_balancer = In::Value(LoadBalancerArn::new("lb"));
        let certificate = In::Value(CertificateArn::new("certificate"));
        let http = Listener::http(load_balancer.clone(), Port::new(80), Action::respond(404, ""));
        let https = Listener::https(load_balancer, Port::new(443), certificate, Action::respond(404, ""));
        assert_eq!(http.problems(), []);
        assert_eq!(https.problems(), []);
        assert_eq!(Listener { protocol: Protocol::Https, ..http }.problems()[0].field, "certificate");
        assert_eq!(Listener { protocol: Protocol::Http, ..https }.problems()[0].field, "certificate");
    }
}
