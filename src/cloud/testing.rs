//! A cloud without HTTP and with a clock that a test sets.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::config::Config;
use crate::dispatch::{Call, dispatch};
use crate::latency::Latency;
use crate::services;
use crate::wire::{self, ApiError};
use crate::world::World;

/// A cloud in memory. Its calls take and give trees, so that a test reads `reply["vpc"]["vpcId"]`.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) region: String,
    pub(crate) access_key: String,
}

impl Local {
    /// Everything is ready at once.
    pub(crate) fn new() -> Self {
        Self::with(Config { seed: Some(1), ..Config::default() })
    }

    /// Everything takes the time it takes on AWS, by the clock that [`Local::advance`] moves.
    pub(crate) fn aws() -> Self {
        Self::with(Config { seed: Some(1), latency: Latency::Aws, ..Config::default() })
    }

    pub(crate) fn with(config: Config) -> Self {
        let world = World::open(&config).expect("the state opens");
        let now = Timestamp::from_second(1_800_000_000).expect("a valid time");
        Local { world, now, region: "us-east-1".to_owned(), access_key: "AKIATEST".to_owned() }
    }

    /// Moves the clock.
    pub(crate) fn advance(&mut self, duration: Duration) {
        self.now += SignedDuration::try_from(duration).expect("a duration within reach");
    }

    /// Calls an operation of a JSON service.
    pub(crate) fn json(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        let call = Call {
            service: services::by_name(service).expect("the service exists"),
            operation: operation.to_owned(),
            input,
            region: self.region.clone(),
            access_key: self.access_key.clone(),
            request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        };
        dispatch(&mut self.world, call, self.now)
    }

    /// Calls an operation of a query service, EC2 among them.
    pub(crate) fn query(&mut self, service: &str, operation: &str, form: &[(&str, &str)]) -> Result<Value, ApiError> {
        let input = wire::tree(form.iter().copied()).expect("the form is a tree");
        self.json(service, operation, input)
    }
}

/// The code of the error that a call must give.
#[track_caller]
pub(crate) fn code(result: Result<Value, ApiError>) -> String {
    result.expect_err("the call fails").code.into_owned()
}
