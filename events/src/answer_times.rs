//! Answer times: counted in classes, so that a run of any length takes the same room.

use serde::{Deserialize, Serialize};

/// The upper ends of the classes, as hundredths of a power of ten: six classes a decade.
const STEPS: [u64; 6] = [100, 150, 200, 300, 500, 700];
/// The first power of ten, in microseconds.
const FIRST: u64 = 1000;
/// The last power of ten whose classes are counted; what took longer is counted with the last class.
const LAST: u64 = 100_000_000;

/// The answer times of all pushes of a run. A push that somebody sends byte by byte is left out, for its time is our own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct AnswerTimes {
    /// The classes in which there are answers, the quickest first.
    pub classes: Vec<TimeClass>,
    /// Pushes that got no whole answer.
    pub unanswered: u64,
    /// The slowest answer, in microseconds.
    pub slowest_micros: u64,
}

/// Answers that took about as long.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TimeClass {
    /// The longest time of the class, in microseconds.
    pub within_micros: u64,
    /// The number of answers.
    pub answers: u64,
}

impl AnswerTimes {
    /// Counts an answer that took so many microseconds to its end.
    pub fn note(&mut self, micros: u64) {
        let within_micros = end_of_class(micros);
        let place = self
            .classes
            .partition_point(|class| class.within_micros < within_micros);
        match self.classes.get_mut(place) {
            Some(class) if class.within_micros == within_micros => class.answers += 1,
            _ => self.classes.insert(
                place,
                TimeClass {
                    within_micros,
                    answers: 1,
                },
            ),
        }
        self.slowest_micros = self.slowest_micros.max(micros);
    }

    /// Counts a push that got no whole answer.
    pub const fn note_unanswered(&mut self) {
        self.unanswered += 1;
    }

    /// The number of answers.
    pub fn answers(&self) -> u64 {
        self.classes.iter().map(|class| class.answers).sum()
    }

    /// The ends of all classes from the first to that of the last one which is wanted, in microseconds.
    pub fn ends(until_micros: u64) -> impl Iterator<Item = u64> {
        let last = end_of_class(until_micros);
        ends().take_while(move |end| *end <= last)
    }
}

fn ends() -> impl Iterator<Item = u64> {
    let powers = std::iter::successors(Some(FIRST), |power| Some(power * 10));
    powers
        .take_while(|power| *power <= LAST)
        .flat_map(|power| STEPS.map(|step| power / 100 * step))
}

fn end_of_class(micros: u64) -> u64 {
    ends()
        .find(|end| micros <= *end)
        .unwrap_or(LAST / 100 * STEPS[STEPS.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_in_order_and_in_little_room() {
        let mut times = AnswerTimes::default();
        for micros in [4_999_999, 5_000_000, 5_000_001, 0, 1000, 1001, u64::MAX] {
            times.note(micros);
        }
        times.note_unanswered();
        let told: Vec<(u64, u64)> = times
            .classes
            .iter()
            .map(|class| (class.within_micros, class.answers))
            .collect();
        let wanted = [
            (1000, 2),
            (1500, 1),
            (5_000_000, 2),
            (7_000_000, 1),
            (700_000_000, 1),
        ];
        assert_eq!(told, wanted);
        assert_eq!((times.answers(), times.unanswered), (7, 1));
        for micros in 0..100_000 {
            times.note(micros * 1000);
        }
        assert!(times.classes.len() <= ends().count());
        assert_eq!(
            AnswerTimes::ends(2000).collect::<Vec<_>>(),
            [1000, 1500, 2000]
        );
    }
}
