//! Form ids of the retired template messages: what submitting a form yields, good once, for seven days.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{bounds::CODES, draw::Draw};

use super::{DAY, Moment, tracked::Keyed};

/// The lifetime of a form id.
const LIFETIME: Moment = 7 * DAY;

/// The reason that a form id is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// Unknown, another user's, or too old: 41028.
    Invalid,
    /// Taken once already: 41029.
    Used,
}

/// The form ids of one app.
#[derive(Clone, Debug)]
pub struct FormIds {
    most: usize,
    ids: Keyed<FormId>,
    oldest_first: VecDeque<Arc<str>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct FormId {
    openid: String,
    issued: Moment,
    used: bool,
}

impl Default for FormIds {
    fn default() -> Self {
        Self {
            most: CODES,
            ids: Keyed::default(),
            oldest_first: VecDeque::new(),
        }
    }
}

impl FormIds {
    /// A form id for that user. The oldest makes room.
    pub fn issue(&mut self, openid: &str, now: Moment, draw: &mut Draw) -> String {
        let text = draw.letters(32);
        while self.oldest_first.len() >= self.most
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&*oldest);
        }
        let key: Arc<str> = Arc::from(text.as_str());
        self.oldest_first.push_back(Arc::clone(&key));
        let id = FormId {
            openid: openid.to_owned(),
            issued: now,
            used: false,
        };
        self.ids.insert(key, id);
        text
    }

    /// Each of them, to be kept one by one.
    pub(super) const fn kept_mut(&mut self) -> &mut Keyed<FormId> {
        &mut self.ids
    }

    /// All of them are back as they were kept.
    pub(super) fn settle(&mut self) {
        let mut all: Vec<(Moment, &Arc<str>)> = self
            .ids
            .iter()
            .map(|(key, one)| (one.issued, key))
            .collect();
        all.sort_unstable();
        self.oldest_first = all.into_iter().map(|(_, key)| Arc::clone(key)).collect();
    }

    /// Sets how many are remembered from now on.
    pub(crate) const fn keep(&mut self, most: usize) {
        self.most = most;
    }

    /// The number of form ids that are remembered.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Uses a form id for a message to its user.
    pub fn spend(&mut self, id: &str, openid: &str, now: Moment) -> Result<(), Refused> {
        let id = self.ids.get_mut(id).ok_or(Refused::Invalid)?;
        if id.openid != openid || now >= id.issued + LIFETIME {
            return Err(Refused::Invalid);
        }
        if id.used {
            return Err(Refused::Used);
        }
        id.used = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_id_is_one_message_to_one_user_within_a_week() {
        let (mut ids, mut draw) = (FormIds::default(), Draw::new(1));
        let id = ids.issue("o1", 0, &mut draw);
        assert_eq!(ids.spend(&id, "o2", 1), Err(Refused::Invalid));
        assert_eq!(ids.spend(&id, "o1", LIFETIME - 1), Ok(()));
        assert_eq!(ids.spend(&id, "o1", LIFETIME - 1), Err(Refused::Used));
        let late = ids.issue("o1", 0, &mut draw);
        assert_eq!(ids.spend(&late, "o1", LIFETIME), Err(Refused::Invalid));
    }
}
