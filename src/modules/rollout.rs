use model::{Percent, Problem, Seconds};
use serde::{Deserialize, Serialize};

/// How a new version of a service comes to get the requests.
///
/// Everywhere but in a file of variables the words are those of ECS (API Reference, DeploymentConfiguration, strategy).
/// ECS's own `BLUE_GREEN`, `LINEAR` and `CANARY` are not used: here the requests themselves decide about each step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Rollout {
    /// ECS replaces tasks within one service, and each new one gets its full share of the requests when it is healthy.
    #[default]
    Rolling,
    /// The new version stands beside the old one and gets all requests at one time.
    BlueGreen {
        /// How long both stand before the old one goes.
        bake: Seconds,
    },
    /// The new version stands beside the old one and gets a few requests, then more, then all.
    Canary {
        /// The shares, rising, each above 0 and below 100 %.
        shares: Vec<Percent>,
        /// How long it is watched at each share at least.
        step_bake: Seconds,
        /// How long both stand at the end before the old one goes.
        bake: Seconds,
    },
    /// As a canary, in equal shares.
    Linear {
        /// Each share, above 0 and below 100 %.
        share: Percent,
        /// How long it is watched after each at least.
        step_bake: Seconds,
        /// How long both stand at the end before the old one goes.
        bake: Seconds,
    },
}

const SHARES: [Percent; 3] = [Percent::new(1), Percent::new(10), Percent::new(50)];
const STEP_BAKE: Seconds = Seconds::new(60);
const BAKE: Seconds = Seconds::new(300);

impl Rollout {
    /// All at one time; the old version stays for 5 minutes.
    pub const fn blue_green() -> Self {
        Self::BlueGreen { bake: BAKE }
    }

    /// 1, 10 and 50 %, a minute each; then all, and the old version stays for 5 minutes.
    pub fn canary() -> Self {
        Self::Canary { shares: SHARES.into(), step_bake: STEP_BAKE, bake: BAKE }
    }

    /// This share more each minute; the old version stays for 5 minutes.
    pub const fn linear(share: Percent) -> Self {
        Self::Linear { share, step_bake: STEP_BAKE, bake: BAKE }
    }

    /// The shares before the last, which is all: nothing for a rolling deployment.
    pub(crate) fn shares(&self) -> Vec<Percent> {
        match self {
            Self::Rolling | Self::BlueGreen { .. } => Vec::new(),
            Self::Canary { shares, .. } => shares.clone(),
            Self::Linear { share, .. } => {
                let step = usize::from(share.get().max(1));
                let shares = (1..100_i64).step_by(step).map(|share| share - 1 + step as i64);
                shares.filter(|share| *share < 100).filter_map(|share| Percent::try_from(share).ok()).collect()
            }
        }
    }

    /// How long it is watched after each share, and at the end; `None` for a rolling deployment.
    pub(crate) fn bakes(&self) -> Option<[Seconds; 2]> {
        match self {
            Self::Rolling => None,
            Self::BlueGreen { bake } => Some([Seconds::new(0), *bake]),
            Self::Canary { step_bake, bake, .. } | Self::Linear { step_bake, bake, .. } => Some([*step_bake, *bake]),
        }
    }

    pub(crate) fn problems(&self) -> Option<Problem> {
        let shares = match self {
            Self::Rolling | Self::BlueGreen { .. } => return None,
            Self::Canary { shares, .. } => shares.clone(),
            Self::Linear { share, .. } => vec![*share],
        };
        let within = shares.iter().all(|share| (1..100).contains(&share.get()));
        let rising = shares.windows(2).all(|pair| pair[0] < pair[1]);
        (shares.is_empty() || !within || !rising).then(|| {
            Problem::new(
                "rollout",
                "the shares of a rollout rise, and each lies between 1 and 99 %; all comes by itself",
            )
        })
    }
}

/// As it stands in a file: a word, or a word with its settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    Full(Full),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Full {
    BlueGreen {
        #[serde(default = "bake")]
        bake: Seconds,
    },
    Canary {
        #[serde(default = "shares")]
        shares: Vec<Percent>,
        #[serde(default = "step_bake")]
        step_bake: Seconds,
        #[serde(default = "bake")]
        bake: Seconds,
    },
    Linear {
        share: Percent,
        #[serde(default = "step_bake")]
        step_bake: Seconds,
        #[serde(default = "bake")]
        bake: Seconds,
    },
}

fn bake() -> Seconds {
    BAKE
}

fn step_bake() -> Seconds {
    STEP_BAKE
}

fn shares() -> Vec<Percent> {
    SHARES.into()
}

impl TryFrom<Written> for Rollout {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Word(word) => match word.as_str() {
                "rolling" => Ok(Self::Rolling),
                "blue-green" => Ok(Self::blue_green()),
                "canary" => Ok(Self::canary()),
                "linear" => Ok(Self::linear(const { Percent::new(10) })),
                _ => Err(format!("there is no rollout `{word}`: use rolling, blue-green, canary or linear")),
            },
            Written::Full(Full::BlueGreen { bake }) => Ok(Self::BlueGreen { bake }),
            Written::Full(Full::Canary { shares, step_bake, bake }) => Ok(Self::Canary { shares, step_bake, bake }),
            Written::Full(Full::Linear { share, step_bake, bake }) => Ok(Self::Linear { share, step_bake, bake }),
        }
    }
}

impl From<Rollout> for Written {
    fn from(rollout: Rollout) -> Self {
        match rollout {
            Rollout::Rolling => Self::Word("rolling".to_owned()),
            Rollout::BlueGreen { bake } => Self::Full(Full::BlueGreen { bake }),
            Rollout::Canary { shares, step_bake, bake } => Self::Full(Full::Canary { shares, step_bake, bake }),
            Rollout::Linear { share, step_bake, bake } => Self::Full(Full::Linear { share, step_bake, bake }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    fn percents(shares: &[u16]) -> Vec<Percent> {
        shares.iter().map(|&share| Percent::new(share)).collect()
    }

    #[test]
    fn linear_shares_rise_equally_and_end_below_all() {
        assert_eq!(Rollout::linear(Percent::new(25)).shares(), percents(&[25, 50, 75]));
        assert_eq!(Rollout::linear(Percent::new(30)).shares(), percents(&[30, 60, 90]));
        assert_eq!(Rollout::blue_green().shares(), []);
    }

    #[test]
    fn a_word_is_enough_and_settings_are_possible() {
        assert_eq!(from_value::<Rollout>(json!("canary")).expect("a word"), Rollout::canary());
        let quick = json!({ "canary": { "shares": [5], "bake": 10 } });
        let expected = Rollout::Canary { shares: percents(&[5]), step_bake: STEP_BAKE, bake: Seconds::new(10) };
        assert_eq!(from_value::<Rollout>(quick).expect("with settings"), expected);
        let error = from_value::<Rollout>(json!("yolo")).expect_err("there is none").to_string();
        assert!(error.contains("rolling, blue-green, canary or linear"), "{error}");
        for rollout in [Rollout::Rolling, Rollout::blue_green(), Rollout::canary(), Rollout::linear(Percent::new(20))] {
            assert_eq!(from_value::<Rollout>(to_value(&rollout).expect("JSON")).expect("a rollout"), rollout);
        }
    }

    #[test]
    fn shares_that_do_not_rise_are_a_problem() {
        let canary = |shares: &[u16]| Rollout::Canary { shares: percents(shares), step_bake: BAKE, bake: BAKE };
        assert_eq!(canary(&[1, 10, 50]).problems(), None);
        for bad in [&[][..], &[0], &[100], &[10, 10], &[50, 10]] {
            assert!(canary(bad).problems().is_some(), "{bad:?}");
        }
    }
}
