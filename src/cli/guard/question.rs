use crate::{
    error::{CliError, Kind},
    output::Output,
};
use std::io::{IsTerminal as _, Write as _};

/// What a user is asked before anything changes.
pub(crate) struct Question {
    pub(crate) auto_approve: bool,
    pub(crate) heading: &'static str,
    pub(crate) explanation: &'static str,
    pub(crate) denied: &'static str,
}

impl Question {
    pub(super) async fn ask(&self, output: &Output) -> Result<(), CliError> {
        if self.auto_approve {
            return Ok(());
        }
        if output.json || !std::io::stdin().is_terminal() {
            return Err(CliError::new(Kind::Usage, "nobody can be asked for approval here")
                .hint("Give --auto-approve, or apply a saved plan (plan --out FILE, then apply FILE)."));
        }
        anstream::eprint!(
            "\n{}\n  {}\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: ",
            self.heading,
            self.explanation
        );
        let failed = |error: std::io::Error| CliError::new(Kind::Usage, format!("the answer cannot be read: {error}"));
        std::io::stderr().flush().map_err(failed)?;
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        });
        let answer = tokio::select! {
            answer = line => answer.map_err(std::io::Error::other).flatten().map_err(failed)?,
            _ = tokio::signal::ctrl_c() => String::new(),
        };
        anstream::eprintln!();
        if answer.trim() == "yes" { Ok(()) } else { Err(CliError::new(Kind::Interrupted, self.denied)) }
    }
}
