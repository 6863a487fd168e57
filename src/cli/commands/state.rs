use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::Output,
    project::Project,
    session::open_store,
};
use clap::Subcommand;
use engine::{render, state::Record};
use model::Address;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum State {
    /// List the addresses of all recorded resources.
    List {
        /// The stack.
        stack: String,
    },
    /// Show one recorded resource.
    Show {
        /// The stack.
        stack: String,
        /// The resource, such as `service.web`.
        address: String,
    },
    /// Print the whole state as JSON.
    Pull {
        /// The stack.
        stack: String,
    },
}

impl State {
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let read = |stack: &str| open_store(&project, stack, global.local, output).map(|store| store.into_state());
        match self {
            Self::List { stack } => {
                for (address, record) in read(&stack)?.resources {
                    output.result(&format!("{address}\n"));
                    output.line("resource", address.as_str(), json!({ "address": address, "record": record }));
                }
            }
            Self::Show { stack, address } => {
                let state = read(&stack)?;
                let record = state.resources.get(address.as_str()).ok_or_else(|| unknown(&stack, &address))?;
                output.result(&shown(&address, record));
                output.line("resource", &address, json!({ "address": address, "record": record }));
            }
            Self::Pull { stack } => {
                let state = serde_json::to_value(read(&stack)?)
                    .map_err(|error| CliError::new(Kind::Internal, format!("the state cannot be written: {error}")))?;
                output.result(&format!("{state:#}\n"));
                output.line("state", "the state", json!({ "state": state }));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn unknown(stack: &str, address: &str) -> CliError {
    let message = match address.parse::<Address>() {
        Ok(_) => format!("{address} is not recorded in the state of `{stack}`"),
        Err(error) => error.to_string(),
    };
    CliError::new(Kind::Usage, message).hint(format!("rust-stack state list {stack} lists what is."))
}

/// A recorded resource, laid out as Terraform shows one.
fn shown(address: &str, record: &Record) -> String {
    let name = address.split_once('.').map_or(address, |(_, name)| name);
    let mut text = format!("# {address}:\nresource \"{}\" \"{name}\" {{\n", record.kind);
    if let Some(object) = &record.current {
        text.push_str(&render::attribute("id", &json!(object.id)));
        text.push_str(&render::attribute("name", &json!(object.identity.name)));
        text.push_str(&render::attribute("generation", &json!(object.generation)));
        for (field, value) in object.inputs.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            text.push_str(&render::attribute(field, value));
        }
        if object.outputs.as_object().is_some_and(|outputs| !outputs.is_empty()) {
            text.push_str(&render::attribute("outputs", &object.outputs));
        }
        text.push_str(&render::attribute("tags", &json!(object.identity.tags)));
    }
    if let Some(pending) = &record.pending {
        text.push_str(&render::attribute("pending", &Value::from(pending.identity.name.as_str())));
    }
    for old in &record.superseded {
        let about = format!("{} (generation {}): {}", old.object.id, old.object.generation, old.reason);
        text.push_str(&render::attribute("superseded", &Value::from(about)));
    }
    text.push_str("}\n");
    text
}
