//! What the live halves of the IAM kinds share: one reading of all roles, documents, tags, and composed ids.

use crate::{Policy, live::prelude::*};
use aws_sdk_iam::types::{EntityType, Role, RoleDetail, Tag};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// The most items IAM gives in a page.
const PAGE: i32 = 1000;

/// Every role with its policies, attachments and tags: three kinds are read from this one reply.
pub(crate) async fn roles(aws: &Aws) -> Result<Arc<Vec<RoleDetail>>> {
    let call = aws.iam.get_account_authorization_details().filter(EntityType::Role).max_items(PAGE);
    let fetch = || async move {
        let mut pages = call.into_paginator().send();
        let mut roles = Vec::new();
        while let Some(page) = pages.try_next().await.or_fault()? {
            roles.extend(page.role_detail_list.unwrap_or_default());
        }
        Ok(roles)
    };
    aws.roles.join(fetch).await
}

/// Every role with its description and session duration, which the authorization details lack.
pub(crate) async fn list_roles(aws: &Aws) -> Result<Vec<Role>> {
    aws.iam.list_roles().max_items(PAGE).into_paginator().items().send().try_collect().await.or_fault()
}

/// A policy document of a reply, which IAM encodes as in a URL (RFC 3986).
pub(crate) fn decoded(document: Option<&str>) -> Result<Policy> {
    let document = percent_decode_str(document.or_missing("PolicyDocument")?).decode_utf8();
    let document = document.map_err(|error| Fault::Inputs(format!("PolicyDocument: {error}")))?;
    document.parse().map_err(|error| Fault::Inputs(format!("PolicyDocument: {error}")))
}

/// Tags as the API takes them.
pub(crate) fn to_tags(tags: &Tags) -> Result<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|error| Fault::Inputs(error.to_string()))
}

/// Tags as the engine has them.
pub(crate) fn from_tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// The id of something that IAM knows only as a part of a role: `<role>|<part>`. Neither names nor ARNs of IAM hold
/// a `|` (IAM User Guide, "IAM and AWS STS quotas").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OfRole<'a> {
    /// The name of the role.
    pub(crate) role: &'a str,
    /// The name of an inline policy, or the ARN of a managed one.
    pub(crate) part: &'a str,
}

impl<'a> OfRole<'a> {
    pub(crate) fn parse(id: &'a Id) -> Result<Self> {
        match id.as_str().split_once('|') {
            Some((role, part)) if !role.is_empty() && !part.is_empty() => Ok(Self { role, part }),
            _ => Err(Fault::Inputs(format!("`{id}` is not an id of the form `<role>|<policy>`"))),
        }
    }

    pub(crate) fn id(self) -> Id {
        Id::new(format!("{}|{}", self.role, self.part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_ids_survive() {
        let of_role = OfRole { role: "dev-web", part: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
        assert_eq!(OfRole::parse(&of_role.id()), Ok(of_role));
        for wrong in ["dev-web", "|policy", "dev-web|"] {
            assert!(OfRole::parse(&Id::new(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn documents_are_url_encoded() {
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                       %22Principal%22%3A%7B%22Service%22%3A%22ecs-tasks.amazonaws.com%22%7D%2C\
                       %22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
        assert_eq!(decoded(Some(encoded)), Ok(Policy::trust("ecs-tasks.amazonaws.com")));
        assert!(decoded(Some("%7B")).is_err());
        assert_eq!(decoded(None), Err(Fault::Missing("PolicyDocument")));
    }
}
