//! A finding in words, for reports.

use super::{Certainty, FoundCause, Stack};

/// A finding as people read it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wording {
    /// The mistake and the change to make, in one line.
    pub line: String,
    /// The mistake alone.
    pub says: String,
    /// The change alone.
    pub fix: String,
    /// The proof, in words.
    pub proof: &'static str,
    /// Lines of code that are right, each with the name of its language.
    pub code: Vec<(Stack, String)>,
}

impl FoundCause {
    /// It in English.
    pub fn english(&self, stack: Option<Stack>) -> Wording {
        let (says, fix) = (
            self.cause.says.english(&self.values),
            self.cause.fix.english(&self.values),
        );
        Wording {
            line: format!("{says}. Fix: {fix}."),
            proof: match self.certainty {
                Certainty::Proven => {
                    "proven twice, with two nonces, and compared with a wrong signature"
                }
                Certainty::Seen => "seen in the server's answer",
                Certainty::NoAnswer => "seen: no answer came",
                Certainty::Supposed => "not proven: the most likely of the causes that are left",
            },
            code: self.code(stack),
            says,
            fix,
        }
    }

    /// It in Chinese.
    pub fn chinese(&self, stack: Option<Stack>) -> Wording {
        let (says, fix) = (
            self.cause.says.chinese(&self.values),
            self.cause.fix.chinese(&self.values),
        );
        Wording {
            line: format!("{says}。修复：{fix}。"),
            proof: match self.certainty {
                Certainty::Proven => "已用两个 nonce 各证实一次，并与签名错误的请求作了对照",
                Certainty::Seen => "从服务器的响应中直接看到",
                Certainty::NoAnswer => "直接看到：没有收到响应",
                Certainty::Supposed => "未证实：在剩下的原因中这个可能性最大",
            },
            code: self.code(stack),
            says,
            fix,
        }
    }

    fn code(&self, stack: Option<Stack>) -> Vec<(Stack, String)> {
        let lines = self.cause.code.lines(stack).into_iter();
        let path = self.values.get("path").map_or("/wechat", String::as_str);
        lines
            .map(|(stack, line)| (stack, line.replace("{path}", path)))
            .collect()
    }
}
