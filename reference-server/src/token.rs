//! The access token: one for the whole server, as each new one may end the one before. Documented: page
//! getAccessToken (the token is to be kept in one place, and fetched by one).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

use crate::api::{ApiError, Client};

/// The length to which a token is cut that does not fit.
const SHORT: usize = 32;

/// The way a server gets its token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tokens {
    /// It is shared, and everyone who needs one waits for the one who fetches it.
    #[default]
    Shared,
    /// It is shared, and the first one is left from an earlier run and no longer valid.
    OfAnEarlierRun,
    /// Each message has its own.
    PerMessage,
    /// It is shared, and cut to the length of a column that is too short.
    CutShort,
    /// It is shared, but everyone who finds none fetches one.
    Stampede,
    /// Each of two processes keeps one of its own; they take turns with the messages.
    PerProcess,
}

/// The tokens of a server's processes, one for each that keeps its own.
pub(crate) struct Processes {
    caches: Vec<TokenCache>,
    turn: AtomicUsize,
}

impl Processes {
    pub(crate) fn new(tokens: Tokens) -> Self {
        let count = if tokens == Tokens::PerProcess { 2 } else { 1 };
        Self {
            caches: (0..count).map(|_| TokenCache::new(tokens)).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The cache of the process whose turn it is.
    pub(crate) fn next(&self) -> Option<&TokenCache> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.caches.get(turn % self.caches.len().max(1))
    }
}

/// The token that is shared.
pub(crate) struct TokenCache {
    tokens: Tokens,
    known: Mutex<Option<Arc<str>>>,
}

impl TokenCache {
    pub(crate) fn new(tokens: Tokens) -> Self {
        let earlier = (tokens == Tokens::OfAnEarlierRun).then(|| Arc::from("TokenOfAnEarlierRun"));
        Self {
            tokens,
            known: Mutex::new(earlier),
        }
    }

    /// A token to call with.
    pub(crate) async fn any(&self, client: &Client) -> Result<Arc<str>, ApiError> {
        self.other_than(None, client).await
    }

    /// A token in place of one that failed: the shared one if that is another by now, a new one otherwise.
    pub(crate) async fn other_than(
        &self,
        failed: Option<&str>,
        client: &Client,
    ) -> Result<Arc<str>, ApiError> {
        if self.tokens == Tokens::PerMessage {
            return client.fetch_token().await;
        }
        let mut known = self.known.lock().await;
        if let Some(token) = known.as_ref()
            && Some(token.as_ref()) != failed
        {
            return Ok(Arc::clone(token));
        }
        if self.tokens == Tokens::Stampede {
            drop(known);
            let token = client.fetch_token().await?;
            *self.known.lock().await = Some(Arc::clone(&token));
            return Ok(token);
        }
        // The lock is held meanwhile, so that everyone else finds the new token.
        let mut token = client.fetch_token().await?;
        if self.tokens == Tokens::CutShort {
            token = token.chars().take(SHORT).collect::<String>().into();
        }
        *known = Some(Arc::clone(&token));
        Ok(token)
    }
}
