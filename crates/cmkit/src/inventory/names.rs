//! Names of objects: all are counted, the first in order are kept.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::collections::BinaryHeap;

/// A count of objects with the names of some of them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    count: u64,
    limit: usize,
    /// The greatest on top, which goes first.
    kept: BinaryHeap<Box<str>>,
}

impl Names {
    pub(super) const fn new(limit: usize) -> Self {
        Self { count: 0, limit, kept: BinaryHeap::new() }
    }

    pub(super) fn add(&mut self, name: &str) {
        self.count += 1;
        self.keep(name);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        other.kept.iter().for_each(|name| self.keep(name));
    }

    fn keep(&mut self, name: &str) {
        if self.kept.len() < self.limit {
            self.kept.push(name.into());
        } else if let Some(mut last) = self.kept.peek_mut()
            && name < &**last
        {
            *last = name.into();
        }
    }

    /// How many objects there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The first names, in order; there may be more objects.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.kept.iter().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.names() == other.names()
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Names", 2)?;
        out.serialize_field("count", &self.count)?;
        out.serialize_field("names", &self.names())?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_kept_in_whatever_order_they_come() {
        let mut names = Names::new(3);
        ["e", "b", "d", "a", "c"].iter().for_each(|name| names.add(name));
        assert_eq!((names.count(), names.names()), (5, vec!["a", "b", "c"]));
        let mut others = Names::new(3);
        ["aa", "z"].iter().for_each(|name| others.add(name));
        others.merge(&names);
        assert_eq!((others.count(), others.names()), (7, vec!["a", "aa", "b"]));
        let mut none = Names::new(0);
        none.add("a");
        assert_eq!((none.count(), none.names().len()), (1, 0));
    }
}
