//! A single request outside any scenario, for whoever composes it.

use wxcheck_mock_server::{Outcome, Platform, Request};

use super::Player;

impl<'a> Player<'a> {
    /// Sends it on a connection of its own.
    pub(crate) async fn send(&self, request: &Request) -> Outcome {
        self.turn().await;
        let outcome = self.platform.send(request, None).await.outcome;
        self.count(&outcome);
        outcome
    }

    /// The platform that plays.
    pub(crate) const fn platform(&self) -> &'a Platform {
        self.platform
    }
}
