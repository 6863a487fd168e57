//! The page: everything in one file, nothing asked of any server, and no script.

mod charts;
mod evidence;
mod plan;
mod scale;
mod tables;
mod timeline;
mod words;

use crate::Report;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The page about one apply: self-contained HTML.
pub fn page(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content="rust-stack";
                // The page holds words of others, such as error messages: no way out for anything in them.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                link rel="icon" href="data:,";
                title { (report.title()) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                (head(report))
                main {
                    (problems(report))
                    (timeline::timeline(report))
                    (tables::waves(report))
                    (evidence::evidence(report))
                    (tables::failures(report))
                    (plan::plan(report))
                    (tables::remarks(report))
                    (tables::numbers(report))
                    (evidence::verify(report))
                }
            }
        }
    };
    page.into_string()
}

fn head(report: &Report) -> Markup {
    let ending = report.ending.map_or_else(|| "unreadable".to_owned(), |ending| ending.to_string());
    html! {
        header {
            h1 { (report.title()) " " span.badge.(words::ending_class(report.ending)) { (ending) } }
            p.headline { (report.headline()) }
            (timeline::told(report))
            div.figures {
                @for figure in report.figures() {
                    div.figure {
                        div.name { (figure.name) }
                        div.value { (figure.value) }
                        div.note { (figure.note) }
                    }
                }
            }
            dl.circumstances {
                @for (name, value) in report.circumstances() { div { dt { (name) } dd { (value) } } }
            }
            @if let Some(record) = report.record.as_ref().filter(|record| !record.variables.is_empty()) {
                details {
                    summary { "Variables" }
                    dl.circumstances {
                        @for (name, value) in &record.variables { div { dt { (name) } dd { (value) } } }
                    }
                }
            }
        }
    }
}

fn problems(report: &Report) -> Markup {
    html! {
        @if !report.problems.is_empty() {
            section.problems {
                h2 { "Not everything could be read" }
                ul { @for problem in &report.problems { li { (problem) } } }
            }
        }
    }
}
