//! Defects in the endurance of a server against strangers.

use super::{Defect, PLAIN_XML};
use crate::behaviour::{
    Behaviour, BodyLimit, BrokenOff, Bytewise, Connections, Doubles, Endurance, Garbled, Heads,
    Leftovers, Nesting,
};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "deep-nesting-fatal",
        summary: "reads nested values by a function that calls itself, and overflows its stack",
        behaviour: || Behaviour {
            endurance: Endurance {
                nesting: Nesting::Recursive,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/deep-nesting", "alive")],
    },
    Defect {
        name: "large-body-fatal",
        summary: "takes bodies of any size, and runs out of memory",
        behaviour: || Behaviour {
            body_limit: BodyLimit::Memory,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/large-bodies", "alive")],
    },
    Defect {
        name: "broken-text-fatal",
        summary: "dies of a body that is no text",
        behaviour: || Behaviour {
            endurance: Endurance {
                bytes: Bytewise::Trusted,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/broken-text", "alive")],
    },
    Defect {
        name: "repeated-parameter-fatal",
        summary: "dies of a parameter that stands twice",
        behaviour: || Behaviour {
            endurance: Endurance {
                doubles: Doubles::Fatal,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/repeated-parameters", "alive")],
    },
    Defect {
        name: "long-query-fatal",
        summary: "dies of a long query",
        behaviour: || Behaviour {
            endurance: Endurance {
                heads: Heads::ShortQuery,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/long-query", "alive")],
    },
    Defect {
        name: "long-header-fatal",
        summary: "dies of a long header",
        behaviour: || Behaviour {
            endurance: Endurance {
                heads: Heads::ShortHeaders,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/large-headers", "alive")],
    },
    Defect {
        name: "half-body-holds-worker",
        summary: "waits for ever for the rest of a body whose sender hung up, with its only worker",
        behaviour: || Behaviour {
            endurance: Endurance {
                broken_off: BrokenOff::HoldsTheWorker,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/half-sent-body", "next-push-served")],
    },
    Defect {
        name: "garbled-request-fatal",
        summary: "dies of bytes on a connection that are no request",
        behaviour: || Behaviour {
            endurance: Endurance {
                garbled: Garbled::Fatal,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/wrong-content-length", "alive")],
    },
    Defect {
        name: "leftovers-answer-the-next",
        summary: "answers the next connection with what was left on another one",
        behaviour: || Behaviour {
            endurance: Endurance {
                leftovers: Leftovers::GoToTheNext,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/pipelined-rest", "own-reply")],
    },
    Defect {
        name: "connections-in-turn",
        summary: "serves one connection after the other, however long one says nothing",
        behaviour: || Behaviour {
            endurance: Endurance {
                connections: Connections::InTurn,
                ..Endurance::default()
            },
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
        caught_by: &[("hostile/idle-connections", "next-push-served")],
    },
];
