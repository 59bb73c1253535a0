//! The run: the server is started unless one is named, and judged once for all tests.

use std::fmt::Display;

use libtest_mimic::Arguments;
use wxcheck_events::Contract;
use wxcheck_mock_server::{ApiServer, clock};
use wxcheck_settings::{Settings, baseline::day_of, contract};
use wxcheck_suite::{
    plan::{Ended, Plan},
    report::View,
    session::Session,
    setup,
};

use super::{Bench, Unjudged, complain, trials::CONTRACT};
use crate::{credentials::Wechat, platform::ANY_PORT};

/// A run, and what was seen once it was over.
pub struct JudgedRun {
    /// The run.
    pub run: View,
    /// The replies beside those of an earlier run, where the settings name a folder and the test of it is picked.
    pub contract: Option<Contract>,
}

/// Starts the server and judges it, or the one that the settings name.
pub fn judge<S, F, E>(arguments: &Arguments, bench: Bench, start: S) -> Result<JudgedRun, Unjudged>
where
    S: FnOnce(Wechat) -> F,
    F: Future<Output = Result<String, E>>,
    E: Display,
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
        settings.check_contract(&server).map_err(Unjudged::usage)?;
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
        let folder = settings.run.contract.as_deref();
        let contract = match folder.filter(|_| is_picked(arguments, CONTRACT)) {
            None => None,
            Some(folder) => {
                let compared = contract::compared(&player, &server, &run, folder).await;
                Some(compared.map_err(Unjudged::usage)?)
            }
        };
        Ok(JudgedRun { run, contract })
    };
    runtime.block_on(judging)
}

/// The plan with what will be shown and nothing else: nextest asks for one rule in each process.
fn picked(arguments: &Arguments, mut plan: Plan) -> Plan {
    plan.rules
        .retain(|rule| is_picked(arguments, rule.id.as_str()));
    plan
}

/// True if the test of that name will be shown.
fn is_picked(arguments: &Arguments, name: &str) -> bool {
    let filter = arguments.filter.as_deref().unwrap_or_default();
    if arguments.exact {
        name == filter
    } else {
        name.contains(filter)
    }
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
