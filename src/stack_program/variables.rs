//! Typed variables from a TOML file and from the command line.

use super::{
    Diagnostic,
    arguments::Override,
    explain,
    merge::{Line, merge},
    names,
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, fs, ops::Range, path::PathBuf};
use toml::{
    Spanned,
    de::{DeTable, Deserializer, Error},
};

/// A TOML file.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    pub(super) fn read(path: PathBuf) -> Result<Self, Diagnostic> {
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self { path: path.display().to_string(), text }),
            Err(error) => Err(Diagnostic {
                file: Some(path.display().to_string()),
                ..Diagnostic::new(format!("the file with the variables cannot be read: {error}"))
            }),
        }
    }
}

/// The variables: those of the file, with those of the command line in their place.
///
/// A value on the command line is read as TOML, and as a text where that does not fit: `--var image=1234567`.
pub(super) fn read<V: DeserializeOwned>(file: Option<&Source>, overrides: &[Override]) -> Result<V, Diagnostic> {
    let mut as_text = BTreeMap::new();
    loop {
        let (Mistake { diagnostic, by }, texts) = match attempt(file, overrides, &as_text) {
            Ok(variables) => return Ok(variables),
            Err(mistake) => (mistake, &mut as_text),
        };
        match by {
            Some(index) if !texts.contains_key(&index) => texts.insert(index, diagnostic),
            // As a text it is no better, and what was said first is nearer to what was meant.
            Some(index) => return Err(texts.remove(&index).unwrap_or(diagnostic)),
            None => return Err(diagnostic),
        };
    }
}

/// What is wrong, and the number of the override that is to blame.
struct Mistake {
    diagnostic: Diagnostic,
    by: Option<usize>,
}

fn attempt<V: DeserializeOwned>(
    file: Option<&Source>,
    overrides: &[Override],
    as_text: &BTreeMap<usize, Diagnostic>,
) -> Result<V, Mistake> {
    let text = file.map_or("", |file| file.text.as_str());
    let mut lines: Vec<Line> = Vec::new();
    for (index, it) in overrides.iter().enumerate() {
        let start = lines.last().map_or(text.len(), |line| line.span().end) + 1;
        lines.push(Line::new(it, start, as_text.contains_key(&index)));
    }
    let origin = Origin { file, overrides, lines: &lines };
    let mut table = DeTable::parse(text).map_err(|error| origin.syntax(&error))?.into_inner();
    for (line, it) in lines.iter().zip(overrides) {
        let value = line.parse().map_err(|error| origin.syntax(&error))?;
        merge(&mut table, value, it.key.matches('.').count());
    }
    let names = names::of::<V>();
    if let Some(key) = table.keys().find(|key| !names.is_empty() && !names.contains(&key.get_ref().as_ref())) {
        return Err(origin.unknown(key, names));
    }
    let places = Places::of(&table);
    V::deserialize(Deserializer::from(Spanned::new(0..0, table))).map_err(|error| origin.wrong(&error, &places))
}

/// Every variable, by its dotted name, and where its name and its value stand.
struct Places(Vec<(String, [Range<usize>; 2])>);

impl Places {
    fn of(table: &DeTable<'_>) -> Self {
        let mut places = Self(Vec::new());
        places.extend("", table);
        places
    }

    fn extend(&mut self, parent: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{parent}{}", key.get_ref());
            if let Some(table) = value.get_ref().as_table() {
                self.extend(&format!("{name}."), table);
            }
            self.0.push((name, [key.span(), value.span()]));
        }
    }

    /// The innermost variable there: what is in a table comes before the table.
    fn variable_at(&self, span: &Range<usize>) -> Option<&str> {
        let here = |places: &[Range<usize>; 2]| places.iter().any(|place| place.contains(&span.start));
        self.0.iter().find(|(_, places)| here(places)).map(|(name, _)| name.as_str())
    }
}

/// From where spans come.
struct Origin<'a> {
    file: Option<&'a Source>,
    overrides: &'a [Override],
    lines: &'a [Line],
}

impl Origin<'_> {
    fn syntax(&self, error: &Error) -> Mistake {
        self.at(error.span(), error.message().to_owned(), None)
    }

    fn unknown(&self, key: &Spanned<std::borrow::Cow<'_, str>>, names: &[&str]) -> Mistake {
        let name = key.get_ref();
        let mistake =
            self.at(Some(key.span()), format!("there is no variable `{name}`"), Some(explain::unknown(name, names)));
        // That a name is unknown does not depend on how its value is read.
        Mistake { by: None, ..mistake }
    }

    fn wrong(&self, error: &Error, places: &Places) -> Mistake {
        let span = error.span().filter(|span| !span.is_empty());
        let variable = span.as_ref().and_then(|span| places.variable_at(span));
        let missing = error.message().strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        match (missing, variable) {
            (Some(missing), parent) => {
                self.missing(span, &parent.map_or(missing.to_owned(), |it| format!("{it}.{missing}")))
            }
            (None, Some(variable)) => {
                let message = format!("the variable `{variable}`: {}", explain::value(error.message()));
                self.at(self.override_within(variable).or(span), message, None)
            }
            (None, None) => self.at(span, explain::value(error.message()), None),
        }
    }

    fn missing(&self, span: Option<Range<usize>>, name: &str) -> Mistake {
        let place = self.file.map_or_else(String::new, |file| format!("set it in {} or ", file.path));
        let hint = format!("{place}give it on the command line: --var {name}=<value>");
        self.at(span, format!("the variable `{name}` is missing"), Some(hint))
    }

    /// The place of the last override of a part of `variable`, which is likelier to be wrong than the file.
    fn override_within(&self, variable: &str) -> Option<Range<usize>> {
        let within = |it: &Override| it.key.strip_prefix(variable).is_some_and(|rest| rest.starts_with('.'));
        let index = self.overrides.iter().rposition(within)?;
        self.lines.get(index).map(Line::span)
    }

    fn at(&self, span: Option<Range<usize>>, message: String, hint: Option<String>) -> Mistake {
        let start = span.map(|span| span.start);
        let by = start.and_then(|start| self.lines.iter().position(|line| line.span().contains(&start)));
        let diagnostic = match (by.and_then(|index| self.overrides.get(index)), self.file) {
            (Some(Override { key, value }), _) => Diagnostic::new(format!("--var {key}={value}: {message}")),
            (None, file) => Diagnostic {
                file: file.map(|file| file.path.clone()),
                line: file.zip(start).map(|(file, start)| line(&file.text, start)),
                ..Diagnostic::new(message)
            },
        };
        Mistake { diagnostic: Diagnostic { hint, ..diagnostic }, by }
    }
}

/// The line of that byte, from 1.
fn line(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
}
