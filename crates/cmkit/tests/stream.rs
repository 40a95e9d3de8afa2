//! Streams against memory: the same plaintext through every way of sealing and opening, at every border.

use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions, ServiceKey, Suite};
use cmkit::{Code, NoVault, OpenReader, SealWriter, SeekReader, Threads};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

fn service_key() -> Arc<ServiceKey> {
    Arc::new(cmkit::generate_service_key("default").expect("a key"))
}

fn seal_options(key: &Arc<ServiceKey>, suite: Suite) -> SealOptions {
    SealOptions { suite, ..SealOptions::new([key.clone().into()]) }
}

fn open_options(key: &Arc<ServiceKey>) -> OpenOptions {
    OpenOptions::new(OpenKeys { service: vec![key.clone()], ..OpenKeys::default() })
}

fn plaintext(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}

/// Around chunks and around batches of 1 MiB, for both suites.
const SIZES: [usize; 14] = [
    0, 1, 16383, 16384, 16385, 49152, 262_143, 262_144, 262_145, 1_048_575, 1_048_576, 1_048_577, 2_097_152, 3_000_001,
];

#[test]
fn every_way_of_sealing_opens_in_every_way() {
    let key = service_key();
    let options = open_options(&key);
    for suite in [Suite::Chunk16K, Suite::Chunk256K] {
        for size in SIZES {
            let data = plaintext(size);
            let in_memory = cmkit::seal(&data, seal_options(&key, suite), &NoVault).expect("sealed");
            let mut streamed = Vec::new();
            let count =
                cmkit::seal_stream(&data[..], &mut streamed, seal_options(&key, suite), &NoVault, &mut |_| Ok(()))
                    .expect("sealed");
            assert_eq!(count, size as u64);
            let sealer = cmkit::begin_seal(seal_options(&key, suite), &NoVault).expect("begun");
            let mut writer = SealWriter::new(sealer, Vec::new(), Threads::One);
            writer.write_head().expect("written");
            for piece in data.chunks(70_001) {
                writer.write_all(piece).expect("written");
            }
            let written = writer.finish().expect("finished");

            for envelope in [in_memory, streamed, written] {
                assert!(cmkit::open(&envelope, &options, &NoVault).expect("opened") == data, "{size}");
                let mut out = Vec::new();
                cmkit::open_stream(&envelope[..], &mut out, &options, &NoVault, &mut |_| Ok(())).expect("opened");
                assert!(out == data, "{size}");
                let mut out = Vec::new();
                OpenReader::open(&envelope[..], &options, &NoVault)
                    .expect("opened")
                    .read_to_end(&mut out)
                    .expect("read");
                assert!(out == data, "{size}");
            }
        }
    }
}

#[test]
fn truncation_at_every_border_is_an_error_and_releases_only_what_is_authentic() {
    let key = service_key();
    let options = open_options(&key);
    let data = plaintext(1_048_576 + 16384 + 7);
    let envelope = cmkit::seal(&data, seal_options(&key, Suite::Chunk16K), &NoVault).expect("sealed");
    let head = envelope.len() - (data.len() + (data.len() / 16384 + 1) * 16);
    let borders = (0..=65).map(|chunk| head + chunk * 16400);
    for cut in borders.chain([envelope.len() - 1, envelope.len() - 8, envelope.len() - 22]) {
        let error = cmkit::open(&envelope[..cut], &options, &NoVault).expect_err("cut");
        assert!(matches!(error.code(), Code::Truncated | Code::Decrypt), "{cut}: {error}");
        let mut out = Vec::new();
        let streamed =
            cmkit::open_stream(&envelope[..cut], &mut out, &options, &NoVault, &mut |_| Ok(())).expect_err("cut");
        assert_eq!(streamed.code(), error.code(), "{cut}");
        assert!(data.starts_with(&out));
        let mut reader = OpenReader::open(&envelope[..cut], &options, &NoVault).expect("the head is whole");
        let mut out = Vec::new();
        assert!(reader.read_to_end(&mut out).is_err(), "{cut}");
        assert!(data.starts_with(&out));
        for _ in 0..2 {
            let again = reader.read(&mut [0; 1]).expect_err("it goes on to fail");
            let again = again.downcast::<cmkit::Error>().expect("an error of cmkit inside");
            assert_eq!(again.code(), error.code(), "{cut}");
        }
    }
}

#[test]
fn a_changed_chunk_fails_the_same_on_one_thread_and_on_several() {
    let key = service_key();
    let options = open_options(&key);
    let data = plaintext(2_000_000);
    let envelope = cmkit::seal(&data, seal_options(&key, Suite::Chunk16K), &NoVault).expect("sealed");
    for at in [envelope.len() - 1, envelope.len() - 1_000_000, envelope.len() - 1_999_000] {
        let mut changed = envelope.clone();
        changed[at] ^= 1;
        assert_eq!(cmkit::open(&changed, &options, &NoVault).expect_err("changed").code(), Code::Decrypt);
        for threads in [Threads::One, Threads::All] {
            let opener = cmkit::begin_open(&changed, &options, &NoVault).expect("the head is whole");
            let body = &changed[opener.head_size()..];
            let error = OpenReader::new(opener, body, threads).read_to_end(&mut Vec::new()).expect_err("changed");
            let error = error.downcast::<cmkit::Error>().expect("an error of cmkit inside");
            assert_eq!(error.code(), Code::Decrypt);
        }
    }
}

#[test]
fn seeking_reads_the_same_as_slicing() {
    let key = service_key();
    let options = open_options(&key);
    for (suite, size) in
        [(Suite::Chunk16K, 100_000), (Suite::Chunk16K, 32768), (Suite::Chunk256K, 600_000), (Suite::Chunk16K, 0)]
    {
        let data = plaintext(size);
        let envelope = cmkit::seal(&data, seal_options(&key, suite), &NoVault).expect("sealed");
        let mut reader = SeekReader::open(Cursor::new(&envelope), &options, &NoVault).expect("opened");
        assert_eq!(reader.len(), size as u64);
        for (start, length) in
            [(0, 10), (16380, 10), (32760, 100), (size.saturating_sub(5), 50), (size, 1), (size + 9, 1)]
        {
            reader.seek(SeekFrom::Start(start as u64)).expect("sought");
            let mut out = Vec::new();
            reader.by_ref().take(length).read_to_end(&mut out).expect("read");
            let start = start.min(size);
            assert_eq!(out, data[start..size.min(start + length as usize)]);
        }
        let range = cmkit::open_range(&envelope, 3..40_000, &options, &NoVault);
        match range {
            Ok(range) => assert_eq!(range, data[3..40_000.min(size)]),
            Err(error) => assert!(size < 3 && error.code() == Code::OutOfRange),
        }
        assert!(reader.seek(SeekFrom::Current(-1_000_000_000)).is_err());
    }
}

#[test]
fn a_seekable_reader_proves_the_end_first() {
    let key = service_key();
    let options = open_options(&key);
    let envelope = cmkit::seal(&plaintext(50_000), seal_options(&key, Suite::Chunk16K), &NoVault).expect("sealed");
    let head = envelope.len() - 50_000 - 4 * 16;
    let open = |bytes: &[u8]| {
        SeekReader::open(Cursor::new(bytes.to_vec()), &options, &NoVault).map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(open(&envelope), Ok(()));
    assert_eq!(open(&envelope[..head + 2 * 16400]), Err(Code::Truncated));
    assert_eq!(open(&envelope[..head + 16400 + 20]), Err(Code::Decrypt));
    let mut first_changed = envelope.clone();
    first_changed[head] ^= 1;
    let mut reader = SeekReader::open(Cursor::new(first_changed), &options, &NoVault).expect("the end is whole");
    assert!(reader.read(&mut [0; 8]).is_err());
    reader.seek(SeekFrom::Start(20_000)).expect("sought");
    assert_eq!(reader.read(&mut [0; 8]).expect("another chunk is whole"), 8);
}

#[test]
fn a_writer_keeps_the_limit_of_a_message() {
    let key = service_key();
    let options = SealOptions { max_message: 20_000, ..seal_options(&key, Suite::Chunk16K) };
    let seal = |size: usize| {
        cmkit::seal_stream(&plaintext(size)[..], Vec::new(), options.clone(), &NoVault, &mut |_| Ok(()))
            .map_err(|e| e.code())
    };
    assert_eq!(seal(20_000), Ok(20_000));
    assert_eq!(seal(20_001), Err(Code::TooLarge));
    assert_eq!(
        cmkit::seal(&plaintext(20_001), options.clone(), &NoVault).expect_err("too large").code(),
        Code::TooLarge
    );
}

/// Takes so many bytes and then fails once.
struct Faulty {
    taken: Vec<u8>,
    room: usize,
}

impl Write for Faulty {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.room == 0 {
            self.room = usize::MAX;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let count = data.len().min(self.room);
        self.taken.extend_from_slice(&data[..count]);
        self.room -= count;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_whose_output_failed_once_never_makes_a_whole_envelope() {
    let key = service_key();
    let sealer = cmkit::begin_seal(seal_options(&key, Suite::Chunk16K), &NoVault).expect("begun");
    let room = sealer.head().len();
    let mut output = Faulty { taken: Vec::new(), room };
    let mut writer = SealWriter::new(sealer, &mut output, Threads::One);
    writer.write_head().expect("written");
    let data = plaintext(1_048_576);
    writer.write_all(&data).expect("gathered");
    for _ in 0..2 {
        let error = writer.write_all(&data).expect_err("it goes on to fail");
        assert_eq!(error.downcast::<cmkit::Error>().expect("an error of cmkit inside").code(), Code::Io);
    }
    assert_eq!(writer.finish().map(|_| ()).expect_err("it goes on to fail").code(), Code::Io);
    assert_eq!(output.taken.len(), room, "nothing more was written");
}

#[test]
fn progress_ends_a_stream_with_its_own_error() {
    let key = service_key();
    let mut stop = |done| if done > 1_500_000 { Err(Code::OutOfRange.into()) } else { Ok(()) };
    let data = plaintext(5_000_000);
    let error = cmkit::seal_stream(&data[..], Vec::new(), seal_options(&key, Suite::Chunk16K), &NoVault, &mut stop);
    assert_eq!(error.expect_err("stopped").code(), Code::OutOfRange);
    let envelope = cmkit::seal(&data, seal_options(&key, Suite::Chunk16K), &NoVault).expect("sealed");
    let mut out = Vec::new();
    let error = cmkit::open_stream(&envelope[..], &mut out, &open_options(&key), &NoVault, &mut stop);
    assert_eq!(error.expect_err("stopped").code(), Code::OutOfRange);
    assert_eq!(out.len(), 2 << 20);
}

/// Counts what is read.
struct Counted<'a>(Cursor<&'a [u8]>, &'a std::cell::Cell<(u32, usize)>);

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let (calls, bytes) = self.1.get();
        let count = self.0.read(out)?;
        self.1.set((calls + 1, bytes + count));
        Ok(count)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_seekable_reader_reads_ahead_for_who_reads_on_and_not_for_who_jumps() {
    let key = service_key();
    let data = plaintext(5_000_000);
    let envelope = cmkit::seal(&data, seal_options(&key, Suite::Chunk16K), &NoVault).expect("sealed");
    let seen = std::cell::Cell::default();
    let input = Counted(Cursor::new(&envelope), &seen);
    let mut reader = SeekReader::open(input, &open_options(&key), &NoVault).expect("opened");
    seen.set((0, 0));
    let mut out = vec![0; 8192];
    for at in [4_000_000, 100_000, 2_000_000] {
        reader.seek(SeekFrom::Start(at)).expect("sought");
        reader.read_exact(&mut out[..100]).expect("read");
        assert!(out[..100] == data[at as usize..][..100]);
    }
    assert_eq!(seen.get(), (3, 3 * 16400));

    seen.set((0, 0));
    reader.rewind().expect("sought");
    let (mut read, mut size) = (Vec::new(), 1);
    while size > 0 {
        size = reader.read(&mut out).expect("read");
        read.extend_from_slice(&out[..size]);
    }
    assert!(read == data);
    assert!(seen.get().0 <= 14, "{:?}: 1, 2, 4, .. 64, 64, ..", seen.get());
}

#[test]
fn a_broken_chunk_ahead_does_not_withhold_the_ones_before_it() {
    let key = service_key();
    let data = plaintext(1_000_000);
    let mut envelope = cmkit::seal(&data, seal_options(&key, Suite::Chunk16K), &NoVault).expect("sealed");
    let body = envelope.len() - 1_000_000 - 62 * 16;
    envelope[body + 33 * 16400] ^= 1;
    let mut reader = SeekReader::open(Cursor::new(&envelope), &open_options(&key), &NoVault).expect("opened");
    let mut out = Vec::new();
    let error = reader.read_to_end(&mut out).expect_err("broken").downcast::<cmkit::Error>().expect("of cmkit");
    assert_eq!((error.code(), out.len()), (Code::Decrypt, 33 * 16384));
    reader.seek(SeekFrom::Start(34 * 16384)).expect("sought");
    reader.read_to_end(&mut out).expect("the rest is whole");
    assert_eq!(out.len(), 1_000_000 - 16384);
}
