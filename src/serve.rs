//! `wxcheck serve`: the mock platform, until it is stopped.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use wxcheck_protocol::account::Account;

use anyhow::Result;
use tokio::time::Instant;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, ServeError, ServeOptions,
    api::ENDPOINTS,
    bounds::{BOUNDS, Beyond, size},
    clock::Clock,
    cloud_function::CloudFunctions,
    state::{State, app::AppSettings, fetch_setting::FetchSource},
};
use wxcheck_suite::{
    configuration::{ClockKind, Configuration, Server},
    redact::Secrets,
};

use crate::{
    cli::{Lang, ServeArgs},
    entropy,
    exit::{Exit, usage},
    screen, settings, stop,
};

/// Where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8900);
/// The app that is registered unless told otherwise.
const APPID: &str = "wx0123456789abcdef";
/// How long calls in flight are waited for at the end. Container runtimes kill after ten seconds.
const DRAINING: Duration = Duration::from_secs(8);
/// Records the journal keeps; each has at most about 2.5 KiB.
const JOURNAL_CAPACITY: usize = 10_000;

pub(crate) async fn run(args: ServeArgs, lang: Lang) -> Result<Exit> {
    if args.bounds {
        screen::show(&Secrets::default().page(&bounds(lang, args.markdown)));
        return Ok(Exit::Fine);
    }
    if args.list {
        screen::show(&Secrets::default().page(&list(lang, args.markdown)));
        return Ok(Exit::Fine);
    }
    let mut configuration = settings::over_file(args.configuration())?;
    configuration.appid.get_or_insert_with(|| APPID.to_owned());
    let account = configuration.account();
    if matches!(
        account,
        Account::Platform | Account::CloudHosting | Account::CloudFunction
    ) {
        return Err(usage(format!(
            "--account {account}: the served platform pushes to mini, official and minigame; use `wxcheck check` and `wxcheck push` for {account}"
        )));
    }
    let callback = match configuration.url {
        Some(_) => Some(configuration.server()?),
        None => None,
    };
    let seed = configuration.seed.unwrap_or_else(entropy::draw);
    let limits = !configuration.no_limits.unwrap_or(false);
    let mut state = State::new(seed, limits);
    state.register(app(&configuration, callback.as_ref()));
    set_fetches(&mut state, &configuration)?;
    let clock = match configuration.clock.unwrap_or_default() {
        ClockKind::Real => Clock::real(),
        ClockKind::Virtual => Clock::standing_now(),
    };
    let journal = Arc::new(Journal::new(Instant::now(), JOURNAL_CAPACITY));
    let hub = Arc::new(Hub::new(state, seed, clock, journal));
    let options = ServeOptions {
        control_token: configuration.control_token.clone(),
        allowed_hosts: configuration.allow_host.clone(),
        allowed_targets: configuration.allow_target.clone(),
        platform: configuration.platform_options()?,
        functions: CloudFunctions::new(args.cloud_function),
        own_entries: configuration.own_entries.clone(),
    };
    let stop = stop::signal()?;
    let listen = configuration.listen.unwrap_or(LISTEN);
    let server = ApiServer::start(listen, hub, options)
        .await
        .map_err(of_serving)?;
    let greeting = greeting(&server, &configuration, callback.as_ref());
    screen::show(&configuration.secrets().page(&greeting));
    stop.await;
    // Whoever says it twice does not want to wait.
    let again = stop::signal()?;
    tokio::select! {
        _ = server.drain(DRAINING) => {}
        _ = again => {}
    }
    Ok(Exit::Fine)
}

/// Switches on what there is a URL for.
fn set_fetches(state: &mut State, configuration: &Configuration) -> Result<()> {
    let fetching = configuration.fetching()?;
    let appid = configuration.appid();
    let Some(app) = state.apps.get_mut(appid.as_str()) else {
        return Ok(());
    };
    app.fetch.dialect = fetching.dialect;
    app.fetch.unit = fetching.unit;
    for (kind, url) in fetching.urls() {
        let setting = app.fetch.of_mut(kind);
        setting.open = true;
        setting.source = FetchSource::Server {
            url: url.to_string(),
        };
    }
    Ok(())
}

/// The table of endpoints.
fn list(lang: Lang, markdown: bool) -> String {
    let mut text = String::new();
    if markdown {
        text.push_str(match lang {
            Lang::En => "| method | path | limits | what it does |\n|---|---|---|---|\n",
            Lang::Zh => "| 方法 | 路径 | 限额 | 用途 |\n|---|---|---|---|\n",
        });
    }
    for endpoint in ENDPOINTS {
        let (method, path, limits) = (endpoint.method.as_str(), endpoint.path, endpoint.limits());
        let summary = match lang {
            Lang::En => endpoint.summary,
            Lang::Zh => endpoint.summary_zh,
        };
        let _ = if markdown {
            writeln!(text, "| {method} | `{path}` | {limits} | {summary} |")
        } else {
            writeln!(text, "{method:<5} {path:<47} {summary}")
        };
    }
    text
}

/// The table of bounds.
fn bounds(lang: Lang, markdown: bool) -> String {
    let mut text = String::new();
    if markdown {
        text.push_str(match lang {
            Lang::En => {
                "| what | each, about | of an app | in all | beyond |\n|---|---|---|---|---|\n"
            }
            Lang::Zh => "| 内容 | 每个约 | 每个应用 | 总计 | 超出时 |\n|---|---|---|---|---|\n",
        });
    }
    for bound in BOUNDS {
        let kind = match lang {
            Lang::En => bound.kind,
            Lang::Zh => bound.kind_zh,
        };
        let beyond = match (lang, bound.beyond) {
            (Lang::En, Beyond::Forgotten) => "the oldest is forgotten",
            (Lang::En, Beyond::Refused) => "refused",
            (Lang::En, Beyond::Waits) => "waits",
            (Lang::En, Beyond::Counted) => "dropped and counted",
            (Lang::Zh, Beyond::Forgotten) => "丢弃最早的",
            (Lang::Zh, Beyond::Refused) => "拒绝",
            (Lang::Zh, Beyond::Waits) => "排队等待",
            (Lang::Zh, Beyond::Counted) => "丢弃并计数",
        };
        let (each, own, all) = (
            size(bound.each),
            bound.per_app.to_string(),
            bound.in_all.to_string(),
        );
        let _ = if markdown {
            writeln!(text, "| {kind} | {each} | {own} | {all} | {beyond} |")
        } else {
            writeln!(
                text,
                "{kind}: {each} each; of an app {own}; in all {all}; beyond: {beyond}"
            )
        };
    }
    text
}

/// An address open to everybody is a mistake of whoever starts it; one that is taken is not.
pub(crate) fn of_serving(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Open(_) | ServeError::EmptyToken | ServeError::Host { .. } => {
            usage(error.to_string())
        }
        other => anyhow::Error::new(other).context("the mock API could not be served"),
    }
}

fn app(configuration: &Configuration, callback: Option<&Server>) -> AppSettings {
    AppSettings {
        appid: configuration.appid.clone().unwrap_or_default(),
        secret: configuration.secret.clone(),
        kind: configuration.account.unwrap_or_default(),
        ip_whitelist: Vec::new(),
        callback: callback.map(|server| server.target.clone()),
        open: false,
    }
}

fn greeting(
    server: &ApiServer,
    configuration: &Configuration,
    callback: Option<&Server>,
) -> String {
    let base = server.base_url();
    let mut text = format!(
        "wxcheck {} serves WeChat's API\n",
        env!("CARGO_PKG_VERSION")
    );
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    row(
        "base URL",
        &format!("{base} in place of https://api.weixin.qq.com"),
    );
    row("appid", configuration.appid.as_deref().unwrap_or_default());
    row(
        "secret",
        match configuration.secret {
            Some(_) => "as configured",
            None => "any is taken, since none is configured",
        },
    );
    match callback {
        Some(server) => row(
            "pushes to",
            &format!(
                "{}, {} mode, {}",
                server.shown_url(),
                server.target.mode,
                server.target.format
            ),
        ),
        None => row(
            "pushes to",
            "nowhere: give a callback URL and --token to have them sent",
        ),
    }
    for (name, url) in [
        ("periodic", &configuration.periodic_url),
        ("prefetch", &configuration.prefetch_url),
    ] {
        if let Some(url) = url {
            row(name, &format!("phones fetch from {}", shown(url)));
        }
    }
    row("control", &format!("{base}/_wxcheck/openapi.json"));
    if configuration.no_limits == Some(true) {
        row("limits", "none: quotas and message counts are not enforced");
    }
    row("endpoints", &ENDPOINTS.len().to_string());
    text + "Ctrl-C stops it.\n"
}

/// A URL that was read before, without user and password.
fn shown(url: &str) -> String {
    url::Url::parse(url).map_or_else(
        |_| String::new(),
        |mut url| {
            // Neither can fail for http and https, which always have a host.
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::PlatformOptions;

    use super::*;

    #[tokio::test]
    async fn the_greeting_says_what_to_configure_and_no_secret() {
        let configuration = Configuration {
            secret: Some("t0ps3cret".into()),
            appid: Some(APPID.into()),
            ..Configuration::default()
        };
        let hub = Hub::new(
            State::new(1, true),
            1,
            Clock::real(),
            Arc::new(Journal::new(Instant::now(), 1)),
        );
        let options = ServeOptions {
            platform: PlatformOptions::default(),
            ..ServeOptions::default()
        };
        let server = ApiServer::start("127.0.0.1:0".parse().unwrap(), Arc::new(hub), options)
            .await
            .unwrap();
        let text = greeting(&server, &configuration, None);
        assert!(
            text.contains(&server.base_url()) && text.contains(APPID),
            "{text}"
        );
        assert!(!text.contains("t0ps3cret"), "{text}");
    }
}
