//! The joint from a host's side: asynchronous providers, wrong answers, and how often a vault is called.

use cmkit::envelope::{self, AllowedKey, OpenKeys, OpenOptions, SealOptions};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState};
use cmkit::secret::Secret;
use cmkit::{Code, Native, Refusal, RefusalKind, run_async};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::cell::Cell;
use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn key() -> KeyUri {
    KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek").expect("a key")
}

fn state(key: &KeyUri) -> KeyState {
    KeyState {
        key: key.with_version(key.version().unwrap_or(KeyVersion::from_bytes([7; 16]))),
        material: KeyMaterial::Symmetric,
        enabled: true,
        not_before: None,
        expires: None,
        created: None,
        may_wrap: true,
    }
}

/// A symmetric key in a vault: XOR stands for AES key wrap, whose work is tested elsewhere.
fn answer(request: &KeyRequest) -> KeyReply {
    match request {
        KeyRequest::Resolve { key } => KeyReply::Resolved(state(key)),
        KeyRequest::Wrap { dek, .. } => {
            KeyReply::Wrapped(dek.expose().iter().map(|b| b ^ 0x5a).chain([0; 8]).collect())
        }
        KeyRequest::Unwrap { wrapped, .. } => {
            KeyReply::Unwrapped(Secret::new(wrapped[..32].iter().map(|b| b ^ 0x5a).collect()))
        }
        _ => unreachable!("no other request"),
    }
}

fn provider(request: &KeyRequest) -> Result<KeyReply, Infallible> {
    Ok(answer(request))
}

/// Polls to the end; the futures here wait for nothing but their turn.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Pending once, then ready.
async fn next_turn() {
    let mut waited = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[test]
fn an_asynchronous_provider_drives_the_same_operation() {
    let calls = Cell::new(0);
    let provider = async |request: &KeyRequest| {
        next_turn().await;
        calls.set(calls.get() + 1);
        Ok::<_, Infallible>(answer(request))
    };
    let options = SealOptions::new([key().into()]);
    let step = envelope::seal::<Native, _>(options, 1_800_000_000, UnwrapErr(SysRng)).expect("begun");
    let sealed = block_on(run_async(step, &provider)).expect("sealed").seal(b"data").expect("sealed");
    assert_eq!(calls.get(), 2, "resolve and wrap");

    let options = OpenOptions::new(OpenKeys::vault([key()]));
    let step = envelope::open::<Native, _>(&sealed, &options, UnwrapErr(SysRng)).expect("begun");
    let opener = block_on(run_async(step, &provider)).expect("opened");
    assert_eq!(opener.open(&sealed[opener.head_size()..]).expect("opened"), b"data");
    assert_eq!(calls.get(), 3, "unwrap");
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let sealed = cmkit::seal(b"data", SealOptions::new([key().into()]), &provider).expect("sealed");
    let open = |reply: fn(&KeyRequest) -> KeyReply| {
        let options = OpenOptions::new(OpenKeys::vault([key()]));
        let provider = move |request: &KeyRequest| Ok::<_, Infallible>(reply(request));
        cmkit::open(&sealed, &options, &provider).map_err(|error| error.code())
    };
    assert_eq!(open(|_| KeyReply::Wrapped(vec![0; 40])), Err(Code::InvalidReply));
    assert_eq!(open(|request| KeyReply::Resolved(state(request.key()))), Err(Code::InvalidReply));
    assert_eq!(open(|_| KeyReply::Unwrapped(Secret::from_slice(&[1; 31]))), Err(Code::Decrypt), "31 bytes are no key");
    let seal = |reply: fn(&KeyRequest) -> KeyReply| {
        let provider = move |request: &KeyRequest| Ok::<_, Infallible>(reply(request));
        cmkit::seal(b"data", SealOptions::new([key().into()]), &provider).map(|_| ()).map_err(|error| error.code())
    };
    let other = |request: &KeyRequest| {
        let other = KeyUri::parse("https://other.vault.azure.net/keys/orders-kek").expect("a key");
        KeyReply::Resolved(KeyState {
            key: other.with_version(KeyVersion::from_bytes([1; 16])),
            ..state(request.key())
        })
    };
    assert_eq!(seal(other), Err(Code::InvalidReply), "a description of another key");
    let versionless =
        |request: &KeyRequest| KeyReply::Resolved(KeyState { key: request.key().clone(), ..state(request.key()) });
    assert_eq!(seal(versionless), Err(Code::Unsupported), "no version to record");
}

#[test]
fn what_a_vault_would_refuse_is_refused_before_anything_is_wrapped() {
    let seal = |change: fn(&mut KeyState)| {
        let wraps = Cell::new(0);
        let provider = |request: &KeyRequest| {
            let mut reply = answer(request);
            match &mut reply {
                KeyReply::Resolved(state) => change(state),
                _ => wraps.set(wraps.get() + 1),
            }
            Ok::<_, Infallible>(reply)
        };
        let error = cmkit::seal(b"data", SealOptions::new([key().into()]), &provider).expect_err("refused");
        assert_eq!(wraps.get(), 0);
        error.refusal().expect("a refusal").reason.to_string()
    };
    assert_eq!(seal(|state| state.enabled = false), "KeyDisabled");
    assert_eq!(seal(|state| state.expires = Some(1)), "KeyExpired");
    assert_eq!(seal(|state| state.not_before = Some(u64::MAX)), "KeyNotYetValid");
    assert_eq!(seal(|state| state.may_wrap = false), "KeyOperationForbidden");
}

#[test]
fn an_envelope_reaches_no_vault_that_the_configuration_does_not_name() {
    let sealed = cmkit::seal(b"data", SealOptions::new([key().into()]), &provider).expect("sealed");
    let calls = Cell::new(0);
    let counting = |request: &KeyRequest| {
        calls.set(calls.get() + 1);
        Ok::<_, Infallible>(answer(request))
    };
    let other = KeyUri::parse("https://other.vault.azure.net/keys/orders-kek").expect("a key");
    let refusing = AllowedKey { refused_versions: vec![KeyVersion::from_bytes([7; 16])], ..key().into() };
    for keys in
        [OpenKeys::default(), OpenKeys::vault([other]), OpenKeys { vault: vec![refusing], ..OpenKeys::default() }]
    {
        let error = cmkit::open(&sealed, &OpenOptions::new(keys), &counting).expect_err("no key");
        assert_eq!((error.code(), calls.get()), (Code::NoKey, 0));
    }
}

#[test]
fn the_first_refusal_is_what_the_caller_hears() {
    let hosts = ["aaa", "bbb", "ccc", "ddd"]
        .map(|host| KeyUri::parse(&format!("https://{host}.vault.azure.net/keys/orders-kek")).expect("a key"));
    let sealed = cmkit::seal(b"data", SealOptions::new(hosts.clone().map(Into::into)), &provider).expect("sealed");
    let asked = std::cell::RefCell::new(Vec::new());
    let refusing = |request: &KeyRequest| {
        let host = request.key().vault_name().to_owned();
        asked.borrow_mut().push(host.clone());
        let kind = if host == "aaa" { RefusalKind::Unavailable } else { RefusalKind::Denied };
        Ok::<_, Infallible>(KeyReply::Refused(Refusal::new(kind, "Test", host)))
    };
    let error = cmkit::open(&sealed, &OpenOptions::new(OpenKeys::vault(hosts)), &refusing).expect_err("refused");
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(*asked.borrow(), ["aaa", "bbb", "ccc"], "at most three calls");
}
