//! Random values that a seed repeats.

/// A generator in the manner of splitmix64: quick, and good enough for names that must not collide.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draw(u64);

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Draw {
    /// The generator that this seed starts.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The place in the sequence, with which a generator goes on.
    pub(crate) const fn place(&self) -> u64 {
        self.0
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Letters, digits, `-` and `_`, that many, behind what `text` holds already.
    pub fn letters_onto(&mut self, text: &mut String, count: usize) {
        let mut bits = 0;
        for place in 0..count {
            if place % 10 == 0 {
                bits = self.next();
            }
            text.push(char::from(LETTERS[(bits & 63) as usize]));
            bits >>= 6;
        }
    }

    /// Letters, digits, `-` and `_`, that many.
    pub fn letters(&mut self, count: usize) -> String {
        let mut text = String::with_capacity(count);
        self.letters_onto(&mut text, count);
        text
    }

    /// Sixteen random bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes());
        bytes
    }

    /// True as often as `chance` says: 0 never, 1 always.
    pub fn happens(&mut self, chance: f64) -> bool {
        #[expect(
            clippy::cast_precision_loss,
            reason = "53 bits fit in the mantissa exactly"
        )]
        let drawn = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_another_does_not() {
        assert_eq!(Draw::new(1).letters(30), Draw::new(1).letters(30));
        assert_ne!(Draw::new(1).letters(30), Draw::new(2).letters(30));
    }

    #[test]
    fn chances_are_kept() {
        let mut draw = Draw::new(7);
        let often = (0..1000).filter(|_| draw.happens(0.25)).count();
        assert!((180..320).contains(&often), "{often}");
        assert!(!draw.happens(0.0));
        assert!((0..100).all(|_| draw.happens(1.0)));
    }
}
