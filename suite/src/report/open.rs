//! The reasons why a run says nothing about its server: one answer for the program and for the tests of cargo.

use wxcheck_events::{ContractState, Ended};

use super::{View, view::Row};
use crate::{
    reason::{Missing, Reason},
    redact::Redacted,
    rule::{Level, RuleId, Turn},
    verdict::Verdict,
};

/// The reason why a run says nothing about its server, unless something is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Open {
    /// Somebody stopped it.
    Stopped,
    /// Its log is not whole.
    Cut,
    /// The server was not reached.
    NoContact,
    /// The time was over.
    OutOfTime,
    /// An error of our own, or the network's.
    Errored,
    /// No rule has a verdict.
    NothingJudged,
    /// Failures stand in the way of most rules.
    Blocked,
    /// A limiter let nothing through.
    Limited,
    /// There is a URL from which data are fetched, and none came.
    DataUnseen,
    /// Nothing shows that a push was taken.
    NothingTaken,
    /// The replies were to be compared, and were not.
    ContractUnseen,
}

impl Open {
    const ALL: [Self; 11] = [
        Self::Stopped,
        Self::Cut,
        Self::NoContact,
        Self::OutOfTime,
        Self::Errored,
        Self::NothingJudged,
        Self::Blocked,
        Self::Limited,
        Self::DataUnseen,
        Self::NothingTaken,
        Self::ContractUnseen,
    ];

    /// The reason that a JSON report tells in these words, if this version knows it.
    pub fn told(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|open| open.words()[0] == words)
    }

    /// The reason in words, in English and in Chinese.
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Stopped => ["stopped before the end", "提前终止"],
            Self::Cut => [
                "the log ends before the run did",
                "日志在运行结束之前就中断了",
            ],
            Self::NoContact => ["no contact", "无法连接"],
            Self::OutOfTime => [
                "the time for the run was over before its end; see ⟦max-time⟧",
                "运行时间在结束之前用完，参见 ⟦max-time⟧",
            ],
            Self::Errored => [
                "an error of wxcheck's own, or of the network",
                "wxcheck 自身或网络出错",
            ],
            Self::NothingJudged => ["nothing could be judged", "没有任何规则得到判定"],
            Self::Blocked => [
                "most rules are blocked by what failed",
                "大部分规则被未通过的规则阻挡",
            ],
            Self::Limited => [
                "a rate limit let no more pushes through",
                "限流拦住了后续推送",
            ],
            Self::DataUnseen => ["no data came from the fetch URL", "没有拉取到数据"],
            Self::NothingTaken => [
                "nothing shows that any push was taken",
                "看不到任何推送被处理",
            ],
            Self::ContractUnseen => ["the replies were not compared", "没有比较回包"],
        }
    }

    /// True where it counts whatever else was found: the run was over before its end.
    pub const fn ends_the_run(self) -> bool {
        matches!(
            self,
            Self::Stopped | Self::Cut | Self::NoContact | Self::OutOfTime
        )
    }
}

impl View {
    /// The first reason why a run has no verdict on its server, if there is one.
    pub fn open(&self) -> Option<Open> {
        let is_broken = self.unknown(Verdict::Failed).next().is_some();
        match self.ended.ended {
            Ended::Stopped { .. } => return Some(Open::Stopped),
            Ended::Cut => return Some(Open::Cut),
            // What was proven before counts.
            Ended::NoContact { .. } if !is_broken => return Some(Open::NoContact),
            Ended::OutOfTime if !is_broken && !all_earlier_musts_are_judged(self) => {
                return Some(Open::OutOfTime);
            }
            Ended::OutOfTime | Ended::NoContact { .. } | Ended::Whole => {}
        }
        let judged = [
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Warned,
            Verdict::Noted,
            Verdict::Flaky,
        ];
        let judged: usize = judged.iter().map(|verdict| self.count(*verdict)).sum();
        let contract = self.contract.as_ref().map(|contract| &contract.state);
        let reasons = [
            (self.count(Verdict::Errored) > 0, Open::Errored),
            (judged == 0, Open::NothingJudged),
            (blocked(self) > judged, Open::Blocked),
            (is_cut_by_a_limit(self), Open::Limited),
            (data_unseen(self), Open::DataUnseen),
            (takes_nothing(self), Open::NothingTaken),
            (
                matches!(contract, Some(ContractState::Unseen { .. })),
                Open::ContractUnseen,
            ),
        ];
        let mut reasons = reasons.into_iter().filter(|(is_so, _)| *is_so);
        reasons.next().map(|(_, open)| open)
    }

    /// The reason why this run must not look like one that passed, in English; none where something is broken, which shows
    /// by itself. Where only some rules were asked for, those may all be unjudged.
    pub fn without_verdict(&self, is_whole: bool) -> Option<Redacted> {
        let open = self.outcome().open()?;
        let [words, _] = open.words();
        (is_whole || open.ends_the_run()).then(|| match &self.ended.ended {
            Ended::NoContact { reason } => self.secrets.page(&format!("{words}: {reason}")),
            _ => self.secrets.page(words),
        })
    }
}

/// A limiter let no more pushes through, so that the rules behind it were not judged.
fn is_cut_by_a_limit(view: &View) -> bool {
    let by = Reason::Blocked {
        by: RuleId::RATE_LIMIT,
    };
    view.with(Verdict::Warned)
        .any(|row| row.rule.id == RuleId::RATE_LIMIT)
        && view
            .with(Verdict::Inconclusive)
            .any(|row| row.reason == Some(by.clone()))
}

/// The time was over, and yet every Must that applies was judged, but for those that come at the very end, since they may
/// bring the server down.
fn all_earlier_musts_are_judged(view: &View) -> bool {
    let musts = view.rows.iter().filter(|row| row.rule.level == Level::Must);
    let mut open = musts.filter(|row| row.reason == Some(Reason::OutOfTime));
    open.all(|row| row.rule.turn == Turn::Last)
}

/// Nothing shows that any push was taken, though effects are watched. Where nobody watches, it may be done unseen.
fn takes_nothing(view: &View) -> bool {
    let unwatched = Reason::Missing(Missing::EffectsChannel);
    let is_watched = |row: &Row| row.reason.as_ref() != Some(&unwatched);
    view.shows_no_push_taken() && view.rows.iter().all(is_watched)
}

/// The number of rules that another one's failure kept from being judged.
fn blocked(view: &View) -> usize {
    view.with(Verdict::Inconclusive)
        .filter(|row| matches!(row.reason, Some(Reason::Blocked { .. })))
        .count()
}

/// There is a URL from which data are fetched, and none came: a wrong token or a wrong path in the settings must not look
/// like success, though no document names a status.
fn data_unseen(view: &View) -> bool {
    let of = |verdict, id| view.with(verdict).any(|row| row.rule.id == id);
    of(Verdict::Inconclusive, RuleId::FETCH_ANSWERS_200)
        || (of(Verdict::Warned, RuleId::FETCH_ANSWERS_200)
            && of(Verdict::Inconclusive, RuleId::FETCH_UTF_8))
        || (of(Verdict::Noted, RuleId::FETCH_NOT_MODIFIED)
            && of(Verdict::Skipped, RuleId::FETCH_ANSWERS_200))
}

impl View {
    /// True if the cause of what the run found is worth looking for: something that failed stood in the way of other
    /// rules, or there was no contact at all. Where the server has died, that is the cause.
    pub fn calls_for_diagnosis(&self) -> bool {
        if self.death().is_some() {
            return false;
        }
        let failed = |id| self.with(Verdict::Failed).any(|row| row.rule.id == id);
        let blocks = self.rows.iter().any(|row| match &row.reason {
            Some(Reason::Blocked { by }) => failed(*by),
            _ => false,
        });
        match self.ended.ended {
            Ended::NoContact { .. } => true,
            Ended::Whole | Ended::OutOfTime => blocks,
            Ended::Stopped { .. } | Ended::Cut => false,
        }
    }
}
