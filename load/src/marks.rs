//! Facts about each push by its number: eight bits, in one piece of memory for each second. Ten million pushes take ten
//! megabytes.

use crate::sequence::Place;

/// One thing that is known of a push.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Mark {
    /// It was sent, first or again.
    Sent = 1,
    /// It was acknowledged at least once.
    Acknowledged = 2,
    /// It was sent a second time, or more.
    Again = 4,
    /// Its answer was for another user.
    WrongUser = 8,
}

/// The marks of the pushes of one shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    shards: u64,
    seconds: Vec<Vec<u8>>,
}

impl Marks {
    /// None yet, for one of so many shards.
    pub fn new(shards: u32) -> Self {
        Self {
            shards: u64::from(shards.max(1)),
            seconds: Vec::new(),
        }
    }

    /// Notes something about a push.
    pub fn set(&mut self, place: Place, mark: Mark) {
        let Some((second, index)) = self.at(place) else {
            return;
        };
        if self.seconds.len() <= second {
            self.seconds.resize_with(second + 1, Vec::new);
        }
        let marks = &mut self.seconds[second];
        if marks.len() <= index {
            marks.resize(index + 1, 0);
        }
        marks[index] |= mark as u8;
    }

    /// True if that is known of a push.
    pub fn has(&self, place: Place, mark: Mark) -> bool {
        let found = self
            .at(place)
            .and_then(|(second, index)| self.seconds.get(second)?.get(index));
        found.is_some_and(|marks| marks & mark as u8 != 0)
    }

    /// Adds what others of the same shard know.
    pub fn merge(&mut self, other: &Self) {
        if self.seconds.len() < other.seconds.len() {
            self.seconds.resize_with(other.seconds.len(), Vec::new);
        }
        for (own, other) in self.seconds.iter_mut().zip(&other.seconds) {
            if own.len() < other.len() {
                own.resize(other.len(), 0);
            }
            for (own, other) in own.iter_mut().zip(other) {
                *own |= other;
            }
        }
    }

    /// Places that have any mark, of the shard with that remainder. The shard's numbers within a second lie as far apart as
    /// there are shards.
    pub fn places(&self, remainder: impl Fn(u64) -> u64) -> impl Iterator<Item = Place> {
        let seconds = (0_u64..).zip(&self.seconds);
        seconds.flat_map(move |(second, marks)| {
            let offset = remainder(second);
            let shards = self.shards;
            let marked = (0_u64..).zip(marks).filter(|(_, marks)| **marks != 0);
            marked.map(move |(index, _)| Place {
                second,
                index: index * shards + offset,
            })
        })
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> usize {
        self.seconds.iter().map(Vec::capacity).sum()
    }

    fn at(&self, place: Place) -> Option<(usize, usize)> {
        let second = usize::try_from(place.second).ok()?;
        let index = usize::try_from(place.index / self.shards.max(1)).ok()?;
        Some((second, index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn place(second: u64, index: u64) -> Place {
        Place { second, index }
    }

    #[test]
    fn what_is_marked_is_found_and_nothing_else() {
        let mut marks = Marks::new(4);
        marks.set(place(2, 7), Mark::Sent);
        let mut others = Marks::new(4);
        others.set(place(2, 7), Mark::Acknowledged);
        others.set(place(5, 11), Mark::Sent);
        marks.merge(&others);
        assert!(marks.has(place(2, 7), Mark::Sent) && marks.has(place(2, 7), Mark::Acknowledged));
        assert!(!marks.has(place(2, 3), Mark::Sent) && !marks.has(place(9, 0), Mark::Sent));
        let places: Vec<Place> = marks.places(|_| 3).collect();
        assert_eq!(places, [place(2, 7), place(5, 11)]);
    }

    #[test]
    fn ten_million_pushes_take_little() {
        let mut marks = Marks::new(1);
        for second in 0..500 {
            for index in 0..20_000 {
                marks.set(place(second, index), Mark::Sent);
            }
        }
        assert!(marks.bytes() < 20_000_000, "{}", marks.bytes());
    }
}
