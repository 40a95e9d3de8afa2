//! `range.json`: parts of the plaintext of an attached envelope.

use cmkit::envelope::{self, Backend, OpenOptions, RustCrypto};
use cmkit::{Error, Native, SeekReader};
use cmkit_conformance::case::{self, RangeCase, Script};
use cmkit_conformance::{Holder, Injected, Outcome, Vectors, Verdict};
use std::io::{Cursor, Read, Seek, SeekFrom};

#[test]
fn range_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<RangeCase>() {
        let envelope = vectors.bytes(&case.envelope);
        let options =
            OpenOptions { expect: (&case.expect).into(), ..OpenOptions::new(vectors.open_keys(&case.configuration)) };
        let holder = || vectors.holder(&Script::new(), &[]);
        let range = case.start..case.start + case.length;
        let check = |found: Result<Vec<u8>, Error>| case.result.check(found, |due, found| due.plaintext.check(&found));

        verdict.judge(&case.name, "portable", || {
            check(open::<RustCrypto>(&envelope, &options, &holder(), case.start, case.length))
        });
        verdict.judge(&case.name, "native", || {
            check(open::<Native>(&envelope, &options, &holder(), case.start, case.length))
        });
        verdict.judge(&case.name, "function", || check(cmkit::open_range(&envelope, range, &options, &holder())));
        verdict.judge(&case.name, "seekable", || check_seekable(&case, &envelope, &options, &holder()));
    }
    verdict.finish();
}

fn open<B: Backend>(
    envelope: &[u8],
    options: &OpenOptions,
    holder: &Holder<'_>,
    start: u64,
    length: u64,
) -> Result<Vec<u8>, Error>
where
    B::Cipher: 'static,
{
    let opener = cmkit::run(envelope::open::<B, _>(envelope, options, Injected::any())?, holder)?;
    opener.open_range(&envelope[opener.head_size()..], start..start + length)
}

/// A seekable reader gives nothing after the end, as files do, where a range that starts there is an error.
fn check_seekable(case: &RangeCase, envelope: &[u8], options: &OpenOptions, holder: &Holder<'_>) -> Result<(), String> {
    let found = SeekReader::open(Cursor::new(envelope), options, holder).and_then(|mut reader| {
        reader.seek(SeekFrom::Start(case.start)).expect("a place");
        let mut out = Vec::new();
        let read = reader.take(case.length).read_to_end(&mut out);
        read.map_err(|error| error.downcast::<Error>().expect("an error of cmkit inside"))?;
        Ok(out)
    });
    match (&case.result, &found) {
        (Outcome::Failure(due), Ok(found)) if due.error.admits(&"out_of_range".into()) && found.is_empty() => Ok(()),
        _ => case.result.check(found, |due, found| due.plaintext.check(&found)),
    }
}
