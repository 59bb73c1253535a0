//! The names and numbers of one push: user, order, MsgId, CreateTime, nonce and random bytes. All come from seed and number,
//! and all have a constant length, so that a push can be cut into a form that was prepared.

use wxcheck_mock_server::{catalogue::PLATFORM_OPENID, composer, draw::Draw};
use wxcheck_protocol::{msg_id::msg_id, push};

/// Lets the owner of a staging system tell our users from others. `check` uses the same.
const PREFIX: &str = "oWXCK";
/// The letters of an openid, as WeChat's have.
pub const OPENID_LETTERS: usize = 28;

/// A user of a run.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct User {
    /// The user's number in the population, or that of the only push.
    pub number: u64,
    /// A user in whose name only a forgery came.
    pub forged: bool,
}

impl User {
    /// The user of that openid, if it is one of the run of that seed.
    pub fn of(openid: &str, seed: u64) -> Option<Self> {
        let rest = openid.strip_prefix(PREFIX)?;
        let rest = rest.strip_prefix(salt(seed).as_str())?;
        let (kind, number) = rest.split_at_checked(1)?;
        let forged = match kind {
            "0" => false,
            "f" => true,
            _ => return None,
        };
        let number = u64::from_str_radix(number, 16).ok()?;
        (openid.len() == OPENID_LETTERS).then_some(Self { number, forged })
    }
}

/// Nine hex digits of a seed.
fn salt(seed: u64) -> String {
    format!("{:09x}", Draw::new(seed).next() >> 28)
}

/// The identities of one run.
#[derive(Clone, Debug)]
pub struct Identities {
    seed: u64,
    salt: String,
}

impl Identities {
    /// The identities of that seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            salt: salt(seed),
        }
    }

    /// The identity of a push.
    ///
    /// `number` is that of the push, `index` counts those of its second, and `second` is its CreateTime.
    pub fn of(&self, user: User, number: u64, index: u64, second: u64) -> Identity {
        let mut draw = Draw::new(self.seed ^ Draw::new(number).next());
        let kind = if user.forged { b'f' } else { b'0' };
        let mut identity = Identity {
            openid: *b"oWXCK00000000000000000000000",
            trade: *b"WXCK00000000000000000000000",
            create_time: [b'0'; 10],
            msg_id: [b'0'; 17],
            nonce: [b'0'; 10],
            random: [b'0'; 16],
        };
        for text in [&mut identity.openid[5..], &mut identity.trade[4..]] {
            text[..9].copy_from_slice(self.salt.as_bytes());
            text[9] = kind;
        }
        hex(&mut identity.openid[15..], user.number);
        hex(&mut identity.trade[14..], number);
        decimal(&mut identity.create_time, second);
        let lot = draw_lot(self.seed).wrapping_add(index);
        decimal(&mut identity.msg_id, msg_id(second, lot).cast_unsigned());
        // Ten digits below 2^31, as in captured requests.
        decimal(
            &mut identity.nonce,
            1_000_000_000 + draw.next() % 1_147_483_647,
        );
        hex(&mut identity.random, draw.next());
        identity
    }
}

/// The lot at which the MsgIds of each second begin.
fn draw_lot(seed: u64) -> u64 {
    Draw::new(seed ^ 0x10_7357).next() % wxcheck_protocol::msg_id::LOTS
}

/// The last hex digits of a number, as many as there is room for.
fn hex(room: &mut [u8], mut number: u64) {
    for place in room.iter_mut().rev() {
        *place = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

/// The last digits of a number, as many as there is room for.
fn decimal(room: &mut [u8], mut number: u64) {
    for place in room.iter_mut().rev() {
        *place = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

/// The names and numbers of one push, as they are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identity {
    pub(crate) openid: [u8; OPENID_LETTERS],
    pub(crate) trade: [u8; 27],
    pub(crate) create_time: [u8; 10],
    pub(crate) msg_id: [u8; 17],
    pub(crate) nonce: [u8; 10],
    pub(crate) random: [u8; 16],
}

impl Identity {
    /// The openid.
    pub fn openid(&self) -> &str {
        text(&self.openid)
    }

    /// The MsgId.
    pub fn msg_id(&self) -> &str {
        text(&self.msg_id)
    }

    /// The CreateTime.
    pub fn create_time(&self) -> &str {
        text(&self.create_time)
    }

    /// The number of the order.
    pub fn trade(&self) -> &str {
        text(&self.trade)
    }

    /// The nonce of the request.
    pub fn nonce(&self) -> &str {
        text(&self.nonce)
    }

    /// The same as the composer takes it. Timestamp and CreateTime are one, so that a redelivery has the same bytes.
    pub fn stamp(&self) -> composer::Stamp {
        // Digits that were written from numbers.
        let second = self.create_time().parse().unwrap_or_default();
        composer::Stamp {
            openid: self.openid().to_owned(),
            wechat: PLATFORM_OPENID.to_owned(),
            trade: self.trade().to_owned(),
            create_time: second,
            msg_id: self.msg_id().parse().unwrap_or_default(),
            request: push::Stamp {
                timestamp: second,
                nonce: self.nonce().to_owned(),
                random: self.random,
            },
        }
    }
}

/// ASCII that was written here.
fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    #[test]
    fn an_openid_tells_its_user_and_its_run() {
        let identities = Identities::new(99);
        for user in [
            User {
                number: 0,
                forged: false,
            },
            User {
                number: 7 << 32 | 0xc,
                forged: true,
            },
        ] {
            let identity = identities.of(user, 5, 5, NOW);
            assert_eq!(User::of(identity.openid(), 99), Some(user));
            assert_eq!(User::of(identity.openid(), 98), None);
        }
        assert_eq!(User::of("oAAAAAAAAAAAAAAAAAAAAAAAAAAA", 99), None);
    }

    #[test]
    fn no_two_pushes_share_a_msg_id() {
        let identities = Identities::new(3);
        let mut seen = HashSet::new();
        for second in 0..120 {
            for index in (0..200).chain([5000, 890_000]) {
                let user = User {
                    number: index,
                    forged: false,
                };
                let identity = identities.of(user, second << 32 | index, index, NOW + second);
                assert!(seen.insert(identity.msg_id), "{second} {index}");
                assert_eq!(identity.stamp().msg_id.to_string(), identity.msg_id());
            }
        }
    }
}
