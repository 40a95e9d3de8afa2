//! The part of a file that is shown with a finding: the lines of its places and what lies between, or, where that is too
//! much to look at, each place with a little around it.

use annotate_snippets::{Annotation, AnnotationKind, Element, Origin, Snippet, normalize_untrusted_str};
use cmkit::policy::{File, Finding, Location};
use std::collections::BTreeMap;
use std::ops::Range;

/// A line longer than this is shown in part.
const LONG_LINE: usize = 1000;
/// Lines that together are longer are shown place by place.
const LONG_STRETCH: usize = 1 << 16;
/// Bytes shown before and after a place on a long line.
const AROUND: usize = 60;
/// Bytes of a place that are shown on a long line.
const SHOWN: usize = 120;

/// The texts of files by name.
pub(super) struct Sources<'a>(BTreeMap<&'a str, &'a str>);

/// A place to mark.
struct Mark<'a> {
    span: Location,
    kind: AnnotationKind,
    label: String,
    file: &'a str,
}

impl<'a> Sources<'a> {
    pub(super) fn new(files: &'a [File]) -> Self {
        Self(files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect())
    }

    /// What stands at the place of a finding.
    pub(super) fn underlined(&self, finding: &Finding) -> &'a str {
        let text = self.0.get(finding.file.as_str()).copied().unwrap_or_default();
        text.get(range(finding.span, text)).unwrap_or_default()
    }
}

/// The finding and its related places, file by file.
pub(super) fn snippets<'a>(finding: &'a Finding, label: String, sources: &Sources<'a>) -> Vec<Element<'a>> {
    let mut marks =
        vec![Mark { span: finding.span, kind: AnnotationKind::Primary, label, file: finding.file.as_str() }];
    marks.extend(finding.related.iter().map(|related| Mark {
        span: related.span,
        kind: AnnotationKind::Context,
        label: normalize_untrusted_str(&related.message),
        file: &related.file,
    }));
    let mut elements = Vec::new();
    while !marks.is_empty() {
        let file = marks[0].file;
        let (here, elsewhere) = marks.into_iter().partition(|mark: &Mark<'_>| mark.file == file);
        marks = elsewhere;
        if let Some(text) = sources.0.get(file) {
            show(&mut elements, text, here);
        }
    }
    elements
}

fn show<'a>(elements: &mut Vec<Element<'a>>, text: &'a str, marks: Vec<Mark<'a>>) {
    let lines: Vec<_> = marks.iter().map(|mark| lines(range(mark.span, text), text)).collect();
    let start = lines.iter().map(|lines| lines.start).min().unwrap_or(0);
    let end = lines.iter().map(|lines| lines.end).max().unwrap_or(0);
    let longest = lines.iter().flat_map(|lines| text[lines.clone()].lines().map(str::len)).max();
    if longest.is_some_and(|longest| longest > LONG_LINE) || end - start > LONG_STRETCH {
        marks.into_iter().for_each(|mark| part(elements, text, mark));
        return;
    }
    // A byte order mark is no character of the first line.
    let start = if text[start..].starts_with('\u{feff}') { start + '\u{feff}'.len_utf8() } else { start };
    let first_line = marks.iter().map(|mark| mark.span.line).min().unwrap_or(1);
    let name = marks.first().map(|mark| mark.file);
    let annotations: Vec<_> = marks
        .into_iter()
        .map(|mark| {
            let Range { start: from, end: to } = range(mark.span, text);
            annotation(mark.kind, mark.label, from.max(start) - start..to.max(start) - start)
        })
        .collect();
    elements.push(Snippet::source(&text[start..end]).line_start(first_line).path(name).annotations(annotations).into());
}

/// One place of a long line, with a little around it.
fn part<'a>(elements: &mut Vec<Element<'a>>, text: &'a str, mark: Mark<'a>) {
    let Range { start, end } = range(mark.span, text);
    let line = lines(start..start, text);
    let end = back(end.min(line.end).min(start + SHOWN), text).max(start);
    let from = back(start.saturating_sub(AROUND), text).max(line.start);
    let to = back((end + AROUND).min(line.end), text);
    let (before, after) = (if from > line.start { "..." } else { "" }, if to < line.end { "..." } else { "" });
    let shown = format!("{before}{}{after}", &text[from..to]);
    let offset = before.len();
    let origin = Origin::path(mark.file).line(mark.span.line).char_column(mark.span.column);
    elements.push(origin.into());
    let annotation = annotation(mark.kind, mark.label, start - from + offset..end - from + offset);
    elements.push(Snippet::source(shown).line_start(mark.span.line).annotation(annotation).into());
}

fn annotation<'a>(kind: AnnotationKind, label: String, range: Range<usize>) -> Annotation<'a> {
    match label.is_empty() {
        true => kind.span(range),
        false => kind.span(range).label(label),
    }
}

/// The whole lines that a stretch of text touches, without the last line end.
fn lines(range: Range<usize>, text: &str) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at);
    start..text[..end].strip_suffix('\r').map_or(end, str::len).max(range.end)
}

/// The bytes of a place, within the text and between characters.
fn range(span: Location, text: &str) -> Range<usize> {
    let end = back(span.end, text);
    back(span.start, text).min(end)..end
}

/// The last place between characters that is not after `at`.
fn back(at: usize, text: &str) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
