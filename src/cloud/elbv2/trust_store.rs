//! Trust stores are for mutual authentication, which is not modelled: there never are any.

use serde::{Deserialize, Serialize};

use super::paging::pages;
use crate::context::Context;
use crate::wire::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeTrustStores {
    #[serde(default)]
    trust_store_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TrustStores {
    trust_stores: Vec<()>,
}

pub(crate) fn describe_trust_stores(_: &mut Context<'_>, input: DescribeTrustStores) -> Result<TrustStores, ApiError> {
    if !input.trust_store_arns.is_empty() || !input.names.is_empty() {
        return Err(ApiError::new("TrustStoreNotFound", "One or more trust stores not found"));
    }
    let none = pages(Vec::new(), |()| "", input.page_size, input.marker.as_deref())?;
    Ok(TrustStores { trust_stores: none.items })
}
