//! The cast of a play: openids, MsgIds, nonces and random bytes.
//!
//! They derive from a salt that is new in every run and from the number of the play, so that the
//! same seed repeats the same content with fresh identities: a deduplicating server would otherwise
//! swallow the second run. All have a constant length, or no padding could be aimed at.

use std::cell::Cell;

use wxcheck_protocol::msg_id::{LOTS, msg_id};

/// Lets the owner of a staging system tell our users from others.
pub(crate) const OPENID_PREFIX: &str = "oWXCK";

/// True if an openid is one of ours, of this play or another.
pub fn is_invented(openid: &str) -> bool {
    openid.starts_with(OPENID_PREFIX)
}

/// Gives every play of a run identities of its own.
#[derive(Debug)]
pub struct Casting {
    salt: u64,
    plays: Cell<u64>,
}

impl Casting {
    /// A casting for one run; the salt must not repeat between runs.
    pub const fn new(salt: u64) -> Self {
        Self {
            salt,
            plays: Cell::new(0),
        }
    }

    /// The cast of the next play.
    pub fn next(&self) -> Cast {
        let play = self.plays.get();
        self.plays.set(play + 1);
        Cast {
            salt: self.salt,
            play,
        }
    }
}

/// The identities of one play.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    salt: u64,
    play: u64,
}

impl Cast {
    /// The openid of the play's user of that number: 28 characters, as WeChat's are.
    pub fn openid(&self, user: u8) -> String {
        let salt = self.salt & 0xffff_ffff_ffff;
        let play = self.play & 0xf_ffff_ffff;
        format!("{OPENID_PREFIX}{salt:012x}{play:09x}{user:02x}")
    }

    /// The MsgId of the play's message of that number, made in that second (Unix seconds).
    pub fn msg_id(&self, message: usize, create_time: u64) -> i64 {
        let message = (message % 100) as u64;
        let lot = mix(self.salt) % LOTS + self.play * 100 + message;
        msg_id(create_time, lot)
    }

    /// The number of the only order of the play's user of that number.
    pub fn trade(&self, user: u8) -> String {
        format!("WXCK{:016x}{user:02x}", self.draw(usize::from(user), 4))
    }

    /// True if an openid is that of a user of this play.
    pub fn owns(&self, openid: &str) -> bool {
        let one = self.openid(0);
        openid.len() == one.len() && openid.starts_with(&one[..one.len() - 2])
    }

    /// The nonce of the play's request of that number: ten digits, below 2^31.
    pub fn nonce(&self, request: usize) -> String {
        let drawn = self.draw(request, 1) % 1_147_483_647;
        (1_000_000_000 + drawn).to_string()
    }

    /// The millisecond at which the play's request of that number is said to be sent, within its second.
    pub fn millisecond(&self, request: usize) -> u64 {
        self.draw(request, 255) % 1000
    }

    /// The sixteen random bytes in front of a sealed message: lower-case hex digits, as on the wire.
    pub fn random(&self, request: usize) -> [u8; 16] {
        let hex = format!("{:016x}", self.draw(request, 2));
        let mut bytes = [b'0'; 16];
        bytes.copy_from_slice(&hex.as_bytes()[..16]);
        bytes
    }

    /// A word that no other request holds: letters and digits that no decoder changes.
    pub fn mark(&self, request: usize, number: u64) -> String {
        format!(
            "wxck{:08x}{number}",
            self.draw(request, 5 + number) & 0xffff_ffff
        )
    }

    /// The path of our listener that belongs to this play alone.
    pub fn listener_path(&self) -> String {
        format!("/entity/{:016x}", self.draw(0, 3))
    }

    fn draw(&self, request: usize, purpose: u64) -> u64 {
        let request = request as u64;
        mix(self.salt ^ mix(self.play ^ mix(request << 8 | purpose)))
    }
}

/// The finaliser of splitmix64: spreads neighbouring numbers over all 64 bits.
pub(crate) const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    #[test]
    fn identities_have_a_constant_length_and_never_repeat() {
        let casting = Casting::new(0xdead_beef_0123_4567);
        let mut seen = HashSet::new();
        for _ in 0..300 {
            let cast = casting.next();
            for number in 0..4_u8 {
                let openid = cast.openid(number);
                let msg_id = cast.msg_id(usize::from(number), NOW).to_string();
                assert_eq!(openid.len(), 28);
                assert_eq!(msg_id.len(), 17);
                assert_eq!(cast.nonce(usize::from(number)).len(), 10);
                assert!(seen.insert(openid) && seen.insert(msg_id));
            }
            assert!(cast.random(0).iter().all(u8::is_ascii_hexdigit));
        }
    }

    #[test]
    fn another_salt_gives_other_people() {
        let one = Casting::new(1).next();
        let two = Casting::new(2).next();
        assert_ne!(one.openid(0), two.openid(0));
        assert_ne!(one.msg_id(0, NOW), two.msg_id(0, NOW));
    }
}
