use rust_stack::prelude::*;

/// What differs between the environments of this repository; the values stand in `<environment>.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variables {
    /// Where the environment lies.
    pub(crate) region: Region,
    /// Over how many Availability Zones; 2 to 8.
    pub(crate) zones: u8,
    /// The addresses of its network.
    pub(crate) cidr: Cidr,
    /// How its tasks reach the internet: `none`, `single` or `per-zone`.
    pub(crate) nat: Nat,
    /// Which image its tasks run: a tag or a digest.
    pub(crate) image: ImageIdentifier,
    /// How a new image comes to get the requests: `rolling`, `blue-green`, `canary` or `linear`, the last three also with
    /// their settings.
    #[serde(default)]
    pub(crate) rollout: Rollout,
    /// How many tasks serve.
    pub(crate) desired_count: u32,
    /// CPU units and MiB of memory of each task, in a pair that Fargate offers.
    pub(crate) size: FargateSize,
    /// How many days logs are kept; one of the numbers that CloudWatch Logs offers.
    pub(crate) log_retention: LogRetention,
    /// What the application calls itself, if not what its image says.
    pub(crate) app: Option<App>,
    /// Certificate and domain, to serve HTTPS.
    pub(crate) https: Option<Https>,
}

/// What the application shows of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    /// Its version.
    pub(crate) version: String,
    /// Its colour.
    pub(crate) colour: String,
}

impl App {
    /// The variables by which the application is told.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 2] {
        [("VERSION", &self.version), ("COLOUR", &self.colour)]
    }
}
