//! Overrides put into a table of variables, so that each value still knows where it comes from.

use super::arguments::Override;
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

/// An override as a line of TOML, at a place behind the file: spans tell where a value comes from.
pub(super) struct Line {
    text: String,
    start: usize,
}

impl Line {
    /// The value as it is if it is TOML, and as a text if it is not or `as_text` says so.
    pub(super) fn new(Override { key, value }: &Override, start: usize, as_text: bool) -> Self {
        let line = |value: &str| Self { text: format!("{}{key} = {value}", " ".repeat(start)), start };
        let plain = line(value);
        if as_text || plain.parse().is_err() { line(&toml::Value::String(value.clone()).to_string()) } else { plain }
    }

    /// Where it stands, as spans count.
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.text.len()
    }

    /// The table with this one value.
    pub(super) fn parse(&self) -> Result<DeTable<'_>, Error> {
        DeTable::parse(&self.text).map(Spanned::into_inner)
    }
}

/// Puts the values of `from` into `into`; a dotted key (`size.cpu`) of that `depth` leaves its siblings alone.
pub(super) fn merge<'a>(into: &mut DeTable<'a>, from: DeTable<'a>, depth: usize) {
    for (key, mut value) in from {
        if let (Some(DeValue::Table(old)), DeValue::Table(new)) =
            (into.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value.get_mut())
            && depth > 0
        {
            merge(old, std::mem::take(new), depth - 1);
            continue;
        }
        into.insert(key, value);
    }
}
