use anstream::adapter::strip_str;

/// The most columns of a line.
const WIDTH: usize = 120;

/// The text with long lines broken between words; what follows stands two columns further in than its beginning.
pub(super) fn fit(text: &str) -> String {
    let mut fitted = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let mut column = 0;
        for (place, word) in line.trim_start().split(' ').enumerate() {
            let width = strip_str(word).to_string().chars().count();
            if place == 0 {
                fitted.push_str(&" ".repeat(indent));
                column = indent;
            } else if column + 1 + width > WIDTH {
                fitted.push('\n');
                fitted.push_str(&" ".repeat(indent + 2));
                column = indent + 2;
            } else {
                fitted.push(' ');
                column += 1;
            }
            fitted.push_str(word);
            column += width;
        }
        fitted.push('\n');
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_lines_are_broken() {
        let long = format!("  {}", ["word"; 30].join(" "));
        let fitted = fit(&format!("short  one\n\n{long}\n"));
        let lines: Vec<&str> = fitted.lines().collect();
        assert_eq!(lines[..2], ["short  one", ""]);
        assert_eq!((lines[2].len(), &lines[3][..8]), (116, "    word"), "{fitted}");
        assert_eq!(fitted.split_whitespace().count(), 32);
    }
}
