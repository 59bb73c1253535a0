//! `wxcheck serve`: the mock platform, until it is stopped.

mod configured;
mod greeting;
mod health;
mod stored;
mod tables;
mod watching;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use wxcheck_protocol::{account::Account, limits::EXCHANGE_LIMIT};

use anyhow::Result;
use tokio::time::Instant;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, Keeper, ServeError, ServeOptions, Words,
    bounds::RECORDS,
    catalogue::Catalogue,
    clock::Clock,
    cloud_function::CloudFunctions,
    state::{State, fetch_setting::FetchSource},
};
use wxcheck_settings::{Origins, Settings, groups::ClockKind, no_secrets, reading};
use wxcheck_suite::reply_judge::ReplyJudge;

use wxcheck_events::Interest;

use crate::{
    cli::{Form, ServeArgs},
    entropy,
    exit::{Exit, usage},
    language::{Language, both, told},
    screen, settings, stop,
    wire::Wire,
    zone::Zone,
};

use configured::Configured;
use greeting::{greeting, sign_in};
use stored::Stored;
use tables::{bounds, list};
use watching::{at_desk, print_events};

/// The address where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8900);
/// The time that calls in flight have at the end. Container runtimes kill after ten seconds.
const DRAINING: Duration = Duration::from_secs(8);
/// The longest seed file, in bytes.
const SEED_BYTES: usize = 1024 * 1024;

#[expect(
    clippy::too_many_lines,
    reason = "the order of a start, from top to bottom"
)]
pub(crate) async fn run(args: ServeArgs, origins: Origins, lang: Language) -> Result<Exit> {
    if args.listing.bounds {
        screen::show(&no_secrets().page(&bounds(lang, args.listing.markdown)));
        return Ok(Exit::Fine);
    }
    if args.listing.list {
        screen::show(&no_secrets().page(&list(lang, args.listing.markdown)));
        return Ok(Exit::Fine);
    }
    if args.interactive && !screen::interactive() {
        return Err(usage((
            "--interactive: standard input and output are no terminal; leave it out",
            "--interactive：标准输入和输出不是终端；请去掉它",
        )));
    }
    let asks_for_health = args.health;
    let settings = settings::whole(args.settings(origins))?;
    if asks_for_health {
        return health::ask(&settings, lang).await;
    }
    let account = settings.account();
    if matches!(
        account,
        Account::Platform | Account::CloudHosting | Account::CloudFunction
    ) {
        return Err(usage(both!(
            "{place}: the served platform pushes to mini, official, minigame, shop and app; use `wxcheck check` and `wxcheck push` for {account}",
            "{place}：模拟平台只推送给 mini、official、minigame、shop 和 app；{account} 请用 `wxcheck check` 和 `wxcheck push`",
            place = settings.place("account").with(account)
        )));
    }
    let Begun {
        hub,
        keeper,
        stored,
        mut configured,
    } = begun(&settings)?;
    let platform = settings.platform_options()?;
    let limit = EXCHANGE_LIMIT.mul_f64(platform.patience);
    let options = settings.serve_options(platform);
    let catalogue = Catalogue::built_in()?
        .clone()
        .with(options.own_entries.clone());
    let judge = Arc::new(ReplyJudge::new(&catalogue, limit));
    let options = ServeOptions {
        functions: CloudFunctions::new(args.cloud_function),
        words: Some(Arc::clone(&judge) as Arc<dyn Words>),
        judge: Some(judge),
        ..options
    };
    let stop = stop::signal()?;
    let listen = settings.serve.listen.unwrap_or(LISTEN);
    let server = ApiServer::start(listen, hub, options)
        .await
        .map_err(of_serving)?;
    if let Some(path) = &args.seed_file {
        configured = sow(&server, path, &stored, &settings, lang).await?;
    }
    let server = Arc::new(server);
    let secrets = configured.settings.secrets();
    let wire = Wire {
        secrets: secrets.clone(),
        colours: screen::colours(),
        lang,
        zone: Zone::of_this_machine(),
    };
    // Nobody would read what is heard quietly.
    let journal = Arc::clone(server.hub().journal());
    let events = (!args.quiet).then(|| journal.subscribe(Interest::Everything));
    let greeting = greeting(&server, &configured.settings, args.quiet, lang);
    let greeting = secrets.page(&greeting);
    match args.output {
        Form::Text => screen::show(&greeting),
        // Standard output is for a program then.
        Form::Json => screen::show_on_stderr(&greeting),
    }
    // A log keeps what it is told; whoever looks at a terminal has given the token, or is to have it.
    if let Some(token) = &settings.control.control_token
        && matches!(args.output, Form::Text)
        && screen::is_terminal()
    {
        screen::show(&no_secrets().page(&sign_in(&server, token, lang)));
    }
    let watching = async {
        match events {
            Some(events) if args.interactive => {
                at_desk(Arc::clone(&server), settings.appid(), events, &wire).await
            }
            Some(events) => print_events(events, &journal, &wire, args.output).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = stop => {}
        watched = watching => watched?,
    }
    // Whoever says it twice does not want to wait.
    let again = stop::signal()?;
    tokio::select! {
        _ = server.drain(DRAINING) => {}
        _ = again => {}
    }
    if let Some(note) = held_back(&server, keeper.is_some(), lang) {
        screen::complain(&secrets.page(&note));
    }
    if let Some(keeper) = keeper {
        keeper.close().await;
    }
    Ok(Exit::Fine)
}

/// The words about pushes that still wait for their server at the end.
fn held_back(server: &ApiServer, is_kept: bool, lang: Language) -> Option<String> {
    let held = server.hub().with(|state, _| state.outbox.held());
    let end = if is_kept {
        lang.of(
            "kept in the store; sent after the next start",
            "已保存，下次启动后发送",
        )
    } else {
        lang.of(
            "lost now; --store FILE keeps them",
            "现已丢失；--store FILE 可以保存",
        )
    };
    (held > 0).then(|| {
        told!(
            lang,
            "pushes that wait for their server: {held}, {end}",
            "等待服务器的推送：{held}，{end}"
        )
    })
}

/// The platform as it begins.
struct Begun {
    hub: Arc<Hub>,
    keeper: Option<Keeper>,
    /// The apps that a store knows.
    stored: Vec<Arc<str>>,
    configured: Configured,
}

/// The platform as it begins, or goes on where a store left it, with the keeper of the latter.
fn begun(settings: &Settings) -> Result<Begun> {
    let seed = settings.draw.seed.unwrap_or_else(entropy::draw);
    let limits = !settings.serve.no_limits;
    let mut state = State::new(seed, limits);
    let store = Stored::open(settings)?;
    let kept_clock = match &store {
        Some(store) => store.recall(&mut state)?,
        None => None,
    };
    let stored = state.apps.keys().cloned().collect();
    let known = state.apps.get(settings.appid().as_str());
    let configured = Configured::over(settings, known.map(|app| &*app.settings))?;
    state.register(configured.app.clone());
    set_fetches(&mut state, settings)?;
    let clock = match settings.serve.clock.unwrap_or_default() {
        ClockKind::Real => Clock::real(),
        ClockKind::Virtual => Clock::standing_now(),
    };
    let clock = match kept_clock {
        Some(kept) => clock.going_on(kept),
        None => clock,
    };
    let (hub, keeper) = if let Some(store) = store {
        store.hub(state, seed, clock)?
    } else {
        let journal = Journal::new(Instant::now(), RECORDS).with_evidence();
        let hub = Hub::new(state, seed, clock, Arc::new(journal));
        (Arc::new(hub), None)
    };
    Ok(Begun {
        hub,
        keeper,
        stored,
        configured,
    })
}

/// Registers what stands in a seed file and in no store. The command line wins over both.
async fn sow(
    server: &ApiServer,
    path: &Path,
    stored: &[Arc<str>],
    settings: &Settings,
    lang: Language,
) -> Result<Configured> {
    let text = reading::read_text(path, SEED_BYTES).map_err(|error| usage(error.to_string()))?;
    let appid = settings.appid();
    let own_callback = settings.callback.url.as_ref().map(|_| appid.as_str());
    let sown = server.sow(&text, stored, own_callback).await;
    let path = path.display();
    let sown = sown.map_err(|error| {
        usage(both!(
            "--seed-file {path}: {error}",
            "--seed-file {path}：{error}",
            error = error
        ))
    })?;
    if !sown.known.is_empty() {
        let known = sown.known.join(", ");
        let note = told!(
            lang,
            "--seed-file {path}: {known}: the store has another one, and it stays as it is there",
            "--seed-file {path}：{known}：与存储中的不同，保留存储中的"
        );
        screen::complain(&settings.secrets().page(&note));
    }
    if let Some(place) = &sown.overruled {
        let note = told!(
            lang,
            "--seed-file {path}: {place}: the URL that is given here wins",
            "--seed-file {path}：{place}：以这里给出的 URL 为准"
        );
        screen::complain(&settings.secrets().page(&note));
    }
    let hub = server.hub();
    let known = hub.with(|state, _| {
        let app = state.apps.get(appid.as_str());
        app.map(|app| app.settings.clone())
    });
    let configured = Configured::over(settings, known.as_deref())?;
    hub.with(|state, _| {
        state.register(configured.app.clone());
        set_fetches(state, settings)
    })?;
    Ok(configured)
}

/// Switches on the fetches for which a URL is given.
fn set_fetches(state: &mut State, settings: &Settings) -> Result<()> {
    let fetching = settings.fetching()?;
    let appid = settings.appid();
    let Some(app) = state.apps.get_mut(appid.as_str()) else {
        return Ok(());
    };
    // Only what is given here changes what a store knows.
    if settings.kind.account.is_some() {
        app.fetch.dialect = fetching.dialect;
    }
    if let Some(unit) = fetching.unit {
        app.fetch.unit = Some(unit);
    }
    for (kind, url) in fetching.urls() {
        let setting = app.fetch.of_mut(kind);
        setting.open = true;
        setting.source = FetchSource::Server {
            url: url.to_string(),
        };
    }
    Ok(())
}

/// An address open to everybody is a mistake of whoever starts it; one that is taken is not.
pub(crate) fn of_serving(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Open(_)
        | ServeError::EmptyToken
        | ServeError::Host { .. }
        | ServeError::Tls(_) => usage(error.to_string()),
        other => anyhow::Error::new(other).context("the mock API could not be served"),
    }
}
