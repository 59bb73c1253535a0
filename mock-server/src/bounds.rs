//! Bounds on what the platform keeps and does at once: one table of all kinds, in number and bytes, per app and in all.
//!
//! WeChat's own limits (quotas, windows, the length of a text) stand with what they limit. These are ours: none is
//! reached in honest use, and together they keep a target, or a page of tests that forgets to clean up, from taking
//! the machine's memory. Where a bound of all apps together is less than that of each times their number, the apps
//! share it evenly.

mod scale;

use std::{fmt, time::Duration};

pub use scale::Scale;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Apps in all.
pub const APPS: usize = 100;
/// Letters of an openid, an appid, a unionid, the name of a phone, the id of a template. Openids of WeChat have 28.
pub const NAME_LETTERS: usize = 64;
/// Bytes of a text that the control API is given: a message, a title, a page's query.
pub const TEXT_BYTES: usize = 20 * KIB;
/// Bytes of a URL: of a callback, of data, of media.
pub const URL_BYTES: usize = 2 * KIB;
/// Users of an app.
pub const USERS: usize = 100_000;
/// Users of all apps.
pub const USERS_IN_ALL: usize = 200_000;
/// Templates that one user was asked about.
pub const AGREEMENTS: usize = 50;
/// The same, of all users of an app together.
pub const AGREEMENTS_OF_APP: usize = 100_000;
/// The same, of the users of all apps.
pub const AGREEMENTS_IN_ALL: usize = 200_000;
/// Bytes of the domains of an app. A list holds 200 of some thirty letters, that of business domains 300.
pub const DOMAINS_BYTES: usize = 128 * KIB;
/// The same, of all apps.
pub const DOMAINS_BYTES_IN_ALL: usize = APPS * DOMAINS_BYTES;
/// Apps that authorised a third-party platform.
pub const AUTHORIZATIONS: usize = APPS;
/// The same, of all platforms.
pub const AUTHORIZATIONS_IN_ALL: usize = 1000;
/// Access tokens of one authorisation.
pub const AUTHORIZER_TOKENS: usize = 8;
/// Templates of an app.
pub const TEMPLATES: usize = 1000;
/// Templates of all apps.
pub const TEMPLATES_IN_ALL: usize = 10_000;
/// Keys of a template.
pub const TEMPLATE_KEYS: usize = 50;
/// Phones with a name, of an app.
pub const PHONES: usize = 1000;
/// Phones with a name, of all apps.
pub const PHONES_IN_ALL: usize = 5000;
/// Bytes of a fetch token.
pub const FETCH_TOKEN_BYTES: usize = 4 * KIB;
/// Bytes that the phones of an app hold.
pub const PHONE_DATA_BYTES: usize = 64 * MIB;
/// Bytes that the phones of all apps hold.
pub const PHONE_DATA_BYTES_IN_ALL: usize = 128 * MIB;
/// Phones of an app's fleet.
pub const FLEET: u32 = 10_000_000;
/// Phones of all fleets.
pub const FLEETS_IN_ALL: usize = 20_000_000;
/// Uploads of an app.
pub const MEDIA: usize = 1000;
/// Bytes of one upload.
pub const MEDIUM_BYTES: usize = 10 * MIB;
/// Bytes of the uploads of an app.
pub const MEDIA_BYTES: usize = 64 * MIB;
/// Bytes of the uploads of all apps.
pub const MEDIA_BYTES_IN_ALL: usize = 256 * MIB;
/// Letters of an upload's name and of its Content-Type.
pub const MEDIUM_NAME_LETTERS: usize = 255;
/// Access tokens of each of an app's two endpoints.
pub const TOKENS_OF_LINE: usize = 256;
/// Login codes of an app; form ids as well.
pub const CODES: usize = 10_000;
/// Login codes of all apps; form ids as well.
pub const CODES_IN_ALL: usize = 100_000;
/// Messages of an app that are remembered.
pub const MESSAGES: usize = 10_000;
/// Messages of all apps.
pub const MESSAGES_IN_ALL: usize = 50_000;
/// Bytes of the body of a call that the journal and the log of messages keep.
pub const KEPT_BYTES: usize = 2 * KIB;
/// Bytes of the body of a push, of its answer, and of a call that the journal of the served platform keeps.
pub const BODY_BYTES: usize = 64 * KIB;
/// Bytes of an answer that are kept of each delivery that the control API asked for.
pub const EXCERPT_BYTES: usize = 4 * KIB;
/// Bytes of a reason that is kept: why a fetch brought nothing. The server supplies part of the wording.
pub const REASON_BYTES: usize = 512;
/// Different reasons that are counted when a fleet fetches.
pub const REASONS: usize = 100;
/// Pushes of an app that wait for their time or for a place.
pub const PUSHES: usize = 50_000;
/// Pushes of all apps.
pub const PUSHES_IN_ALL: usize = 100_000;
/// Bytes of the pushes of an app.
pub const PUSHES_BYTES: usize = 32 * MIB;
/// Bytes of the pushes of all apps.
pub const PUSHES_BYTES_IN_ALL: usize = 64 * MIB;
/// Pushes to an app's server in flight at once.
pub const PUSHES_IN_FLIGHT: usize = 16;
/// Pushes in flight at once, to all servers.
pub const PUSHES_IN_FLIGHT_IN_ALL: usize = 256;
/// Fetches of an app's phones with a name in flight at once.
pub const FETCHES_IN_FLIGHT: usize = 16;
/// Fetches of phones with a name in flight at once.
pub const FETCHES_IN_FLIGHT_IN_ALL: usize = 128;
/// Requests that the pages on one phone have under way at once, as a phone does it.
pub const CLIENT_REQUESTS: usize = 10;
/// The same, of all phones.
pub const CLIENT_REQUESTS_IN_ALL: usize = 32;
/// Fetches of an app's phones that were begun and are not over.
pub const FETCHES: usize = 2000;
/// The same, of the phones of all apps.
pub const FETCHES_IN_ALL: usize = 10_000;
/// Fetches of fleets in flight at once. Beyond, phones wait, as they do in the queue of a network.
pub const FLEET_FETCHES_IN_FLIGHT: usize = 512;
/// Records that the journal keeps, whatever it is asked to.
pub const RECORDS: usize = 50_000;
/// Events of the journal where one run or one test is all there is.
pub const RECORDS_OF_A_TEST: usize = 10_000;
/// Bytes of the journal.
pub const RECORDS_BYTES: usize = 64 * MIB;
/// Requests that wait for the journal.
pub const WAITERS: usize = 64;
/// Failed requests that can be asked for by their rid.
pub const REQUESTS: usize = 1000;
/// Faults in force.
pub const FAULTS: usize = 100;
/// Snapshots.
pub const SNAPSHOTS: usize = 16;
/// Bytes of all snapshots.
pub const SNAPSHOTS_BYTES: usize = 256 * MIB;
/// Connections.
pub const CONNECTIONS: usize = 4096;
/// Bytes that are read ahead on a connection: the longest request line and headers.
pub const CONNECTION_BUFFER_BYTES: usize = 32 * KIB;
/// Bytes of one connection, about: what is read ahead lies in a buffer that has grown to twice as much, a body has a free
/// part, and both have a task that looks after them.
pub const CONNECTION_BYTES: usize = 2 * CONNECTION_BUFFER_BYTES + BODY_FREE_BYTES + 8 * KIB;
/// Control requests that are worked on.
pub const CONTROL_CALLS: usize = 256;
/// Bytes of a body of the API: an upload and what stands around it.
pub const API_BODY_BYTES: usize = 11 * MIB;
/// Bytes of a body of the API that is JSON. The longest that a page describes has some ten thousand.
pub const JSON_BODY_BYTES: usize = 256 * KIB;
/// Bytes of a body of the control API: an upload in base64.
pub const CONTROL_BODY_BYTES: usize = 16 * MIB;
/// Bytes of all bodies in flight, uploads that are fetched among them.
pub const BODIES_BYTES: usize = 128 * MIB;
/// Bytes that each body has of its own before it counts among all.
pub const BODY_FREE_BYTES: usize = 16 * KIB;
/// A client that does not send its body in this time is let go.
pub const BODY_TIME: Duration = Duration::from_secs(30);

/// An app's part of what all apps may have: its own bound, or an even share.
pub(crate) fn share(own: usize, in_all: usize, apps: usize) -> usize {
    own.min(in_all / apps.max(1)).max(1)
}

/// A number, bytes, or both.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Amount {
    /// The number of items.
    pub count: Option<usize>,
    /// The number of bytes.
    pub bytes: Option<usize>,
}

/// The platform's behaviour beyond a bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Beyond {
    /// The oldest is forgotten.
    Forgotten,
    /// The new one is refused, with what is wrong.
    Refused,
    /// It waits.
    Waits,
    /// It is left out, and counted.
    Counted,
}

/// One kind of thing, and how much of it there may be.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The name of the kind.
    pub kind: &'static str,
    /// The same in Chinese.
    pub kind_zh: &'static str,
    /// Bytes of one, about, with what keeping it costs.
    pub each: usize,
    /// Of one app.
    pub per_app: Amount,
    /// Of all together.
    pub in_all: Amount,
    /// The behaviour beyond it.
    pub beyond: Beyond,
}

impl Bound {
    /// Bytes of all together: as bounded, or so many of so many bytes.
    pub const fn most_bytes(&self) -> usize {
        match (self.in_all.bytes, self.in_all.count) {
            (Some(bytes), _) => bytes,
            (None, Some(count)) => count * self.each,
            (None, None) => 0,
        }
    }
}

impl Amount {
    const NONE: Self = Self {
        count: None,
        bytes: None,
    };

    const fn count(count: usize) -> Self {
        Self {
            count: Some(count),
            bytes: None,
        }
    }

    const fn bytes(bytes: usize) -> Self {
        Self {
            count: None,
            bytes: Some(bytes),
        }
    }

    const fn both(count: usize, bytes: usize) -> Self {
        Self {
            count: Some(count),
            bytes: Some(bytes),
        }
    }
}

/// Like `1000; 64 MiB`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.count, self.bytes) {
            (None, None) => f.write_str("–"),
            (Some(count), None) => write!(f, "{count}"),
            (None, Some(bytes)) => f.write_str(&size(bytes)),
            (Some(count), Some(bytes)) => write!(f, "{count}; {}", size(bytes)),
        }
    }
}

/// Bytes as people read them.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", bytes.div_ceil(KIB)),
        _ => format!("{} MiB", bytes.div_ceil(MIB)),
    }
}

const fn bound(
    (kind, kind_zh): (&'static str, &'static str),
    each: usize,
    per_app: Amount,
    in_all: Amount,
    beyond: Beyond,
) -> Bound {
    Bound {
        kind,
        kind_zh,
        each,
        per_app,
        in_all,
        beyond,
    }
}

/// Every kind.
pub static BOUNDS: &[Bound] = &{
    use Beyond::{Counted, Forgotten, Refused, Waits};
    const NONE: Amount = Amount::NONE;
    const fn count(count: usize) -> Amount {
        Amount::count(count)
    }
    [
        bound(("apps", "应用"), 8 * KIB, NONE, count(APPS), Refused),
        bound(
            ("users", "用户"),
            512,
            count(USERS),
            count(USERS_IN_ALL),
            Refused,
        ),
        bound(
            (
                "agreements to templates (50 for each user)",
                "订阅授权（每个用户 50 个）",
            ),
            192,
            count(AGREEMENTS_OF_APP),
            count(AGREEMENTS_IN_ALL),
            Refused,
        ),
        bound(
            ("domains of apps", "应用的域名"),
            64,
            Amount::bytes(DOMAINS_BYTES),
            Amount::bytes(DOMAINS_BYTES_IN_ALL),
            Refused,
        ),
        bound(
            ("authorisations of platforms", "第三方平台的授权"),
            4 * KIB,
            count(AUTHORIZATIONS),
            count(AUTHORIZATIONS_IN_ALL),
            Refused,
        ),
        bound(
            ("templates", "模板"),
            6 * KIB,
            count(TEMPLATES),
            count(TEMPLATES_IN_ALL),
            Refused,
        ),
        bound(
            ("phones with a name", "有名字的手机"),
            6 * KIB,
            count(PHONES),
            count(PHONES_IN_ALL),
            Refused,
        ),
        bound(
            ("data on phones", "手机上的数据"),
            256 * KIB,
            Amount::bytes(PHONE_DATA_BYTES),
            Amount::bytes(PHONE_DATA_BYTES_IN_ALL),
            Refused,
        ),
        bound(
            ("phones of fleets", "fleet 中的手机"),
            16,
            count(FLEET as usize),
            count(FLEETS_IN_ALL),
            Refused,
        ),
        bound(
            ("uploads", "素材"),
            MEDIUM_BYTES,
            Amount::both(MEDIA, MEDIA_BYTES),
            Amount::bytes(MEDIA_BYTES_IN_ALL),
            Forgotten,
        ),
        bound(
            ("access tokens", "access_token"),
            384,
            count(2 * TOKENS_OF_LINE),
            count(2 * TOKENS_OF_LINE * APPS),
            Forgotten,
        ),
        bound(
            ("login codes", "登录 code"),
            256,
            count(CODES),
            count(CODES_IN_ALL),
            Forgotten,
        ),
        bound(
            ("form ids", "form_id"),
            256,
            count(CODES),
            count(CODES_IN_ALL),
            Forgotten,
        ),
        bound(
            ("messages to users", "发给用户的消息"),
            KEPT_BYTES + 128,
            count(MESSAGES),
            count(MESSAGES_IN_ALL),
            Forgotten,
        ),
        bound(
            ("pushes that wait", "等待中的推送"),
            64 * KIB,
            Amount::both(PUSHES, PUSHES_BYTES),
            Amount::both(PUSHES_IN_ALL, PUSHES_BYTES_IN_ALL),
            Counted,
        ),
        bound(
            ("pushes in flight", "正在发送的推送"),
            MIB,
            count(PUSHES_IN_FLIGHT),
            count(PUSHES_IN_FLIGHT_IN_ALL),
            Waits,
        ),
        bound(
            ("fetches of phones in flight", "手机正在进行的拉取"),
            MIB,
            count(FETCHES_IN_FLIGHT),
            count(FETCHES_IN_FLIGHT_IN_ALL),
            Waits,
        ),
        bound(
            ("fetches of phones begun", "手机已开始的拉取"),
            4 * KIB,
            count(FETCHES),
            count(FETCHES_IN_ALL),
            Refused,
        ),
        bound(
            (
                "requests of a phone's pages in flight",
                "手机页面正在进行的请求",
            ),
            4 * MIB,
            count(CLIENT_REQUESTS),
            count(CLIENT_REQUESTS_IN_ALL),
            Waits,
        ),
        bound(
            ("fetches of fleets in flight", "fleet 正在进行的拉取"),
            MIB,
            NONE,
            count(FLEET_FETCHES_IN_FLIGHT),
            Waits,
        ),
        bound(
            ("journal records", "日志记录"),
            4 * KIB,
            NONE,
            Amount::both(RECORDS, RECORDS_BYTES),
            Forgotten,
        ),
        bound(
            ("requests that wait for the journal", "等待日志的请求"),
            KIB,
            NONE,
            count(WAITERS),
            Refused,
        ),
        bound(
            ("failed requests, by rid", "失败的请求（按 rid 查询）"),
            8 * KIB,
            NONE,
            count(REQUESTS),
            Forgotten,
        ),
        bound(("faults", "故障"), 256, NONE, count(FAULTS), Refused),
        bound(
            ("snapshots", "快照"),
            SNAPSHOTS_BYTES,
            NONE,
            Amount::both(SNAPSHOTS, SNAPSHOTS_BYTES),
            Forgotten,
        ),
        bound(
            ("connections", "连接"),
            CONNECTION_BYTES,
            NONE,
            count(CONNECTIONS),
            Waits,
        ),
        bound(
            ("control requests at once", "同时处理的控制请求"),
            64 * KIB,
            NONE,
            count(CONTROL_CALLS),
            Refused,
        ),
        bound(
            ("bodies in flight", "传输中的请求体"),
            CONTROL_BODY_BYTES,
            NONE,
            Amount::bytes(BODIES_BYTES),
            Refused,
        ),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_bound_of_its_own_and_one_of_all() {
        for (place, bound) in BOUNDS.iter().enumerate() {
            assert_ne!(bound.in_all, Amount::NONE, "{}", bound.kind);
            assert!(bound.each > 0, "{}", bound.kind);
            let twin = BOUNDS[..place]
                .iter()
                .find(|other| other.kind == bound.kind);
            assert!(twin.is_none(), "{} stands there twice", bound.kind);
            if let (Some(own), Some(all)) = (bound.per_app.count, bound.in_all.count) {
                assert!(own <= all, "{}", bound.kind);
            }
            if let (Some(own), Some(all)) = (bound.per_app.bytes, bound.in_all.bytes) {
                assert!(own <= all, "{}", bound.kind);
            }
        }
    }

    /// One server beside a run can bring about far less: see [`Scale::RUN`].
    #[test]
    fn all_bounds_together_leave_a_machine_its_memory() {
        let total: usize = BOUNDS.iter().map(Bound::most_bytes).sum();
        assert!(total <= 3 * 1024 * MIB, "{}", size(total));
    }

    #[test]
    fn apps_share_what_is_there_for_all() {
        assert_eq!(share(10, 50, 1), 10);
        assert_eq!(share(10, 50, 5), 10);
        assert_eq!(share(10, 50, 10), 5);
        assert_eq!(share(10, 5, 100), 1);
    }
}
