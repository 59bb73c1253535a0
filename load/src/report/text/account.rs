//! The account of effects, in lines.

use wxcheck_mock_server::{
    api::errcode::Errcode,
    language::{Language, told},
};

use super::Lines;
use crate::ledger::{Ledger, Line};

/// The errcodes of calls that are refused for their access_token.
const TOKEN_REFUSED: [i64; 3] = [40001, 40014, 42001];

/// The account at the end.
pub(super) fn account(lines: &mut Lines, ledger: &Ledger) {
    let lang = lines.lang;
    if ledger.nameless > 0 {
        let nameless = ledger.nameless;
        lines.more(told!(
            lang,
            "not counted: {nameless} pushes without a user",
            "未计入：{nameless} 条推送没有指明用户"
        ));
    }
    if let Some(of) = ledger.of {
        let asked = ledger.total().pushed + ledger.unread;
        lines.more(told!(
            lang,
            "the page was asked about {asked} of {of} pushes",
            "向页面查询了 {of} 条推送中的 {asked} 条"
        ));
    }
    if ledger.unread > 0 {
        let unread = ledger.unread;
        lines.more(told!(
            lang,
            "no number from the page for {unread} pushes",
            "页面没有返回 {unread} 条推送的次数"
        ));
    }
    for (name, line) in &ledger.lines {
        let Line {
            pushed,
            acknowledged,
            once,
            more,
            lost,
            ..
        } = line;
        let acted = if once + more > 0 {
            told!(
                lang,
                "{once} acted on once, {more} more than once, {lost} lost",
                "处理一次 {once}，多次 {more}，丢失 {lost}"
            )
        } else {
            none_acted_on(ledger, lang).to_owned()
        };
        lines.row(
            ("acted on", "处理"),
            told!(
                lang,
                "{name}: of {pushed} pushed and {acknowledged} acknowledged {acted}",
                "{name}：推送 {pushed}，正常响应 {acknowledged}；{acted}"
            ),
        );
    }
    if ledger.only_repeated > 0 {
        let only = ledger.only_repeated;
        lines.more(told!(
            lang,
            "{only} of them are known by a repeat alone: the first delivery was not sent, or was lost with its worker",
            "其中 {only} 条只知道重推：首次投递没有发出，或随 worker 丢失"
        ));
    }
    refusals(lines, ledger);
    if !ledger.exact {
        lines.more(lang.of(
            "counted by user: leave --users out to have it for each push",
            "按用户统计：去掉 --users 可以逐条统计",
        ));
    }
    for (count, said) in [
        (
            ledger.forged_acted,
            ("forgeries acted on", "条伪造推送被处理"),
        ),
        (
            ledger.strangers,
            (
                "effects for users to whom nothing was pushed",
                "次处理针对没有发过推送的用户",
            ),
        ),
        (
            ledger.untold,
            (
                "effects of pushes sent in the lost seconds",
                "次处理属于丢失时段的推送",
            ),
        ),
    ] {
        if count > 0 {
            lines.more(format!("{count} {}", lang.of(said.0, said.1)));
        }
    }
    for story in &ledger.stories {
        let label = lang.of("  e.g.", "  例如");
        lines.row((label, label), story.in_words(lang));
    }
}

/// The reason why no push of a line was acted on.
fn none_acted_on(ledger: &Ledger, lang: Language) -> &'static str {
    if ledger.shows_effects() {
        lang.of(
            "none acted on; not counted as lost",
            "都没有处理；不计为丢失",
        )
    } else if ledger.refused.is_empty() {
        lang.of(
            "no effects were observed; does the server call the mock API, or count on its page?",
            "没有看到任何处理；服务器是否在调用模拟接口，或在它的页面上计数？",
        )
    } else {
        lang.of(
            "none acted on: the calls were refused; not counted as lost",
            "都没有处理：调用被拒绝；不计为丢失",
        )
    }
}

/// The calls that were refused, with WeChat's words for each errcode.
fn refusals(lines: &mut Lines, ledger: &Ledger) {
    let lang = lines.lang;
    for (code, count) in &ledger.refused {
        let known = Errcode::ALL.iter().filter(|known| known.code == *code);
        let shortest = known.min_by_key(|known| known.text.len());
        let text = shortest.map_or(Errcode::of(*code).text, |known| known.text);
        lines.row(
            ("refused", "拒绝"),
            told!(
                lang,
                "{count} calls were refused: {code} ({text})",
                "{count} 次调用被拒绝：{code}（{text}）"
            ),
        );
    }
    if TOKEN_REFUSED
        .iter()
        .any(|code| ledger.refused.contains_key(code))
    {
        lines.more(lang.of(
            "the server may use an access_token of an earlier run: restart it, or let it fetch a new one",
            "服务器可能还在使用之前运行的 access_token：请重启它，或让它重新获取",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{About, Story, What};

    fn said(ledger: &Ledger) -> [String; 2] {
        [Language::English, Language::Chinese].map(|lang| {
            let mut lines = Lines::new(lang);
            account(&mut lines, ledger);
            lines.text
        })
    }

    #[test]
    fn a_dead_token_is_named_and_nothing_is_lost() {
        let mut ledger = Ledger {
            exact: true,
            ..Ledger::default()
        };
        let line = Line {
            pushed: 281,
            acknowledged: 281,
            ..Line::default()
        };
        ledger.lines.insert("text".to_owned(), line);
        let [silent, _] = said(&ledger);
        assert!(silent.contains("no effects were observed"), "{silent}");
        ledger.refused.insert(40001, 281);
        let [en, zh] = said(&ledger);
        for part in [
            "none acted on: the calls were refused",
            "281 calls were refused: 40001 (invalid credential, access_token is invalid or not latest)",
            "an access_token of an earlier run",
        ] {
            assert!(en.contains(part), "{part}\n{en}");
        }
        assert!(!en.contains("no effects were observed"), "{en}");
        assert!(zh.contains("281 次调用被拒绝：40001"), "{zh}");
        assert_eq!(en.lines().count(), zh.lines().count());
    }

    #[test]
    fn what_no_line_has_is_said_below() {
        let mut ledger = Ledger {
            nameless: 7,
            only_repeated: 3,
            strangers: 2,
            untold: 5,
            ..Ledger::default()
        };
        let line = Line {
            pushed: 10,
            acknowledged: 10,
            once: 9,
            lost: 1,
            ..Line::default()
        };
        ledger.lines.insert("all".to_owned(), line);
        ledger.stories.push(Story {
            what: What::Lost,
            openid: "oOne".to_owned(),
            effects: 3,
            about: About::User {
                pushed: 4,
                acknowledged: 4,
            },
        });
        let [en, zh] = said(&ledger);
        for part in [
            "not counted: 7 pushes without a user",
            "all: of 10 pushed and 10 acknowledged 9 acted on once",
            "3 of them are known by a repeat alone",
            "2 effects for users to whom nothing was pushed",
            "5 effects of pushes sent in the lost seconds",
            "e.g.       user oOne: 4 pushes acknowledged, 3 acted on",
        ] {
            assert!(en.contains(part), "{part}\n{en}");
        }
        assert_eq!(en.lines().count(), zh.lines().count());
        assert!(zh.contains("用户 oOne：正常响应 4 条，处理了 3 条"), "{zh}");
    }
}
