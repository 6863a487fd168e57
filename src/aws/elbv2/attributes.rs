//! Attributes: the settings that ELBv2 keeps as texts by key, for load balancers and target groups alike.

use crate::live::prelude::*;
use model::InvalidValue;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The attributes that a resource manages, as requests take them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Attributes(BTreeMap<&'static str, String>);

impl Attributes {
    /// Manages one more, unless the value is `None`.
    pub(crate) fn set(&mut self, key: &'static str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.0.insert(key, value.to_string());
        }
    }

    /// Those whose value is another one in `live`.
    pub(crate) fn unlike(self, live: &Self) -> Vec<(&'static str, String)> {
        self.0.into_iter().filter(|(key, value)| live.0.get(key) != Some(value)).collect()
    }
}

/// The attributes that a reply reports.
#[derive(Debug)]
pub(crate) struct Found(BTreeMap<String, String>);

impl<'a> FromIterator<(Option<&'a str>, Option<&'a str>)> for Found {
    fn from_iter<I: IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>>(reported: I) -> Self {
        let pairs = reported.into_iter().filter_map(|(key, value)| Some((key?.to_owned(), value?.to_owned())));
        Self(pairs.collect())
    }
}

impl Found {
    /// The value of `key`; `None` when the reply does not report it.
    pub(crate) fn parsed<T: FromStr>(&self, key: &'static str) -> Result<Option<T>>
    where
        T::Err: fmt::Display,
    {
        self.0.get(key).map(|value| parsed(key, Some(value))).transpose()
    }

    /// The number that `key` has, within the limits of its type.
    pub(crate) fn number<T: TryFrom<i64, Error = InvalidValue>>(&self, key: &'static str) -> Result<Option<T>> {
        let number: Option<i64> = self.parsed(key)?;
        number.map(|number| T::try_from(number).map_err(|error| Fault::Inputs(format!("{key}: {error}")))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Seconds;

    #[test]
    fn what_a_reply_reports_is_typed() {
        let found: Found = [(Some("on"), Some("true")), (Some("time"), Some("60")), (Some("long"), Some("604801"))]
            .into_iter()
            .collect();
        assert_eq!(found.parsed::<bool>("on").unwrap(), Some(true));
        assert_eq!(found.number::<Seconds>("time").unwrap(), Some(Seconds::new(60)));
        assert_eq!(found.number::<Seconds>("absent").unwrap(), None);
        assert!(matches!(found.number::<Seconds>("long"), Err(Fault::Inputs(_))));
        assert!(matches!(found.parsed::<bool>("time"), Err(Fault::Inputs(_))));
    }
}
