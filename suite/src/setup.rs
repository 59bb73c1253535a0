//! Setting a run up: the API that the server calls, the platform, and the player.

use std::{net::SocketAddr, sync::Arc};

use tokio::time::Instant;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, Platform, PlatformError, ServeError, ServeOptions,
    bounds::{RECORDS, Scale},
    clock::Clock,
    state::{State, app::AppSettings},
};

use crate::{player::Player, profile::Channel, server::Server};

/// Serves the API beside a run, for that app. Users and templates need not be registered; without an AppSecret every one
/// is taken.
pub async fn serve_api(
    app: AppSettings,
    options: ServeOptions,
    listen: SocketAddr,
    seed: u64,
) -> Result<ApiServer, ServeError> {
    // Quotas and windows are enforced: a server that would be cut off at WeChat is cut off here.
    let mut state = State::of_scale(Scale::RUN, seed, true);
    state.register(app);
    let journal = Journal::new(Instant::now(), RECORDS).within(Scale::RUN.records_bytes);
    let journal = Arc::new(journal);
    let hub = Arc::new(Hub::new(state, seed, Clock::real(), journal));
    ApiServer::start(listen, hub, options).await
}

/// Starts the platform for a server, beside the API if one is served.
pub async fn platform(server: &Server, api: Option<ApiServer>) -> Result<Platform, PlatformError> {
    let others: Vec<_> = server.urls().cloned().collect();
    Platform::start_with(server.target.clone(), &others, server.options.clone(), api).await
}

/// A player for a server, which sees effects where they can be seen.
pub fn player<'a>(platform: &'a Platform, server: &Server, salt: u64) -> Player<'a> {
    let channel = match (&server.page, platform.api()) {
        (Some(_), _) => Channel::Page,
        (None, Some(_)) => Channel::Api,
        (None, None) => Channel::None,
    };
    let profile = server.profile().seen_through(channel);
    Player::new(platform, profile, server.secrets.clone(), salt)
        .reading(server.page.clone())
        .fetching(server.fetching.clone())
        .acting_for(server.component.clone())
}
