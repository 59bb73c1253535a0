//! Defects in answering fetches.

use super::{Defect, MINI_XML, MINI_XML_API};
use crate::behaviour::{
    Behaviour, Codes, Data, DataStatus, Decoding, Demand, FetchTokens, GivesAway, Load, Owners,
    Packing,
};

/// A server that is correct but for its answers to fetches.
fn fetching(data: Data) -> Behaviour {
    Behaviour {
        data,
        ..Behaviour::default()
    }
}

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "fetch-not-found",
        summary: "answers fetches with 404",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Other(404),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/answers-200", "status")],
    },
    Defect {
        name: "fetch-fails",
        summary: "answers fetches with 500",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Other(500),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/answers-200", "status")],
    },
    Defect {
        name: "fetch-cut-off",
        summary: "ends the connection before the data end",
        behaviour: || {
            fetching(Data {
                status: DataStatus::CutOff,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/complete-http", "whole")],
    },
    Defect {
        name: "fetch-closes",
        summary: "ends the connection without an answer to a fetch",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Closes,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/complete-http", "whole")],
    },
    Defect {
        name: "fetch-late",
        summary: "answers fetches after one and a half times the limit",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Late,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/answers-in-time", "late")],
    },
    Defect {
        name: "fetch-slow",
        summary: "answers fetches when a cold start is over",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Slow,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/cold-start", "slow")],
    },
    Defect {
        name: "fetch-never",
        summary: "never answers a fetch",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Never,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/answers-in-time", "never")],
    },
    Defect {
        name: "fetch-redirects",
        summary: "answers fetches with a redirect",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Redirect,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-redirect", "redirect")],
    },
    Defect {
        name: "fetch-over-256-kb",
        summary: "answers one byte more than 256 KB",
        behaviour: || {
            fetching(Data {
                load: Load::Bytes(256 * 1024 + 1),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/at-most-256-kb", "over-256-kb")],
    },
    Defect {
        name: "fetch-near-256-kb",
        summary: "answers exactly 256 KB",
        behaviour: || {
            fetching(Data {
                load: Load::Bytes(256 * 1024),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/below-256000-bytes", "near-256-kb")],
    },
    Defect {
        name: "fetch-gzip-bomb",
        summary: "answers, to who asks for gzip, what is four mebibytes large once decompressed",
        behaviour: || {
            fetching(Data {
                packing: Packing::Bomb,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/at-most-256-kb", "over-256-kb")],
    },
    Defect {
        name: "fetch-gbk",
        summary: "answers in GBK",
        behaviour: || {
            fetching(Data {
                load: Load::Gbk,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/utf-8", "not-utf-8")],
    },
    Defect {
        name: "fetch-bom",
        summary: "answers with a byte order mark in front",
        behaviour: || {
            fetching(Data {
                load: Load::Bom,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-bom", "bom")],
    },
    Defect {
        name: "fetch-always-gzip",
        summary: "compresses the data, asked or not",
        behaviour: || {
            fetching(Data {
                packing: Packing::Always,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/content-encoding", "not-asked-for")],
    },
    Defect {
        name: "fetch-gzip-in-name-only",
        summary: "says gzip and answers plain text",
        behaviour: || {
            fetching(Data {
                packing: Packing::InNameOnly,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/content-encoding", "broken")],
    },
    Defect {
        name: "fetch-sets-cookie",
        summary: "sets a cookie upon each fetch",
        behaviour: || {
            fetching(Data {
                gives_away: GivesAway::Cookie,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-cookies", "sets-cookie")],
    },
    Defect {
        name: "fetch-any-token",
        summary: "answers any token, and none, the first user's data",
        behaviour: || {
            fetching(Data {
                tokens: FetchTokens::Any,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[
            ("fetch/checks-token", "wrong-token"),
            ("fetch/checks-token", "no-token"),
        ],
    },
    Defect {
        name: "fetch-token-by-beginning",
        summary: "compares the beginning of a token only",
        behaviour: || {
            fetching(Data {
                tokens: FetchTokens::ByBeginning,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/checks-token", "altered-token")],
    },
    Defect {
        name: "fetch-empty-token",
        summary: "answers an empty token the first user's data",
        behaviour: || {
            fetching(Data {
                tokens: FetchTokens::KnownOrEmpty,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/checks-token", "empty-token")],
    },
    Defect {
        name: "fetch-without-token",
        summary: "answers a request without token the first user's data",
        behaviour: || {
            fetching(Data {
                tokens: FetchTokens::KnownOrNone,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/checks-token", "no-token")],
    },
    Defect {
        name: "fetch-same-for-all",
        summary: "answers every user the same",
        behaviour: || {
            fetching(Data {
                owners: Owners::Everybody,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/own-data", "same-data")],
    },
    Defect {
        name: "fetch-mixes-users",
        summary: "answers the data of who asked last",
        behaviour: || {
            fetching(Data {
                owners: Owners::Latest,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/own-data", "mixed-up")],
    },
    Defect {
        name: "fetch-refuses-codes",
        summary: "refuses a code in place of a token",
        behaviour: || {
            fetching(Data {
                codes: Codes::Refused,
                ..Data::default()
            })
        },
        setting: MINI_XML_API,
        caught_by: &[("fetch/serves-code", "refused")],
    },
    Defect {
        name: "fetch-tells-session-key",
        summary: "answers the user's session_key",
        behaviour: || {
            fetching(Data {
                gives_away: GivesAway::SessionKey,
                ..Data::default()
            })
        },
        setting: MINI_XML_API,
        caught_by: &[("fetch/no-secrets", "session-key")],
    },
    Defect {
        name: "fetch-tells-access-token",
        summary: "answers the access token",
        behaviour: || {
            fetching(Data {
                gives_away: GivesAway::AccessToken,
                ..Data::default()
            })
        },
        setting: MINI_XML_API,
        caught_by: &[("fetch/no-secrets", "access-token")],
    },
    Defect {
        name: "fetch-tells-app-secret",
        summary: "answers the AppSecret",
        behaviour: || {
            fetching(Data {
                gives_away: GivesAway::AppSecret,
                ..Data::default()
            })
        },
        setting: MINI_XML_API,
        caught_by: &[("fetch/no-secrets", "secret")],
    },
    Defect {
        name: "fetch-decodes-twice",
        summary: "decodes the values of a fetch twice",
        behaviour: || {
            fetching(Data {
                decoding: Decoding::Twice,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/decodes-once", "decoded-twice")],
    },
    Defect {
        name: "fetch-does-not-decode",
        summary: "does not decode path and query",
        behaviour: || {
            fetching(Data {
                decoding: Decoding::NotAtAll,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/decodes-once", "not-decoded")],
    },
    Defect {
        name: "fetch-decodes-before-splitting",
        summary: "decodes the query as a whole before taking it apart",
        behaviour: || {
            fetching(Data {
                decoding: Decoding::BeforeSplitting,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/decodes-once", "cut")],
    },
    Defect {
        name: "fetch-reads-latin1",
        summary: "takes each byte of path and query for a letter",
        behaviour: || {
            fetching(Data {
                decoding: Decoding::AsLatin1,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/decodes-once", "changed")],
    },
    Defect {
        name: "fetch-fails-on-chinese",
        summary: "fails where path or query have letters beyond Latin 1",
        behaviour: || {
            fetching(Data {
                demand: Demand::Latin1OrFails,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/decodes-once", "refused")],
    },
    Defect {
        name: "fetch-refuses-plus",
        summary: "refuses a query with a plus sign",
        behaviour: || {
            fetching(Data {
                demand: Demand::NoPlus,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/raw-plus", "refused")],
    },
    Defect {
        name: "fetch-refuses-empty",
        summary: "refuses empty parameters",
        behaviour: || {
            fetching(Data {
                demand: Demand::NothingEmpty,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/empty-parameters", "empty")],
    },
    Defect {
        name: "fetch-refuses-unknown",
        summary: "refuses parameters that are not documented",
        behaviour: || {
            fetching(Data {
                demand: Demand::NothingUnknown,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/unknown-parameters", "unknown")],
    },
    Defect {
        name: "fetch-by-place",
        summary: "takes the first parameter for the appid",
        behaviour: || {
            fetching(Data {
                demand: Demand::InOrder,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/parameter-order", "reversed")],
    },
    Defect {
        name: "fetch-seconds-only",
        summary: "refuses a timestamp of thirteen digits",
        behaviour: || {
            fetching(Data {
                demand: Demand::Seconds,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/timestamp-units", "other-unit")],
    },
    Defect {
        name: "fetch-fails-without-grant",
        summary: "fails where neither token nor code is there",
        behaviour: || {
            fetching(Data {
                demand: Demand::GrantOrFails,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-server-error", "neither")],
    },
    Defect {
        name: "fetch-fails-on-empty-token",
        summary: "fails where the token is empty",
        behaviour: || {
            fetching(Data {
                demand: Demand::FilledOrFails,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-server-error", "empty-token")],
    },
    Defect {
        name: "fetch-fails-on-unknown-token",
        summary: "fails where the token is unknown",
        behaviour: || {
            fetching(Data {
                tokens: FetchTokens::UnknownFails,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-server-error", "wrong-token")],
    },
    Defect {
        name: "fetch-fails-on-unknown-code",
        summary: "fails where the code cannot be exchanged",
        behaviour: || {
            fetching(Data {
                codes: Codes::UnknownFails,
                ..Data::default()
            })
        },
        setting: MINI_XML_API,
        caught_by: &[("fetch/no-server-error", "unknown-code")],
    },
    Defect {
        name: "fetch-fails-on-both",
        summary: "fails where token and code are both there",
        behaviour: || {
            fetching(Data {
                codes: Codes::BothFail,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/no-server-error", "both")],
    },
    Defect {
        name: "fetch-requires-path",
        summary: "refuses a prefetch without path",
        behaviour: || {
            fetching(Data {
                demand: Demand::Launch("path"),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/optional-parameters", "without-path")],
    },
    Defect {
        name: "fetch-requires-query",
        summary: "refuses a prefetch without query",
        behaviour: || {
            fetching(Data {
                demand: Demand::Launch("query"),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/optional-parameters", "without-query")],
    },
    Defect {
        name: "fetch-requires-scene",
        summary: "refuses a prefetch without scene",
        behaviour: || {
            fetching(Data {
                demand: Demand::Launch("scene"),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/optional-parameters", "without-scene")],
    },
    Defect {
        name: "fetch-requires-version",
        summary: "refuses a prefetch without customMiniprogramVersion",
        behaviour: || {
            fetching(Data {
                demand: Demand::Launch("customMiniprogramVersion"),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/optional-parameters", "without-version")],
    },
    Defect {
        name: "fetch-created",
        summary: "answers fetches with 201",
        behaviour: || {
            fetching(Data {
                status: DataStatus::Other(201),
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/answers-200", "status")],
    },
    Defect {
        name: "fetch-json-cut-short",
        summary: "answers JSON without its end",
        behaviour: || {
            fetching(Data {
                load: Load::CutShort,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/whole-json", "broken-json")],
    },
    Defect {
        name: "fetch-other-tokens-second-user",
        summary: "answers a token that nobody was given the second user's data",
        behaviour: || {
            fetching(Data {
                tokens: FetchTokens::OthersAreTheSecond,
                ..Data::default()
            })
        },
        setting: MINI_XML,
        caught_by: &[("fetch/checks-token", "wrong-token")],
    },
];
