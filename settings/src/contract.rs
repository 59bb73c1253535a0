//! The replies of a server beside those of an earlier run, in the folder that `contract` names: files of insta, so that
//! `cargo insta review` shows what changed.

use std::path::{Path, PathBuf};

use wxcheck_events::{ChangedReply, Contract, ContractState, Ended};
use wxcheck_mock_server::SenderError;
use wxcheck_suite::{
    bounds::CONTRACT_FILE_BYTES, contract, player::Player, report::View, server::Server,
};

use crate::{
    Settings, SettingsError,
    error::Reason,
    reading::{ReadError, read_text},
    writing::{WriteError, remove_if_there, try_folder, write_text},
};

/// Replies that could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// No replies of this run.
    #[error("the contract could not be recorded: {0}")]
    Unrecorded(SenderError),
    /// No replies of the earlier run, though there is a file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No file for those of this run.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Settings {
    /// Checks the folder of the contract, if there is one, before a run is spent on it.
    pub fn check_contract(&self, server: &Server) -> Result<(), SettingsError> {
        let Some(folder) = &self.run.contract else {
            return Ok(());
        };
        let wrong = |reason| self.wrong("contract", reason);
        if !server.callback {
            return Err(wrong(Reason::NoReplies));
        }
        if folder.exists() && !folder.is_dir() {
            return Err(wrong(Reason::NoContractFolder(folder.clone())));
        }
        // Where a contract is already, nothing need be written.
        if !file_in(folder, server).exists() {
            try_folder(folder).map_err(|error| wrong(Reason::Unwritable(error)))?;
        }
        Ok(())
    }
}

fn file_in(folder: &Path, server: &Server) -> PathBuf {
    folder.join(contract::name_for(server) + ".snap")
}

/// Records the replies of a server that was judged, and compares them with those in the folder.
pub async fn compared(
    player: &Player<'_>,
    server: &Server,
    judged: &View,
    folder: &Path,
) -> Result<Contract, ContractError> {
    if judged.ended.ended != Ended::Whole || judged.death().is_some() {
        return Ok(Contract::unseen("the run was cut short"));
    }
    let now = contract::record(player).await;
    let now = now.map_err(ContractError::Unrecorded)?;
    let file = file_in(folder, server);
    let pending = file.with_extension("snap.new");
    let whole = player.secrets().page(&contract::snapshot(server, &now));
    let then = match read_text(&file, CONTRACT_FILE_BYTES) {
        Ok(then) => Some(then),
        Err(error) if error.is_absence() => None,
        Err(error) => return Err(error.into()),
    };
    let changes = then.map(|then| contract::changes(contract::content(&then), &now));
    let state = match changes {
        None => {
            write_text(&file, &whole)?;
            ContractState::New
        }
        Some(changes) if changes.is_empty() => {
            remove_if_there(&pending)?;
            ContractState::Kept
        }
        Some(changes) => {
            write_text(&pending, &whole)?;
            let replies = changes.into_iter().map(|changed| ChangedReply {
                push: changed.name,
                then: changed.then,
                now: changed.now,
            });
            ContractState::Changed {
                replies: replies.collect(),
            }
        }
    };
    Ok(Contract {
        file: file.display().to_string(),
        pushes: contract::pushes(&now),
        state,
    })
}
