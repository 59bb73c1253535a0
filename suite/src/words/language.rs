//! The language of a report.

use super::in_chinese;
use crate::{reason::Reason, verdict::Verdict};

/// A language in which reports are read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

impl Language {
    /// The one of two that is in this language.
    pub fn of<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// A sentence of the suite.
    pub fn sentence(self, text: &str) -> String {
        match self {
            Self::English => text.to_owned(),
            Self::Chinese => in_chinese(text),
        }
    }

    /// A reason.
    pub fn reason(self, reason: &Reason) -> String {
        match self {
            Self::English => reason.to_string(),
            Self::Chinese => reason.chinese(),
        }
    }

    /// The word for a verdict.
    pub const fn verdict(self, verdict: Verdict) -> &'static str {
        if matches!(self, Self::English) {
            return verdict.as_str();
        }
        match verdict {
            Verdict::Passed => "通过",
            Verdict::Failed => "未通过",
            Verdict::Warned => "警告",
            Verdict::Noted => "提示",
            Verdict::Inconclusive => "未判定",
            Verdict::Skipped => "跳过",
            Verdict::Flaky => "不稳定",
            Verdict::Errored => "出错",
        }
    }
}
