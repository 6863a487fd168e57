//! ECS's way to page: `maxResults` and `nextToken`.

use super::error::invalid_parameter;
use crate::paging::{self, Page};
use crate::wire::ApiError;

/// The page of `items`, which are sorted by `key`, of at most 100.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    max_results: Option<i64>,
    next_token: Option<&str>,
) -> Result<Page<T>, ApiError> {
    let limit = match max_results {
        None => 100,
        Some(limit @ 1..=100) => limit as usize,
        Some(_) => return Err(invalid_parameter("maxResults must be between 1 and 100.")),
    };
    paging::page(items, key, limit, next_token).map_err(|_| invalid_parameter("Invalid token"))
}
