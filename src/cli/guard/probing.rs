//! What is probed while a plan is applied.

use crate::{
    error::{CliError, Kind},
    local,
    project::Project,
    traffic::{local_target, plain_target},
};
use engine::{plan::resolve, state::State};
use gate::probe::{Identity, Settings};
use model::{Reference, serving::Probe};
use std::time::Duration;

/// How much of its longest request a long probe takes: it is to be cut off by a drain that is too short, and not by
/// the application.
const LONG: f64 = 0.9;

/// What is probed, and how fast the cloud is beside AWS.
pub(super) struct Probing {
    /// One for each URL, at least one.
    pub(super) urls: Vec<Settings>,
    pub(super) time_scale: f64,
    /// How many URLs do not exist yet, and so are not probed.
    pub(super) missing: usize,
}

/// How to probe what the stack serves; `None` when nothing of it exists yet, or nothing runs. What does not exist yet
/// cannot be lost.
///
/// # Errors
/// When a URL is none, or the local cloud does not answer.
pub(super) async fn probing(
    project: &Project,
    local: bool,
    serves: &[Probe],
    recorded: &State,
    rate: f64,
) -> Result<Option<Probing>, CliError> {
    let known: Vec<(&Probe, String)> = serves.iter().filter_map(|probe| Some((probe, url(probe, recorded)?))).collect();
    if known.is_empty() {
        return Ok(None);
    }
    let time_scale = match local {
        false => 1.0,
        // Where no task runs, nobody answers.
        true => match time_scale(project).await? {
            Some(time_scale) => time_scale,
            None => return Ok(None),
        },
    };
    let mut urls = Vec::new();
    for (probe, url) in known {
        let target = if local { local_target(project, &url).await? } else { plain_target(&url)? };
        let settings = Settings { rate, ..Settings::new(target.identity(Identity::body(probe.expect.clone()))) };
        urls.push(match (probe.max_request, probe.slow.as_ref()) {
            (Some(longest), Some(path)) => {
                let takes = Duration::from_secs(longest.get().into()).mul_f64(LONG * time_scale);
                settings.long(path.replace("{ms}", &takes.as_millis().to_string()), takes)
            }
            _ => settings,
        });
    }
    let missing = serves.len() - urls.len();
    Ok(Some(Probing { urls, time_scale, missing }))
}

/// The URL of a probe, if everything that it refers to exists.
fn url(probe: &Probe, recorded: &State) -> Option<String> {
    let lookup = |reference: &Reference| {
        let object = recorded.resources.get(&reference.address)?.current.as_ref()?;
        object.outputs.get(&reference.output).filter(|output| !output.is_null())
    };
    let url = serde_json::to_value(&probe.url).ok()?;
    resolve(&url, &lookup).as_str().map(str::to_owned)
}

/// The time scale of the local cloud; `None` when it has no data plane.
async fn time_scale(project: &Project) -> Result<Option<f64>, CliError> {
    let Some(endpoint) = local::running(project).await else {
        return Err(CliError::new(Kind::Local, "no local cloud runs").hint("Start one: rust-stack local up"));
    };
    let health = local::admin(&endpoint, "GET", "health").await?;
    Ok((health["data_plane"] == true).then(|| health["time_scale"].as_f64().unwrap_or(1.0)))
}
