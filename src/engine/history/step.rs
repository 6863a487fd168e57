use crate::plan::{Operation, Phase, Plan, Step};
use model::Address;
use serde::{Deserialize, Serialize};

/// A step of a plan in words, so that a record reads the same in every later version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// What it does: `create`, `update`, `expand`, `contract`, `shrink`, `update together`, `settle`, `delete`.
    pub verb: String,
    /// The resource. `None` for a step that concerns several.
    pub address: Option<Address>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl PlannedStep {
    /// The steps of a plan.
    pub fn all(plan: &Plan) -> Vec<Self> {
        plan.steps.iter().map(Self::of).collect()
    }

    fn of(step: &Step) -> Self {
        let (verb, detail) = match &step.operation {
            Operation::Create { identity, .. } => ("create".to_owned(), identity.name.clone()),
            Operation::Update { phase, fields, .. } => {
                let verb = match phase {
                    Phase::Whole => "update",
                    Phase::Expand => "expand",
                    Phase::Shift(_) => "shift",
                    Phase::Contract => "contract",
                    Phase::Shrink => "shrink",
                };
                (verb.to_owned(), fields.join(", "))
            }
            Operation::Together { field, objects } => {
                let addresses: Vec<&str> = objects.iter().map(|object| object.address.as_str()).collect();
                ("update together".to_owned(), format!("{field} of {}", addresses.join(", ")))
            }
            Operation::Settle { before, .. } => ("settle".to_owned(), format!("before {before}")),
            Operation::Delete { id, .. } => ("delete".to_owned(), id.to_string()),
        };
        Self { verb, address: step.address.clone(), detail }
    }
}
