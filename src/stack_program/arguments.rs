use super::Diagnostic;
use std::{ffi::OsString, path::PathBuf};

/// What a stack program is told on its command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) name: String,
    pub(super) file: Option<PathBuf>,
    pub(super) overrides: Vec<Override>,
}

/// One `--var key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Override {
    pub(super) key: String,
    pub(super) value: String,
}

const USAGE: &str = "usage: --name <stack> [--vars <file>.toml] [--var <key>=<value>]..";

impl Arguments {
    pub(super) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Diagnostic> {
        let (mut name, mut file, mut overrides) = (None, None, Vec::new());
        while let Some(argument) = arguments.next() {
            let option = argument.to_string_lossy().into_owned();
            if !matches!(option.as_str(), "--name" | "--vars" | "--var") {
                return Err(Diagnostic::new(format!("`{option}` is not an option of a stack program")).hint(USAGE));
            }
            let value = arguments.next();
            let value = value.ok_or_else(|| Diagnostic::new(format!("{option} needs a value")).hint(USAGE))?;
            match option.as_str() {
                "--vars" => file = Some(PathBuf::from(value)),
                "--name" => name = Some(text(&option, value)?),
                _ => overrides.push(Override::parse(&text(&option, value)?)?),
            }
        }
        let name = name.ok_or_else(|| Diagnostic::new("the name of the stack is missing").hint(USAGE))?;
        Ok(Self { name, file, overrides })
    }
}

impl Override {
    fn parse(argument: &str) -> Result<Self, Diagnostic> {
        match argument.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { key: key.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err(Diagnostic::new(format!("--var {argument}: it has the form --var <key>=<value>"))),
        }
    }
}

fn text(option: &str, value: OsString) -> Result<String, Diagnostic> {
    value.into_string().map_err(|value| Diagnostic::new(format!("{option} {}: not UTF-8", value.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(arguments.iter().map(OsString::from)).map_err(|diagnostic| diagnostic.message)
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        let arguments = parse(&["--var", "a.b=c=d", "--name", "dev"]).expect("arguments");
        assert_eq!(arguments.overrides, [Override { key: "a.b".to_owned(), value: "c=d".to_owned() }]);
        assert_eq!((arguments.name.as_str(), arguments.file), ("dev", None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (arguments, message) in [
            (&["--name"][..], "--name needs a value"),
            (&[], "the name of the stack is missing"),
            (&["dev"], "`dev` is not an option of a stack program"),
            (&["--name", "dev", "--var", "x"], "--var x: it has the form --var <key>=<value>"),
            (&["--name", "dev", "--var", "=x"], "--var =x: it has the form --var <key>=<value>"),
        ] {
            assert_eq!(parse(arguments), Err(message.to_owned()));
        }
    }
}
