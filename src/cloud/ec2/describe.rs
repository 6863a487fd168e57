//! What every `Describe` operation shares: ids, filters and pages over reply items.

use std::ops::RangeInclusive;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::filter::{self, Filter};
use super::kind::Kind;
use crate::paging;
use crate::wire::ApiError;

/// An item of a `Describe` reply.
pub(crate) trait View: Serialize {
    const KIND: Kind;
    /// The name of the list in the reply.
    const SET: &'static str;
    /// The names of the filters, besides those on tags, each with the path of what it compares in the item.
    const FILTERS: &'static [(&'static str, &'static str)];
    /// What `MaxResults` may be.
    const MAX_RESULTS: RangeInclusive<i64> = 5..=1000;

    fn id(&self) -> &str;
}

/// What a `Describe` operation asks for.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) ids: Vec<String>,
    pub(crate) filter: Vec<Filter>,
    pub(crate) max_results: Option<i64>,
    pub(crate) next_token: Option<String>,
}

/// The reply of a `Describe` operation.
#[derive(Debug)]
pub(crate) struct Described<V> {
    items: Vec<V>,
    next_token: Option<String>,
}

impl<V: View> Serialize for Described<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reply = serializer.serialize_map(Some(2))?;
        reply.serialize_entry(V::SET, &self.items)?;
        reply.serialize_entry("nextToken", &self.next_token)?;
        reply.end()
    }
}

/// The page of `views` that is asked for. `views` are sorted by their ids.
pub(crate) fn select<V: View>(
    views: impl IntoIterator<Item = V>,
    selection: Selection,
) -> Result<Described<V>, ApiError> {
    let Selection { ids, filter, max_results, next_token } = selection;
    filter::check_names(&filter, V::FILTERS)?;
    let limit = max_results.map_or(Ok(usize::MAX), |limit| page_size(limit, V::MAX_RESULTS))?;
    let mut views: Vec<V> = views.into_iter().collect();
    if let Some(unknown) = ids.iter().find(|id| !views.iter().any(|view| view.id() == *id)) {
        return Err(V::KIND.not_found(unknown));
    }
    views.retain(|view| ids.is_empty() || ids.iter().any(|id| id == view.id()));
    let views = filter::apply(views, &filter, V::FILTERS)?;
    let page = paging::page(views, |view| view.id(), limit, next_token.as_deref()).map_err(|_| invalid_token())?;
    Ok(Described { items: page.items, next_token: page.next_token })
}

fn page_size(limit: i64, allowed: RangeInclusive<i64>) -> Result<usize, ApiError> {
    let bound = if limit < *allowed.start() {
        format!("greater than or equal to {}", allowed.start())
    } else if limit > *allowed.end() {
        format!("less than or equal to {}", allowed.end())
    } else {
        return usize::try_from(limit).map_err(|error| ApiError::internal(error.to_string()));
    };
    let message = format!("Value ( {limit} ) for parameter maxResults is invalid. Expecting a value {bound}.");
    Err(ApiError::new("InvalidParameterValue", message))
}

fn invalid_token() -> ApiError {
    ApiError::new("InvalidNextToken", "The token provided is invalid.")
}

/// An attribute of a resource that is true or false, as inputs spell it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Flag {
    pub(crate) value: bool,
}

/// An attribute of a resource, as replies spell it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Attribute<T> {
    pub(crate) value: T,
}

/// Declares the input of a `Describe` operation, with the name of its list of ids.
macro_rules! describe_input {
    ($name:ident { $ids:ident }) => {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(crate) struct $name {
            #[serde(default)]
            $ids: Vec<String>,
            #[serde(default)]
            filter: Vec<$crate::ec2::filter::Filter>,
            max_results: Option<i64>,
            next_token: Option<String>,
        }

        impl $name {
            fn select<V: $crate::ec2::describe::View>(
                self,
                views: impl IntoIterator<Item = V>,
            ) -> Result<$crate::ec2::describe::Described<V>, $crate::wire::ApiError> {
                let $name { $ids: ids, filter, max_results, next_token } = self;
                let selection = $crate::ec2::describe::Selection { ids, filter, max_results, next_token };
                $crate::ec2::describe::select(views, selection)
            }
        }
    };
}
pub(crate) use describe_input;
