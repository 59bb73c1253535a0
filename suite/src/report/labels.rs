//! Words of reports that are not a rule's, in both languages.

use std::time::Duration;

use wxcheck_events::{Ended, ServerEnded};

use super::{Open, View, view::Row};
use crate::{
    verdict::Verdict,
    words::{Language, sentence},
};

/// Short words of reports.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is its own English word, below")]
pub struct Labels {
    pub accepted_for: &'static str,
    pub all: &'static str,
    pub also: &'static str,
    pub area: &'static str,
    pub code: &'static str,
    pub expected: &'static str,
    pub findings: &'static str,
    pub fix: &'static str,
    pub fix_first: &'static str,
    pub fix_next: &'static str,
    pub got: &'static str,
    pub known: &'static str,
    pub known_word: &'static str,
    pub must_unproven: &'static str,
    pub note: &'static str,
    pub noted: &'static str,
    pub open: &'static str,
    pub outdated: &'static str,
    pub proof: &'static str,
    pub pushes: &'static str,
    pub replay: &'static str,
    pub same_bug: &'static str,
    pub send: &'static str,
    pub source: &'static str,
    pub story: &'static str,
    pub unobserved: &'static str,
    pub unproven: &'static str,
    pub unseen: &'static str,
    pub unwatched: &'static str,
    pub why: &'static str,
}

const ENGLISH: Labels = Labels {
    accepted_for: "because",
    all: "all",
    also: "also",
    area: "area",
    code: "code",
    expected: "expected",
    findings: "Findings",
    fix: "fix",
    fix_first: "Fix this first",
    fix_next: "Then fix this",
    got: "got",
    known: "Known, and accepted for now",
    known_word: "known",
    must_unproven: "must unproven",
    note: "note",
    noted: "Noted, for information",
    open: "Then run it again: whether messages are answered correctly can only be seen after that.",
    outdated: "The list of known findings is out of date",
    proof: "proof",
    pushes: "pushes",
    replay: "replay",
    same_bug: "same bug",
    send: "send it",
    source: "source",
    story: "story",
    unobserved: "Not observed",
    unproven: "A Must looks broken, and was only warned about, for nothing proves it. ⟦strict⟧ fails such a run.",
    unseen: "Nothing that the server answered or did shows that it took any push, so nobody can tell whether it refuses forged ones.",
    unwatched: "Where effects are seen (⟦api-listen⟧ or ⟦effects-url⟧) it is settled.",
    why: "why",
};

const CHINESE: Labels = Labels {
    accepted_for: "豁免原因",
    all: "合计",
    also: "还有",
    area: "分类",
    code: "代码",
    expected: "期望",
    findings: "发现的问题",
    fix: "修复",
    fix_first: "现在先改这个",
    fix_next: "然后再改这个",
    got: "实际",
    known: "已知问题，暂时豁免",
    known_word: "已知",
    must_unproven: "must 未证实",
    note: "说明",
    noted: "仅供参考",
    open: "改完后请再运行一次：在此之前看不出消息的响应是否正确。",
    outdated: "已知问题清单需要更新",
    proof: "证据",
    pushes: "推送",
    replay: "重放",
    same_bug: "同一缺陷",
    send: "重发",
    source: "依据",
    story: "经过",
    unobserved: "未判定",
    unproven: "有 must 级规则疑似不通过，因缺少证据只作警告。⟦strict⟧ 会使这样的运行失败。",
    unseen: "服务器的响应和行为都不能说明它处理了任何一条推送，因此无法判断它是否拒绝伪造的推送。",
    unwatched: "能观察到效果时（⟦api-listen⟧ 或 ⟦effects-url⟧）可以定论。",
    why: "原因",
};

/// The sign between a label and what it labels.
pub fn colon(language: Language) -> &'static str {
    language.of(": ", "：")
}

/// The short words of a language.
pub fn labels(language: Language) -> &'static Labels {
    language.of(&ENGLISH, &CHINESE)
}

/// The number of rules with each verdict that there is, and of those whose findings are known.
pub fn counts(rows: &[Row], language: Language) -> String {
    let counted = Verdict::ALL.into_iter().map(|one| {
        let mine = rows.iter();
        let mine = mine.filter(|row| row.known.is_none() && row.verdict == one);
        (mine.count(), one.word(language))
    });
    let known = rows.iter().filter(|row| row.known.is_some()).count();
    let known = (known, labels(language).known_word);
    let told = counted.chain([known]).filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    told.join(language.of(", ", "，"))
}

/// The lines about how much was done, and how long it took.
pub fn effort(view: &View, language: Language) -> Vec<String> {
    let ended = &view.ended;
    let [took, waiting, late] = [
        ended.took_micros,
        ended.waiting_micros,
        ended.lateness_micros,
    ]
    .map(Duration::from_micros);
    let share = 100.0 * waiting.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON);
    let (took, waiting, late) = (took.as_secs_f64(), waiting.as_secs_f64(), late.as_millis());
    let requests = ended.requests;
    let mut lines = vec![language.of(
        format!(
            "{took:.1} s, {requests} requests, {waiting:.1} s of it ({share:.0} %) waiting for limits and quiet periods"
        ),
        format!(
            "{took:.1} 秒，{requests} 个请求，其中 {waiting:.1} 秒（{share:.0} %）在等待时限和静默期"
        ),
    )];
    if let Some(diagnosed) = &view.diagnosed {
        let more = diagnosed.requests;
        lines.push(language.of(
            format!("{more} more requests to find the cause"),
            format!("另有 {more} 个请求用于查找原因"),
        ));
    }
    if ended.starved {
        lines.push(language.of(
            format!(
                "this machine was busy: wxcheck's own timers fired up to {late} ms late, and that time was left out of the limits"
            ),
            format!(
                "本机繁忙：wxcheck 自身的定时器最多延迟了 {late} 毫秒，这段时间没有计入时限"
            ),
        ));
    }
    lines
}

/// The reason that a run ended early, where it reached its server and the verdict does not say as much.
pub fn ended_early(view: &View, language: Language) -> Option<String> {
    match &view.ended.ended {
        Ended::Stopped { by } => Some(language.of(
            format!("stopped by {by} before the end"),
            format!("被 {by} 提前终止"),
        )),
        Ended::OutOfTime if view.outcome().open() != Some(Open::OutOfTime) => {
            let [english, chinese] = Open::OutOfTime.words();
            Some(language.of(english, chinese).to_owned())
        }
        Ended::OutOfTime | Ended::Cut | Ended::Whole | Ended::NoContact { .. } => None,
    }
}

/// The remark on a rule whose verdict is no fault.
pub fn said(row: &Row, language: Language) -> String {
    match (&row.finding, &row.reason) {
        (Some(finding), _) => {
            let (claim, actual) = (&finding.claim, sentence(&finding.actual, language));
            if actual.starts_with(&format!("{claim}:")) {
                actual
            } else {
                format!("{claim}{}{actual}", colon(language))
            }
        }
        (None, Some(reason)) => reason.words(language),
        (None, None) => String::new(),
    }
}

/// The rules with a verdict that is no fault, grouped by what there is to say.
pub fn grouped(view: &View, verdict: Verdict, language: Language) -> Vec<(String, Vec<&str>)> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for row in view.unknown(verdict) {
        let said = said(row, language);
        match groups.iter_mut().find(|(known, _)| *known == said) {
            Some((_, ids)) => ids.push(row.rule.id.as_str()),
            None => groups.push((said, vec![row.rule.id.as_str()])),
        }
    }
    groups
}

/// The sentence about a server's process that ended by itself.
pub fn server_ended(ended: &ServerEnded, language: Language) -> String {
    let how = sentence(&ended.how, language);
    language.of(
        format!("the process of the server ended by itself, before the run was over: {how}"),
        format!("服务器进程在运行结束前自行退出：{how}"),
    )
}

/// The mark of a rule whose findings are known and accepted.
pub const KNOWN: &str = "k";

/// The mark of a verdict.
pub const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✓",
        Verdict::Failed => "✗",
        Verdict::Warned => "!",
        Verdict::Noted => "i",
        Verdict::Inconclusive => "?",
        Verdict::Skipped => "·",
        Verdict::Flaky => "~",
        Verdict::Errored => "E",
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_events::Diagnosed as Examined;

    use super::*;
    use crate::{
        redact::Secrets,
        report::{
            html, json, markdown,
            names::{Names, Place},
            view::tests::view_of,
        },
    };

    #[test]
    fn every_report_tells_the_time_and_all_that_was_sent() {
        let mut view = view_of(Vec::new());
        (view.ended.requests, view.ended.took_micros) = (42, 12_300_000);
        let names = Names {
            wxcheck: "0.0.0",
            place: Place::Report,
        };
        let examined = Examined {
            causes: Vec::new(),
            open: false,
            stack: None,
            requests: 55,
        };
        view.diagnosed = Some(names.diagnosed(examined).unwrap());
        let written = json::write(&view);
        let read = wxcheck_report::read(written.as_str()).unwrap();
        assert_eq!((read.requests, read.diagnosis_requests), (42, Some(55)));
        for view in [json::view(read, Secrets::default()).unwrap(), view] {
            for language in [Language::English, Language::Chinese] {
                let lines = effort(&view, language);
                let [first, second] = &lines[..] else {
                    panic!("{lines:?}");
                };
                assert!(first.contains("12.3") && first.contains("42"), "{first}");
                assert!(second.contains("55"), "{second}");
                let markdown = markdown::write(&view, language);
                let told = format!("\n{first} · {second}\n");
                assert!(markdown.as_str().contains(&told), "{markdown}");
            }
            assert!(
                html::write(&view)
                    .as_str()
                    .contains("(and 55 to find the cause)")
            );
        }
    }
}
