//! Templates of text: `@{name}` is a place to fill in.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

/// Fills the places of a template, in the order of the values: what is filled in can have places of later values. Lines
/// on which nothing but an empty place stands go away.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        let place = format!("@{{{name}}}");
        let text: String = match value.is_empty() {
            true => text.split_inclusive('\n').filter(|line| line.trim() != place).collect(),
            false => text,
        };
        text.replace(&place, value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_nest_and_empty_lines_go_away() {
        let text = fill("a @{one}\n  @{none}\nb @{none}.\n", &[("one", "1 @{two}"), ("none", ""), ("two", "2")]);
        assert_eq!(text, "a 1 2\nb .\n");
    }
}
