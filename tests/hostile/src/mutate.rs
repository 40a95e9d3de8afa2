//! Sound envelopes with edits: the input is not an envelope but a list of edits to one, so that a fuzzer reaches what lies
//! behind the header's authentication, and puts together what is sound in its parts.

use crate::bases::{Base, bases};
use crate::envelope::{compact, head, open, record};

/// Edits of one program, at most.
const MAX_EDITS: usize = 16;

/// Applies a program of edits to a sound message, record or value, and opens what results.
pub fn mutate(data: &[u8]) {
    let mut program = Program(data);
    let choice = program.byte() as usize;
    let bases = bases();
    match choice % (bases.messages.len() + 3) {
        0 => record(&edited(&bases.record, None, &mut program)),
        at @ (1 | 2) => compact(&edited(&bases.values[at - 1], None, &mut program)),
        at => {
            let base = &bases.messages[at - 3];
            let data = edited(&base.envelope, Some(base), &mut program);
            head(&data);
            open(&data);
        }
    }
}

fn edited(sound: &[u8], base: Option<&Base>, program: &mut Program<'_>) -> Vec<u8> {
    let mut data = sound.to_vec();
    for _ in 0..MAX_EDITS {
        if program.0.is_empty() {
            break;
        }
        edit(&mut data, base, program);
    }
    data
}

fn edit(data: &mut Vec<u8>, base: Option<&Base>, program: &mut Program<'_>) {
    let kind = program.byte();
    match (kind % 10, base) {
        (0, _) => {
            let (at, bit) = (program.place(data.len()), program.byte() % 8);
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << bit;
            }
        }
        (1, _) => {
            let (at, new) = (program.place(data.len()), program.byte());
            if let Some(byte) = data.get_mut(at) {
                *byte = new;
            }
        }
        (2, _) => data.truncate(program.place(data.len() + 1)),
        (3, _) => {
            let (at, new) = (program.place(data.len() + 1), program.bytes());
            data.splice(at..at, new.iter().copied());
        }
        (4, _) => {
            let at = program.place(data.len() + 1);
            let end = at.saturating_add(program.byte() as usize).min(data.len());
            data.drain(at..end);
        }
        (5, _) => data.extend_from_slice(program.bytes()),
        (6, Some(base)) => swap_chunks(data, base, program),
        (7, Some(base)) => {
            let range = chunk(data, base, program.byte());
            let copy = data[range.clone()].to_vec();
            data.splice(range.end..range.end, copy);
        }
        (8, Some(base)) => drop(data.drain(chunk(data, base, program.byte()))),
        // A part of another message in the same place: its head, or all from a place on.
        (9, Some(_)) => {
            let others = &bases().messages;
            let other = &others[program.byte() as usize % others.len()];
            let at =
                if program.byte().is_multiple_of(2) { other.head_size } else { program.place(other.envelope.len()) };
            let front = other.envelope[..at.min(data.len())].to_vec();
            data.splice(..front.len(), front);
        }
        _ => {}
    }
}

/// Where a chunk of the body lies.
fn chunk(data: &[u8], base: &Base, number: u8) -> std::ops::Range<usize> {
    let start = (base.head_size + number as usize % 4 * base.chunk).min(data.len());
    start..(start + base.chunk).min(data.len())
}

fn swap_chunks(data: &mut [u8], base: &Base, program: &mut Program<'_>) {
    let (a, b) = (chunk(data, base, program.byte()), chunk(data, base, program.byte()));
    if a.len() == b.len() && a.end <= b.start {
        let (front, back) = data.split_at_mut(b.start);
        front[a].swap_with_slice(&mut back[..b.end - b.start]);
    }
}

/// The input, read from its front; zeros follow its end.
struct Program<'a>(&'a [u8]);

impl<'a> Program<'a> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A place below a length: small ones from the front, or from behind.
    fn place(&mut self, below: usize) -> usize {
        let at = usize::from(u16::from_be_bytes([self.byte(), self.byte()]));
        if at & 0x8000 == 0 { at % below.max(1) } else { below.saturating_sub(1 + (at & 0x7fff) % below.max(1)) }
    }

    /// Up to 31 bytes, their number in front.
    fn bytes(&mut self) -> &'a [u8] {
        let count = (self.byte() as usize % 32).min(self.0.len());
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }
}
