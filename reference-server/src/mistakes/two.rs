//! Two mistakes at once, one mistake that shows in two places, and servers that check nothing.

use super::Mistake;
use crate::behaviour::{
    Acknowledgement, Admission, Behaviour, Echo, Front, Parameters, PushFront, Refusal, Signing,
    Verify,
};
use crate::defects::{MINI_XML, PLAIN_XML};

pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        causes: &["token-line-feed", "reply-word"],
        summary: "keeps the line feed behind the Token, and answers ok",
        behaviour: || Behaviour {
            signing: Signing::TokenWithin("", "\n"),
            admission: Admission::AsOnGet,
            acknowledgement: Acknowledgement::Ok,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["joint-comma", "reply-quoted"],
        summary: "joins with commas, says 200 to whatever it refuses, and answers with quotes",
        behaviour: || Behaviour {
            signing: Signing::Joined(","),
            admission: Admission::AsOnGet,
            refusal: Refusal::SaysSo,
            acknowledgement: Acknowledgement::Quoted,
            ..Behaviour::default()
        },
        setting: MINI_XML,
    },
    Mistake {
        causes: &["order-unsorted"],
        summary: "joins as they come on GET and POST",
        behaviour: || Behaviour {
            signing: Signing::Fixed([0, 1, 2]),
            admission: Admission::AsOnGet,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["order-unsorted"],
        summary: "joins as they come, and has no response for what it refuses",
        behaviour: || Behaviour {
            signing: Signing::Fixed([0, 1, 2]),
            admission: Admission::AsOnGet,
            refusal: Refusal::Never,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["signature-unknown"],
        summary: "has another Token for GET and POST",
        behaviour: || Behaviour {
            signing: Signing::TokenWord("quiteAnotherToken42"),
            admission: Admission::AsOnGet,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["signature-unknown"],
        summary: "has another Token, and says 200 to whatever it refuses",
        behaviour: || Behaviour {
            signing: Signing::TokenWord("quiteAnotherToken42"),
            admission: Admission::AsOnGet,
            refusal: Refusal::SaysSo,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["names-alias"],
        summary: "looks for timeStamp, and refuses every push",
        behaviour: || Behaviour {
            parameters: Parameters::Alias("timestamp", "timeStamp"),
            admission: Admission::Nobody,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["raised"],
        summary: "shows a traceback on GET, and refuses every push",
        behaviour: || Behaviour {
            front: Front::Traceback,
            push_front: PushFront::Refuses,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["takes-everything"],
        summary: "checks no signature",
        behaviour: || Behaviour {
            verify: Verify::Unsigned,
            admission: Admission::Anybody,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
    Mistake {
        causes: &["echo-quoted", "takes-everything"],
        summary: "checks no signature, and returns JSON",
        behaviour: || Behaviour {
            verify: Verify::Unsigned,
            echo: Echo::Quoted,
            admission: Admission::Anybody,
            ..Behaviour::default()
        },
        setting: PLAIN_XML,
    },
];
