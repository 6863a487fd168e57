use crate::words::words;
use model::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which images a repository removes by itself. In JSON it stands as AWS's own document.
///
/// ```text
/// LifecyclePolicy::none().expire_untagged(14).keep_newest(50)
/// ```
///
/// AWS: ECR User Guide, "Lifecycle policy properties in Amazon ECR".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifecyclePolicy {
    /// Judged by their priority; an image is taken by the first rule that selects it.
    pub rules: BTreeSet<LifecycleRule>,
}

/// One rule of a [`LifecyclePolicy`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LifecycleRule {
    /// The lowest is judged first; unique within the policy.
    pub rule_priority: u32,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which images it is about.
    pub selection: LifecycleSelection,
    /// What happens to them.
    pub action: LifecycleAction,
}

/// Which images a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LifecycleSelection {
    /// Whether they have a tag.
    pub tag_status: TagStatus,
    /// Only images with a tag that begins with each of these.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tag_prefix_list: BTreeSet<String>,
    /// Only images with a tag that matches each of these, `*` standing for any text.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tag_pattern_list: BTreeSet<String>,
    /// Only images stored in this way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<StorageClass>,
    /// What is counted.
    pub count_type: CountType,
    /// What a time is counted in; required when a time is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count_unit: Option<CountUnit>,
    /// What exceeds this many is taken.
    pub count_number: u32,
}

/// What happens to the images that a rule takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum LifecycleAction {
    /// They are deleted.
    Expire,
    /// They are stored in another way.
    #[serde(rename_all = "camelCase")]
    Transition {
        /// In which.
        target_storage_class: StorageClass,
    },
}

words! {
    /// Whether an image has a tag.
    TagStatus {
        /// It has; the selection says which.
        Tagged = "tagged",
        /// It has none.
        Untagged = "untagged",
        /// It may have; such a rule is judged last.
        Any = "any",
    }

    /// What a rule counts.
    CountType {
        /// Images, newest first.
        ImageCountMoreThan = "imageCountMoreThan",
        /// The time since the image was pushed.
        SinceImagePushed = "sinceImagePushed",
        /// The time since the image was last pulled.
        SinceImagePulled = "sinceImagePulled",
        /// The time since the image was archived.
        SinceImageTransitioned = "sinceImageTransitioned",
    }

    /// What a time is counted in.
    CountUnit {
        /// Days.
        Days = "days",
    }

    /// How an image is stored.
    StorageClass {
        /// Ready to be pulled.
        Standard = "standard",
        /// Cheaply; it must be restored before it can be pulled.
        Archive = "archive",
    }
}

impl LifecyclePolicy {
    /// Keeps every image. In a repository it removes the policy that is there.
    pub fn none() -> Self {
        Self::default()
    }

    /// Removes images without a tag so many days after they were pushed.
    #[must_use]
    pub fn expire_untagged(self, days: u32) -> Self {
        self.expire(TagStatus::Untagged, CountType::SinceImagePushed, days)
    }

    /// Keeps only so many of the newest images, tagged or not. Judged last, so it is said last.
    #[must_use]
    pub fn keep_newest(self, images: u32) -> Self {
        self.expire(TagStatus::Any, CountType::ImageCountMoreThan, images)
    }

    fn expire(mut self, tag_status: TagStatus, count_type: CountType, count_number: u32) -> Self {
        self.rules.insert(LifecycleRule {
            rule_priority: self.rules.last().map_or(1, |last| last.rule_priority + 1),
            description: None,
            selection: LifecycleSelection {
                tag_status,
                tag_prefix_list: BTreeSet::new(),
                tag_pattern_list: BTreeSet::new(),
                storage_class: None,
                count_type,
                count_unit: (count_type != CountType::ImageCountMoreThan).then_some(CountUnit::Days),
                count_number,
            },
            action: LifecycleAction::Expire,
        });
        self
    }

    pub(super) fn problems(&self, field: &str) -> Vec<Problem> {
        let mut messages = Vec::new();
        let mut priorities = BTreeSet::new();
        for (place, LifecycleRule { rule_priority, selection, .. }) in self.rules.iter().enumerate() {
            let last = place + 1 == self.rules.len();
            let lists = !selection.tag_prefix_list.is_empty() || !selection.tag_pattern_list.is_empty();
            let timed = selection.count_type != CountType::ImageCountMoreThan;
            let broken = [
                (!priorities.insert(rule_priority), "has the priority of another rule"),
                (*rule_priority == 0 || selection.count_number == 0, "counts from 1"),
                (selection.tag_status == TagStatus::Any && !last, "is about any image, so it must be judged last"),
                (
                    (selection.tag_status == TagStatus::Tagged) != lists,
                    "needs tag prefixes or patterns if it is about tagged images, and only then",
                ),
                (selection.count_unit.is_some() != timed, "needs a unit if it counts a time, and only then"),
            ];
            messages.extend(
                broken.iter().filter(|(broken, _)| *broken).map(|(_, rule)| format!("rule {rule_priority} {rule}")),
            );
        }
        messages.into_iter().map(|message| Problem::new(field, message)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_json_is_the_document() {
        let policy = LifecyclePolicy::none().expire_untagged(14).keep_newest(50);
        let document = json!({ "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14,
                },
                "action": { "type": "expire" },
            },
            {
                "rulePriority": 2,
                "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50 },
                "action": { "type": "expire" },
            },
        ] });
        assert_eq!(serde_json::to_value(&policy).unwrap(), document);
        assert_eq!(serde_json::from_value::<LifecyclePolicy>(document).unwrap(), policy);
        assert_eq!(policy.problems("lifecycle_policy"), []);
    }

    #[test]
    fn every_action_of_the_template_is_read() {
        let action = json!({ "type": "transition", "targetStorageClass": "archive" });
        let archive = LifecycleAction::Transition { target_storage_class: StorageClass::Archive };
        assert_eq!(serde_json::from_value::<LifecycleAction>(action.clone()).unwrap(), archive);
        assert_eq!(serde_json::to_value(archive).unwrap(), action);
    }

    #[test]
    fn rules_beyond_the_types() {
        let early = LifecyclePolicy::none().keep_newest(50).expire_untagged(14);
        let messages: Vec<_> = early.problems("lifecycle_policy").into_iter().map(|it| it.message).collect();
        assert_eq!(messages, ["rule 1 is about any image, so it must be judged last"]);
        assert_eq!(LifecyclePolicy::none().keep_newest(0).problems("lifecycle_policy").len(), 1);
    }
}
