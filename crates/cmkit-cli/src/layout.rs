//! Running text on a terminal: wrapped at a width that everybody has, and commands that can be copied as they stand.

/// No line that can be broken is longer.
const WIDTH: usize = 100;

/// Adds a paragraph; `first` stands before its first line, blanks of that width before the others.
pub(crate) fn paragraph(out: &mut String, first: &str, text: &str) {
    let indent = first.chars().count();
    let mut column = indent;
    out.push_str(first);
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > indent && column + 1 + width > WIDTH {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}

/// Adds a command, broken before its options as a shell takes it.
pub(crate) fn command(out: &mut String, indent: usize, command: &str) {
    let blanks = " ".repeat(indent);
    out.push_str(&blanks);
    let mut column = indent;
    for (number, part) in options(command).into_iter().enumerate() {
        let width = part.chars().count();
        if number > 0 && column + 1 + width > WIDTH - 2 {
            out.push_str(" \\\n  ");
            out.push_str(&blanks);
            column = indent + 2;
        } else if number > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(part);
        column += width;
    }
    out.push('\n');
}

/// Cuts before ` --`, but not inside quotes or brackets.
fn options(command: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, None);
    for (at, c) in command.char_indices() {
        match (quoted, c) {
            (Some(open), _) if open == c => quoted = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ' ') if depth == 0 && command[at..].starts_with(" --") => {
                parts.push(&command[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&command[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_hang_and_stay_within_the_width() {
        let mut out = String::new();
        paragraph(&mut out, "  - ", &"word ".repeat(40));
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{out}");
        assert!(lines[0].starts_with("  - word") && lines[1].starts_with("    word"));
        let mut out = String::new();
        paragraph(&mut out, "", &"x".repeat(150));
        assert_eq!(out.len(), 151, "what can't be broken is not");
    }

    #[test]
    fn commands_break_before_options_only() {
        let mut out = String::new();
        let long = "az role assignment create --role \"A role --with words\" --assignee-object-id \
                    $(az identity show --name x --output tsv) --scope /subscriptions/00000000-0000-0000-0000-000000000000";
        command(&mut out, 4, long);
        let joined: String = out.lines().map(|line| line.trim().trim_end_matches('\\')).collect();
        assert_eq!(joined.trim(), long);
        assert!(out.lines().all(|line| line.len() <= WIDTH + 2), "{out}");
        assert!(out.contains("\"A role --with words\"") && out.contains("$(az identity show --name x --output tsv)"));
    }
}
