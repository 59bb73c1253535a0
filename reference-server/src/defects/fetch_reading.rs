//! Defects in reading the query of a fetch: an empty token, a plus.

use super::{Defect, MINI_XML};
use crate::behaviour::{Behaviour, Data, Decoding, FetchTokens};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "fetch-empty-token-is-a-guest",
        summary: "answers an empty token, or none, with the data of a guest",
        behaviour: || Behaviour {
            data: Data {
                tokens: FetchTokens::KnownOrGuest,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[
            ("fetch/empty-token", "empty-token"),
            ("fetch/empty-token", "no-token"),
        ],
    },
    Defect {
        name: "fetch-plus-kept",
        summary: "reads a plus in the query of a fetch as a plus",
        behaviour: || Behaviour {
            data: Data {
                decoding: Decoding::PlusKept,
                ..Data::default()
            },
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("fetch/raw-plus", "kept")],
    },
];
