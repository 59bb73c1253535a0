//! The answers that some pushes ask for in place of `success`: judged where the server's owner says that it handles them.

mod judging;

use wxcheck_mock_server::catalogue::{CatalogueEntry, Header};
use wxcheck_protocol::{account::Account, reply::Structured};

use self::judging::{is_200, is_taken, judge_bare, judge_structured, judge_time};
use crate::{
    expect::entry,
    profile::Profile,
    reason::{Missing, Reason, Scope, Unjudged},
    rule::{Cases, Level, Need, Rule, RuleId, Turn},
    step::{Deliver, Hold, Step},
};

/// The claims about the form of an answer, whichever fields it has.
const FORM: [&str; 10] = [
    "absent",
    "not-sealed",
    "sealed",
    "seal",
    "format",
    "root",
    "letter-case",
    "missing-field",
    "code",
    "code-type",
];

/// The claims about the form, and those about what is special to one kind of answer.
const fn with_form<const OWN: usize, const ALL: usize>(
    own: [&'static str; OWN],
) -> [&'static str; ALL] {
    let mut all = [""; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < FORM.len() {
            FORM[at]
        } else {
            own[at - FORM.len()]
        };
        at += 1;
    }
    all
}

const ASKED_AGAIN: &str = "WeChat takes it for no answer and asks again, or decides without it.";
const SHAPE: &str = "Answer with the fields that `wxcheck explain push/NAME` shows, spelled exactly so, in the push's format; in safe mode sealed like any other reply.";

pub(in crate::rules) static ERROR_CODE: Rule = Rule {
    id: RuleId::XPAY_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "virtual payment pages: ErrCode and ErrMsg in the push's format, or an empty answer or `success` for ErrCode 0",
    summary: "The server answers a virtual payment with ErrCode and ErrMsg in the push's format, with `success`, or with nothing.",
    why: "An answer in another form is none: WeChat delivers up to fifteen times, and then the user has paid for nothing.",
    fix: SHAPE,
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| wanting(profile, &[Structured::ErrorCode]),
    claims: &with_form::<1, 11>(["refused"]),
    judge: judge_structured,
};

pub(in crate::rules) static REFUND_QUERY: Rule = Rule {
    id: RuleId::REFUND_QUERY_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "virtual payment page, refund query of Apple: result_code 0 or 1, result_info and evidence",
    summary: "The server answers the query about a refund at Apple with result_code, result_info and evidence.",
    why: "Apple is told that the developer is undecided, and usually pays the money back.",
    fix: SHAPE,
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| wanting(profile, &[Structured::RefundQuery]),
    claims: &with_form::<1, 11>(["evidence"]),
    judge: judge_structured,
};

pub(in crate::rules) static CHAPTER_PERMISSION: Rule = Rule {
    id: RuleId::CHAPTER_PERMISSION_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "novel page: ErrCode, ErrMsg and ChapterPerms; JSON where JSON is configured, either format where XML is",
    summary: "The server answers the query for chapters with ErrCode, ErrMsg and ChapterPerms.",
    why: "The reader cannot turn the page.",
    fix: SHAPE,
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| wanting(profile, &[Structured::ChapterPermission]),
    claims: &with_form::<2, 12>(["chapters", "refused"]),
    judge: judge_structured,
};

pub(in crate::rules) static VOIP: Rule = Rule {
    id: RuleId::VOIP_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "page of the VoIP plug-in for devices: errcode and errmsg; anything but 0 cancels the call; safe mode is required",
    summary: "The server answers the query before a call to a device with errcode and errmsg.",
    why: "The call is cancelled.",
    fix: SHAPE,
    needs: &[Need::Safe, Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| wanting(profile, &[Structured::Voip]),
    claims: &with_form::<1, 11>(["refused"]),
    judge: judge_structured,
};

pub(in crate::rules) static COURIER: Rule = Rule {
    id: RuleId::COURIER_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "logistics pages for couriers: names swapped, the same Event, ids repeated, ResultCode and ResultMsg",
    summary: "The server answers a courier's event with the names swapped, the ids repeated, ResultCode and ResultMsg.",
    why: ASKED_AGAIN,
    fix: SHAPE,
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| wanting(profile, &[Structured::Courier]),
    claims: &with_form::<4, 14>(["names", "header", "echo", "refused"]),
    judge: judge_structured,
};

pub(in crate::rules) static INSTANT_DELIVERY: Rule = Rule {
    id: RuleId::INSTANT_DELIVERY_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "instant delivery pages: names swapped, the same Event, resultcode and resultmsg in small letters",
    summary: "The server answers an event of instant delivery with the names swapped, resultcode and resultmsg.",
    why: ASKED_AGAIN,
    fix: SHAPE,
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| wanting(profile, &[Structured::InstantDelivery]),
    claims: &with_form::<4, 14>(["names", "header", "echo", "refused"]),
    judge: judge_structured,
};

pub(in crate::rules) static MEMBER: Rule = Rule {
    id: RuleId::MEMBER_ANSWER,
    since: "0.2.0",
    level: Level::Must,
    source: "shop documents, callbacks to a mini program about its members: errcode and errmsg; info with is_vip, and identity of a member; result 1 or 2",
    summary: "The server answers what a linked shop asks about members with errcode, errmsg and what its page asks for besides.",
    why: "A member is not known as one in the shop, and an order at a member's price is stopped.",
    fix: SHAPE,
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        let asked = [
            Structured::MemberQuery,
            Structured::OrderOffer,
            Structured::DiscountConfirmation,
        ];
        wanting(profile, &asked)
    },
    claims: &with_form::<3, 13>(["member", "result", "refused"]),
    judge: judge_structured,
};

pub(in crate::rules) static RETAIL: Rule = Rule {
    id: RuleId::RETAIL_ANSWER,
    since: "0.1.0",
    level: Level::Must,
    source: "B2b shop assistant page: `success` or an empty answer",
    summary: "The server answers a payment or refund of the shop assistant with `success` or with nothing.",
    why: "WeChat pushes it again after 10 s, 30 s, 60 s and so on, up to twelve hours later.",
    fix: "Answer the seven letters success.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        let handled = |entry: &CatalogueEntry| is_retail(entry) && profile.handles(&entry.name);
        cases(profile, handled, Hold::Cut, Unjudged::NoRetailHandled)
    },
    claims: &["sealed", "body"],
    judge: |transcript| {
        is_taken(entry(transcript, 0)?)?;
        judge_bare(transcript, true)
    },
};

pub(in crate::rules) static PLATFORM_SUCCESS: Rule = Rule {
    id: RuleId::new("reply/platform-success"),
    since: "0.1.0",
    level: Level::Must,
    source: "third-party platform pages: tickets, authorizations and results of registrations are answered with `success`, not encrypted",
    summary: "The server of a third-party platform answers platform notifications with `success`, in clear.",
    why: "Without its ticket the platform loses its access within twelve hours, for all the accounts it acts for.",
    fix: "Decrypt with the component's appid, store what came, and answer `success`.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |profile| {
        if !profile.authorization {
            let reason = Unjudged::NoAuthorizationUrl;
            return Cases::None(reason.into());
        }
        cases(
            profile,
            |entry| entry.header == Header::Info,
            Hold::Cut,
            Unjudged::NothingPushedThere,
        )
    },
    claims: &["status", "empty", "sealed", "body"],
    judge: |transcript| {
        is_200(transcript)?;
        judge_bare(transcript, false)
    },
};

pub(in crate::rules) static CONTAINER_PATH: Rule = Rule {
    id: RuleId::new("reply/container-path"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page, cloud hosting: the check of the path is answered with status 200 and `success` or nothing",
    summary: "The server answers cloud hosting's check of its path with status 200 and `success` or nothing.",
    why: "The path cannot be saved, and nothing is pushed.",
    fix: "Answer a body without MsgType, like {\"action\":\"CheckContainerPath\"}, with `success` too.",
    needs: &[],
    turn: Turn::Shared,
    scenarios: |profile| {
        if profile.account != Account::CloudHosting {
            return Cases::None(Unjudged::applies_to(Scope::CloudHosting).into());
        }
        cases(
            profile,
            |entry| entry.header == Header::None,
            Hold::Cut,
            Unjudged::NothingChecked,
        )
    },
    claims: &["status", "sealed", "body"],
    judge: |transcript| {
        is_200(transcript)?;
        judge_bare(transcript, true)
    },
};

pub(in crate::rules) static STRUCTURED_IN_TIME: Rule = Rule {
    id: RuleId::new("reply/structured-in-time"),
    since: "0.1.0",
    level: Level::Must,
    source: "the page of each push: 3 s for the refund query and for what a linked shop asks while an order is made, 4 s for chapters, else five seconds",
    summary: "The server answers a push that asks for a structured answer within the time that its page names.",
    why: ASKED_AGAIN,
    fix: "Decide from what is at hand; let slow look-ups run before the question comes, or afterwards.",
    needs: &[Need::Acknowledges],
    turn: Turn::Shared,
    scenarios: |profile| {
        let handled =
            |entry: &CatalogueEntry| entry.answer.is_some() && profile.handles(&entry.name);
        cases(profile, handled, Hold::Linger, NOT_HANDLED)
    },
    claims: &["late"],
    judge: judge_time,
};

const NOT_HANDLED: Missing = Missing::HandledPush;

/// True if rules judge the answer to a push more closely where the server is said to handle it.
pub fn asks_for_more(entry: &CatalogueEntry) -> bool {
    entry.answer.is_some() || is_retail(entry)
}

fn is_retail(entry: &CatalogueEntry) -> bool {
    entry.name.starts_with("retail_")
}

/// The handled pushes that want one of these answers, a case each.
fn wanting(profile: &Profile, structured: &[Structured]) -> Cases {
    let wants = |entry: &CatalogueEntry| {
        entry
            .answer
            .is_some_and(|answer| structured.contains(&answer))
    };
    let handled = |entry: &CatalogueEntry| wants(entry) && profile.handles(&entry.name);
    cases(profile, handled, Hold::Cut, NOT_HANDLED)
}

fn cases(
    profile: &Profile,
    chosen: impl Fn(&CatalogueEntry) -> bool,
    hold: Hold,
    none: impl Into<Reason>,
) -> Cases {
    let chosen = profile.catalogue.iter().filter(|entry| chosen(entry));
    let scenarios = chosen.map(|entry| {
        [Step::Deliver(
            Deliver::entry(entry, profile.format).held(hold),
        )]
    });
    Cases::each_or(scenarios, none)
}
