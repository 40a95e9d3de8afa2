//! `rewrap.json`: new heads for the same body, byte for byte, and what opens with them.

use cmkit::Error;
use cmkit::envelope::{self, Backend, ExternalContext, Keep, OpenOptions, Pad, RewrapOptions, RustCrypto};
use cmkit_conformance::case::{self, Configuration, RewrapCase, Script};
use cmkit_conformance::{Injected, PortableWrap, Vectors, Verdict, all, due};

/// Salt and commitment, the last bytes of a head.
const KEPT: usize = 24 + 32;

#[test]
fn rewrap_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<RewrapCase>() {
        verdict.judge(&case.name, "portable", || rewrap::<RustCrypto>(&vectors, &case));
        verdict.judge(&case.name, "native cipher", || rewrap::<PortableWrap>(&vectors, &case));
    }
    verdict.finish();
}

fn rewrap<B: Backend>(vectors: &Vectors, case: &RewrapCase) -> Result<(), String>
where
    B::Cipher: 'static,
{
    let is_record = case.head.record.is_some();
    let (head, body) = if is_record { (vectors.bytes(&case.head), Vec::new()) } else { vectors.detached(&case.head) };
    let (holder, rng) = (vectors.holder(&case.holder, &case.to), Injected::new(&case.random.0));
    let options = RewrapOptions {
        keep: match case.keep {
            case::Keep::None => Keep::None,
            case::Keep::All => Keep::All,
        },
        pad: case.pad_to.map_or(Pad::None, Pad::To),
        external: case.external.as_ref().map(ExternalContext::from),
        ..RewrapOptions::new(vectors.open_keys(&case.configuration), vectors.seal_keys(&case.to))
    };
    let step = envelope::rewrap_detached::<B, _>(&head, options, case.now, rng.clone());
    let found = step.and_then(|step| cmkit::run(step, &holder));
    let result = case.result.check(found, |output, new| {
        let reopen = |configuration: &Configuration| {
            let opened = if is_record {
                reopen_record(vectors, configuration, &new)
            } else {
                reopen_message::<B>(vectors, case, configuration, &new, &body)
            };
            opened.map_err(|error| format!("does not open with {configuration:?}: {error}"))
        };
        all([
            output.new_head.check(&new),
            due("salt and commitment", &new[new.len() - KEPT..], &head[head.len() - KEPT..]),
            rng.check_used_up(),
            all(case.reopen.iter().map(reopen)),
        ])
    });
    let wraps = case.wraps.as_ref().map_or(Ok(()), |wraps| wraps.check("wraps", &holder.wraps()));
    all([result, case.calls.check("calls", &holder.called().len()), wraps])
}

fn reopen_record(vectors: &Vectors, configuration: &Configuration, record: &[u8]) -> Result<(), Error> {
    let holder = vectors.holder(&Script::new(), &[]);
    cmkit::open_record(record, &vectors.open_keys(configuration), envelope::Expect::default(), &holder).map(|_| ())
}

fn reopen_message<B: Backend>(
    vectors: &Vectors,
    case: &RewrapCase,
    configuration: &Configuration,
    head: &[u8],
    body: &[u8],
) -> Result<(), Error>
where
    B::Cipher: 'static,
{
    let options = OpenOptions {
        external: case.reopen_external.as_ref().map(ExternalContext::from).unwrap_or_default(),
        ..OpenOptions::new(vectors.open_keys(configuration))
    };
    let step = envelope::open_detached::<B, _>(head, &options, Injected::any())?;
    cmkit::run(step, &vectors.holder(&Script::new(), &[]))?.open(body).map(|_| ())
}
