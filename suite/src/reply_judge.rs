//! The rules' own judges, for one answer that a standing platform was given: what `wxcheck check` would find in it.
//!
//! Only rules that a single delivery can break are asked. Whatever needs two requests to be compared, an effect, or to
//! know what the server was seen to do before, is left to a run.

use std::{collections::HashMap, sync::Arc, time::Duration};

use wxcheck_events::Remark;
use wxcheck_mock_server::{
    Judge, Judged, Method, Outcome, Words,
    catalogue::{Catalogue, CatalogueEntry},
};
use wxcheck_protocol::{
    account::Account,
    message::scalar_of,
    push::Mode,
    reply::{self, ReplyContext},
};

use crate::{
    finding::{Finding, Miss},
    keeping::cut_for_judging,
    profile::Profile,
    recipe::Recipe,
    rule::{Level, Rule, RuleId},
    rules::{self, faults_of_replies},
    shared_text::SharedText,
    transcript::{Entry, Sent, Transcript},
    words::{in_chinese, push_in_chinese},
};

/// The rules that any answer may break, the gravest first.
const OF_ANY: [RuleId; 6] = [
    RuleId::ANSWERS_IN_TIME,
    RuleId::COMPLETE_HTTP,
    RuleId::NO_REDIRECT,
    RuleId::RATE_LIMIT,
    RuleId::STATUS_200,
    RuleId::TIME_TO_SPARE,
];
/// Rules about the body of an answer to a push that asks for no answer of its own.
const OF_ACKNOWLEDGEMENT: [RuleId; 3] = [
    RuleId::ACCEPTS_TRUE_PUSH,
    RuleId::ACKNOWLEDGES,
    RuleId::BARE_SUCCESS,
];
/// Rules about the answer to a sealed push.
const OF_SEALED: RuleId = RuleId::ENCRYPTED_NOTHING;
/// Rules about the answer to an event.
const OF_EVENT: RuleId = RuleId::NO_TRANSFER_ON_EVENT;
/// The rule about the answer to a push that asks for one of its own.
const OF_STRUCTURED: RuleId = RuleId::CATALOGUE_ACKNOWLEDGED;

/// The judge of answers.
#[derive(Debug)]
pub struct ReplyJudge {
    limit: Duration,
    catalogues: HashMap<Account, Arc<[CatalogueEntry]>>,
}

impl ReplyJudge {
    /// For pushes of that catalogue, each of which is cut after that limit.
    pub fn new(catalogue: &Catalogue, limit: Duration) -> Self {
        let accounts = Account::ALL.into_iter();
        Self {
            limit,
            catalogues: accounts
                .map(|account| (account, catalogue.of(account).into()))
                .collect(),
        }
    }

    /// The delivery as a play of one request.
    fn play(&self, judged: &Judged<'_>) -> Transcript {
        let mut entry = entry(judged);
        cut_for_judging(&mut entry);
        let catalogue = self.catalogues.get(&judged.account);
        let profile = Profile {
            catalogue: catalogue.cloned().unwrap_or_default(),
            ..Profile::plain(judged.target, judged.account, self.limit)
        };
        Transcript {
            profile: Arc::new(profile),
            entries: vec![entry],
            fetched: Vec::new(),
            inspections: Vec::new(),
            calls: Vec::new(),
            acts: Vec::new(),
            ended: 0,
            lost: Duration::ZERO,
        }
    }
}

impl Judge for ReplyJudge {
    fn judge(&self, judged: &Judged<'_>) -> Vec<Remark> {
        let play = self.play(judged);
        let known = play.profile.entry(judged.name);
        let is_structured = known.is_some_and(|known| known.answer.is_some());
        let body: &[RuleId] = if is_structured {
            &[OF_STRUCTURED]
        } else {
            &OF_ACKNOWLEDGEMENT
        };
        let is_event = scalar_of(judged.fields, "Event").is_some();
        let sealed = (judged.target.mode == Mode::Safe).then_some(OF_SEALED);
        let event = is_event.then_some(OF_EVENT);
        let ids = OF_ANY
            .iter()
            .chain(body)
            .copied()
            .chain(sealed)
            .chain(event);
        let own = ids
            .filter_map(|id| rules::find(id.as_str()))
            .filter_map(|rule| remark_of(rule, &play));
        let of_replies = faults_of_replies(&play, None).into_iter();
        let of_replies = of_replies.filter_map(|(id, finding)| {
            let rule = rules::find(id.as_str())?;
            Some((rule.level, remark(rule, &finding)))
        });
        let mut remarks: Vec<(Level, Remark)> = Vec::new();
        for (level, remark) in own.chain(of_replies) {
            if !remarks.iter().any(|(_, known)| known.rule == remark.rule) {
                remarks.push((level, remark));
            }
        }
        remarks.sort_by_key(|(level, _)| *level);
        remarks.into_iter().map(|(_, remark)| remark).collect()
    }
}

impl Words for ReplyJudge {
    fn in_chinese(&self, sentence: &str) -> String {
        in_chinese(sentence)
    }

    fn push_in_chinese(&self, name: &str) -> Option<String> {
        push_in_chinese(name).map(str::to_owned)
    }
}

/// The finding of one rule, if it has one.
fn remark_of(rule: &'static Rule, play: &Transcript) -> Option<(Level, Remark)> {
    match (rule.judge)(play) {
        Err(Miss::Found(finding)) => Some((rule.level, remark(rule, &finding))),
        Err(Miss::Remark(finding)) => {
            let remark = remark(rule, &finding);
            Some((
                Level::Info,
                Remark {
                    level: Level::Info.to_string(),
                    ..remark
                },
            ))
        }
        // A doubt needs a run to be settled.
        Err(Miss::Doubtful(_) | Miss::Inconclusive(_) | Miss::NotApplicable(_)) | Ok(()) => None,
    }
}

fn remark(rule: &Rule, finding: &Finding) -> Remark {
    let Finding {
        actual, expected, ..
    } = finding;
    let said = match rule.level {
        Level::Must => "WeChat would not take this",
        Level::Should => "this may go wrong at WeChat",
        Level::Info => "for information",
    };
    Remark {
        rule: rule.id.as_str().to_owned(),
        level: rule.level.to_string(),
        finding: format!("{said}: {actual}; expected: {expected}"),
    }
}

fn entry(judged: &Judged<'_>) -> Entry {
    let credentials = &judged.target.credentials;
    let context = ReplyContext {
        key: credentials.key.as_ref(),
        token: &credentials.token,
        appid: &credentials.appid,
    };
    let field = |name| scalar_of(judged.fields, name).map(std::borrow::Cow::into_owned);
    let number = |name| field(name).and_then(|text| text.parse().ok());
    let is_event = field("Event").is_some();
    Entry {
        sent: Sent::Push {
            openid: field("FromUserName").unwrap_or_default(),
            original_id: judged.target.original_id.clone(),
            text: field("Content").filter(|_| !is_event),
            event: is_event,
            name: judged.name.to_owned(),
            msg_id: number("MsgId"),
            create_time: field("CreateTime")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            trade: field("OutTradeNo"),
            is_true: true,
            effects: None,
            fields: judged.fields.to_vec(),
            changes: Vec::new(),
        },
        recipe: Recipe {
            method: Method::Post,
            url: String::new(),
            params: Vec::new(),
            nonce: String::new(),
            content_type: None,
            headers: Vec::new(),
            body: SharedText::default(),
            pasteable: false,
        },
        started: Duration::ZERO,
        outcome: judged.outcome.clone(),
        reply: match judged.outcome {
            Outcome::Answered(answer) => Some(reply::read(&answer.body, &context)),
            Outcome::Silent(_) => None,
        },
        text: None,
        leaks: Vec::new(),
        origin: 0,
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::{Request, Silence, Target, target::parse_url};
    use wxcheck_protocol::{
        message::Field,
        push::{Credentials, Format, JsonType},
    };

    use super::*;
    use crate::hand_made::{answered, text_reply};

    const USER: &str = "oUserOfTheMiniProgram0000001";
    const ACCOUNT: &str = "gh_account";

    fn remarks(
        account: Account,
        name: &str,
        fields: &[Field],
        outcome: &Outcome,
    ) -> Vec<(String, String)> {
        let target = Target {
            url: parse_url("http://127.0.0.1/wx").unwrap(),
            credentials: Credentials {
                token: "t".into(),
                appid: "wx0".into(),
                key: None,
            },
            mode: Mode::Plain,
            format: Format::Xml,
            json_type: JsonType::Json,
            original_id: ACCOUNT.into(),
            payments: None,
        };
        let judge = ReplyJudge::new(Catalogue::built_in().unwrap(), Duration::from_secs(5));
        let request = Request::get(target.url.clone());
        let found = judge.judge(&Judged {
            account,
            target: &target,
            request: &request,
            name,
            fields,
            outcome,
        });
        let told = found.into_iter();
        told.map(|remark| (remark.rule, remark.finding)).collect()
    }

    fn of_text(status: u16, body: &str) -> Vec<String> {
        let fields = [
            Field::text("ToUserName", ACCOUNT),
            Field::text("FromUserName", USER),
            Field::text("MsgType", "text"),
            Field::text("Content", "hello"),
        ];
        let found = remarks(Account::Official, "text", &fields, &answered(status, body));
        found.into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn an_answer_is_judged_as_a_run_judges_it() {
        let sound = text_reply(USER, ACCOUNT, "hi");
        let swapped = text_reply(ACCOUNT, USER, "hi");
        for (status, body, rules) in [
            (200, "success", vec![]),
            (200, "", vec![]),
            (200, sound.as_str(), vec![]),
            (200, "ok", vec!["reply/acknowledges"]),
            (200, "success\n", vec!["reply/bare-success"]),
            (201, "success", vec!["reply/status-200"]),
            (302, "", vec!["reply/no-redirect"]),
            (500, "oops", vec!["push-signature/accepts-true-push"]),
            (200, swapped.as_str(), vec!["reply/names-swapped"]),
        ] {
            assert_eq!(of_text(status, body), rules, "{status} {body}");
        }
    }

    #[test]
    fn a_finding_is_whole_in_chinese_too() {
        let finding = "WeChat would not take this: status 500; expected: status 200 and an acknowledgement of `text`";
        let chinese = in_chinese(finding);
        assert!(chinese.starts_with("微信不会接受："), "{chinese}");
        assert!(!chinese.contains("expected"), "{chinese}");
    }

    #[test]
    fn silence_is_named_and_said_in_a_sentence() {
        let limit = Duration::from_secs(5);
        let silent = Outcome::Silent(Silence::NoAnswer { limit });
        let found = remarks(Account::Official, "text", &[], &silent);
        assert_eq!(found.len(), 1, "{found:?}");
        let (rule, finding) = &found[0];
        assert_eq!(rule, "reply/answers-in-time");
        assert!(
            finding.starts_with("WeChat would not take this: "),
            "{finding}"
        );
    }

    #[test]
    fn a_push_that_asks_for_an_answer_of_its_own_may_have_it() {
        let payment = "xpay_goods_deliver_notify";
        let answer = "<xml><ErrCode>0</ErrCode><ErrMsg><![CDATA[ok]]></ErrMsg></xml>";
        let found = remarks(Account::Mini, payment, &[], &answered(200, answer));
        assert!(found.is_empty(), "{found:?}");
    }
}
