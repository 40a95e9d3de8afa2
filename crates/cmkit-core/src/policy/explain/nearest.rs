//! Where nothing is recognised: the rules whose codes or words are nearest to the text.

use super::super::rules::{Rule, rules};
use super::reading::Reading;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// At most so many are worth reading.
const MOST: usize = 3;

/// The nearest codes, the nearest first.
pub(super) fn codes(text: &str, reading: &Reading) -> Vec<&'static str> {
    let text = text.trim().to_ascii_uppercase();
    if looks_like_a_code(&text) {
        let mut near: Vec<_> = rules().map(|rule| (distance(&text, rule.code), rule.code)).collect();
        near.sort_unstable();
        let like: Vec<_> = near.iter().filter(|(distance, _)| *distance <= 2).map(|(_, code)| *code).collect();
        // Else those of its family, which has the same first digit.
        let family = |code: &&str| text.len() > 3 && code.get(..4) == text.get(..4);
        let family = near.iter().map(|(_, code)| *code).filter(family);
        return if like.is_empty() { family.take(MOST).collect() } else { like.into_iter().take(MOST).collect() };
    }
    let words: BTreeSet<&str> = reading.words().collect();
    let mut near: Vec<_> =
        rules().map(|rule| (score(rule, &words), rule.code)).filter(|(score, _)| *score > 2).collect();
    near.sort_unstable_by_key(|(score, code)| (Reverse(*score), *code));
    near.into_iter().take(MOST).map(|(_, code)| code).collect()
}

/// Whether a text is meant as the code of a rule, be there such a rule or not.
///
/// ```
/// use cmkit_core::policy::looks_like_a_code;
/// assert!(looks_like_a_code("cmk9999") && looks_like_a_code("CMK-301"));
/// assert!(!looks_like_a_code("CMK is off"));
/// ```
#[must_use]
pub fn looks_like_a_code(text: &str) -> bool {
    let Some((head, digits)) = text.trim().split_at_checked(3) else { return false };
    let digits = digits.trim_start_matches(['-', '_', ' ']);
    head.eq_ignore_ascii_case("CMK") && (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// How many words of a rule stand in the text; those of its title count three times.
fn score(rule: &Rule, words: &BTreeSet<&str>) -> usize {
    let hits = |text: &str| {
        let lower: String = text.to_ascii_lowercase();
        let own: BTreeSet<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        own.intersection(words).filter(|word| !COMMON.contains(word)).count()
    };
    3 * hits(rule.title) + hits(rule.why) + hits(rule.fix)
}

/// Words that nearly every rule has.
const COMMON: &[&str] =
    &["cluster", "vault", "that", "with", "this", "from", "have", "azure", "they", "their", "service"];

/// The edits from one word to another (Levenshtein).
fn distance(one: &str, two: &str) -> usize {
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (at, a) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, b) in two.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits() {
        for (one, two, edits) in
            [("", "", 0), ("", "ab", 2), ("CMK3001", "CMK3001", 0), ("CMK301", "CMK3001", 1), ("ab", "ba", 2)]
        {
            assert_eq!(distance(one, two), edits, "{one} {two}");
        }
    }

    #[test]
    fn near_codes_and_near_words() {
        let near = |text: &str| codes(text, &Reading::of(text));
        assert_eq!(near("cmk301")[0], "CMK3001");
        assert_eq!(near("CMK-3001")[0], "CMK3001");
        assert_eq!(near("CMK999"), ["CMK9001", "CMK9002", "CMK9003"]);
        assert_eq!(near("CMK000000"), Vec::<&str>::new());
        assert!(near("how do I turn on purge protection?").contains(&"CMK1002"), "{:?}", near("purge protection"));
        assert_eq!(near("good morning"), Vec::<&str>::new());
    }
}
