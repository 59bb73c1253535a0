//! The run: the server is started unless one is named, and judged once for all tests.

use std::fmt::Display;

use libtest_mimic::Arguments;
use wxcheck_mock_server::{ApiServer, clock};
use wxcheck_settings::{Settings, baseline::day_of};
use wxcheck_suite::{
    plan::{Ended, Plan},
    player::Player,
    report::View,
    server::Server,
    session::Session,
    setup,
};

use super::{Bench, Unjudged, complain};
use crate::{credentials::Wechat, platform::ANY_PORT};

/// Starts the server and judges it, or the one that the settings name. What is still to be asked of it `after` the run is
/// asked while it is there; an error there is a mistake of whoever runs this.
pub fn judge<S, F, E, A, T>(
    arguments: &Arguments,
    bench: Bench,
    start: S,
    after: A,
) -> Result<(View, T), Unjudged>
where
    S: FnOnce(Wechat) -> F,
    F: Future<Output = Result<String, E>>,
    E: Display,
    A: AsyncFnOnce(&Player<'_>, &Server, &View) -> Result<T, String>,
{
    let runtime = bench.runtime;
    let judging = async {
        let mut settings = bench.settings;
        // Kept to the end of the run: the API stops when dropped.
        let api = if settings.names_a_server() && settings.effects.api_listen.is_none() {
            None
        } else {
            Some(served(&settings).await?)
        };
        if !settings.names_a_server() {
            let url = start(configured(&settings, api.as_ref())).await;
            let failed = |error| Unjudged::NoVerdict(format!("the server did not start: {error}"));
            settings.callback.url = Some(url.map_err(failed)?);
        }
        let mut server = settings.server().map_err(Unjudged::usage)?;
        let plan = picked(arguments, settings.plan(0).map_err(Unjudged::usage)?);
        let known = settings.check_owner(&mut server, None).await;
        let over = known.map_err(Unjudged::usage)?.err();
        if let Some(host) = plan.attacked(&server) {
            complain(&settings.warning(host));
        }
        let platform = setup::platform(&server, api).await;
        let platform = platform.map_err(Unjudged::usage)?;
        let player = setup::player(&platform, &server, salt());
        let over = over.map(Ended::NoContact);
        let (session, running) = Session::start_or_end(&player, server.display_url(), &plan, over);
        running.await;
        let seen = || session.view().map_err(Unjudged::no_verdict);
        if let Some(listed) = &bench.listed {
            let today = day_of(clock::unix_seconds());
            let compared = listed.compare(&seen()?, &player, &today);
            player.log().baseline(compared, &player.secrets());
        }
        let run = seen()?;
        if let Some(reason) = run.without_verdict(arguments.filter.is_none()) {
            return Err(Unjudged::no_verdict(reason));
        }
        let more = after(&player, &server, &run).await;
        Ok((run, more.map_err(Unjudged::usage)?))
    };
    runtime.block_on(judging)
}

/// The plan with what will be shown and nothing else: nextest asks for one rule in each process.
fn picked(arguments: &Arguments, mut plan: Plan) -> Plan {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    plan.rules.retain(|rule| {
        if arguments.exact {
            rule.id == filter
        } else {
            rule.id.as_str().contains(filter)
        }
    });
    plan
}

/// The API that the server calls.
async fn served(settings: &Settings) -> Result<ApiServer, Unjudged> {
    let options = settings.platform_options().map_err(Unjudged::usage)?;
    let (app, options) = (settings.app(None, true), settings.serve_options(options));
    let listen = settings.effects.api_listen.unwrap_or(ANY_PORT);
    let api = setup::serve_api(app, options, listen, salt()).await;
    api.map_err(Unjudged::usage)
}

/// The settings by which the server knows this WeChat.
fn configured(settings: &Settings, api: Option<&ApiServer>) -> Wechat {
    let target = settings.target.clone();
    Wechat {
        base_url: api.map(ApiServer::base_url).unwrap_or_default(),
        appid: settings.appid(),
        secret: target.secret.unwrap_or_default(),
        token: target.token.unwrap_or_default(),
        aes_key: target.aes_key.unwrap_or_default(),
    }
}

/// Tells the users of this process and second from those of others.
fn salt() -> u64 {
    clock::unix_seconds() << 20 | u64::from(std::process::id())
}
