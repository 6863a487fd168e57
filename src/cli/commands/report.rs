use super::history::open;
use crate::{
    arguments::Global,
    error::{CliError, Kind},
    output::Output,
    project::Project,
};
use clap::Args;
use report::{Markdown, markdown, page};
use serde_json::json;
use std::{fs, path::PathBuf, process::ExitCode};

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The stack.
    stack: String,
    /// The number of the apply; the last one unless given.
    number: Option<u32>,
    /// Write one self-contained page for a browser and print where it is.
    #[arg(long)]
    html: bool,
    /// Print Markdown with long parts folded away, as the summary of a GitHub Actions job wants it.
    #[arg(long, conflicts_with = "html")]
    markdown: bool,
    /// Where to write; for a page, `report.html` beside the record unless given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Report {
    pub(crate) fn run(self, global: &Global, output: &Output) -> Result<ExitCode, CliError> {
        let project = Project::find(global.chdir.as_deref())?;
        let report = report::Report::of(open(&project, &self.stack, self.number, global)?);
        let text = if self.html {
            page(&report)
        } else {
            markdown(&report, if self.markdown { Markdown::Folded } else { Markdown::Plain })
        };
        let path = self.out.or_else(|| self.html.then(|| report.paths.report()));
        match &path {
            Some(path) => {
                fs::write(path, &text)
                    .map_err(|error| CliError::new(Kind::Usage, format!("{}: {error}", path.display())))?;
                output.result(&format!("{}\n", path.display()));
            }
            None => output.result(&text),
        }
        let message = format!("the report about apply {} of `{}`", report.number, self.stack);
        let printed = path.is_none().then_some(text);
        output.line("report", &message, json!({ "number": report.number, "path": path, "text": printed }));
        Ok(ExitCode::SUCCESS)
    }
}
