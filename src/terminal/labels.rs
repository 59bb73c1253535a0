//! The words of a report that are not a rule's, in both languages.

use std::time::Duration;

use wxcheck_events::{Ended, RunBegun, RunEnded};
use wxcheck_protocol::fetch::FetchKind;
use wxcheck_suite::{
    reason::Reason,
    report::{
        Open,
        view::{FetchSummary, Row},
    },
    verdict::Verdict,
};

use crate::cli::Lang;

/// Short words.
pub(super) struct Labels {
    pub(super) expected: &'static str,
    pub(super) actual: &'static str,
    pub(super) also: &'static str,
    pub(super) story: &'static str,
    pub(super) note: &'static str,
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
    pub(super) source: &'static str,
    pub(super) send: &'static str,
    pub(super) again: &'static str,
    pub(super) same_bug: &'static str,
    pub(super) pushes: &'static str,
    pub(super) unproven: &'static str,
    pub(super) unseen: &'static str,
    pub(super) inconclusive: &'static str,
    pub(super) noted: &'static str,
    pub(super) known: &'static str,
    pub(super) accepted_for: &'static str,
    pub(super) outdated: &'static str,
    pub(super) causes: &'static str,
    pub(super) next_cause: &'static str,
    pub(super) open: &'static str,
    pub(super) code: &'static str,
    pub(super) proof: &'static str,
}

const ENGLISH: Labels = Labels {
    expected: "expected",
    actual: "got",
    also: "also",
    story: "story",
    note: "note",
    why: "why",
    fix: "fix",
    source: "source",
    send: "send it",
    again: "replay",
    same_bug: "same bug",
    pushes: "pushes",
    unproven: "a Must looks broken, and was only warned about, for nothing proves it; where effects are seen (--api-listen or --effects-url) it is settled, and --strict fails such a run",
    unseen: "nothing that the server answered or did shows that it took any push, so nobody can tell whether it refuses forged ones; see --api-listen and --effects-url",
    inconclusive: "Not observed",
    noted: "Noted, for information",
    known: "Known, and accepted for now",
    accepted_for: "because",
    outdated: "The list of known findings is out of date",
    causes: "Fix this first",
    next_cause: "Then fix this",
    open: "then run it again: whether messages are answered correctly can only be seen after that",
    code: "code",
    proof: "proof",
};

const CHINESE: Labels = Labels {
    expected: "期望",
    actual: "实际",
    also: "还有",
    story: "经过",
    note: "说明",
    why: "原因",
    fix: "修复",
    source: "依据",
    send: "重发",
    again: "重放",
    same_bug: "同一缺陷",
    pushes: "推送",
    unproven: "有 must 级规则疑似不通过，因缺少证据只作警告；能观察到效果时（--api-listen 或 --effects-url）可以定论，--strict 会使这样的运行失败",
    unseen: "服务器的响应和行为都不能说明它处理了任何一条推送，因此无法判断它是否拒绝伪造的推送；参见 --api-listen 和 --effects-url",
    inconclusive: "未判定",
    noted: "仅供参考",
    known: "已知问题，暂时豁免",
    accepted_for: "豁免原因",
    outdated: "已知问题清单需要更新",
    causes: "现在先改这个",
    next_cause: "然后再改这个",
    open: "改完后请再运行一次：在此之前看不出消息的响应是否正确",
    code: "代码",
    proof: "证据",
};

/// The short words of a language.
pub(super) const fn labels(lang: Lang) -> Labels {
    match lang {
        Lang::En => ENGLISH,
        Lang::Zh => CHINESE,
    }
}

/// The word for a verdict.
pub(super) const fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    lang.language().verdict(verdict)
}

/// The number of rules with each verdict, and of those whose findings are known.
pub(super) fn counts(rows: &[Row], lang: Lang) -> String {
    let counted = Verdict::ALL.into_iter().map(|one| {
        let mine = rows
            .iter()
            .filter(|row| row.known.is_none() && row.verdict == one);
        (mine.count(), verdict(one, lang))
    });
    let listed = rows.iter().filter(|row| row.known.is_some()).count();
    let told = counted
        .chain([(listed, known(lang))])
        .filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    told.join(match lang {
        Lang::En => ", ",
        Lang::Zh => "，",
    })
}

/// A sentence of the suite.
pub(crate) fn sentence(text: &str, lang: Lang) -> String {
    lang.language().sentence(text)
}

/// The first line: what was judged.
pub(super) fn header(begun: &RunBegun, lang: Lang) -> String {
    let RunBegun {
        wxcheck,
        url,
        mode,
        format,
        account,
        seed,
        ..
    } = begun;
    match lang {
        Lang::En => format!(
            "wxcheck {wxcheck} · {url} · {mode} mode, {format}, {account} account · seed {seed}"
        ),
        Lang::Zh => format!(
            "wxcheck {wxcheck} · {url} · {mode} 模式，{format}，{account} 账号 · 种子 {seed}"
        ),
    }
}

/// The time until fetched data were there.
pub(super) fn fetched(fetched: &FetchSummary, took: Duration, lang: Lang) -> String {
    let (kind, url, budget) = (fetched.kind, &fetched.url, fetched.budget.as_millis());
    let took = took.as_secs_f64() * 1000.0;
    match (lang, kind) {
        (Lang::En, FetchKind::Pre) => format!(
            "  {kind}: {url} answered in {took:.1} ms of the {budget} ms that a cold start takes"
        ),
        (Lang::En, FetchKind::Periodic) => {
            format!("  {kind}: {url} answered in {took:.1} ms of {budget} ms")
        }
        (Lang::Zh, FetchKind::Pre) => {
            format!("  {kind}：{url} 用时 {took:.1} 毫秒，冷启动允许 {budget} 毫秒")
        }
        (Lang::Zh, FetchKind::Periodic) => {
            format!("  {kind}：{url} 用时 {took:.1} 毫秒，上限 {budget} 毫秒")
        }
    }
}

/// The last lines: how much was done, and how long it took.
pub(super) fn effort(ended: &RunEnded, lang: Lang) -> Vec<String> {
    let [took, waiting, lateness] = [
        ended.took_micros,
        ended.waiting_micros,
        ended.lateness_micros,
    ]
    .map(Duration::from_micros);
    let share = 100.0 * waiting.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON);
    let (took, waiting, late) = (
        took.as_secs_f64(),
        waiting.as_secs_f64(),
        lateness.as_millis(),
    );
    let requests = ended.requests;
    let mut lines = vec![match lang {
        Lang::En => format!(
            "{took:.1} s, {requests} requests, {waiting:.1} s of it ({share:.0} %) waiting for limits and quiet periods"
        ),
        Lang::Zh => format!(
            "{took:.1} 秒，{requests} 个请求，其中 {waiting:.1} 秒（{share:.0} %）在等待时限和静默期"
        ),
    }];
    if ended.starved {
        lines.push(match lang {
            Lang::En => format!(
                "this machine was busy: wxcheck's own timers fired up to {late} ms late, and that time was left out of the limits"
            ),
            Lang::Zh => format!(
                "本机繁忙：wxcheck 自身的定时器最多延迟了 {late} 毫秒，这段时间没有计入时限"
            ),
        });
    }
    lines
}

/// The reason that a run ended early, if it did.
pub(super) fn cut(ended: &Ended, lang: Lang) -> Option<String> {
    Some(match (ended, lang) {
        (Ended::Stopped { by }, Lang::En) => format!("stopped by {by} before the end"),
        (Ended::Stopped { by }, Lang::Zh) => format!("被 {by} 提前终止"),
        (Ended::OutOfTime, Lang::En) => {
            "the time for the run was over before its end; see --max-time".to_owned()
        }
        (Ended::OutOfTime, Lang::Zh) => "运行时间在结束之前用完，参见 --max-time".to_owned(),
        (Ended::Cut, Lang::En) => {
            "the log ends before the run did: what it tells stands above".to_owned()
        }
        (Ended::Cut, Lang::Zh) => "日志在运行结束之前就中断了：上面是已有的内容".to_owned(),
        (Ended::Whole | Ended::NoContact { .. }, _) => return None,
    })
}

/// The reason that a rule has no verdict, or what else there is to say.
pub(super) fn reason(reason: &Reason, lang: Lang) -> String {
    match lang {
        Lang::En => reason.to_string(),
        Lang::Zh => reason.chinese(),
    }
}

/// A Must that looks broken, without proof.
pub(super) const fn unproven(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "must unproven",
        Lang::Zh => "must 未证实",
    }
}

/// A finding that is known and accepted.
pub(super) const fn known(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "known",
        Lang::Zh => "已知",
    }
}

/// Something of the run could not be written.
pub(super) const fn lost(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "a report could not be written, see above",
        Lang::Zh => "有报告无法写出，见上文",
    }
}

/// The number of rules.
pub(super) fn rules(rules: usize, lang: Lang) -> String {
    match (lang, rules) {
        (Lang::En, 1) => "1 rule".to_owned(),
        (Lang::En, _) => format!("{rules} rules"),
        (Lang::Zh, _) => format!("{rules} 条规则"),
    }
}

/// The reason that a run says nothing about its server.
pub(super) const fn no_verdict(open: Open, lang: Lang) -> &'static str {
    let [english, chinese] = open.words();
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

/// The number of rules, with their verdicts.
pub(super) fn total(rules: usize, counts: &str, lang: Lang) -> String {
    match (lang, rules) {
        (Lang::En, 1) => format!("1 rule: {counts}"),
        (Lang::En, _) => format!("{rules} rules: {counts}"),
        (Lang::Zh, _) => format!("{rules} 条规则：{counts}"),
    }
}

/// The names, or how many there are; `--verbose` lists all.
pub(super) fn in_short(ids: &[&str], lang: Lang) -> String {
    match (ids, lang) {
        ([first, rest @ ..], Lang::En) if rest.len() > 3 => {
            format!("{first} and {} more", rest.len())
        }
        ([first, rest @ ..], Lang::Zh) if rest.len() > 3 => {
            format!("{first} 等 {} 条", ids.len())
        }
        (few, _) => few.join(", "),
    }
}

/// The words behind names of which so many more are not shown.
pub(super) fn and_more(more: usize, lang: Lang) -> String {
    match (more, lang) {
        (0, _) => String::new(),
        (_, Lang::En) => format!(" and {more} more; the JSON report names them all"),
        (_, Lang::Zh) => format!("，另有 {more} 个；JSON 报告列出全部"),
    }
}
