use super::plan::nothing;
use crate::{
    arguments::Global,
    error::{CliError, Kind},
    guard::{GateOptions, Order, Question, Wanted},
    output::Output,
    project::Project,
    session::Session,
    stack_program,
};
use clap::Args;
use engine::{
    history::{Applied, Command, Ending, History, Withheld, restore},
    plan::Mode,
    provider::Schemas,
};
use model::Document;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The stack. What was recorded is planned towards; its program is needed only where that has secrets.
    stack: String,
    /// The number of the apply to go back to (rust-stack history). Without it: what stood before the last change, or
    /// what the last change that was interrupted or halted began with.
    number: Option<u32>,
    /// Do not ask before making changes.
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    gate: GateOptions,
}

impl Rollback {
    pub(crate) async fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let session = Session::open(global, &project, &self.stack, None, output).await?;
        let applied = self.applied(&History::open(&session.directory))?;
        let mut document = applied.document()?;
        let present = async || stack_program::document(&project, &self.stack, &global.variables, output).await;
        restore_secrets(&mut document, &session.kinds.schemas(), present).await?;
        output.note(&format!("Going back to apply {} of `{}`.", applied.summary.number, self.stack));
        let wanted = Wanted {
            session: &session,
            global,
            project: &project,
            document: &document,
            mode: Mode::Apply,
            order: Order::Proven,
            command: Command::Rollback,
            reverts: Some(applied.summary.number),
            gate: &self.gate,
            output,
        };
        let question = Question {
            auto_approve: self.auto_approve,
            heading: "Do you want to go back?",
            explanation: "rust-stack will perform the actions described above.",
            denied: "Rollback cancelled.",
        };
        wanted.carry_out(None, Some(question)).await
    }

    fn applied(&self, history: &History) -> Result<Applied, CliError> {
        let missing = |what: String| {
            CliError::new(Kind::State, what)
                .hint(format!("rust-stack history {} lists the applies that are recorded.", self.stack))
        };
        if let Some(number) = self.number {
            let found = history.read(number)?;
            return found.ok_or_else(|| missing(format!("there is no apply {number} of the stack `{}`", self.stack)));
        }
        let all = history.list()?;
        let stands = |ending: Option<Ending>| ending == Some(Ending::Complete);
        let last = all.last().ok_or_else(|| missing(format!("no apply of the stack `{}` is recorded", self.stack)))?;
        // A change that has not ended well is gone back from to what stood before it.
        let skip = usize::from(stands(last.ending));
        let before = all.iter().rev().filter(|summary| stands(summary.ending)).nth(skip);
        let number = before.map(|summary| summary.number);
        let number = number.ok_or_else(|| missing("there is no earlier apply to go back to".to_owned()))?;
        history.read(number)?.ok_or_else(|| missing(format!("apply {number} is gone")))
    }
}

/// Puts secrets, of which only digests are recorded, back into a recorded stack. They are taken from the stack as it is
/// now, which is built only for that.
///
/// # Errors
/// When the stack has another secret now, has it no more, or cannot be built; each names the secrets.
async fn restore_secrets(
    document: &mut Document,
    schemas: &Schemas,
    present: impl AsyncFnOnce() -> Result<Document, CliError>,
) -> Result<(), CliError> {
    let secrets = restore(document, &nothing(&document.stack), schemas);
    if secrets.is_empty() {
        return Ok(());
    }
    let names = |secrets: &[Withheld]| -> Vec<String> {
        secrets.iter().map(|secret| format!("{}: {}", secret.address, secret.field)).collect()
    };
    let present = present().await.map_err(|error| {
        let hint = format!("Going back takes secrets from the stack as it is now: {}.", names(&secrets).join(", "));
        error.hint(hint)
    })?;
    let withheld = restore(document, &present, schemas);
    let Some(first) = withheld.first() else { return Ok(()) };
    Err(CliError::new(Kind::State, first.to_string())
        .details(if withheld.len() > 1 { names(&withheld) } else { Vec::new() })
        .hint("Set the secret in the stack as it was, and apply that."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Declaration, Field, Lifecycle, Schema, Stack};
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, BTreeSet};

    static DATABASE: Schema = Schema {
        kind: "test.database",
        fields: &[Field { write_only: true, ..Field::plain("password") }],
        name_max: 32,
        versioned: false,
        taggable: true,
        delete_first: None,
        expand: model::union,
        serving: model::serving::nothing,
    };

    fn schemas() -> Schemas {
        [(DATABASE.kind, &DATABASE)].into()
    }

    fn stack(password: &Value) -> Document {
        let mut document = Stack::new("dev").document(BTreeMap::new());
        document.resources.push(Declaration {
            address: "database.main".parse().expect("an address"),
            kind: DATABASE.kind.to_owned(),
            inputs: json!({ "password": password }),
            depends_on: BTreeSet::new(),
            lifecycle: Lifecycle::default(),
            source: String::new(),
        });
        document
    }

    fn recorded() -> Document {
        stack(&engine::secret::digest(&json!("hunter2")))
    }

    #[tokio::test]
    async fn a_secret_is_taken_from_the_stack_as_it_is_now() {
        let mut document = recorded();
        let now = stack(&json!("hunter2"));
        restore_secrets(&mut document, &schemas(), async || Ok(now.clone())).await.expect("it has it");
        assert_eq!(document, now);
    }

    #[tokio::test]
    async fn another_secret_is_a_refusal_that_names_it() {
        for now in [stack(&json!("another")), nothing("dev")] {
            let present = async || Ok(now.clone());
            let error = restore_secrets(&mut recorded(), &schemas(), present).await.expect_err("it is another");
            assert!(error.message.contains("database.main's password"), "{}", error.message);
        }
    }

    #[tokio::test]
    async fn a_stack_that_cannot_be_built_is_no_obstacle_where_there_is_no_secret() {
        let broken = async || Err(CliError::new(Kind::Stack, "it does not compile"));
        let mut plain = stack(&Value::Null);
        restore_secrets(&mut plain, &schemas(), broken).await.expect("it is not built");
        let error = restore_secrets(&mut recorded(), &schemas(), broken).await.expect_err("it cannot be built");
        assert_eq!(error.message, "it does not compile");
        assert!(error.hint.expect("it says why it was built").contains("database.main"));
    }
}
