//! Account settings.

use serde::{Deserialize, Serialize};

use super::cluster::ContainerInsights;
use super::error::invalid_parameter;
use super::page;
use crate::context::Context;
use crate::table::Record;
use crate::wire::ApiError;

/// A setting that was put, for all principals of the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountSetting {
    value: String,
}

impl Record for AccountSetting {}

/// The settings with AWS's defaults, sorted by name.
///
/// AWS: ECS API Reference, Setting; ECS Developer Guide, "Access Amazon ECS features with account settings".
const DEFAULTS: &[(&str, &str)] = &[
    ("awsvpcTrunking", "disabled"),
    ("containerInsights", "disabled"),
    ("containerInstanceLongArnFormat", "enabled"),
    ("defaultLogDriverMode", "non-blocking"),
    ("fargateEventWindows", "disabled"),
    ("fargateFIPSMode", "disabled"),
    ("fargateTaskRetirementWaitPeriod", "7"),
    ("guardDutyActivate", "on"),
    ("serviceLongArnFormat", "enabled"),
    ("tagResourceAuthorization", "on"),
    ("taskLongArnFormat", "enabled"),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingView {
    name: String,
    value: String,
    principal_arn: String,
    r#type: &'static str,
}

fn view(cx: &Context<'_>, name: &str, value: &str) -> SettingView {
    SettingView {
        name: name.to_owned(),
        value: value.to_owned(),
        principal_arn: format!("arn:aws:iam::{}:root", cx.account),
        r#type: if name == "guardDutyActivate" { "aws_managed" } else { "user" },
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ListAccountSettings {
    name: Option<String>,
    value: Option<String>,
    effective_settings: Option<bool>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListAccountSettingsResult {
    settings: Vec<SettingView>,
    next_token: Option<String>,
}

/// AWS: ECS API Reference, ListAccountSettings: those that were put, or all that are in effect.
pub(crate) fn list_account_settings(
    cx: &mut Context<'_>,
    input: ListAccountSettings,
) -> Result<ListAccountSettingsResult, ApiError> {
    let settings = DEFAULTS.iter().filter_map(|(name, default)| {
        let put = cx.ecs.account_settings.get(name).map(|setting| setting.value.as_str());
        let value = if input.effective_settings == Some(true) { put.or(Some(default)) } else { put };
        value.map(|value| view(cx, name, value))
    });
    let named = |setting: &SettingView| input.name.as_ref().is_none_or(|name| setting.name == *name);
    let valued = |setting: &SettingView| input.value.as_ref().is_none_or(|value| setting.value == *value);
    let settings = settings.filter(|setting| named(setting) && valued(setting));
    let page = page::page(settings, |setting| &setting.name, input.max_results, input.next_token.as_deref())?;
    Ok(ListAccountSettingsResult { settings: page.items, next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutAccountSetting {
    name: String,
    value: String,
}

#[derive(Serialize)]
pub(crate) struct PutAccountSettingResult {
    setting: SettingView,
}

/// AWS: ECS API Reference, PutAccountSetting. There is only one principal here.
pub(crate) fn put_account_setting(
    cx: &mut Context<'_>,
    input: PutAccountSetting,
) -> Result<PutAccountSettingResult, ApiError> {
    let PutAccountSetting { name, value } = input;
    if !DEFAULTS.iter().any(|(known, _)| *known == name) {
        return Err(invalid_parameter(format!(
            "Setting name should be one of the account settings, and {name} is not."
        )));
    }
    if !allowed(&name).contains(&value.as_str()) {
        let message = format!("Setting value for {name} must be one of {}.", allowed(&name).join(", "));
        return Err(invalid_parameter(message));
    }
    let setting = view(cx, &name, &value);
    cx.ecs.account_settings.insert(name, AccountSetting { value });
    Ok(PutAccountSettingResult { setting })
}

fn allowed(name: &str) -> &'static [&'static str] {
    match name {
        "containerInsights" => &["enhanced", "enabled", "disabled"],
        "defaultLogDriverMode" => &["blocking", "non-blocking"],
        "fargateTaskRetirementWaitPeriod" => &["0", "7", "14"],
        "guardDutyActivate" | "tagResourceAuthorization" => &["on", "off"],
        _ => &["enabled", "disabled"],
    }
}

/// What a new cluster gets that says nothing about it.
pub(super) fn container_insights(cx: &Context<'_>) -> ContainerInsights {
    match cx.ecs.account_settings.get("containerInsights").map(|setting| setting.value.as_str()) {
        Some("enhanced") => ContainerInsights::Enhanced,
        Some("enabled") => ContainerInsights::Enabled,
        _ => ContainerInsights::Disabled,
    }
}
