//! The wire of a served platform, as lines: each push, answer and call as it happens.

use std::fmt::Write as _;

use wxcheck_events::{
    Called, Event, Evidence, Exchange, Kind, PushState, RecordedOutcome, Sent, SentPush,
    Unsendable, Unsent, What, readable,
};
use wxcheck_mock_server::{
    said::said_in_call,
    shown::{short, warning},
};
use wxcheck_suite::{
    redact::{Colour, Redacted, Secrets},
    words::sentence,
};

use crate::{
    language::{Language, told},
    zone::Zone,
};

/// Columns for what a body says.
const SAID: usize = 80;

/// Makes lines of events.
pub(crate) struct Wire {
    pub(crate) secrets: Secrets,
    pub(crate) colours: bool,
    pub(crate) lang: Language,
    pub(crate) zone: Zone,
}

impl Wire {
    /// The rows about an event, unpainted; `time` is in Unix milliseconds. None about what is no news to people.
    pub(crate) fn rows(&self, event: &Event, time: u64) -> Vec<(Option<Colour>, Redacted)> {
        let clock = self.zone.time_of_day(time);
        let below = " ".repeat(clock.len());
        let told = lines_of(&event.kind, self.lang, self.zone).unwrap_or_default();
        let rows = told.into_iter().enumerate().map(|(place, (colour, line))| {
            // What belongs to an answer stands below it.
            let clock = if place == 0 { &clock } else { &below };
            (colour, self.secrets.render(&format!("{clock} {line}")))
        });
        rows.collect()
    }

    /// The same as lines for a terminal.
    pub(crate) fn text(&self, event: &Event, time: u64) -> Option<Redacted> {
        let mut lines = Redacted::default();
        for (colour, row) in self.rows(event, time) {
            lines.push(&self.paint(&row, colour));
            lines.push(&Redacted::own("\n"));
        }
        (!lines.as_str().is_empty()).then_some(lines)
    }

    /// The event as a line of JSON, as the journal shows it.
    pub(crate) fn json(&self, event: &Event, time: u64) -> Option<Redacted> {
        let shown = short(event, time)?;
        Some(self.secrets.strings(&shown.to_string()))
    }

    fn paint(&self, text: &Redacted, colour: Option<Colour>) -> Redacted {
        match colour {
            Some(colour) if self.colours => text.painted(colour),
            _ => text.clone(),
        }
    }
}

/// A line, and the colour in which it is painted.
type Line = (Option<Colour>, String);

fn lines_of(kind: &Kind, lang: Language, zone: Zone) -> Option<Vec<Line>> {
    let lines = match kind {
        Kind::Sent(sent) => vec![pushed(sent, lang)],
        Kind::Unsent(unsent) => vec![not_sent(unsent, lang)],
        Kind::Exchange(exchange) => answered(exchange, lang),
        Kind::Called(called) => called_api(called, lang),
        Kind::PushOutcome(outcome) => match outcome.state {
            PushState::Acknowledged => return None,
            PushState::Refused => {
                let seen = seen(outcome.user_sees.as_deref(), lang);
                let line = told!(
                    lang,
                    "  WeChat does not take the answer{seen}",
                    "  微信不接受这个响应{seen}"
                );
                vec![(Some(Colour::Red), line)]
            }
            PushState::Held => {
                let line = lang.of(
                    "  held: the server refuses connections; it is delivered when that is back",
                    "  已保留：服务器拒绝连接，恢复后再投递",
                );
                vec![(Some(Colour::Yellow), line.to_owned())]
            }
            PushState::GivenUp => {
                let seen = seen(outcome.user_sees.as_deref(), lang);
                let line = told!(lang, "  given up{seen}", "  已放弃{seen}");
                vec![(Some(Colour::Red), line)]
            }
        },
        Kind::Fault(change) => vec![(
            Some(Colour::Yellow),
            format!("! {}", of_fault(change, lang)),
        )],
        Kind::ClockMoved(clock) => {
            let now = zone.moment(clock.now);
            vec![(
                Some(Colour::Dim),
                told!(lang, "the platform's clock shows {now}", "平台时钟为 {now}"),
            )]
        }
        // The delivery that follows tells the same; and a run has its own reports.
        Kind::PushDue(_)
        | Kind::Fetched { .. }
        | Kind::RunBegun(_)
        | Kind::ContactMade { .. }
        | Kind::PlayBegun { .. }
        | Kind::Effect(_)
        | Kind::PlayEnded { .. }
        | Kind::Verdict(_)
        | Kind::ReplayWritten { .. }
        | Kind::ContractCompared(_)
        | Kind::BaselineCompared(_)
        | Kind::Diagnosed(_)
        | Kind::ServerEnded(_)
        | Kind::RunEnded(_) => return None,
    };
    Some(lines)
}

/// The notice that the user sees, behind what is told of the push.
fn seen(text: Option<&str>, lang: Language) -> String {
    text.map_or_else(String::new, |text| {
        told!(lang, "; the user sees: {text}", "；用户看到：{text}")
    })
}

fn pushed(sent: &Sent, lang: Language) -> Line {
    let Sent { method, path, .. } = sent;
    let what = match (&sent.what, &sent.push) {
        (Some(what), _) => words_of(what, method, path, lang),
        // A run that is a guest says no more of its pushes.
        (None, Some(push)) => from_whom(&push.name, &push.openid, lang),
        (None, None) => format!("{method} {path}"),
    };
    let mut line = format!("→ {what}");
    if let Some(push) = &sent.push {
        line.push_str(&about(push, lang));
    }
    (Some(Colour::Cyan), line)
}

/// The reason for a request, in words.
fn words_of(what: &What, method: &str, path: &str, lang: Language) -> String {
    match what {
        What::Push { name, from } => from_whom(name, from.as_deref().unwrap_or("WeChat"), lang),
        What::Verification => told!(
            lang,
            "verification of the URL: {method} {path}",
            "验证 URL：{method} {path}"
        ),
        What::Fetch {
            kind,
            openid,
            device,
        } => {
            let kind = match kind.as_str() {
                "pre" => lang.of("prefetch", "数据预拉取"),
                "periodic" => lang.of("periodic update", "周期性更新"),
                other => other,
            };
            told!(
                lang,
                "{kind} for {device} of {openid}: {method} {path}",
                "{openid} 的 {device} {kind}：{method} {path}"
            )
        }
        What::Request { appid, host } => told!(
            lang,
            "wx.request of {appid}: {method} {host}{path}",
            "{appid} 的 wx.request：{method} {host}{path}"
        ),
    }
}

/// A push and its user.
fn from_whom(name: &str, openid: &str, lang: Language) -> String {
    told!(lang, "{name} from {openid}", "{name}，来自 {openid}")
}

/// A push that did not leave.
fn not_sent(unsent: &Unsent, lang: Language) -> Line {
    let Unsent { why, push, .. } = unsent;
    let why = match why {
        Unsendable::Held => lang.of("waits behind others", "排在其他推送之后等待"),
        Unsendable::NoCallback => lang.of(
            "not sent: the app has no callback URL",
            "未发送：该应用没有配置回调 URL",
        ),
    };
    let (what, about) = (from_whom(&push.name, &push.openid, lang), about(push, lang));
    let line = told!(lang, "→ {what} ({why}){about}", "→ {what}（{why}）{about}");
    (Some(Colour::Yellow), line)
}

fn about(push: &SentPush, lang: Language) -> String {
    let mut text = String::new();
    if let Some(rule) = &push.rule {
        let _ = write!(text, " [{rule}]");
    }
    if let Some(number) = push.again {
        text.push_str(&told!(lang, " (again of {number})", "（重发自 {number}）"));
    }
    if push.retry > 0 {
        let number = push.retry + 1;
        text.push_str(&told!(
            lang,
            " (delivery {number})",
            "（第 {number} 次投递）"
        ));
    }
    if let Some(says) = &push.says {
        text.push_str(lang.of(": ", "："));
        text.push_str(&cut(says));
    }
    text
}

fn answered(exchange: &Exchange, lang: Language) -> Vec<Line> {
    let evidence = exchange.evidence.as_deref();
    let answer = match &exchange.outcome {
        RecordedOutcome::Answered {
            status,
            total_micros,
            ..
        } => {
            let colour = if *status == 200 {
                Colour::Green
            } else {
                Colour::Red
            };
            let body = evidence.map(body_of).unwrap_or_default();
            let body = match cut(&body) {
                body if body.is_empty() => lang.of("(empty)", "（空）").to_owned(),
                body => body,
            };
            let millis = total_micros / 1000;
            let line = told!(
                lang,
                "← {status} in {millis} ms  {body}",
                "← {status}，{millis} 毫秒  {body}"
            );
            (Some(colour), line)
        }
        RecordedOutcome::Silent { reason } => {
            let reason = sentence(reason, lang);
            let line = told!(lang, "← no answer: {reason}", "← 没有响应：{reason}");
            (Some(Colour::Red), line)
        }
    };
    let verdicts = evidence.into_iter().flat_map(|evidence| &evidence.verdicts);
    let verdicts = verdicts.map(|remark| {
        let colour = match remark.level.as_str() {
            "must" => Colour::Red,
            "should" => Colour::Yellow,
            _ => Colour::Dim,
        };
        (
            Some(colour),
            format!("  {} [{}]", sentence(&remark.finding, lang), remark.rule),
        )
    });
    std::iter::once(answer).chain(verdicts).collect()
}

/// The message in an answer, in clear.
fn body_of(evidence: &Evidence) -> String {
    let answer = evidence.answer.as_ref();
    answer.map_or_else(String::new, |answer| {
        answer.opened.as_ref().unwrap_or(&answer.body).text.clone()
    })
}

/// A call, and below it what is odd about it.
fn called_api(called: &Called, lang: Language) -> Vec<Line> {
    let odd = warning(called).map(|odd| {
        let told = sentence(&odd, lang);
        (Some(Colour::Yellow), format!("  {told}"))
    });
    std::iter::once(call(called, lang)).chain(odd).collect()
}

fn call(called: &Called, lang: Language) -> Line {
    let colour = if called.errcode == 0 && called.status == 200 {
        None
    } else {
        Some(Colour::Red)
    };
    let mut line = format!("⇠ {} {} {}", called.method, called.path, called.errcode);
    if let Some(fault) = &called.fault {
        line.push_str(&told!(lang, " [fault {fault}]", " [故障 {fault}]"));
    }
    let refusal = called.answer.as_ref().filter(|_| called.errcode != 0);
    let said = match refusal {
        Some(answer) => answer.text.clone(),
        None => said_in_call(&called.body).unwrap_or_else(|| called.body.to_string()),
    };
    if !said.is_empty() {
        line.push_str("  ");
        line.push_str(&cut(&said));
    }
    (colour, line)
}

fn of_fault(change: &wxcheck_events::FaultChange, lang: Language) -> String {
    use wxcheck_events::FaultChange;
    match change {
        FaultChange::Set {
            id,
            endpoint,
            fault,
        } => told!(
            lang,
            "fault {id}: {fault} at {endpoint}",
            "故障 {id}：{endpoint} 上的 {fault}"
        ),
        FaultChange::Removed { id } => told!(lang, "fault {id} is over", "故障 {id} 已结束"),
        FaultChange::Cleared => told!(lang, "all faults are over", "所有故障已结束"),
    }
}

/// The beginning of a text.
fn cut(text: &str) -> String {
    let text = readable(text);
    let mut chars = text.chars();
    let shown: String = chars.by_ref().take(SAID).collect();
    match chars.next() {
        Some(_) => format!("{shown}…"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_events::{Body, PushOutcome, Remark};

    use super::*;

    fn wire(colours: bool) -> Wire {
        let secrets = Secrets::default();
        let lang = Language::English;
        Wire {
            secrets,
            colours,
            lang,
            zone: Zone::by(|_| 0),
        }
    }

    fn event(kind: Kind) -> Event {
        Event {
            number: 3,
            at_micros: 0,
            kind,
        }
    }

    fn sent(retry: u32) -> Kind {
        Kind::Sent(Sent {
            method: "POST".into(),
            path: "/wechat".into(),
            what: Some(What::Push {
                name: "text".into(),
                from: Some("o1".into()),
            }),
            push: Some(Box::new(SentPush {
                appid: "wx0".into(),
                name: "text".into(),
                openid: "o1".into(),
                says: Some("你好\u{1b}[2J".into()),
                mode: "plain".into(),
                format: "xml".into(),
                first: None,
                retry,
                rule: Some("reply/acknowledges".into()),
                again: None,
                time: None,
                original: None,
            })),
        })
    }

    fn answer(status: u16) -> Kind {
        Kind::Exchange(Box::new(Exchange {
            sent: 3,
            first: Some(3),
            place: None,
            outcome: RecordedOutcome::Answered {
                status,
                first_byte_micros: 1,
                total_micros: 12_345,
            },
            evidence: Some(Box::new(Evidence {
                answer: Some(wxcheck_events::AnswerBytes {
                    headers: Vec::new(),
                    body: Body::of(b"sealed"),
                    opened: Some(Body::of(b"ok")),
                }),
                verdicts: vec![Remark {
                    rule: "reply/acknowledges".into(),
                    level: "must".into(),
                    finding: "WeChat would not take this: `ok`".into(),
                }],
                ..Evidence::default()
            })),
        }))
    }

    fn lines(kinds: impl IntoIterator<Item = Kind>, colours: bool) -> String {
        let wire = wire(colours);
        let told = kinds
            .into_iter()
            .filter_map(|kind| wire.text(&event(kind), 1_795_893_893_123));
        told.map(|text| text.as_str().to_owned()).collect()
    }

    #[test]
    fn each_event_is_a_line_and_findings_stand_below_the_answer() {
        let given_up = Kind::PushOutcome(PushOutcome {
            push: 3,
            state: PushState::GivenUp,
            user_sees: Some("该公众号暂时无法提供服务，请稍后再试".into()),
        });
        let told = lines(
            [sent(0), answer(200), sent(1), answer(500), given_up],
            false,
        );
        let wanted = "\
19:24:53.123Z → text from o1 [reply/acknowledges]: 你好\\u{1b}[2J
19:24:53.123Z ← 200 in 12 ms  ok
                WeChat would not take this: `ok` [reply/acknowledges]
19:24:53.123Z → text from o1 [reply/acknowledges] (delivery 2): 你好\\u{1b}[2J
19:24:53.123Z ← 500 in 12 ms  ok
                WeChat would not take this: `ok` [reply/acknowledges]
19:24:53.123Z   given up; the user sees: 该公众号暂时无法提供服务，请稍后再试
";
        assert_eq!(told, wanted);
        let chinese = lines_of(&sent(1), Language::Chinese, Zone::by(|_| 0)).unwrap();
        assert_eq!(
            chinese[0].1,
            "→ text，来自 o1 [reply/acknowledges]（第 2 次投递）：你好\u{1b}[2J"
        );
    }

    #[test]
    fn what_a_server_wrote_does_nothing_to_a_terminal() {
        let told = lines([sent(0)], true);
        assert!(told.contains("\u{1b}[36m"), "{told:?}");
        assert!(!told.contains("\u{1b}[2J"), "{told:?}");
    }

    #[test]
    fn a_program_reads_what_the_journal_shows() {
        let told = wire(false).json(&event(answer(200)), 0).unwrap();
        let record: serde_json::Value = serde_json::from_str(told.as_str()).unwrap();
        assert_eq!(record["kind"], "answered");
        assert_eq!(record["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(told.as_str().lines().count(), 1);
    }
}
