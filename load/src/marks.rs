//! Facts about each push by its place: a byte for each, in one piece of memory for each second. Ten million pushes take ten
//! to twenty megabytes. They travel as the distances between marked places.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::sequence::Place;

/// Places within a second, at most: more than there are MsgIds in one.
pub(crate) const MOST_PLACES: usize = 1 << 20;
/// The bits of a mark; a distance stands above them.
const BITS: u32 = 4;

/// One thing that is known of a push.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Mark {
    /// It was sent for the first time.
    Sent = 1,
    /// It was acknowledged at least once.
    Acknowledged = 2,
    /// A repeat of it was sent.
    Again = 4,
    /// Its answer was for another user.
    WrongUser = 8,
}

/// The marks of pushes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks(BTreeMap<u64, Vec<u8>>);

/// Text that is no marks of a second.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("these are no marks of at most {MOST_PLACES} pushes of a second")]
pub struct NoMarks;

impl Marks {
    /// Notes something about a push.
    pub fn set(&mut self, place: Place, mark: Mark) {
        let Some(index) = within(place.index) else {
            return;
        };
        let marks = self.0.entry(place.second).or_default();
        if marks.len() <= index {
            marks.resize(index + 1, 0);
        }
        marks[index] |= mark as u8;
    }

    /// True if that is known of a push.
    pub fn has(&self, place: Place, mark: Mark) -> bool {
        let marks = self.0.get(&place.second);
        let found = marks.and_then(|marks| marks.get(within(place.index)?));
        found.is_some_and(|marks| marks & mark as u8 != 0)
    }

    /// True if a push was sent, first or again.
    pub fn was_sent(&self, place: Place) -> bool {
        self.has(place, Mark::Sent) || self.has(place, Mark::Again)
    }

    /// True if only a repeat of a push is known.
    pub(crate) fn only_repeated(&self, place: Place) -> bool {
        self.has(place, Mark::Again) && !self.has(place, Mark::Sent)
    }

    /// Adds what others know.
    pub fn merge(&mut self, other: &Self) {
        for (second, other) in &other.0 {
            let own = self.0.entry(*second).or_default();
            if own.len() < other.len() {
                own.resize(other.len(), 0);
            }
            for (own, other) in own.iter_mut().zip(other) {
                *own |= other;
            }
        }
    }

    /// The marks of some places alone.
    #[must_use]
    pub fn only(&self, places: impl Iterator<Item = Place>) -> Self {
        let mut some = Self::default();
        for place in places {
            let (Some(index), Some(marks)) = (within(place.index), self.0.get(&place.second))
            else {
                continue;
            };
            let own = some.0.entry(place.second).or_default();
            own.resize(marks.len(), 0);
            if let (Some(own), Some(mark)) = (own.get_mut(index), marks.get(index)) {
                *own = *mark;
            }
        }
        some
    }

    /// True if nothing is known of any push.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Places that have any mark, in order.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().flat_map(|(second, marks)| {
            let marked = (0..).zip(marks).filter(|(_, marks)| **marks != 0);
            marked.map(|(index, _)| Place {
                second: *second,
                index,
            })
        })
    }

    /// The bytes that they take, about.
    pub fn bytes(&self) -> usize {
        self.0.values().map(Vec::capacity).sum()
    }
}

fn within(index: u64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    (index < MOST_PLACES).then_some(index)
}

/// A second's marks as text: for each mark the distance from the last one and the mark itself, in seven bits a byte, lowest
/// first.
fn packed(marks: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut distance = 0_u32;
    for mark in marks {
        if *mark == 0 {
            distance += 1;
            continue;
        }
        let mut rest = distance << BITS | u32::from(*mark);
        while rest >= 0x80 {
            bytes.push(lowest(rest) | 0x80);
            rest >>= 7;
        }
        bytes.push(lowest(rest));
        distance = 0;
    }
    STANDARD_NO_PAD.encode(bytes)
}

/// The lowest byte of a number.
const fn lowest(number: u32) -> u8 {
    number.to_le_bytes()[0]
}

fn unpacked(text: &str) -> Result<Vec<u8>, NoMarks> {
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| NoMarks)?;
    let mut marks = Vec::new();
    let (mut number, mut shift) = (0_u32, 0);
    for byte in bytes {
        // Four bytes hold any distance there is.
        if shift > 21 {
            return Err(NoMarks);
        }
        number |= u32::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 != 0 {
            continue;
        }
        let place = marks.len() + usize::try_from(number >> BITS).map_err(|_| NoMarks)?;
        if place >= MOST_PLACES {
            return Err(NoMarks);
        }
        marks.resize(place, 0);
        marks.push(lowest(number) & ((1 << BITS) - 1));
        (number, shift) = (0, 0);
    }
    if shift == 0 { Ok(marks) } else { Err(NoMarks) }
}

impl Serialize for Marks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = self.0.iter();
        serializer.collect_map(seconds.map(|(second, marks)| (second, packed(marks))))
    }
}

impl<'de> Deserialize<'de> for Marks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = BTreeMap::<u64, String>::deserialize(deserializer)?;
        let seconds = seconds.into_iter();
        let marks = seconds.map(|(second, text)| Ok((second, unpacked(&text)?)));
        let marks: Result<_, NoMarks> = marks.collect();
        marks.map(Self).map_err(D::Error::custom)
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
        let mut marks = Marks::default();
        marks.set(place(2, 7), Mark::Sent);
        let mut others = Marks::default();
        others.set(place(2, 7), Mark::Acknowledged);
        others.set(place(5, 11), Mark::Sent);
        marks.merge(&others);
        assert!(marks.has(place(2, 7), Mark::Sent) && marks.has(place(2, 7), Mark::Acknowledged));
        assert!(!marks.has(place(2, 3), Mark::Sent) && !marks.has(place(9, 0), Mark::Sent));
        let places: Vec<Place> = marks.places().collect();
        assert_eq!(places, [place(2, 7), place(5, 11)]);
    }

    #[test]
    fn they_travel_as_they_are() {
        let mut marks = Marks::default();
        for index in [0, 1, 7, 8, 9, 2000, 900_000] {
            marks.set(place(3, index), Mark::Sent);
            marks.set(place(70, index), Mark::WrongUser);
        }
        marks.set(place(3, 8), Mark::Acknowledged);
        let text = serde_json::to_string(&marks).unwrap();
        let back: Marks = serde_json::from_str(&text).unwrap();
        assert_eq!(back, marks, "{text}");
    }

    #[test]
    fn a_whole_second_of_a_shard_takes_a_byte_or_two_for_each_push() {
        for (shards, most) in [(1, 14), (1000, 28)] {
            let mut marks = Marks::default();
            for number in 0..800 {
                marks.set(place(0, number * shards), Mark::Sent);
            }
            let text = serde_json::to_string(&marks).unwrap();
            assert!(
                text.len() < 800 * most / 10,
                "{} with {shards} shards",
                text.len()
            );
        }
    }

    #[test]
    fn text_that_is_none_is_refused() {
        for text in ["!", "gICAgIA", "gA", "/////w8"] {
            let text = format!("{{\"3\":\"{text}\"}}");
            let read = serde_json::from_str::<Marks>(&text);
            assert!(read.is_err(), "{text}: {read:?}");
        }
    }

    #[test]
    fn ten_million_pushes_take_little() {
        let mut marks = Marks::default();
        for second in 0..500 {
            for index in 0..20_000 {
                marks.set(place(second, index), Mark::Sent);
            }
        }
        assert!(marks.bytes() < 20_000_000, "{}", marks.bytes());
    }
}
