//! The development environment, end to end.

use super::fixture::{Case, document, edit};
use crate::{
    plan::Mode,
    serve::{Fate, Verdict},
};
use serde_json::json;

#[test]
fn a_new_image_is_proven() {
    let after = edit(document(), "task_definition.web", "/containers/web/stop_timeout", json!(20));
    let case = Case::new(&document(), &after, Mode::Apply);
    let proof = case.prove();
    assert_eq!(proof.verdict, Verdict::Proven, "{proof:#?}");
    assert_eq!(proof.paths.len(), 1);
    assert_eq!((proof.paths[0].before, proof.paths[0].after, proof.paths[0].fate), (Some(2), Some(2), Fate::Kept));
}

#[test]
fn a_target_group_is_replaced() {
    let after = edit(document(), "target_group.web-blue", "/port", json!(9090));
    let case = Case::new(&document(), &after, Mode::Apply);
    let proof = case.prove();
    assert_eq!(proof.verdict, Verdict::Proven, "{proof:#?}");
}

#[test]
fn a_first_apply_has_nothing_to_lose() {
    let nothing = model::Stack::new("dev").document(std::collections::BTreeMap::new());
    let case = Case::new(&nothing, &document(), Mode::Apply);
    let proof = case.prove();
    assert_eq!(proof.verdict, Verdict::Idle, "{proof:#?}");
    assert_eq!(proof.paths[0].after, Some(2));
}
