use crate::conformance::{
    case::{Again, Case},
    world::World,
};
use aws::logs::{LogGroup, Retention};
use engine::Fault;
use model::LogRetention;

pub(super) async fn log_group(_: &mut World<'_>) -> Result<Case, Fault> {
    let days = |days| Retention::Days(LogRetention::days(days).expect("the API offers it"));
    let group = LogGroup { retention: days(30), kms_key: None };
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let changes = [
        LogGroup { retention: days(7), ..group.clone() },
        LogGroup { retention: Retention::Forever, ..group.clone() },
        LogGroup { kms_key: Some(key.into()), ..group.clone() },
    ];
    Ok(Case::new(&group, Again::Only, changes))
}
