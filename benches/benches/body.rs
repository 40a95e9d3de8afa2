//! Bodies against a raw loop over the same chunks in the same buffer, on one core and on two.

use cmkit::Threads;
use cmkit_benches::{CHUNK, RECORD, Raw, key, medians, opening, print_ratio, sealing, time};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;

const MIB: usize = 1 << 20;

fn ratios(_: &mut Criterion) {
    let key = key();
    for (name, size, rounds) in [("1 MiB", MIB, 401), ("64 MiB", 64 * MIB, 21)] {
        let records = size / CHUNK;
        let mut buffer = vec![1; records * RECORD];
        let raw = Raw::default();
        let buffer = std::cell::RefCell::new(&mut buffer[..]);

        let mut raw_one = || {
            let records = &mut **buffer.borrow_mut();
            time(|| (0..).zip(records.chunks_mut(RECORD)).for_each(|(index, record)| raw.seal(index, record)))
        };
        let mut raw_two = || {
            let records = &mut **buffer.borrow_mut();
            time(|| {
                let jobs = records.par_chunks_mut(RECORD).enumerate().with_min_len(4);
                jobs.for_each(|(index, record)| raw.seal(index as u64, record));
            })
        };
        // Each message gets a key of its own; making it is part of the work.
        let ours = |threads| {
            let records = &mut **buffer.borrow_mut();
            time(|| {
                let sealer = cmkit::begin_seal(sealing(&key), &cmkit::NoVault).expect("begun");
                cmkit::seal_in_place(&sealer, records, threads).expect("sealed");
            })
        };
        let [one, two, raw_one, raw_two] =
            medians(rounds, [&mut || ours(Threads::One), &mut || ours(Threads::All), &mut raw_one, &mut raw_two]);
        print_ratio(&format!("seal {name} in place, one core"), size, one, raw_one);
        print_ratio(&format!("seal {name} in place, two cores"), size, two, raw_two);
        print_ratio(&format!("seal {name}, two cores over one"), size, two, one);
        print_ratio("(the raw loop, two cores over one)", size, raw_two, raw_one);

        let plain = vec![1; size];
        let envelope = cmkit::seal(&plain, sealing(&key), &cmkit::NoVault).expect("sealed");
        let head = envelope.len() - (size + (records + 1) * 16);
        let mut sealed = vec![1; records * RECORD];
        (0..).zip(sealed.chunks_mut(RECORD)).for_each(|(index, record)| raw.seal(index, record));
        let mut scratch = vec![0; records * RECORD];
        let mut out = vec![0; size];
        let options = opening(&key);
        let mut open_into = || {
            time(|| {
                let opener = cmkit::begin_open(&envelope, &options, &cmkit::NoVault).expect("begun");
                opener.open_into(&envelope[head..], &mut out).expect("opened");
            })
        };
        // The raw loop opens in place, in a buffer that is filled outside the time taken.
        let mut raw_open = || {
            scratch.copy_from_slice(&sealed);
            time(|| (0..).zip(scratch.chunks_mut(RECORD)).for_each(|(index, record)| raw.open(index, record)))
        };
        let [open_into, raw_open] = medians(rounds.min(101), [&mut open_into, &mut raw_open]);
        print_ratio(&format!("open {name} into a reused buffer, one core"), size, open_into, raw_open);

        let mut place = vec![0; records * RECORD];
        let mut open_in_place = || {
            place.copy_from_slice(&envelope[head..head + records * RECORD]);
            time(|| {
                let opener = cmkit::begin_open(&envelope, &options, &cmkit::NoVault).expect("begun");
                (0..).zip(place.chunks_mut(RECORD)).for_each(|(index, record)| {
                    opener.open_chunk_in_place(index, record).expect("authentic");
                });
            })
        };
        let mut raw_open = || {
            scratch.copy_from_slice(&sealed);
            time(|| (0..).zip(scratch.chunks_mut(RECORD)).for_each(|(index, record)| raw.open(index, record)))
        };
        let [open_in_place, raw_open] = medians(rounds.min(101), [&mut open_in_place, &mut raw_open]);
        print_ratio(&format!("open {name} in place, one core"), size, open_in_place, raw_open);
    }
}

fn throughput(criterion: &mut Criterion) {
    let key = key();
    let mut group = criterion.benchmark_group("body");
    for size in [1024, 64 * 1024, MIB, 16 * MIB] {
        let plain = vec![1; size];
        let envelope = cmkit::seal(&plain, sealing(&key), &cmkit::NoVault).expect("sealed");
        let options = opening(&key);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("seal to a new vector, {size} bytes"), |bencher| {
            bencher.iter(|| cmkit::seal(&plain, sealing(&key), &cmkit::NoVault).expect("sealed"));
        });
        group.bench_function(format!("open to a new vector, {size} bytes"), |bencher| {
            bencher.iter(|| cmkit::open(&envelope, &options, &cmkit::NoVault).expect("opened"));
        });
    }
    group.finish();
}

criterion_group!(benches, ratios, throughput);
criterion_main!(benches);
