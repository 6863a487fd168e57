//! What a handler works with: the tables, and who asks for what, when and where.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::Ids;
use crate::latency::Pace;
use crate::operation::{Protocol, Service};
use crate::plane::{Facts, SeedImage};
use crate::table::{Record, tables};
use crate::wire::ApiError;
use crate::{ec2, ecr, ecs, elbv2, iam, logs, sts};

/// One request inside its transaction. The tables are those of the request's region, or of the account.
///
/// Its fields are borrowed apart from each other, so a record of one table can be held while another is changed.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) ec2: &'a mut ec2::Tables,
    pub(crate) elbv2: &'a mut elbv2::Tables,
    pub(crate) ecs: &'a mut ecs::Tables,
    pub(crate) ecr: &'a mut ecr::Tables,
    pub(crate) logs: &'a mut logs::Tables,
    pub(crate) iam: &'a mut iam::Tables,
    pub(crate) sts: &'a mut sts::Tables,
    pub(crate) core: &'a mut Tables,
    pub(crate) ids: &'a mut Ids,
    pub(crate) pace: Pace,
    /// What the data plane has seen; `None` where there is no data plane.
    pub(crate) facts: Option<&'a Facts>,
    /// The time of the request: the only clock a handler may read.
    pub(crate) now: Timestamp,
    pub(crate) account: &'a str,
    /// The region that the request was signed for; `us-east-1` for a global service.
    pub(crate) region: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static str,
    /// The input without its client token, to tell a repeated request from another one with the same token.
    pub(crate) fingerprint: &'a str,
}

tables! {
    /// What the core itself keeps for the account.
    Tables {
        /// The services whose `prepare` has run, by region and name.
        prepared: Prepared,
        /// The client tokens that were used, by region, operation and token.
        client_tokens: ClientToken,
        /// The images that every repository has from its start, by tag.
        seed_images: SeedImage,
    }
}

/// `prepare` has run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Prepared {}

impl Record for Prepared {}

/// How many client tokens are remembered, the newest of them (AWS: EC2 API Reference, "Ensuring idempotency": a token is good
/// for 24 hours).
const CLIENT_TOKENS: usize = 10_000;

/// A client token, and what the request that brought it made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClientToken {
    fingerprint: String,
    made: String,
    #[serde(default)]
    used: Timestamp,
}

impl Record for ClientToken {}

impl Record for SeedImage {}

impl Context<'_> {
    /// When something that starts now and takes `on_aws` on AWS is done; now under the instant profile.
    pub(crate) fn after(&self, on_aws: Duration) -> Timestamp {
        self.pace.after(self.now, on_aws)
    }

    /// Whether a read sees an object made at `created` already: under the `aws` profile reads lag behind writes.
    pub(crate) fn visible(&self, created: Timestamp) -> bool {
        self.now >= self.pace.after(created, self.service.read_after_write)
    }

    /// `arn:aws:<this service>:<region>:<account>:<resource>`; IAM's and STS's ARNs have no region.
    pub(crate) fn arn(&self, resource: &str) -> String {
        let region = if self.service.global { "" } else { self.region };
        format!("arn:aws:{}:{region}:{}:{resource}", self.service.signing_name, self.account)
    }

    /// What the earlier request with this client token made, if there was one: the id given to [`Context::remember`].
    ///
    /// The same token with other parameters is `IdempotentParameterMismatch`, or `InvalidParameterException` where
    /// the protocol is JSON (AWS: EC2 API Reference, "Ensuring idempotency"). The record itself may be gone since.
    pub(crate) fn replayed(&self, client_token: Option<&str>) -> Result<Option<String>, ApiError> {
        let Some(token) = client_token else { return Ok(None) };
        let Some(used) = self.core.client_tokens.get(&self.client_token_key(token)) else { return Ok(None) };
        if used.fingerprint == self.fingerprint {
            return Ok(Some(used.made.clone()));
        }
        let code = match self.service.protocol {
            Protocol::Ec2 { .. } | Protocol::Query { .. } => "IdempotentParameterMismatch",
            Protocol::Json { .. } => "InvalidParameterException",
        };
        let message = format!("The client token {token:?} was used before with other parameters.");
        Err(ApiError::new(code, message))
    }

    /// Keeps what this request made under its client token.
    pub(crate) fn remember(&mut self, client_token: Option<&str>, made: &str) {
        let Some(token) = client_token else { return };
        let key = self.client_token_key(token);
        let record = ClientToken { fingerprint: self.fingerprint.to_owned(), made: made.to_owned(), used: self.now };
        self.core.client_tokens.insert(key, record);
        self.core.client_tokens.keep_last(CLIENT_TOKENS, |token| token.used);
    }

    fn client_token_key(&self, token: &str) -> String {
        format!("{}/{}/{}/{token}", self.region, self.service.name, self.operation)
    }
}
