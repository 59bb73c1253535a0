//! The pushes that can be sent again, by the numbers under which the journal knows them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::outgoing::Content;
use crate::bounds::{REPEATABLE, REPEATABLE_BYTES};

/// The newest pushes.
#[derive(Debug, Default)]
pub(super) struct Repeatable(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pushes: VecDeque<Repeated>,
    bytes: usize,
}

/// A push that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    number: u64,
    /// The app whose server got it.
    pub(crate) appid: String,
    /// What it says.
    pub(crate) content: Arc<Content>,
}

impl Repeatable {
    /// Keeps a push; the oldest make room for it.
    pub(super) fn keep(&self, number: u64, appid: &str, content: &Arc<Content>) {
        let mut kept = self.lock();
        kept.bytes += content.bytes();
        kept.pushes.push_back(Repeated {
            number,
            appid: appid.to_owned(),
            content: Arc::clone(content),
        });
        while (kept.pushes.len() > REPEATABLE || kept.bytes > REPEATABLE_BYTES)
            && let Some(oldest) = kept.pushes.pop_front()
        {
            kept.bytes -= oldest.content.bytes();
        }
    }

    /// The push of that number.
    pub(super) fn find(&self, number: u64) -> Option<Repeated> {
        let kept = self.lock();
        let mut pushes = kept.pushes.iter().rev();
        pushes.find(|push| push.number == number).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
