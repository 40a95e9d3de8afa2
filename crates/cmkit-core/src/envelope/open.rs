//! Opening: match, unwrap, check commitment and header MAC, then context and namespace; chunks come after.

use super::context::ExternalContext;
use super::dek::{Dek, MessageKeys, binding};
use super::header::{DEFAULT_MAX_HEADER, Head, HeadKind};
use super::keys::OpenKeys;
use super::stream::Opener;
use super::unwrap::{Matches, Unwrapped};
use crate::crypto::Backend;
use crate::error::{Code, Error};
use crate::operation::Step;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

/// How to open a message.
///
/// ```
/// use cmkit_core::{envelope::{OpenKeys, OpenOptions}, key::KeyUri};
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let mut options = OpenOptions::new(OpenKeys::vault([key]));
/// options.expect.namespace = Some("acme.invoice/v2".into());
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// The keys that may open.
    pub keys: OpenKeys,
    /// The external context that the sealer gave.
    pub external: ExternalContext,
    /// What the message must be bound to.
    pub expect: Expect,
    /// Bytes of header at most, padding included; up to 65536.
    pub max_header: usize,
}

impl OpenOptions {
    /// The defaults, with these keys.
    #[must_use]
    pub fn new(keys: OpenKeys) -> Self {
        Self { keys, external: ExternalContext::default(), expect: Expect::default(), max_header: DEFAULT_MAX_HEADER }
    }
}

/// What an opener demands of the authenticated context; nothing by default.
///
/// ```
/// use cmkit_core::envelope::Expect;
/// let expect = Expect { context: vec![("tenant".into(), "acme".into())], ..Expect::default() };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// The namespace, equal to the sealer's.
    pub namespace: Option<String>,
    /// Pairs that must be among the encryption context.
    pub context: Vec<(String, String)>,
}

impl Expect {
    pub(super) fn check(&self, namespace: Option<&str>, context: &[(String, String)]) -> Result<(), Error> {
        if let Some(expected) = &self.namespace
            && namespace != Some(expected)
        {
            let actual = namespace.map_or_else(|| "none".into(), |namespace| format!("`{namespace}`"));
            return Err(Error::new(Code::Context, format!("the namespace is {actual}, not `{expected}`")));
        }
        match self.context.iter().find(|pair| !context.contains(pair)) {
            Some((name, value)) => Err(Error::new(
                Code::Context,
                format!("the encryption context has no `{}` of value `{}`", name.escape_debug(), value.escape_debug()),
            )),
            None => Ok(()),
        }
    }
}

/// Begins to open a message. `input` begins with the whole head; a body behind it is not looked at. `rng` is drawn from
/// where an unwrap fails.
///
/// # Errors
/// The faults of a head, `no_key`, or `context` for external context of the wrong form; later `denied` or `unavailable`
/// from the holder, `decrypt`, and `context` where what is authenticated is not what is expected.
pub fn open<B: Backend, R: CryptoRng + Send + 'static>(
    input: &[u8],
    options: &OpenOptions,
    rng: R,
) -> Result<Step<Opener<B::Cipher>>, Error>
where
    B::Cipher: 'static,
{
    open_head::<B, R>(Head::parse(input, HeadKind::Message, options.max_header)?, options, rng)
}

/// Begins to open a message whose head was detached: `head` is the head and nothing else.
///
/// # Errors
/// As [`open`], and `malformed` for bytes after the head.
pub fn open_detached<B: Backend, R: CryptoRng + Send + 'static>(
    head: &[u8],
    options: &OpenOptions,
    rng: R,
) -> Result<Step<Opener<B::Cipher>>, Error>
where
    B::Cipher: 'static,
{
    open_head::<B, R>(Head::parse_whole(head, HeadKind::Message, options.max_header)?, options, rng)
}

fn open_head<B: Backend, R: CryptoRng + Send + 'static>(
    head: Head,
    options: &OpenOptions,
    rng: R,
) -> Result<Step<Opener<B::Cipher>>, Error>
where
    B::Cipher: 'static,
{
    let matches = Matches::of(&head, &options.keys)?;
    let external = options.external.encode(&head.core.required)?;
    let expect = options.expect.clone();
    matches.unwrap(head, rng)?.and_then(move |Unwrapped { head, dek, .. }| {
        let keys = authenticate(&head, &dek, Some(&external))?;
        expect.check(head.core.namespace.as_deref(), &head.core.context)?;
        Ok(Step::Done(Opener::new(&keys, head)))
    })
}

/// Checks commitment and header MAC. Both are computed before either is judged, and one error stands for both. Without
/// the external context the commitment cannot be checked; the MAC covers it and is keyed from the data key.
pub(super) fn authenticate(head: &Head, dek: &Dek, external: Option<&[u8]>) -> Result<MessageKeys, Error> {
    let preamble = &head.preamble;
    let bound = binding(preamble.suite, preamble.kind, &head.core, external.unwrap_or_default());
    let keys = dek.message_keys(preamble.suite, head.salt(), &bound);
    let commit_matches = keys.commit.ct_eq(head.commit());
    let mac_matches = head.mac_under(dek).ct_eq(head.mac());
    let judged = match external {
        Some(_) => commit_matches & mac_matches,
        None => mac_matches,
    };
    if judged.into() { Ok(keys) } else { Err(Error::decrypt()) }
}
