//! `wxcheck check --contract`: the replies of this run beside those of an earlier one, in the files of insta, so that
//! `cargo insta review` shows what changed.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow};
use wxcheck_events::{ChangedReply, Contract, ContractState};
use wxcheck_settings::Place;
use wxcheck_suite::{bounds::CONTRACT_FILE_BYTES, contract, player::Player, server::Server, words};

use crate::{
    exit::usage,
    language::{Language, both},
    settings,
};

/// The most changed replies that the report shows; the files hold them all.
const SHOWN: usize = 10;

/// The check of the folder before a run is spent on it.
pub(crate) fn check_folder(folder: &Path, place: &Place, server: &Server) -> Result<()> {
    if !server.callback {
        return Err(usage(both!(
            "{place}: without a callback URL nothing is pushed, and there are no replies to keep; leave it out",
            "{place}：没有回调 URL 就没有推送，也没有响应可保存；请去掉它",
            place = place
        )));
    }
    if folder.exists() && !folder.is_dir() {
        let folder = folder.display();
        return Err(usage(both!(
            "{place}: {folder}: a file stands there; name a folder",
            "{place}：{folder} 是文件；请给出目录",
            place = place
        )));
    }
    // Where a contract is already, nothing need be written.
    if !file_in(folder, server).exists() {
        settings::try_folder(folder).context(place.to_string())?;
    }
    Ok(())
}

fn file_in(folder: &Path, server: &Server) -> PathBuf {
    folder.join(contract::name_for(server) + ".snap")
}

/// Records the replies of a server, and compares them with those in the folder.
pub(crate) async fn look_at(
    player: &Player<'_>,
    server: &Server,
    folder: &Path,
) -> Result<Contract> {
    let secrets = player.secrets();
    let now = contract::record(player)
        .await
        .map_err(|error| anyhow!("the contract could not be recorded: {error}"))?;
    let file = file_in(folder, server);
    let pending = file.with_extension("snap.new");
    let whole = secrets.page(&contract::snapshot(
        server,
        "wxcheck check --contract",
        &now,
    ));
    let state = match settings::read_if_there(&file, CONTRACT_FILE_BYTES)? {
        None => {
            settings::write_text(&file, &whole)?;
            ContractState::New
        }
        Some(then) => {
            let changes = contract::changes(contract::content(&then), &now);
            if changes.is_empty() {
                settings::remove_if_there(&pending)?;
                ContractState::Kept
            } else {
                settings::write_text(&pending, &whole)?;
                let replies = changes.into_iter().map(|changed| ChangedReply {
                    push: changed.name,
                    then: changed.then,
                    now: changed.now,
                });
                ContractState::Changed {
                    replies: replies.collect(),
                }
            }
        }
    };
    Ok(Contract {
        file: file.display().to_string(),
        pushes: contract::pushes(&now),
        state,
    })
}

/// A comparison that could not be made.
pub(crate) fn unseen(why: &str) -> Contract {
    Contract {
        file: String::new(),
        pushes: 0,
        state: ContractState::Unseen {
            why: why.to_owned(),
        },
    }
}

/// The end of the report.
pub(crate) fn render(contract: &Contract, lang: Language) -> String {
    let Contract {
        file,
        pushes,
        state,
    } = contract;
    let changes = match (state, lang) {
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
            return format!("契约：未比较回包：{}\n", words::in_chinese(why));
        }
        (ContractState::Changed { replies }, _) => replies,
    };
    let mut text = match lang {
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
        let _ = match lang {
            Language::English => writeln!(text, "  and {more} more"),
            Language::Chinese => writeln!(text, "  另有 {more} 个"),
        };
    }
    let told = match lang {
        Language::English => format!(
            "  review and accept it in a Cargo project with `cargo insta review`, elsewhere with `mv {file}.new {file}`\n"
        ),
        Language::Chinese => format!(
            "  在 Cargo 项目中用 `cargo insta review` 复核并接受，其他情况用 `mv {file}.new {file}`\n"
        ),
    };
    text + &told
}
