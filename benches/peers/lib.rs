//! What the benchmarks beside peers share: nothing but this crate's existence.
