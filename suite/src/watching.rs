//! Setting a run up: the API that the server calls, the platform, and the player.

use std::{net::SocketAddr, sync::Arc};

use tokio::time::Instant;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, Platform, PlatformError, PlatformOptions, ServeError, ServeOptions,
    bounds::Scale,
    clock::Clock,
    cloud_function::CloudFunctions,
    state::{State, app::AppSettings},
};

use crate::{
    configuration::{Configuration, Server},
    player::Player,
    profile::Channel,
};

/// Records that the journal of a run keeps: far more than the longest play needs.
const JOURNAL_CAPACITY: usize = 50_000;

/// Serves the API beside a run, for the app that is configured. Users and templates need not be
/// registered; without an AppSecret every one is taken.
pub async fn serve_api(
    configuration: &Configuration,
    listen: SocketAddr,
    seed: u64,
) -> Result<ApiServer, ServeError> {
    // Quotas and windows are enforced: a server that would be cut off at WeChat is cut off here.
    let mut state = State::of_scale(Scale::RUN, seed, true);
    state.register(AppSettings {
        appid: configuration.appid(),
        secret: configuration.secret.clone(),
        kind: configuration.account.unwrap_or_default(),
        ip_whitelist: Vec::new(),
        callback: None,
        open: true,
    });
    let journal = Journal::new(Instant::now(), JOURNAL_CAPACITY).within(Scale::RUN.records_bytes);
    let journal = Arc::new(journal);
    let hub = Arc::new(Hub::new(state, seed, Clock::real(), journal));
    let options = ServeOptions {
        control_token: configuration.control_token.clone(),
        allowed_hosts: configuration.allow_host.clone(),
        allowed_targets: configuration.allow_target.clone(),
        platform: PlatformOptions {
            network: configuration.network.clone(),
            ..PlatformOptions::default()
        },
        functions: CloudFunctions::default(),
        own_entries: configuration.own_entries.clone(),
    };
    ApiServer::start(listen, hub, options).await
}

/// Starts the platform for a server, beside the API if one is served.
pub async fn platform(server: &Server, api: Option<ApiServer>) -> Result<Platform, PlatformError> {
    let others: Vec<_> = server.urls().cloned().collect();
    Platform::start_with(server.target.clone(), &others, server.options.clone(), api).await
}

/// A player for a server, who sees effects where they can be seen.
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
