//! The log of messages as it is kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    sending,
    state::{
        Moment,
        sent::{Fate, FateName, Piece, SentMessage},
    },
};

/// Lines of the log.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct KeptPiece {
    taken: u64,
    lines: Vec<KeptMessage>,
}

#[derive(Debug, Deserialize, Serialize)]
struct KeptMessage {
    number: u64,
    at: Moment,
    fate: FateName,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    path: String,
    #[serde(default, skip_serializing_if = "is_success")]
    refused: (i64, u16),
    openid: Arc<str>,
    /// Credentials were taken out of it, and so was what is no UTF-8.
    body: String,
}

const fn is_success((errcode, status): &(i64, u16)) -> bool {
    *errcode == 0 && *status == 0
}

impl KeptPiece {
    pub(super) fn of(piece: Piece) -> Self {
        Self {
            taken: piece.taken,
            lines: piece.lines.into_iter().map(KeptMessage::of).collect(),
        }
    }

    pub(super) fn piece(self) -> Piece {
        let lines = self.lines.into_iter();
        Piece {
            taken: self.taken,
            lines: lines.filter_map(KeptMessage::message).collect(),
        }
    }
}

impl KeptMessage {
    fn of(message: SentMessage) -> Self {
        let (path, refused) = match message.fate {
            Fate::Taken { path } => (path, (0, 0)),
            Fate::Refused {
                path,
                errcode,
                status,
            } => (path, (errcode, status)),
            Fate::Shown => ("", (0, 0)),
        };
        Self {
            number: message.number,
            at: message.at,
            fate: message.fate.name(),
            path: path.to_owned(),
            refused,
            openid: message.openid,
            body: String::from_utf8_lossy(&message.body).into_owned(),
        }
    }

    /// Nothing where it was sent at a path that there is no longer.
    fn message(self) -> Option<SentMessage> {
        let path = || sending::find(&self.path);
        let fate = match self.fate {
            FateName::Taken => Fate::Taken { path: path()? },
            FateName::Refused => Fate::Refused {
                path: path()?,
                errcode: self.refused.0,
                status: self.refused.1,
            },
            FateName::Shown => Fate::Shown,
        };
        Some(SentMessage {
            number: self.number,
            at: self.at,
            fate,
            openid: self.openid,
            body: self.body.into_bytes().into(),
        })
    }
}
