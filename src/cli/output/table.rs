//! Tables for people.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::{SpanRound, Timestamp, Unit};

/// Rows under their headings, indented by two columns; `None` without rows.
pub(crate) fn table(headings: &[&str], rows: Vec<Vec<String>>) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().copied()).add_rows(rows);
    Some(table.lines().map(|line| format!(" {}\n", line.trim_end())).collect())
}

/// How long ago something was, in its two largest units: `2m 5s`.
pub(crate) fn age(at: Timestamp, now: Timestamp) -> String {
    let since = now.duration_since(at);
    let smallest = match since.as_secs() {
        ..3600 => Unit::Second,
        3600..86400 => Unit::Minute,
        _ => Unit::Hour,
    };
    let span = jiff::Span::try_from(since)
        .and_then(|span| span.round(SpanRound::new().largest(Unit::Day).smallest(smallest).days_are_24_hours()));
    span.map_or_else(|_| "long".to_owned(), |span| format!("{span:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_two_units() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let ago = |seconds: i64| age(Timestamp::from_second(1_000_000 - seconds).expect("a time"), now);
        assert_eq!([ago(0), ago(125), ago(3725), ago(90_000)], ["0s", "2m 5s", "1h 2m", "1d 1h"]);
    }

    #[test]
    fn a_table_has_its_columns_under_each_other() {
        assert_eq!(table(&["a", "b"], vec![]), None);
        let text = table(&["name", "n"], vec![vec!["web".to_owned(), "1".to_owned()]]).expect("it has a row");
        assert_eq!(text, "  name  n\n  web   1\n");
    }
}
