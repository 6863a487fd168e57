//! IAM's way to page: `MaxItems` and `Marker` in, `IsTruncated` and `Marker` out.

use crate::paging;
use crate::validate::Constraints;
use crate::wire::ApiError;

/// How many items a page has when nothing is said (AWS: IAM API Reference, ListRoles, `MaxItems`).
const DEFAULT: u32 = 100;

/// One page.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) is_truncated: bool,
    pub(super) marker: Option<String>,
}

/// The page of `items`, which are sorted by `key`, that a request asks for.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    max_items: Option<u32>,
    marker: Option<&str>,
) -> Result<Page<T>, ApiError> {
    let limit = max_items.unwrap_or(DEFAULT);
    Constraints::default().range("maxItems", i64::from(limit), 1..=1000).finish("ValidationError")?;
    let page = paging::page(items, key, limit as usize, marker);
    let page = page.map_err(|_| ApiError::new("ValidationError", "Invalid Marker."))?;
    Ok(Page { items: page.items, is_truncated: page.next_token.is_some(), marker: page.next_token })
}
