//! `open.json`: whole envelopes, attached and detached, through every way there is to open them.

use cmkit::envelope::{self, Backend, ExternalContext, OpenOptions, Opener, RustCrypto, Suite, opened_size_at_most};
use cmkit::{Error, Native, OpenReader, SeekReader, Threads};
use cmkit_conformance::case::{self, OpenCase, Released};
use cmkit_conformance::{Holder, Injected, Outcome, Vectors, Verdict, all, due, sha256};
use std::io::{self, Cursor, Read};

#[test]
fn open_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<OpenCase>() {
        let open = Open::of(&vectors, &case);
        verdict.judge(&case.name, "portable", || open.in_memory::<RustCrypto>());
        verdict.judge(&case.name, "native", || open.in_memory::<Native>());
        verdict.judge(&case.name, "chunk by chunk", || open.chunk_by_chunk());
        verdict.judge(&case.name, "reader", || open.through_reader());
        verdict.judge(&case.name, "stream", || open.through_stream());
        verdict.judge(&case.name, "seekable", || open.through_seekable_reader());
    }
    verdict.finish();
}

/// One case with its input prepared.
struct Open<'a> {
    vectors: &'a Vectors,
    case: &'a OpenCase,
    head: Vec<u8>,
    /// `None` where head and body are one input.
    body: Option<Vec<u8>>,
    options: OpenOptions,
}

impl<'a> Open<'a> {
    fn of(vectors: &'a Vectors, case: &'a OpenCase) -> Self {
        let (head, body) = if case.detached {
            let (head, body) = vectors.detached(&case.envelope);
            (head, Some(body))
        } else {
            (vectors.bytes(&case.envelope), None)
        };
        let options = OpenOptions {
            external: case.external.as_ref().map(ExternalContext::from).unwrap_or_default(),
            expect: (&case.expect).into(),
            ..OpenOptions::new(vectors.open_keys(&case.configuration))
        };
        Self { vectors, case, head, body, options }
    }

    /// The plaintext or the class of the error, and what the holder was asked.
    fn check(&self, found: Result<Vec<u8>, Error>, holder: &Holder<'_>) -> Result<(), String> {
        let OpenCase { result, calls, called, resolves, .. } = self.case;
        all([
            result.check(found, |due, found| due.plaintext.check(&found)),
            calls.check("calls", &holder.called().len()),
            due("called", &holder.called(), called),
            resolves.check("resolves", &holder.resolves()),
        ])
    }

    /// What came out before an error is authentic, and no more than a reader of single chunks gives out.
    fn check_released(&self, released: &[u8]) -> Result<(), String> {
        let Some(due) = &self.case.released else { return Ok(()) };
        if released.len() > due.length {
            return Err(format!("{} bytes are released, at most {} may be", released.len(), due.length));
        }
        let most = self.release_chunk_by_chunk();
        if most.starts_with(released) { Ok(()) } else { Err("what is released is not a prefix".into()) }
    }

    fn holder(&self) -> Holder<'_> {
        self.vectors.holder(&self.case.holder, &[])
    }

    fn opener<B: Backend>(&self, holder: &Holder<'_>) -> Result<Opener<B::Cipher>, Error>
    where
        B::Cipher: 'static,
    {
        let step = match self.body {
            Some(_) => envelope::open_detached::<B, _>(&self.head, &self.options, Injected::any())?,
            None => envelope::open::<B, _>(&self.head, &self.options, Injected::any())?,
        };
        cmkit::run(step, holder)
    }

    fn body(&self, head_size: usize) -> &[u8] {
        self.body.as_deref().unwrap_or_else(|| &self.head[head_size..])
    }

    fn in_memory<B: Backend>(&self) -> Result<(), String>
    where
        B::Cipher: 'static,
    {
        let holder = self.holder();
        let found = self.opener::<B>(&holder).and_then(|opener| opener.open(self.body(opener.head_size())));
        self.check(found, &holder)
    }

    /// A reader that gives out each chunk as soon as it is authentic: exactly `released`.
    fn chunk_by_chunk(&self) -> Result<(), String> {
        let released = self.release_chunk_by_chunk();
        match (&self.case.released, &self.case.result) {
            (Some(Released { length, sha256: digest }), Outcome::Failure(_)) => {
                all([due("released", &released.len(), length), due("its digest", &sha256(&released), &digest.0)])
            }
            (None, Outcome::Output(output)) => output.plaintext.check(&released),
            _ => Err("`released` stands beside every error and nothing else".into()),
        }
    }

    fn release_chunk_by_chunk(&self) -> Vec<u8> {
        let Ok(opener) = self.opener::<RustCrypto>(&self.holder()) else { return Vec::new() };
        let body = self.body(opener.head_size());
        let record = sealed_chunk(opener.suite());
        let mut out = vec![0; opened_size_at_most(opener.suite(), body.len())];
        let mut released = 0;
        for (index, chunk) in (0..).zip(body.chunks(record)) {
            match opener.open_chunk_into(index, chunk, &mut out[released..]) {
                Ok(size) => released += size,
                Err(_) => break,
            }
        }
        out.truncate(released);
        out
    }

    fn through_reader(&self) -> Result<(), String> {
        let holder = self.holder();
        let mut released = Vec::new();
        let found = match &self.body {
            Some(body) => cmkit::begin_open_detached(&self.head, &self.options, &holder)
                .map(|opener| OpenReader::new(opener, &body[..], Threads::One))
                .and_then(|mut reader| read_all(&mut reader, &mut released)),
            None => OpenReader::open(&self.head[..], &self.options, &holder)
                .and_then(|mut reader| read_all(&mut reader, &mut released)),
        };
        all([self.check_released(&released), self.check(found.map(|()| released), &holder)])
    }

    fn through_stream(&self) -> Result<(), String> {
        if self.body.is_some() {
            return Ok(()); // streams are attached
        }
        let holder = self.holder();
        let mut released = Vec::new();
        let found = cmkit::open_stream(&self.head[..], &mut released, &self.options, &holder, &mut |_| Ok(()));
        all([self.check_released(&released), self.check(found.map(|_| released), &holder)])
    }

    /// A seekable reader judges the end of the body first, so two faults of a body may show as either.
    fn through_seekable_reader(&self) -> Result<(), String> {
        let holder = self.holder();
        let mut released = Vec::new();
        let found = match &self.body {
            Some(body) => cmkit::begin_open_detached(&self.head, &self.options, &holder)
                .and_then(|opener| SeekReader::new(opener, Cursor::new(body), 0, Threads::One))
                .and_then(|mut reader| read_all(&mut reader, &mut released)),
            None => SeekReader::open(Cursor::new(&self.head), &self.options, &holder)
                .and_then(|mut reader| read_all(&mut reader, &mut released)),
        };
        let of_body = |code: &str| matches!(code, "truncated" | "decrypt");
        let class = found.as_ref().map_err(|error| error.code().as_str().to_owned()).err();
        match (&self.case.result, class) {
            (Outcome::Failure(due), Some(class)) if of_body(&class) => {
                let either = ["truncated", "decrypt"].iter().any(|class| due.error.admits(&(*class).to_owned()));
                all([self.check_released(&released), if either { Ok(()) } else { Err(format!("error: {class}")) }])
            }
            _ => all([self.check_released(&released), self.check(found.map(|()| released), &holder)]),
        }
    }
}

const fn sealed_chunk(suite: Suite) -> usize {
    suite.chunk_size() + envelope::TAG_SIZE
}

/// Reads to the end in pieces of an odd size; after an error once more, for nothing may come any more.
fn read_all(reader: &mut impl Read, out: &mut Vec<u8>) -> Result<(), Error> {
    let mut piece = [0; 7777];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => out.extend_from_slice(&piece[..count]),
            Err(error) => {
                let count = reader.read(&mut piece).unwrap_or(0);
                out.extend_from_slice(&piece[..count]);
                return Err(cmkit_error(error));
            }
        }
    }
}

fn cmkit_error(error: io::Error) -> Error {
    error.downcast::<Error>().expect("an error of cmkit inside")
}
