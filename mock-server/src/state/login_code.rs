//! Login codes: what wx.login hands to a mini program and jscode2session takes, once, within five minutes.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{bounds::CODES, draw::Draw};

use super::{MINUTE, Moment, tracked::Keyed};

/// The lifetime of a code.
const LIFETIME: Moment = 5 * MINUTE;

/// The reason that a code is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// Unknown or too old: 40029.
    Invalid,
    /// Taken once already: 40163.
    Used,
}

/// The codes of one app.
#[derive(Clone, Debug)]
pub struct LoginCodes {
    most: usize,
    codes: Keyed<Code>,
    oldest_first: VecDeque<Arc<str>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Code {
    openid: String,
    issued: Moment,
    used: bool,
}

impl Default for LoginCodes {
    fn default() -> Self {
        Self {
            most: CODES,
            codes: Keyed::default(),
            oldest_first: VecDeque::new(),
        }
    }
}

impl LoginCodes {
    /// A code for that user: 32 characters. The oldest makes room.
    pub fn issue(&mut self, openid: &str, now: Moment, draw: &mut Draw) -> String {
        let text = format!("0{}", draw.letters(31));
        while self.oldest_first.len() >= self.most
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.codes.remove(&*oldest);
        }
        let key: Arc<str> = Arc::from(text.as_str());
        self.oldest_first.push_back(Arc::clone(&key));
        let code = Code {
            openid: openid.to_owned(),
            issued: now,
            used: false,
        };
        self.codes.insert(key, code);
        text
    }

    /// Each of them, to be kept one by one.
    pub(super) const fn kept_mut(&mut self) -> &mut Keyed<Code> {
        &mut self.codes
    }

    /// All of them are back as they were kept.
    pub(super) fn settle(&mut self) {
        let mut all: Vec<(Moment, &Arc<str>)> = self
            .codes
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

    /// The number of codes that are remembered.
    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The codes that are remembered: what must not be shown anywhere.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.codes.keys().map(AsRef::as_ref)
    }

    /// The openid behind a code, which is used up by that.
    pub fn take(&mut self, code: &str, now: Moment) -> Result<String, Refused> {
        let code = self.codes.get_mut(code).ok_or(Refused::Invalid)?;
        if code.used {
            return Err(Refused::Used);
        }
        if now >= code.issued + LIFETIME {
            return Err(Refused::Invalid);
        }
        code.used = true;
        Ok(code.openid.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_once_within_five_minutes() {
        let (mut codes, mut draw) = (LoginCodes::default(), Draw::new(1));
        let code = codes.issue("o1", 0, &mut draw);
        assert_eq!(code.len(), 32);
        assert_eq!(codes.take(&code, LIFETIME - 1), Ok("o1".to_owned()));
        assert_eq!(codes.take(&code, LIFETIME - 1), Err(Refused::Used));
        let late = codes.issue("o1", 0, &mut draw);
        assert_eq!(codes.take(&late, LIFETIME), Err(Refused::Invalid));
        assert_eq!(codes.take("no such code", 0), Err(Refused::Invalid));
    }
}
