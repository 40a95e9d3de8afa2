//! What a host does that has primitives of its own, as JavaScript has `WebCrypto`: it wraps with the public key, and runs
//! the cipher of the chunks. The bytes are the core's either way.

use cmkit::envelope::{
    self, Backend, ChunkCipher, OpenKeys, OpenOptions, RustCrypto, SealKey, SealOptions, Suite, TAG_SIZE,
};
use cmkit::key::KeyUri;
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::{Code, Provider, run};
use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::cell::Cell;
use std::convert::Infallible;

fn vault() -> (LocalVault, KeyUri) {
    let vault = LocalVault::in_memory("orders.vault.azure.net").expect("a vault");
    let key = vault.create_key("orders-kek", KeyKind::Rsa2048, NewKey::default()).expect("a key").versionless();
    vault.grant("orders-app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
    (vault, key)
}

/// Wraps with the public key as a host does, and leaves the rest to the vault.
fn seal(key: SealKey, holder: &impl Provider, cut: usize) -> Result<(Vec<u8>, usize), cmkit::Error> {
    let wraps = Cell::new(0);
    let host = |request: &KeyRequest| {
        Ok::<_, Infallible>(match request {
            KeyRequest::WrapPublic { public, dek, .. } => {
                wraps.set(wraps.get() + 1);
                let mut wrapped =
                    RustCrypto::wrap_rsa_oaep_256(public, dek.expose(), &mut UnwrapErr(SysRng)).expect("wrapped");
                wrapped.truncate(wrapped.len() - cut);
                KeyReply::Wrapped(wrapped)
            }
            other => holder.ask(other).expect("the vault answers"),
        })
    };
    let step = envelope::seal::<RustCrypto, _>(SealOptions::new([key]), 1_900_000_000, UnwrapErr(SysRng))?;
    Ok((run(step, &host)?.seal(b"data")?, wraps.get()))
}

#[test]
fn a_host_wraps_with_the_public_key_where_it_is_asked_to() {
    let (vault, key) = vault();
    let provider = vault.as_identity("orders-app");
    let open = |sealed: &[u8]| cmkit::open(sealed, &OpenOptions::new(OpenKeys::vault([key.clone()])), &provider);

    let (sealed, wraps) = seal(SealKey::VaultOnHost(key.clone()), &provider, 0).expect("sealed");
    assert_eq!((wraps, open(&sealed).expect("opened")), (1, b"data".to_vec()));
    let (sealed, wraps) = seal(SealKey::Vault(key.clone()), &provider, 0).expect("sealed");
    assert_eq!((wraps, open(&sealed).expect("opened")), (0, b"data".to_vec()));

    let error = seal(SealKey::VaultOnHost(key.clone()), &provider, 1).expect_err("a byte is missing");
    assert_eq!(error.code(), Code::InvalidReply);
}

#[test]
fn chunks_that_a_host_seals_and_opens_are_those_of_the_core() {
    let (vault, key) = vault();
    let provider = vault.as_identity("orders-app");
    let size = Suite::Chunk16K.chunk_size();
    let plaintext: Vec<u8> = (0..size + 100).map(|index| index as u8).collect();

    let options = SealOptions::new([key.clone().into()]);
    let step = envelope::seal::<RustCrypto, _>(options, 1_900_000_000, UnwrapErr(SysRng)).expect("begun");
    let sealer = run(step, &provider).expect("ready");
    let mut sealed = sealer.head().to_vec();
    for chunk in plaintext.chunks(size) {
        let nonce = sealer.next_chunk().into_nonce(chunk.len()).expect("a nonce");
        let mut data = chunk.to_vec();
        let tag = sealer.cipher().seal_in_place(&nonce, &mut data);
        sealed.extend(data);
        sealed.extend(tag);
    }
    let options = OpenOptions::new(OpenKeys::vault([key]));
    assert_eq!(cmkit::open(&sealed, &options, &provider).expect("the core opens it"), plaintext);

    let step = envelope::open::<RustCrypto, _>(&sealed, &options, UnwrapErr(SysRng)).expect("begun");
    let opener = run(step, &provider).expect("ready");
    let mut opened = Vec::new();
    for (index, record) in (0..).zip(sealed[opener.head_size()..].chunks(size + TAG_SIZE)) {
        let nonce = opener.chunk_nonce(index, record.len()).expect("a nonce");
        let (data, tag) = record.split_last_chunk::<TAG_SIZE>().expect("a tag");
        let mut data = data.to_vec();
        assert!(opener.cipher().open_in_place(&nonce, &mut data, tag), "chunk {index}");
        opened.extend(data);
    }
    assert_eq!(opened, plaintext);

    assert_eq!(sealer.next_chunk().into_nonce(size + 1).map_err(|error| error.code()), Err(Code::InvalidArgument));
    assert_eq!(opener.chunk_nonce(0, TAG_SIZE - 1).map_err(|error| error.code()), Err(Code::Truncated));
    assert_eq!(opener.chunk_nonce(0, size + TAG_SIZE + 1).map_err(|error| error.code()), Err(Code::InvalidArgument));
    assert_eq!(opener.chunk_nonce(1 << 39, size).map_err(|error| error.code()), Err(Code::TooLarge));
}
