//! Pushes of lost seconds: a worker may have sent them, and died before reporting it.

use crate::{
    ledger::counts,
    marks::{MOST_PLACES, Marks},
    sequence::{Item, Sequence},
    shard::Lost,
};

/// Pushes that may have been sent in lost seconds, and that nobody reported.
pub(super) fn pushes<'a>(
    sequence: &'a Sequence,
    marks: &'a Marks,
    lost: &'a [Lost],
) -> impl Iterator<Item = Item> + 'a {
    lost.iter().flat_map(move |lost| {
        // What was due at the very end of a second may have been sent in the next one, which is lost.
        let seconds = lost.from.saturating_sub(1)..lost.to;
        let numbers = seconds.flat_map(move |second| numbers(sequence, lost.shard, second));
        numbers.filter_map(move |number| {
            let item = sequence.item(number);
            let is_known = marks.was_sent(sequence.place(item.origin));
            (counts(sequence, &item) && !is_known).then_some(item)
        })
    })
}

/// The numbers of a shard in a second. The closed model has more of them than anybody can send.
fn numbers(sequence: &Sequence, shard: u32, second: u64) -> impl Iterator<Item = u64> + use<> {
    let shards = u64::from(sequence.plan().shards);
    let begins = sequence.first_of(second);
    let ends = sequence
        .first_of(second + 1)
        .min(begins + MOST_PLACES as u64);
    let ends = sequence.count().map_or(ends, |count| ends.min(count));
    let first = begins + (u64::from(shard) + shards - begins % shards) % shards;
    (first..ends).step_by(usize::try_from(shards).unwrap_or(usize::MAX))
}
