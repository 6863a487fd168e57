use super::run::Row;
use std::fmt::Write as _;

/// All changes under each other, and what they come to.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "\n{:<9} {:<54} {:>5} {:>5} {:>5} {:>8} {:>5}   {}\n",
        "mode", "change", "steps", "waves", "s", "requests", "lost", "in naive order"
    );
    for row in rows {
        let Row { mode, what, steps, waves, seconds, requests, lost, naive, .. } = row;
        let line =
            format!("{mode:<9} {what:<54} {steps:>5} {waves:>5} {seconds:>5.0} {requests:>8} {lost:>5}   {naive}");
        writeln!(text, "{line}").expect("it is written to memory");
    }
    let (requests, lost) = rows.iter().fold((0, 0), |(requests, lost), row| (requests + row.requests, lost + row.lost));
    writeln!(text, "{} changes, {requests} requests, {lost} lost", rows.len()).expect("it is written to memory");
    text
}
