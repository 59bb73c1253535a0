//! Latencies of any number of exchanges, to three digits, in a form that merges exactly: HdrHistogram, and its V2 encoding
//! where it travels. Documented: HdrHistogram, V2 encoding.

use std::time::Duration;

use hdrhistogram::Histogram as Hdr;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The longest latency that is told apart, in microseconds.
const LONGEST: u64 = 120_000_000;
/// Digits that are kept.
const DIGITS: u8 = 3;
/// Values told apart in each octave: the power of two above 2 · 10³.
const HALF: u64 = 1024;
/// The encoding's first word: version 2, counts of any width.
const COOKIE: u32 = 0x1c84_9313;
/// Bytes in front of the counts.
const HEADER: usize = 40;
/// The most bytes of an encoding that is read: nine for each value.
const MOST_BYTES: usize = 1 << 18;

/// Latencies in microseconds. An empty one takes no room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram(Option<Box<Hdr<u64>>>);

/// Bytes that are no such histogram.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("these bytes are no HdrHistogram (V2) of three digits up to {LONGEST} microseconds")]
pub struct NoHistogram;

impl Histogram {
    /// One more latency. Inlined, so that a load records as quickly as all else that it does for each push.
    #[inline]
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        if self.0.is_none() {
            self.0 = empty();
        }
        if let Some(hdr) = &mut self.0 {
            hdr.saturating_record(micros.max(1));
        }
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            // Both have the same bounds, so this cannot fail.
            (Some(own), Some(other)) => drop(own.add(other.as_ref())),
            (own @ None, Some(other)) => *own = Some(other.clone()),
            (_, None) => {}
        }
    }

    /// The number of latencies.
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |hdr| hdr.len())
    }

    /// The latency that this part of them (0 to 1) does not exceed, in microseconds; none where there are none.
    pub fn quantile(&self, part: f64) -> Option<u64> {
        let hdr = self.0.as_ref().filter(|hdr| !hdr.is_empty())?;
        Some(hdr.value_at_quantile(part))
    }

    /// The sum of all, in seconds, to three digits.
    pub fn sum(&self) -> f64 {
        // Below 2^53 microseconds, 285 years.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let micros = self.recorded().map(|(value, count)| (value * count) as f64);
        // The sum of nothing is -0.0.
        (micros.sum::<f64>() + 0.0) / 1e6
    }

    /// The greatest, in microseconds.
    pub fn max(&self) -> Option<u64> {
        self.quantile(1.0)
    }

    /// Each latency that came, in microseconds, with how often.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let hdrs = self.0.iter();
        hdrs.flat_map(|hdr| hdr.iter_recorded())
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// The V2 encoding.
    pub fn encoded(&self) -> Vec<u8> {
        let mut counts = Vec::new();
        let last = self.0.as_ref().map_or(0, |hdr| place(hdr.max()));
        let mut zeros = 0_u64;
        for index in 0..=last {
            match self.0.as_ref().map_or(0, |hdr| hdr.count_at(value(index))) {
                0 => zeros += 1,
                count => {
                    write_zeros(&mut counts, &mut zeros);
                    write_number(&mut counts, count << 1);
                }
            }
        }
        write_zeros(&mut counts, &mut zeros);
        let mut bytes = Vec::with_capacity(HEADER + counts.len());
        bytes.extend(COOKIE.to_be_bytes());
        // Bounded by MOST_BYTES.
        bytes.extend(
            u32::try_from(counts.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        bytes.extend(0_u32.to_be_bytes());
        bytes.extend(u32::from(DIGITS).to_be_bytes());
        bytes.extend(1_u64.to_be_bytes());
        bytes.extend(LONGEST.to_be_bytes());
        bytes.extend(1_f64.to_be_bytes());
        bytes.extend(counts);
        bytes
    }

    /// The histogram of an encoding.
    pub fn decoded(bytes: &[u8]) -> Result<Self, NoHistogram> {
        let (head, mut rest) = bytes.split_at_checked(HEADER).ok_or(NoHistogram)?;
        let mut wanted = Self::default().encoded();
        wanted.truncate(HEADER);
        // The length of the counts may differ.
        let fits = head[..4] == wanted[..4] && head[8..] == wanted[8..];
        if !fits || bytes.len() > MOST_BYTES {
            return Err(NoHistogram);
        }
        let mut hdr = empty().ok_or(NoHistogram)?;
        let mut index = 0_u64;
        while !rest.is_empty() {
            let number = read_number(&mut rest).ok_or(NoHistogram)?;
            if number & 1 == 1 {
                index = index.saturating_add((number >> 1).saturating_add(1));
                continue;
            }
            if index > place(LONGEST) {
                return Err(NoHistogram);
            }
            hdr.record_n(value(index), number >> 1)
                .map_err(|_| NoHistogram)?;
            index += 1;
        }
        Ok(Self((!hdr.is_empty()).then_some(hdr)))
    }
}

fn empty() -> Option<Box<Hdr<u64>>> {
    // The bounds are sound.
    Hdr::new_with_bounds(1, LONGEST, DIGITS).ok().map(Box::new)
}

/// The value that stands at a place of the counts.
const fn value(index: u64) -> u64 {
    if index < 2 * HALF {
        return index;
    }
    let octave = index / HALF - 1;
    (index % HALF + HALF) << octave
}

/// The place of a value among the counts.
const fn place(value: u64) -> u64 {
    if value < 2 * HALF {
        return value;
    }
    let octave = value.ilog2() as u64 - HALF.ilog2() as u64;
    octave * HALF + (value >> octave)
}

/// Zeros that follow each other are written as their negative number.
fn write_zeros(bytes: &mut Vec<u8>, zeros: &mut u64) {
    match std::mem::take(zeros) {
        0 => {}
        // One zero stands for itself.
        1 => bytes.push(0),
        zeros => write_number(bytes, (zeros << 1) - 1),
    }
}

/// Seven bits a byte, the lowest first; the ninth byte has eight.
fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    for _ in 0..8 {
        if number < 0x80 {
            break;
        }
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0xff) as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if place == 8 {
            return Some(number | u64::from(*byte) << 56);
        }
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

/// In JSON as hex digits.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.encoded();
        let mut hex = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] {
                hex.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        serializer.serialize_str(&hex)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = |digit: char| u8::try_from(digit.to_digit(16)?).ok();
        let digits: Option<Vec<u8>> = text.chars().map(value).collect();
        let digits = digits.ok_or_else(|| D::Error::custom(NoHistogram))?;
        let pairs = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]);
        let bytes: Vec<u8> = pairs.collect();
        Self::decoded(&bytes).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for micros in micros {
            histogram.record(Duration::from_micros(micros));
        }
        histogram
    }

    fn some() -> Vec<u64> {
        (0..400)
            .map(|step| 1 + step * step * step % 5_000_011)
            .chain([1, 2047, 2048, LONGEST, 1 << 40])
            .collect()
    }

    #[test]
    fn a_place_has_a_value_and_a_value_a_place() {
        for index in (0..16_000).chain([place(LONGEST)]) {
            assert_eq!(place(value(index)), index);
        }
    }

    #[test]
    fn an_encoding_says_the_same() {
        for histogram in [Histogram::default(), of([1]), of(some())] {
            let again = Histogram::decoded(&histogram.encoded()).unwrap();
            assert_eq!(again, histogram);
            let json = serde_json::to_string(&histogram).unwrap();
            assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), histogram);
        }
        for length in 0..HEADER {
            assert!(Histogram::decoded(&of([1]).encoded()[..length]).is_err());
        }
    }

    #[test]
    fn merging_is_the_same_as_recording_together() {
        let (front, back) = (some(), [3, 5, 900_000]);
        let mut merged = of(front.clone());
        merged.merge(&of(back));
        merged.merge(&Histogram::default());
        assert_eq!(merged, of(front.into_iter().chain(back)));
        assert_eq!(merged.count(), 408);
        assert_eq!(of([10, 20, 30]).quantile(0.5), Some(20));
        assert_eq!(Histogram::default().max(), None);
    }

    #[test]
    fn numbers_have_one_to_nine_bytes() {
        for number in [0, 1, 127, 128, 1 << 20, u64::MAX >> 1, u64::MAX] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, number);
            assert_eq!(read_number(&mut bytes.as_slice()), Some(number));
        }
    }
}
