//! Numbers with a range. Each is its number in JSON; one outside its range is refused with a message.

use super::InvalidValue;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! numbers {
    ($($(#[$doc:meta])+ $name:ident: $number:ty, $range:expr, $what:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name($number);

        impl $name {
            /// Takes a number known when the program is compiled; one out of range does not compile.
            ///
            /// # Panics
            /// When evaluated at run time with a number out of range; use `try_from` for numbers from outside.
            pub const fn new(number: $number) -> Self {
                let range = $range;
                assert!(*range.start() <= number && number <= *range.end(), $what);
                Self(number)
            }

            /// The number.
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = InvalidValue;

            fn try_from(number: i64) -> Result<Self, InvalidValue> {
                let range = $range;
                match <$number>::try_from(number) {
                    Ok(valid) if range.contains(&valid) => Ok(Self(valid)),
                    _ => Err(InvalidValue(format!(
                        "{number} is not {}: it lies between {} and {}",
                        $what, range.start(), range.end()
                    ))),
                }
            }
        }

        impl From<$name> for i64 {
            fn from(number: $name) -> i64 {
                i64::from(number.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

numbers! {
    /// A TCP port.
    Port: u16, 1..=65535, "a port";
    /// Per cent of a whole; up to 200 for ECS's maximum percent.
    Percent: u16, 0..=200, "a percentage";
    /// A time in whole seconds, as AWS takes most of its times; at most a week.
    Seconds: u32, 0..=604_800, "a number of seconds";
    /// The share of requests of one target group among those of a rule.
    /// AWS: ELBv2 API Reference, TargetGroupTuple.
    Weight: u16, 0..=999, "a weight";
    /// The place of a listener rule; the lowest number is judged first.
    /// AWS: ELBv2 API Reference, CreateRule.
    Priority: u16, 1..=50000, "a priority";
}

/// How many days CloudWatch Logs keeps events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct LogRetention(u32);

impl LogRetention {
    /// 30 days.
    pub const DAYS_30: Self = Self(30);
    /// AWS: CloudWatch Logs API Reference, PutRetentionPolicy.
    const DAYS: [u32; 22] =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    /// A number of days that the API offers.
    ///
    /// # Errors
    /// When the API does not offer it; the message lists those it does.
    pub fn days(days: u32) -> Result<Self, InvalidValue> {
        let offered = Self::DAYS.iter();
        if offered.clone().any(|&offered| offered == days) {
            return Ok(Self(days));
        }
        let offered: Vec<String> = offered.map(ToString::to_string).collect();
        Err(InvalidValue(format!("logs cannot be kept for {days} days: use {}", offered.join(", "))))
    }

    /// The number of days.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for LogRetention {
    type Error = InvalidValue;

    fn try_from(days: u32) -> Result<Self, InvalidValue> {
        Self::days(days)
    }
}

impl From<LogRetention> for u32 {
    fn from(retention: LogRetention) -> u32 {
        retention.0
    }
}

/// The status codes with which a target is healthy: `200`, `200,302` or `200-299`.
///
/// AWS: ELBv2 API Reference, Matcher; codes of an Application Load Balancer lie between 200 and 499.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpMatcher(String);

impl HttpMatcher {
    /// The matcher as the API takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HttpMatcher {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        let code = |code: &str| code.parse::<u16>().ok().filter(|code| (200..=499).contains(code));
        let valid = text.split(',').all(|part| match part.split_once('-') {
            Some((low, high)) => matches!((code(low), code(high)), (Some(low), Some(high)) if low <= high),
            None => code(part).is_some(),
        });
        if valid {
            Ok(Self(text))
        } else {
            Err(InvalidValue(format!(
                "`{text}` does not say which status codes are healthy: write 200, 200,302 or 200-299, between 200 and 499"
            )))
        }
    }
}

impl From<HttpMatcher> for String {
    fn from(matcher: HttpMatcher) -> String {
        matcher.0
    }
}

/// An AWS account: twelve digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(InvalidValue(format!("`{text}` is not an AWS account id: it has twelve digits")))
        }
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> String {
        account.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_range() {
        assert_eq!(Port::try_from(0).unwrap_err().0, "0 is not a port: it lies between 1 and 65535");
        assert!(Port::try_from(65536).is_err());
        assert_eq!(serde_json::from_str::<Percent>("200").unwrap(), Percent::new(200));
        assert!(serde_json::from_str::<Percent>("201").is_err());
    }

    #[test]
    fn matchers() {
        for text in ["200", "200,302", "200-299", "200-204,301"] {
            assert!(HttpMatcher::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["", "99", "500", "200-", "299-200", "2xx"] {
            assert!(HttpMatcher::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn retention_is_one_that_the_api_offers() {
        assert!(LogRetention::days(30).is_ok());
        assert!(LogRetention::days(0).is_err());
        assert!(LogRetention::days(31).unwrap_err().0.contains("30, 60"));
    }
}
