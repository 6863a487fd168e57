use super::{
    Aws, Flight, Gather, Meter,
    fault::{OrFault as _, OrMissing as _},
};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, default_provider::credentials::DefaultCredentialsChain, imds,
    provider_config::ProviderConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use engine::{Fault, Result};
use std::{sync::Arc, time::Duration};

/// How to reach AWS, or something that speaks like it. What is not given comes from the SDK's own chain:
/// environment variables, profiles, instance and container roles.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// `--region`.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// Fixed credentials, for the local cloud: any key will do there, and a user's real one should not be sent.
    pub credentials: Option<(String, String)>,
}

/// Clients, and where they lead.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The clients.
    pub aws: Arc<Aws>,
    /// The account the credentials belong to: twelve digits.
    pub account: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The endpoint, when it is not AWS's own.
    pub endpoint_url: Option<String>,
    /// What the calls through these clients have cost so far.
    pub meter: Meter,
}

impl Login {
    /// Connects the clients and asks who the caller is.
    ///
    /// # Errors
    /// [`Fault::Credentials`] when there are none or they are refused, [`Fault::Unreachable`] when nobody answers,
    /// [`Fault::Failed`] when no region is configured.
    pub async fn connect(self) -> Result<Connection> {
        let (config, meter) = self.configure().await?;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.or_fault()?;
        Ok(Connection {
            account: identity.account().or_missing("Account")?.to_owned(),
            region,
            endpoint_url: config.endpoint_url().map(ToOwned::to_owned),
            aws: Arc::new(Aws::new(&config)),
            meter,
        })
    }

    async fn configure(self) -> Result<(SdkConfig, Meter)> {
        let meter = Meter::default();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(meter.client())
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_secs(60))
                    .build(),
            );
        if let Some(region) = self.region.clone() {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = self.profile.clone() {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = self.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        loader = loader.credentials_provider(match self.credentials {
            Some((key, secret)) => {
                SharedCredentialsProvider::new(Credentials::new(key, secret, None, None, "rust-stack"))
            }
            None => SharedCredentialsProvider::new(found(&meter, self.region, self.profile).await),
        });
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(Fault::Failed(
                "no AWS region is configured; give --region, set AWS_REGION, or set one in the profile".to_owned(),
            ));
        }
        Ok((config, meter))
    }
}

/// The SDK's own chain of places where credentials may be. It asks the instance metadata, the last of them, once and
/// not four times: where there is none, nobody has to wait for that to be found out.
async fn found(meter: &Meter, region: Option<String>, profile: Option<String>) -> DefaultCredentialsChain {
    let config = ProviderConfig::without_region().with_http_client(meter.client());
    let metadata = imds::Client::builder().configure(&config).max_attempts(1).build();
    let mut chain = DefaultCredentialsChain::builder().configure(config).imds_client(metadata);
    if let Some(region) = region {
        chain = chain.region(Region::new(region));
    }
    if let Some(profile) = profile {
        chain = chain.profile_name(&profile);
    }
    chain.build().await
}

impl Aws {
    fn new(config: &SdkConfig) -> Self {
        Self {
            ec2: aws_sdk_ec2::Client::new(config),
            ecr: aws_sdk_ecr::Client::new(config),
            ecs: aws_sdk_ecs::Client::new(config),
            elbv2: aws_sdk_elasticloadbalancingv2::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            elbv2_tags: Gather::default(),
            route_tables: Flight::default(),
            roles: Flight::default(),
            security_group_rules: Gather::default(),
        }
    }
}
