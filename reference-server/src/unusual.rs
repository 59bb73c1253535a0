//! Correct servers that do it in an uncommon way: a suite that fails one of them is stricter than the documents.

use crate::behaviour::{
    Acknowledgement, BareGet, Behaviour, BodyLimit, Data, DataStatus, FetchTokens, Freshness,
    Identity, Load, Losses, Pace, Packing, Refusal, Repeats, Senders, Sends, Shown, Timing, Tls,
    TokenCall, Tokens, TurnedDown, Unreadable, Wire,
};
use crate::defects::{MINI_XML, MINI_XML_API, PLAIN_XML, PLAIN_XML_API, SAFE_XML, Setting};

/// A correct server with a habit of its own.
#[derive(Clone, Copy, Debug)]
pub struct Unusual {
    /// The name, in kebab-case; stable and unique.
    pub name: &'static str,
    /// The server's habit, in one sentence without its subject.
    pub summary: &'static str,
    /// The common behaviour with one field replaced.
    pub behaviour: fn() -> Behaviour,
    /// The setting in which it matters most.
    pub setting: Setting,
}

/// The unusual server of that name.
pub fn unusual(name: &str) -> Option<&'static Unusual> {
    UNUSUAL.iter().find(|unusual| unusual.name == name)
}

/// Every unusual server.
pub static UNUSUAL: &[Unusual] = &[
    Unusual {
        name: "chunked",
        summary: "answers in chunks, without a Content-Length",
        behaviour: || Behaviour {
            wire: Wire::Chunked,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "swallows-what-it-cannot-open",
        summary: "answers nothing to an envelope that does not open, as to a push that it takes",
        behaviour: || Behaviour {
            unreadable: Unreadable::Swallowed,
            acknowledgement: Acknowledgement::Empty,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Unusual {
        name: "http-1-0",
        summary: "answers in HTTP/1.0",
        behaviour: || Behaviour {
            wire: Wire::Http10,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "refuses-a-foreign-openid",
        summary: "refuses a push whose query names another user than FromUserName",
        behaviour: || Behaviour {
            senders: Senders::BothAgree,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Unusual {
        name: "connection-close",
        summary: "closes the connection after each answer",
        behaviour: || Behaviour {
            wire: Wire::ConnectionClose,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "slow",
        summary: "answers a push after four fifths of the limit",
        behaviour: || Behaviour {
            pace: Pace::Slow,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "one-at-a-time",
        summary: "serves one request at a time",
        behaviour: || Behaviour {
            pace: Pace::OneAtATime,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "refuses-with-200",
        summary: "refuses with status 200 and a text",
        behaviour: || Behaviour {
            refusal: Refusal::SaysSo,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "refuses-with-401",
        summary: "refuses with status 401",
        behaviour: || Behaviour {
            refusal: Refusal::Unauthorized,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Unusual {
        name: "refuses-by-dropping",
        summary: "refuses by closing the connection",
        behaviour: || Behaviour {
            refusal: Refusal::Drops,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Unusual {
        name: "refuses-with-the-url",
        summary: "shows the URL of a refused request, percent-encoded, as plain text",
        behaviour: || Behaviour {
            refusal: Refusal::ShowsUrl,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "fresh-timestamps-only",
        summary: "refuses a push whose timestamp is more than ten minutes off",
        behaviour: || Behaviour {
            freshness: Freshness::TenMinutes,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Unusual {
        name: "empty-acknowledgement",
        summary: "acknowledges with zero bytes",
        behaviour: || Behaviour {
            acknowledgement: Acknowledgement::Empty,
            ..Behaviour::default()
        },
        setting: SAFE_XML,
    },
    Unusual {
        name: "empty-for-repeats",
        summary: "answers a repeated push with zero bytes",
        behaviour: || Behaviour {
            repeats: Repeats::Empty,
            ..Behaviour::default()
        },
        // Where replies go through the API, none is lost with an answer.
        setting: PLAIN_XML_API,
    },
    Unusual {
        name: "documented-identity",
        summary: "knows a message by its MsgId alone and an event by user and second, as the older page advises",
        behaviour: || Behaviour {
            identity: Identity::Documented,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "bare-get-not-found",
        summary: "answers a GET without parameters with 404",
        behaviour: || Behaviour {
            bare_get: BareGet::NotFound,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "two-different-messages",
        summary: "says two different things for one message",
        behaviour: || Behaviour {
            sends: Sends::TwoDifferent,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "three-messages-from-a-queue",
        summary: "says three different things for one message, from a queue: more than five for two messages in a row",
        behaviour: || Behaviour {
            sends: Sends::ThreeDifferent,
            timing: Timing::FromQueue,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "acts-on-events-only",
        summary: "sends something upon events only, which it tells by user, second and kind",
        behaviour: || Behaviour {
            losses: Losses::AllButEvents,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "acts-on-events-only-official",
        summary: "sends something upon events only, as an official account",
        behaviour: || Behaviour {
            losses: Losses::AllButEvents,
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
    },
    Unusual {
        name: "greets-newcomers",
        summary: "greets a user before the first answer",
        behaviour: || Behaviour {
            sends: Sends::GreetingFirst,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "answers-a-user-once",
        summary: "sends a user one message, and nothing upon what they write later",
        behaviour: || Behaviour {
            sends: Sends::FirstOnly,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "answers-in-batches",
        summary: "answers all that a user writes within a tenth of the limit with one message",
        behaviour: || Behaviour {
            sends: Sends::Together,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "moment-first",
        summary: "says at once that it takes a moment, and answers a little later",
        behaviour: || Behaviour {
            sends: Sends::MomentFirst(12),
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "long-moment-first",
        summary: "says at once that it takes a moment, and answers two fifths of the limit later",
        behaviour: || Behaviour {
            sends: Sends::MomentFirst(40),
            ..Behaviour::default()
        },
        setting: PLAIN_XML_API,
    },
    Unusual {
        name: "now-and-then-two-messages",
        summary: "says now one thing and now two",
        behaviour: || Behaviour {
            sends: Sends::NowAndThenTwice,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "line-by-line",
        summary: "sends each line of an answer as a message of its own",
        behaviour: || Behaviour {
            sends: Sends::LineByLine,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "works-from-a-queue",
        summary: "works on a message a quarter of the limit after answering",
        behaviour: || Behaviour {
            timing: Timing::FromQueue,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "one-worker",
        summary: "works on one message after the other after answering, a twelfth of the limit on each",
        behaviour: || Behaviour {
            timing: Timing::ByOneWorker(8),
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "token-of-an-earlier-run",
        summary: "starts with a token that no longer holds, and renews it",
        behaviour: || Behaviour {
            tokens: Tokens::OfAnEarlierRun,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "tries-thrice-more",
        summary: "tries a message that the API turns down three times more, with pauses",
        behaviour: || Behaviour {
            turned_down: TurnedDown::TriedThrice,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "stable-token",
        summary: "fetches its token from stable_token",
        behaviour: || Behaviour {
            token_call: TokenCall::StableToken,
            ..Behaviour::default()
        },
        setting: MINI_XML_API,
    },
    Unusual {
        name: "public-data",
        summary: "answers whoever is unknown what everybody may see",
        behaviour: || Behaviour {
            data: Data {
                tokens: FetchTokens::KnownOrPublic,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Unusual {
        name: "query-in-parts",
        summary: "answers the query of a fetch in its parts, each decoded",
        behaviour: || Behaviour {
            data: Data {
                shown: Shown::InParts,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Unusual {
        name: "data-without-echo",
        summary: "shows nothing of path and query",
        behaviour: || Behaviour {
            data: Data {
                shown: Shown::Nothing,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Unusual {
        name: "updates-not-modified",
        summary: "answers periodic updates with 304 and nothing",
        behaviour: || Behaviour {
            data: Data {
                status: DataStatus::PeriodicNotModified,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Unusual {
        name: "gzip-if-asked",
        summary: "compresses the data where that is asked for",
        behaviour: || Behaviour {
            data: Data {
                packing: Packing::IfAsked,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Unusual {
        name: "data-near-the-limit",
        summary: "answers exactly 256000 bytes",
        behaviour: || Behaviour {
            data: Data {
                load: Load::Bytes(256_000),
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Unusual {
        name: "small-body-limit",
        summary: "refuses a push of more than 128 KiB with 413",
        behaviour: || Behaviour {
            body_limit: BodyLimit::OneHundredTwentyEightKibibytes,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Unusual {
        name: "tls",
        summary: "is at an https URL",
        behaviour: || Behaviour {
            tls: Tls::Good,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
];
