//! What changed, as the plan said it, and why that was safe.

use crate::Report;
use maud::{Markup, html};

pub(super) fn plan(report: &Report) -> Markup {
    html! {
        section #changes {
            h2 { "What changed" }
            @match &report.plan {
                Some(plan) => { (listing(plan)) }
                None => p.none { "No plan was recorded." },
            }
            @if let Some(undo) = &report.undo {
                details { summary { "The plan that led back" } (listing(undo)) }
            }
        }
        section #proof {
            h2 { "Why the plan was safe" }
            @match &report.proof {
                Some(proof) => { (listing(proof)) }
                None => p.none { "No proof was recorded with this apply." },
            }
        }
    }
}

/// A text with its columns, the lines coloured by Terraform's symbols.
fn listing(text: &str) -> Markup {
    html! {
        pre tabindex="0" {
            @for line in text.trim_end().lines() { span.(class(line)) { (line) } "\n" }
        }
    }
}

fn class(line: &str) -> &'static str {
    let text = line.trim_start();
    match text.split_once(' ').map_or(text, |(first, _)| first) {
        "+" => "add",
        "-" => "remove",
        "~" => "change",
        "+/-" | "-/+" => "replace",
        "#" => "about",
        "Plan:" | "Note:" => "strong",
        _ => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart_by_their_symbols() {
        let text =
            "  # vpc.main must be replaced\n+/- resource \"a\" \"b\" {\n      ~ cidr = 1 -> 2\n    }\n<b> & more";
        let html = listing(text).into_string();
        assert!(html.contains("<span class=\"about\">  # vpc.main must be replaced</span>\n"), "{html}");
        assert!(html.contains("<span class=\"replace\">+/- resource &quot;a&quot; &quot;b&quot; {</span>"), "{html}");
        assert!(html.contains("<span class=\"change\">      ~ cidr = 1 -&gt; 2</span>"), "{html}");
        assert!(html.contains("&lt;b&gt; &amp; more"), "{html}");
    }
}
