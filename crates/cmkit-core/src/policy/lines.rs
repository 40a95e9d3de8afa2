//! Lines and columns of many places in one text, each found near a mark instead of from the text's beginning.

use super::fact::line_column;
use alloc::vec::Vec;
use core::cell::OnceCell;

/// Bytes between two marks.
const STEP: usize = 2048;

/// A text whose lines and columns are asked for.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Whether every byte is a character of its own.
    ascii: OnceCell<bool>,
    marks: OnceCell<Vec<Mark>>,
}

/// A byte of the text, and the line and column that it is in.
#[derive(Clone, Copy)]
struct Mark {
    offset: usize,
    line: usize,
    column: usize,
}

impl Mark {
    const START: Self = Self { offset: 0, line: 1, column: 1 };

    fn pass(&mut self, c: char) {
        self.offset += c.len_utf8();
        match c {
            '\n' => (self.line, self.column) = (self.line + 1, 1),
            '\u{feff}' => {}
            _ => self.column += 1,
        }
    }
}

impl<'t> Lines<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, ascii: OnceCell::new(), marks: OnceCell::new() }
    }

    /// What [`line_column`] gives.
    pub(super) fn at(&self, offset: usize) -> (usize, usize) {
        if self.text.len() <= 2 * STEP && *self.ascii.get_or_init(|| self.text.is_ascii()) {
            return ascii_line_column(self.text.as_bytes(), offset);
        }
        if self.text.len() <= 2 * STEP || !self.text.is_char_boundary(offset) {
            return line_column(self.text, offset);
        }
        let marks = self.marks.get_or_init(|| marks(self.text));
        let after = marks.partition_point(|mark| mark.offset <= offset);
        let mut mark = marks.get(after.wrapping_sub(1)).copied().unwrap_or(Mark::START);
        let between = self.text.get(mark.offset..offset).unwrap_or_default();
        between.chars().for_each(|c| mark.pass(c));
        (mark.line, mark.column)
    }
}

/// [`line_column`] of a text where every byte is a character.
fn ascii_line_column(text: &[u8], offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let (mut line, mut start) = (1, 0);
    for (at, byte) in before.iter().enumerate() {
        if *byte == b'\n' {
            (line, start) = (line + 1, at + 1);
        }
    }
    (line, before.len() - start + 1)
}

fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::with_capacity(text.len() / STEP + 1);
    let mut mark = Mark::START;
    for c in text.chars() {
        if mark.offset >= marks.len() * STEP {
            marks.push(mark);
        }
        mark.pass(c);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn near_a_mark_is_as_from_the_beginning() {
        let mut text = String::from("\u{feff}");
        for line in 0..900 {
            text.extend(core::iter::repeat_n(if line % 3 == 0 { 'é' } else { 'e' }, line % 41));
            text.push_str(if line % 7 == 0 { "\r\n" } else { "\n" });
        }
        text.push_str(&"x".repeat(3 * STEP));
        let lines = Lines::new(&text);
        for offset in (0..=text.len() + 2).step_by(13) {
            assert_eq!(lines.at(offset), line_column(&text, offset), "{offset}");
        }
        assert_eq!(lines.at(text.len()), line_column(&text, text.len()));
    }

    #[test]
    fn in_ascii_bytes_are_characters() {
        let text = "{\n\r\n  \"a\": 1\n}";
        let lines = Lines::new(text);
        for offset in 0..=text.len() + 2 {
            assert_eq!(lines.at(offset), line_column(text, offset), "{offset}");
        }
    }
}
