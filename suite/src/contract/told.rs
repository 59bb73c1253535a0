//! The words of a comparison of replies, in both languages.

use std::fmt::Write as _;

use wxcheck_events::{Contract, ContractState};

use crate::words::{Language, in_chinese};

/// The most changed replies that the report shows; the files hold them all.
const SHOWN: usize = 10;

/// The words of a comparison, for the end of a report.
pub fn told(contract: &Contract, language: Language) -> String {
    let Contract {
        file,
        pushes,
        state,
    } = contract;
    let changes = match (state, language) {
        (ContractState::New, Language::English) => {
            return format!(
                "contract: the replies to {pushes} pushes are written to {file}; commit it, and later runs compare\n"
            );
        }
        (ContractState::New, Language::Chinese) => {
            return format!(
                "契约：已将对 {pushes} 条推送的回包写入 {file}；请提交该文件，之后的运行会与之比较\n"
            );
        }
        (ContractState::Kept, Language::English) => {
            return format!("contract: the replies to {pushes} pushes are as in {file}\n");
        }
        (ContractState::Kept, Language::Chinese) => {
            return format!("契约：对 {pushes} 条推送的回包与 {file} 一致\n");
        }
        (ContractState::Unseen { why }, Language::English) => {
            return format!("contract: the replies were not looked at: {why}\n");
        }
        (ContractState::Unseen { why }, Language::Chinese) => {
            return format!("契约：未比较回包：{}\n", in_chinese(why));
        }
        (ContractState::Changed { replies }, _) => replies,
    };
    let mut text = match language {
        Language::English => format!(
            "contract: {} of {pushes} replies are not as in {file}\n",
            changes.len()
        ),
        Language::Chinese => format!(
            "契约：{pushes} 个回包中有 {} 个与 {file} 不一致\n",
            changes.len()
        ),
    };
    for changed in changes.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}", changed.push);
        for (sign, reply) in [('-', &changed.then), ('+', &changed.now)] {
            for line in reply.iter().flat_map(|reply| reply.lines()) {
                let _ = writeln!(text, "    {sign} {line}");
            }
        }
    }
    if let more @ 1.. = changes.len().saturating_sub(SHOWN) {
        let _ = match language {
            Language::English => writeln!(text, "  and {more} more"),
            Language::Chinese => writeln!(text, "  另有 {more} 个"),
        };
    }
    let told = match language {
        Language::English => format!(
            "  review and accept it in a Cargo project with `cargo insta review`, elsewhere with `mv {file}.new {file}`\n"
        ),
        Language::Chinese => format!(
            "  在 Cargo 项目中用 `cargo insta review` 复核并接受，其他情况用 `mv {file}.new {file}`\n"
        ),
    };
    text + &told
}
