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
                    "proven: taken twice, with two nonces, while a request that nobody may take was refused"
                }
                Certainty::Seen => "the answer itself says so",
                Certainty::Supposed => "not proven: what was tried besides explains it no better",
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
            line: format!("{says}。修改：{fix}。"),
            proof: match self.certainty {
                Certainty::Proven => "已证实：换两个 nonce 都被接受，而错误的请求被拒绝",
                Certainty::Seen => "响应本身就说明了这一点",
                Certainty::Supposed => "未证实：其他已尝试的原因都不能更好地解释",
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
