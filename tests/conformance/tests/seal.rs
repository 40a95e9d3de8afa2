//! `seal.json`: seals with injected randomness, byte for byte.

use cmkit::envelope::{self, Backend, Binding, ExternalContext, RustCrypto, SealOptions, Sealer, Suite};
use cmkit::{Error, SealWriter, Threads};
use cmkit_conformance::case::{self, SealCase};
use cmkit_conformance::{Injected, PortableWrap, Vectors, Verdict, all, due};
use std::io::Write;

#[test]
fn seal_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<SealCase>() {
        let plaintext = case.plaintext.known().expect("a plaintext");
        verdict.judge(&case.name, "portable", || seal::<RustCrypto>(&vectors, &case, |sealer| sealer.seal(&plaintext)));
        verdict.judge(&case.name, "native cipher", || {
            seal::<PortableWrap>(&vectors, &case, |sealer| sealer.seal(&plaintext))
        });
        verdict.judge(&case.name, "writer", || {
            seal::<PortableWrap>(&vectors, &case, |sealer| {
                let mut writer = SealWriter::new(sealer, Vec::new(), Threads::All);
                writer.write_head()?;
                plaintext.chunks(9999).for_each(|piece| writer.write_all(piece).expect("written"));
                writer.finish()
            })
        });
    }
    verdict.finish();
}

fn seal<B: Backend>(
    vectors: &Vectors,
    case: &SealCase,
    body: impl FnOnce(Sealer<B::Cipher>) -> Result<Vec<u8>, Error>,
) -> Result<(), String>
where
    B::Cipher: 'static,
{
    let (holder, rng) = (vectors.holder(&case.holder, &case.keys), Injected::new(&case.random.0));
    let found = envelope::seal::<B, _>(options(vectors, case), case.now, rng.clone())
        .and_then(|step| cmkit::run(step, &holder))
        .and_then(|sealer| Ok((sealer.head().len(), body(sealer)?)));
    let result = case.result.check(found, |output, (head_length, envelope)| {
        all([due("head", &head_length, &output.head_length), output.envelope.check(&envelope), rng.check_used_up()])
    });
    let wraps = case.wraps.as_ref().map_or(Ok(()), |wraps| wraps.check("wraps", &holder.wraps()));
    all([result, wraps])
}

fn options(vectors: &Vectors, case: &SealCase) -> SealOptions {
    let SealCase { keys, suite, context, external, namespace, content_type, pad_to, .. } = case;
    let binding = Binding {
        context: context.clone().into_iter().collect(),
        external: external.as_ref().map(ExternalContext::from).unwrap_or_default(),
        namespace: namespace.clone(),
        content_type: content_type.clone(),
    };
    let suite = match suite {
        1 => Suite::Chunk16K,
        2 => Suite::Chunk256K,
        other => panic!("suite {other}"),
    };
    SealOptions { binding, suite, pad_to: *pad_to, ..SealOptions::new(vectors.seal_keys(keys)) }
}
