//! The MsgId of a message. Observed since 2019: seventeen digits, odd and even, and `MsgId * 300 >> 32` is within two
//! minutes of CreateTime.

/// The MsgIds of one second, sixteen numbers apart: a server that reads them as doubles tells them apart all the same,
/// and mixes up only what is meant to show that.
pub const SLOTS: u64 = 894_780;

/// A MsgId lies at most so many seconds before its CreateTime.
const SECONDS: u64 = 100;

/// The number of lots that give different MsgIds within one second.
pub const LOTS: u64 = SLOTS * SECONDS;

/// The MsgId of a message of that CreateTime, in Unix seconds. Another lot gives another MsgId, and so does the same
/// lot in another second.
///
/// Neither a MsgId nor its successor survives as a double or is given to another message, and both are the same double.
/// None ends in zero, so that lost digits show.
pub const fn msg_id(create_time: u64, lot: u64) -> i64 {
    let second = create_time.saturating_sub(lot / SLOTS % SECONDS);
    let begins = second.saturating_mul(1 << 30) / 75 / 16 * 16;
    let slot = begins + lot % SLOTS * 16;
    // Doubles are four apart there, and a tie goes to the multiple of eight.
    let (odd, even) = (slot + 1, slot + 6);
    let wants_odd = (lot ^ (lot >> 2)) & 1 == 1;
    let takes_odd = if wants_odd {
        !(odd + 1).is_multiple_of(10)
    } else {
        even.is_multiple_of(10)
    };
    (if takes_odd { odd } else { even }).cast_signed()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    /// The lots at both ends and some between.
    fn lots() -> impl Iterator<Item = u64> {
        (0..2000)
            .chain((0..2000).map(|step| step * (LOTS / 2000)))
            .chain(LOTS - 2000..LOTS)
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "that is the question"
    )]
    fn as_a_double(number: i64) -> i64 {
        number as f64 as i64
    }

    #[test]
    fn they_say_when_the_message_was_made() {
        for now in [1_546_300_800, NOW, 4_000_000_000] {
            for lot in lots() {
                let made = (i128::from(msg_id(now, lot)) * 300) >> 32;
                assert!((made - i128::from(now)).abs() < 120, "{lot}");
                assert_eq!(msg_id(now, lot).to_string().len(), 17);
            }
        }
    }

    #[test]
    fn lost_digits_show() {
        for lot in lots() {
            let id = msg_id(NOW, lot);
            assert_ne!(as_a_double(id), id);
            assert_ne!(as_a_double(id + 1), id + 1);
            assert_eq!(as_a_double(id), as_a_double(id + 1));
            assert!(id % 10 != 0 && (id + 1) % 10 != 0, "{id}");
        }
        let odd = (0..1000).filter(|lot| msg_id(NOW, *lot) % 2 == 1).count();
        assert!((300..700).contains(&odd), "{odd}");
    }

    #[test]
    fn none_comes_twice_nor_its_successor() {
        let mut seen = HashSet::new();
        for second in NOW..NOW + 3 {
            for lot in (0..2000).chain(LOTS - 2000..LOTS) {
                let id = msg_id(second, lot);
                assert!(seen.insert(id) && seen.insert(id + 1));
            }
        }
    }

    #[test]
    fn two_of_them_are_two_doubles() {
        let doubles: HashSet<i64> = lots().map(|lot| as_a_double(msg_id(NOW, lot))).collect();
        assert_eq!(doubles.len(), lots().collect::<HashSet<u64>>().len());
    }
}
