//! `cmkit vault try`: asks a key everything that a service asks, as an identity, and says what it is answered.

use super::open::CallerArguments;
use super::parse;
use crate::failure::{Exit, Failure};
use clap::Args;
use cmkit::key::KeyUri;
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, WrapAlgorithm};
use cmkit::secret::Secret;
use cmkit::{Error, Provider, Refusal, RefusalKind};

/// Ask a key what a service asks it (get, wrapKey, unwrapKey) and say what it answers.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  cmkit vault try orders-kek --as orders-cmk --vault ./orders

The exit code is 5 where something is refused.")]
pub(super) struct Try {
    /// NAME, NAME/VERSION, or the key's identifier. The newest version without one.
    key: String,
    #[command(flatten)]
    caller: CallerArguments,
}

/// A question and why it was refused, if it was.
type Line = (&'static str, Option<Refusal>);

pub(super) fn attempt(arguments: &Try) -> Result<(String, Exit), Failure> {
    let Try { key, caller } = arguments;
    let vaults = caller.vaults()?;
    let mut all = vaults.iter();
    let key = match (all.next(), all.next()) {
        (None, _) => return Err(Failure::usage("there is no vault to ask").help("give `--vault DIR`")),
        (Some(vault), None) => parse::key(vault, key)?,
        (Some(_), Some(_)) => {
            let hosts: Vec<&str> = vaults.iter().map(cmkit_vault::LocalVault::host).collect();
            KeyUri::parse_on(key, &hosts)
                .map_err(|error| Failure::from(error).help("of several vaults, name the key by its identifier"))?
        }
    };
    let lines = questions(&caller.of(&vaults), &key)?;
    let mut text = String::new();
    for (question, refusal) in &lines {
        let answer = refusal.as_ref().map_or_else(
            || "allowed".to_owned(),
            |refusal| format!("refused  {}: {}", refusal.reason, refusal.message),
        );
        text.push_str(&format!("{question:<10} {answer}\n"));
    }
    let refused = lines.iter().any(|(_, refusal)| refusal.is_some());
    Ok((text, if refused { Exit::KeyUnavailable } else { Exit::Good }))
}

fn questions(provider: &impl Provider, key: &KeyUri) -> Result<[Line; 3], Failure> {
    let ask = |request: KeyRequest| -> Result<KeyReply, Failure> {
        provider.ask(&request).map_err(|error| Failure::from(Error::provider(error)))
    };
    let mut answers: [Line; 3] = [("get", None), ("wrapKey", None), ("unwrapKey", None)];
    // Without `get` nobody says what kind of key it is; what wraps and unwraps is judged before the algorithm.
    let (mut key, mut algorithm) = (key.clone(), WrapAlgorithm::RsaOaep256);
    match ask(KeyRequest::Resolve { key: key.clone() })? {
        KeyReply::Resolved(state) => {
            key = state.key;
            if state.material == KeyMaterial::Symmetric {
                algorithm = WrapAlgorithm::A256Kw;
            }
        }
        KeyReply::Refused(refusal) => answers[0].1 = Some(refusal),
        _ => return Err(unexpected()),
    }
    let dek = Secret::from_slice(&[0; 32]); // protects nothing
    let wrapped = match ask(KeyRequest::Wrap { key: key.clone(), algorithm, dek })? {
        KeyReply::Wrapped(wrapped) => wrapped,
        KeyReply::Refused(refusal) => {
            answers[1].1 = Some(refusal).filter(|refusal| refusal.reason != "BadParameter");
            Vec::new()
        }
        _ => return Err(unexpected()),
    };
    match ask(KeyRequest::Unwrap { key, algorithm, wrapped, cache_id: [0; 32] })? {
        KeyReply::Unwrapped(_) => {}
        // It did try: nothing but the ciphertext was wrong.
        KeyReply::Refused(refusal) if refusal.kind == RefusalKind::WrongCiphertext => {}
        KeyReply::Refused(refusal) => answers[2].1 = Some(refusal),
        _ => return Err(unexpected()),
    }
    Ok(answers)
}

fn unexpected() -> Failure {
    Failure::new(Exit::Internal, "the vault answered something else than what it was asked")
}
