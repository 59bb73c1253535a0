//! `wxcheck check --contract`: the replies of this run beside those of an earlier one, in the files of insta, so that
//! `cargo insta review` shows what changed.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow};
use wxcheck_suite::{
    bounds::CONTRACT_FILE_BYTES,
    configuration::Server,
    contract::{self, Changed},
    player::Player,
};

use crate::{cli::Lang, exit::usage, settings};

/// So many changed replies are shown in the report; the files hold them all.
const SHOWN: usize = 10;

/// How the replies of a run compare with those of an earlier one.
pub(crate) struct Contract {
    file: PathBuf,
    pushes: usize,
    state: State,
}

enum State {
    /// There were none before: these are written.
    New,
    Kept,
    Changed(Vec<Changed>),
    /// It was not looked at: why.
    Unseen(&'static str),
}

/// What can be said of the folder before a run is spent on it.
pub(crate) fn check_folder(folder: &Path, server: &Server) -> Result<()> {
    if !server.callback {
        return Err(usage(
            "--contract: without a callback URL nothing is pushed, and there are no replies to keep; leave it out",
        ));
    }
    if folder.exists() && !folder.is_dir() {
        return Err(usage(format!(
            "--contract {}: a file stands there; name a folder",
            folder.display()
        )));
    }
    // Where a contract is already, nothing need be written.
    if !file_in(folder, server).exists() {
        settings::try_folder(folder).map_err(|error| usage(format!("--contract: {error}")))?;
    }
    Ok(())
}

fn file_in(folder: &Path, server: &Server) -> PathBuf {
    folder.join(contract::name_for(server) + ".snap")
}

impl Contract {
    /// Records the replies of a server, and compares them with those in the folder.
    pub(crate) async fn look_at(
        player: &Player<'_>,
        server: &Server,
        folder: &Path,
    ) -> Result<Self> {
        let secrets = player.secrets();
        let now = contract::record(player)
            .await
            .map_err(|error| anyhow!("the contract could not be recorded: {error}"))?;
        let file = file_in(folder, server);
        let pending = file.with_extension("snap.new");
        let whole = secrets.page(&contract::snapshot(server, &now));
        let state = match settings::read_if_there(&file, CONTRACT_FILE_BYTES)? {
            None => {
                settings::write_text(&file, &whole)?;
                State::New
            }
            Some(then) => {
                let changes = contract::changes(contract::content(&then), &now);
                if changes.is_empty() {
                    settings::remove_if_there(&pending)?;
                    State::Kept
                } else {
                    settings::write_text(&pending, &whole)?;
                    State::Changed(changes)
                }
            }
        };
        Ok(Self {
            file,
            pushes: contract::pushes(&now),
            state,
        })
    }

    /// One that could not be looked at.
    pub(crate) fn unseen(why: &'static str) -> Self {
        Self {
            file: PathBuf::new(),
            pushes: 0,
            state: State::Unseen(why),
        }
    }

    /// Whether the server answers otherwise than before.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.state, State::Changed(_))
    }

    /// Whether it could not be looked at.
    pub(crate) fn is_unseen(&self) -> bool {
        matches!(self.state, State::Unseen(_))
    }

    /// The pushes whose replies changed.
    pub(crate) fn changed(&self) -> Vec<String> {
        match &self.state {
            State::Changed(changes) => changes.iter().map(|changed| changed.name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// The end of the report.
    pub(crate) fn told(&self, lang: Lang) -> String {
        let file = self.file.display();
        let pushes = self.pushes;
        let changes = match (&self.state, lang) {
            (State::New, Lang::En) => {
                return format!(
                    "contract: the replies to {pushes} pushes are written to {file}; commit it, and later runs compare\n"
                );
            }
            (State::New, Lang::Zh) => {
                return format!(
                    "契约：已将对 {pushes} 个推送的回复写入 {file}；请提交该文件，之后的运行会与之比较\n"
                );
            }
            (State::Kept, Lang::En) => {
                return format!("contract: the replies to {pushes} pushes are as in {file}\n");
            }
            (State::Kept, Lang::Zh) => {
                return format!("契约：对 {pushes} 个推送的回复与 {file} 一致\n");
            }
            (State::Unseen(why), Lang::En) => {
                return format!("contract: the replies were not looked at: {why}\n");
            }
            (State::Unseen(why), Lang::Zh) => return format!("契约：未比较回复：{why}\n"),
            (State::Changed(changes), _) => changes,
        };
        let mut text = match lang {
            Lang::En => format!(
                "contract: {} of {pushes} replies are not as in {file}\n",
                changes.len()
            ),
            Lang::Zh => format!(
                "契约：{pushes} 个回复中有 {} 个与 {file} 不一致\n",
                changes.len()
            ),
        };
        for changed in changes.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}", changed.name);
            for (sign, reply) in [('-', &changed.then), ('+', &changed.now)] {
                for line in reply.iter().flat_map(|reply| reply.lines()) {
                    let _ = writeln!(text, "    {sign} {line}");
                }
            }
        }
        if let more @ 1.. = changes.len().saturating_sub(SHOWN) {
            let _ = match lang {
                Lang::En => writeln!(text, "  and {more} more"),
                Lang::Zh => writeln!(text, "  另有 {more} 个"),
            };
        }
        let told = match lang {
            Lang::En => format!(
                "  review and accept it in a Cargo project with `cargo insta review`, elsewhere with `mv {file}.new {file}`\n"
            ),
            Lang::Zh => format!(
                "  在 Cargo 项目中用 `cargo insta review` 复核并接受，其他情况用 `mv {file}.new {file}`\n"
            ),
        };
        text + &told
    }
}
