//! What every provider owes the core, as checks that any implementer can run against a key of its own.

use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, WrapAlgorithm};
use cmkit::{Provider, RefusalKind};

/// Checks a provider with a key that it holds, enabled and allowed to wrap and unwrap. The answer lists what it owes and
/// does not keep; empty is good.
#[must_use]
pub fn check(provider: &impl Provider, key: &KeyUri) -> Vec<String> {
    let mut broken = Vec::new();
    let versionless = key.versionless();
    let ask = |request: KeyRequest| match provider.ask(&request) {
        Ok(reply) => Ok(reply),
        Err(error) => Err(format!("{request:?} failed and was not refused: {error}")),
    };
    let resolve = |key: &KeyUri| ask(KeyRequest::Resolve { key: key.clone() });

    let state = match resolve(&versionless) {
        Ok(KeyReply::Resolved(state)) => state,
        other => return vec![format!("a key without version resolves to {other:?}")],
    };
    let Some(version) = state.key.version().filter(|_| state.key.same_key(&versionless)) else {
        return vec![format!("`{versionless}` resolves to `{}`, not to a version of its own", state.key)];
    };
    match resolve(&state.key) {
        Ok(KeyReply::Resolved(again)) if again == state => {}
        other => broken.push(format!("the version that was named resolves to {other:?}")),
    }

    let sealed = cmkit::seal(b"contract", SealOptions::new([versionless.clone().into()]), provider);
    let opened = sealed
        .and_then(|sealed| cmkit::open(&sealed, &OpenOptions::new(OpenKeys::vault([versionless.clone()])), provider));
    match opened {
        Ok(plaintext) if plaintext == b"contract" => {}
        other => broken.push(format!("what it wraps does not unwrap: {other:?}")),
    }

    let (algorithm, size) = match &state.material {
        KeyMaterial::Rsa(public) => (WrapAlgorithm::RsaOaep256, public.modulus().len()),
        KeyMaterial::Symmetric => (WrapAlgorithm::A256Kw, 40),
    };
    let unwrap = |key: &KeyUri, wrapped: Vec<u8>| {
        ask(KeyRequest::Unwrap { key: key.clone(), algorithm, wrapped, cache_id: [0; 32] })
    };
    // A number below every modulus, and no wrapped key under any.
    let garbage = [vec![0], vec![0x5a; size - 1]].concat();
    match unwrap(&state.key, garbage.clone()) {
        Ok(KeyReply::Refused(refusal)) if refusal.kind == RefusalKind::WrongCiphertext => {}
        other => broken.push(format!("a wrapped key that is not its own is answered with {other:?}")),
    }
    match unwrap(&state.key, vec![0x5a; size + 1]) {
        Ok(KeyReply::Refused(_)) => {}
        other => broken.push(format!("a wrapped key of the wrong size is answered with {other:?}")),
    }

    let other_version = KeyVersion::from_bytes(version.as_bytes().map(|byte| !byte));
    let absent = KeyUri::parse_on(&format!("https://{}/keys/no-such-key", key.host()), &[key.host()]);
    let gone = [Ok(versionless.with_version(other_version)), absent.map(|key| key.with_version(version))];
    for key in gone.into_iter().flatten() {
        for reply in [resolve(&key), unwrap(&key, garbage.clone())] {
            match reply {
                Ok(KeyReply::Refused(refusal)) if refusal.kind == RefusalKind::Denied => {}
                other => broken.push(format!("`{key}`, which is not there, is answered with {other:?}")),
            }
        }
    }
    let elsewhere = KeyUri::parse("https://no-such-vault.vault.azure.net/keys/k").map(|key| key.with_version(version));
    match elsewhere.map(|key| unwrap(&key, garbage)) {
        Ok(Ok(KeyReply::Refused(refusal))) if refusal.kind != RefusalKind::WrongCiphertext => {}
        other => broken.push(format!("a vault that is not there is answered with {other:?}")),
    }
    broken
}
