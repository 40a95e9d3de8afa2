//! What an envelope is bound to besides its key: the encryption context, the namespace and the content type, which are
//! stored in the header's core in clear, and the external context, which is not stored at all.

use super::cbor::{Reader, Writer, malformed, text_order};
use super::header::HeadKind;
use crate::error::{Code, Error};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Bytes of the core at most.
const MAX_CORE: usize = 8192;
/// Items in the encryption context and names of external context at most.
const MAX_ITEMS: usize = 64;

/// The external context (AAD): authenticated, never stored. Whoever opens must supply the same.
///
/// ```
/// use cmkit_core::envelope::ExternalContext;
/// // Stored nowhere, not even its names:
/// let row = ExternalContext::from("orders/4711");
/// // The names are stored, so that an opener can be told what is missing:
/// let pairs = ExternalContext::pairs([("tenant", "acme"), ("row", "4711")]);
/// assert_ne!(row, pairs);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalContext {
    /// Bytes as they are; empty where there is no external context.
    Bytes(Vec<u8>),
    /// Pairs of name and value. The names are stored in the envelope, the values are not.
    Pairs(Vec<(String, String)>),
}

impl Default for ExternalContext {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl From<&[u8]> for ExternalContext {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<&str> for ExternalContext {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl ExternalContext {
    /// Pairs of name and value.
    pub fn pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::Pairs(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The bytes that are authenticated, given the names that the envelope requires.
    pub(super) fn encode(&self, required: &[String]) -> Result<Vec<u8>, Error> {
        match (self, required) {
            (Self::Bytes(bytes), []) => Ok(bytes.clone()),
            (Self::Pairs(pairs), [_, ..]) => {
                let sorted = in_order(pairs.iter(), |pair| &pair.0);
                if !sorted.iter().map(|pair| &pair.0).eq(required.iter()) {
                    return Err(names_due(required));
                }
                let mut writer = Writer::default();
                writer.map(sorted.len());
                for (name, value) in sorted {
                    writer.text(name).text(value);
                }
                Ok(writer.into_bytes())
            }
            (Self::Pairs(_), []) => {
                Err(Error::new(Code::Context, "the envelope takes its external context as bytes, not as named values"))
            }
            (Self::Bytes(_), _) => Err(names_due(required)),
        }
    }
}

/// Items by name in the order of the format. They are few, so insertion does, in a tenth of the code of a sort.
fn in_order<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut sorted = Vec::with_capacity(items.size_hint().0);
    for item in items {
        let at = sorted.partition_point(|other| text_order(name(other), name(&item)).is_le());
        sorted.insert(at, item);
    }
    sorted
}

/// The names come from bytes that nobody has authenticated yet, so they are escaped.
fn names_due(required: &[String]) -> Error {
    let names: Vec<String> = required.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
    Error::new(
        Code::Context,
        format!("the envelope requires external context with exactly the names {}", names.join(", ")),
    )
}

/// What a sealer binds to an envelope, in the clear part of its header.
///
/// ```
/// use cmkit_core::envelope::Binding;
/// let binding = Binding { namespace: Some("acme.invoice/v2".into()), ..Binding::default() };
/// assert!(binding.context.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// The encryption context: stored in clear, authenticated; at most 64 pairs, names unique.
    pub context: Vec<(String, String)>,
    /// The external context: authenticated, not stored.
    pub external: ExternalContext,
    /// What the data is, for the opener to demand: 1 to 255 visible ASCII characters.
    pub namespace: Option<String>,
    /// The media type of the plaintext, for people; nothing acts on it. 1 to 255 printable ASCII characters.
    pub content_type: Option<String>,
}

/// The core of a header: the part that never changes, as it stands in the envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Core {
    pub(super) encoded: Vec<u8>,
    pub(super) context: Vec<(String, String)>,
    pub(super) required: Vec<String>,
    pub(super) namespace: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) deterministic: bool,
}

impl Core {
    /// Encodes what a sealer binds; the strict reader then judges it as it would judge anybody's.
    pub(super) fn encode(binding: &Binding, deterministic: bool, kind: HeadKind) -> Result<Self, Error> {
        let Binding { context, external, namespace, content_type } = binding;
        let context = in_order(context.iter(), |pair| &pair.0);
        let required = match external {
            ExternalContext::Pairs(pairs) => in_order(pairs.iter().map(|(name, _)| name.as_str()), |name| name),
            ExternalContext::Bytes(_) => Vec::new(),
        };

        let entries =
            [!context.is_empty(), !required.is_empty(), namespace.is_some(), content_type.is_some(), deterministic];
        let mut writer = Writer::default();
        writer.map(entries.iter().filter(|present| **present).count());
        if !context.is_empty() {
            writer.unsigned(1).map(context.len());
            for (name, value) in context {
                writer.text(name).text(value);
            }
        }
        if !required.is_empty() {
            writer.unsigned(2).array(required.len());
            for name in required {
                writer.text(name);
            }
        }
        if let Some(namespace) = namespace {
            writer.unsigned(3).text(namespace);
        }
        if let Some(content_type) = content_type {
            writer.unsigned(4).text(content_type);
        }
        if deterministic {
            writer.unsigned(5).true_value();
        }
        let encoded = writer.into_bytes();
        if encoded.len() > MAX_CORE {
            return Err(Error::new(Code::TooLarge, "the encryption context is over 8192 bytes"));
        }
        Self::parse(&encoded, kind).map_err(|error| Error::new(Code::InvalidArgument, error.message().to_owned()))
    }

    pub(super) fn parse(encoded: &[u8], kind: HeadKind) -> Result<Self, Error> {
        if encoded.len() > MAX_CORE {
            return Err(malformed("the header's core is over 8192 bytes"));
        }
        let mut core = Self { encoded: encoded.to_vec(), ..Self::default() };
        let mut reader = Reader::new(encoded);
        let mut last = 0;
        for _ in 0..reader.map()? {
            let entry = reader.unsigned()?;
            if entry <= last {
                return Err(malformed("the core's entries are not in ascending order"));
            }
            last = entry;
            match (entry, kind) {
                (1, _) => core.context = read_context(&mut reader)?,
                (2, HeadKind::Message) => core.required = read_names(&mut reader)?,
                (3, _) => {
                    core.namespace =
                        Some(read_ascii(&mut reader, b'!', "a namespace has 1 to 255 visible ASCII characters")?);
                }
                (4, HeadKind::Message) => {
                    core.content_type =
                        Some(read_ascii(&mut reader, b' ', "a content type has 1 to 255 printable ASCII characters")?);
                }
                (5, HeadKind::Record) => {
                    reader.expect_true()?;
                    core.deterministic = true;
                }
                _ => return Err(malformed("the core has an entry that is not allowed in it")),
            }
        }
        if !reader.rest().is_empty() {
            return Err(malformed("the core has bytes after its map"));
        }
        if core.required.iter().any(|name| core.context.iter().any(|(stored, _)| stored == name)) {
            return Err(malformed("a name stands in the encryption context and in the required external context"));
        }
        Ok(core)
    }
}

fn read_context(reader: &mut Reader<'_>) -> Result<Vec<(String, String)>, Error> {
    let count = item_count(reader.map()?)?;
    let mut context: Vec<(String, String)> = Vec::with_capacity(count);
    for _ in 0..count {
        let name = reader.text()?;
        check_name(name, context.last().map(|pair| pair.0.as_str()))?;
        context.push((name.to_owned(), reader.text()?.to_owned()));
    }
    Ok(context)
}

fn read_names(reader: &mut Reader<'_>) -> Result<Vec<String>, Error> {
    let count = item_count(reader.array()?)?;
    let mut names: Vec<String> = Vec::with_capacity(count);
    for _ in 0..count {
        let name = reader.text()?;
        check_name(name, names.last().map(String::as_str))?;
        names.push(name.to_owned());
    }
    Ok(names)
}

fn item_count(count: usize) -> Result<usize, Error> {
    if (1..=MAX_ITEMS).contains(&count) { Ok(count) } else { Err(malformed("a context has 1 to 64 items")) }
}

fn check_name(name: &str, previous: Option<&str>) -> Result<(), Error> {
    if name.is_empty() {
        return Err(malformed("a context name is empty"));
    }
    if previous.is_some_and(|previous| text_order(previous, name).is_ge()) {
        return Err(malformed("context names are not unique and in ascending order"));
    }
    Ok(())
}

fn read_ascii(reader: &mut Reader<'_>, lowest: u8, rule: &'static str) -> Result<String, Error> {
    let text = reader.text()?;
    let sound = (1..=255).contains(&text.len()) && text.bytes().all(|b| (lowest..=b'~').contains(&b));
    if sound { Ok(text.to_owned()) } else { Err(malformed(rule)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(binding: &Binding) -> Result<Core, Error> {
        Core::encode(binding, false, HeadKind::Message)
    }

    #[test]
    fn an_empty_core_is_one_byte() {
        assert_eq!(encode(&Binding::default()).expect("empty").encoded, [0xa0]);
    }

    #[test]
    fn shorter_names_come_first() {
        let context = [("aa", "1"), ("b", "2")].map(|(n, v)| (n.into(), v.into())).to_vec();
        let core = encode(&Binding { context, ..Binding::default() }).expect("a core");
        assert_eq!(core.context[0].0, "b");
        assert_eq!(core.encoded[..4], [0xa1, 0x01, 0xa2, 0x61]);
    }

    #[test]
    fn a_caller_s_mistakes_are_invalid_arguments() {
        let twice = [("a", "1"), ("a", "2")].map(|(n, v)| (n.into(), v.into())).to_vec();
        let shared = Binding {
            context: alloc::vec![("a".into(), "1".into())],
            external: ExternalContext::pairs([("a", "2")]),
            ..Binding::default()
        };
        let spaced = Binding { namespace: Some("a b".into()), ..Binding::default() };
        for binding in [Binding { context: twice, ..Binding::default() }, shared, spaced] {
            assert_eq!(encode(&binding).expect_err("refused").code(), Code::InvalidArgument);
        }
    }

    #[test]
    fn required_names_must_match_exactly() {
        let core =
            encode(&Binding { external: ExternalContext::pairs([("a", "1"), ("b", "2")]), ..Binding::default() })
                .expect("a core");
        assert!(ExternalContext::pairs([("b", "2"), ("a", "1")]).encode(&core.required).is_ok());
        for wrong in [
            ExternalContext::default(),
            ExternalContext::pairs([("a", "1")]),
            ExternalContext::pairs([("a", "1"), ("b", "2"), ("c", "3")]),
            ExternalContext::pairs([("a", "1"), ("a", "1")]),
        ] {
            let error = wrong.encode(&core.required).expect_err("refused");
            assert_eq!(error.code(), Code::Context);
            assert!(error.message().contains("`a`, `b`"));
        }
        assert_eq!(ExternalContext::pairs([("a", "1")]).encode(&[]).expect_err("bytes due").code(), Code::Context);
    }
}
