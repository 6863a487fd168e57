//! Pages as Elastic Load Balancing cuts them.

use super::errors::validation;
use crate::paging::{Page, page};
use crate::validate::Constraints;
use crate::wire::ApiError;

/// AWS: Elastic Load Balancing API Reference, `PageSize` of the Describe actions.
const LARGEST_PAGE: i64 = 400;

/// The page after `marker`. `items` are sorted by `key`.
pub(super) fn pages<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    page_size: Option<i64>,
    marker: Option<&str>,
) -> Result<Page<T>, ApiError> {
    let size = page_size.unwrap_or(LARGEST_PAGE);
    Constraints::default().range("pageSize", size, 1..=LARGEST_PAGE).finish("ValidationError")?;
    let limit = usize::try_from(size).map_err(|_| validation("The page size is out of range"))?;
    page(items, key, limit, marker).map_err(|_| validation("The marker is not valid"))
}
