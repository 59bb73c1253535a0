//! `wxcheck serve`: the mock platform, until it is stopped.

mod health;
mod stored;
mod watching;

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use wxcheck_protocol::{account::Account, limits::EXCHANGE_LIMIT};

use anyhow::Result;
use tokio::time::Instant;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, Keeper, ServeError, ServeOptions,
    api::ENDPOINTS,
    bounds::{BOUNDS, Beyond, size},
    catalogue::Catalogue,
    clock::Clock,
    cloud_function::CloudFunctions,
    state::{State, fetch_setting::FetchSource},
};
use wxcheck_settings::{Origins, Settings, groups::ClockKind, no_secrets, reading};
use wxcheck_suite::{reply_judge::ReplyJudge, server::Server};

use wxcheck_events::Interest;

use crate::{
    cli::{Form, Lang, ServeArgs},
    entropy,
    exit::{Exit, usage},
    language::{both, told},
    screen, settings, stop, terminal,
    wire::Wire,
};

use stored::{Stored, app};
use watching::{at_desk, tell};

/// The address where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8900);
/// The time that calls in flight have at the end. Container runtimes kill after ten seconds.
const DRAINING: Duration = Duration::from_secs(8);
/// The longest seed file, in bytes.
const SEED_BYTES: usize = 1024 * 1024;
/// Records the journal keeps; each has at most about 2.5 KiB.
const JOURNAL_CAPACITY: usize = 10_000;

pub(crate) async fn run(args: ServeArgs, origins: Origins, lang: Lang) -> Result<Exit> {
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
        return health::ask(&settings).await;
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
    let callback = match settings.callback.url {
        Some(_) => Some(settings.server()?),
        None => None,
    };
    let (hub, keeper) = begun(&settings, callback.as_ref())?;
    let platform = settings.platform_options()?;
    let limit = EXCHANGE_LIMIT.mul_f64(platform.patience);
    let options = settings.serve_options(platform);
    let catalogue = Catalogue::built_in()?
        .clone()
        .with(options.own_entries.clone());
    let options = ServeOptions {
        functions: CloudFunctions::new(args.cloud_function),
        judge: Some(Arc::new(ReplyJudge::new(&catalogue, limit))),
        ..options
    };
    let stop = stop::signal()?;
    let listen = settings.serve.listen.unwrap_or(LISTEN);
    let server = ApiServer::start(listen, hub, options)
        .await
        .map_err(of_serving)?;
    if let Some(path) = &args.seed_file {
        sow(&server, path).await?;
    }
    let server = Arc::new(server);
    let wire = Wire {
        secrets: settings.secrets(),
        colours: screen::colours(),
        lang,
    };
    // Nobody would read what is heard quietly.
    let journal = Arc::clone(server.hub().journal());
    let events = (!args.quiet).then(|| journal.subscribe(Interest::Everything));
    let greeting = greeting(&server, &settings, callback.as_ref(), lang);
    let greeting = settings.secrets().page(&greeting);
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
            Some(events) => tell(events, &journal, &wire, args.output).await,
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
    if let Some(keeper) = keeper {
        keeper.close().await;
    }
    Ok(Exit::Fine)
}

/// The platform as it begins, or goes on where a store left it, with the keeper of the latter.
fn begun(settings: &Settings, callback: Option<&Server>) -> Result<(Arc<Hub>, Option<Keeper>)> {
    let seed = settings.draw.seed.unwrap_or_else(entropy::draw);
    let limits = !settings.serve.no_limits;
    let mut state = State::new(seed, limits);
    let store = Stored::open(settings)?;
    let kept_clock = match &store {
        Some(store) => store.recall(&mut state)?,
        None => None,
    };
    let target = callback.map(|server| server.target.clone());
    state.register(app(&state, settings, target));
    set_fetches(&mut state, settings)?;
    let clock = match settings.serve.clock.unwrap_or_default() {
        ClockKind::Real => Clock::real(),
        ClockKind::Virtual => Clock::standing_now(),
    };
    let clock = match kept_clock {
        Some(kept) => clock.going_on(kept),
        None => clock,
    };
    if let Some(store) = store {
        return store.hub(state, seed, clock);
    }
    let journal = Journal::new(Instant::now(), JOURNAL_CAPACITY).with_evidence();
    let hub = Hub::new(state, seed, clock, Arc::new(journal));
    Ok((Arc::new(hub), None))
}

/// Registers what stands in a seed file.
async fn sow(server: &ApiServer, path: &Path) -> Result<()> {
    let text = reading::read_text(path, SEED_BYTES).map_err(|error| usage(error.to_string()))?;
    let sown = server.sow(&text).await;
    sown.map_err(|error| {
        let path = path.display();
        usage(both!(
            "--seed-file {path}: {error}",
            "--seed-file {path}：{error}",
            error = error
        ))
    })?;
    Ok(())
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
            let told = told!(
                lang,
                "{kind}: {each} each; of an app {own}; in all {all}; beyond: {beyond}",
                "{kind}：每个 {each}；每个应用 {own}；总计 {all}；超出时{beyond}"
            );
            writeln!(text, "{told}")
        };
    }
    text
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

fn greeting(
    server: &ApiServer,
    settings: &Settings,
    callback: Option<&Server>,
    lang: Lang,
) -> String {
    let base = server.base_url();
    let version = env!("CARGO_PKG_VERSION");
    let mut text = told!(
        lang,
        "wxcheck {version} serves WeChat's API\n",
        "wxcheck {version} 正在提供微信接口\n"
    );
    let mut row = |(en, zh): (&str, &str), value: &str| {
        let name = lang.of_two(en, zh);
        let pad = " ".repeat(10_usize.saturating_sub(terminal::width(name)));
        let _ = writeln!(text, "  {name}{pad} {value}");
    };
    row(
        ("base URL", "接口地址"),
        &told!(
            lang,
            "{base} in place of https://api.weixin.qq.com",
            "{base}，代替 https://api.weixin.qq.com"
        ),
    );
    row(("appid", "appid"), &settings.appid());
    row(
        ("secret", "secret"),
        match settings.target.secret {
            Some(_) => lang.of_two("as configured", "按配置校验"),
            None => lang.of_two(
                "any is taken, since none is configured",
                "没有配置，任何值都接受",
            ),
        },
    );
    match callback {
        Some(server) => {
            let (url, target) = (server.display_url(), &server.target);
            let (mode, format) = (target.mode, target.format);
            row(
                ("pushes to", "推送到"),
                &told!(
                    lang,
                    "{url}, {mode} mode, {format}",
                    "{url}，{mode} 模式，{format}"
                ),
            );
        }
        None => row(
            ("pushes to", "推送到"),
            lang.of_two(
                "nowhere: give a callback URL and --token to have them sent",
                "不推送：给出回调 URL 和 --token 才会推送",
            ),
        ),
    }
    for (name, url) in [
        (("periodic", "周期更新"), &settings.fetch.periodic_url),
        (("prefetch", "预拉取"), &settings.fetch.prefetch_url),
    ] {
        if let Some(url) = url {
            let url = display_url(url);
            row(
                name,
                &told!(lang, "phones fetch from {url}", "手机从 {url} 拉取"),
            );
        }
    }
    row(("page", "页面"), &format!("{base}/_wxcheck/ui/"));
    row(
        ("control", "控制接口"),
        &format!("{base}/_wxcheck/openapi.json"),
    );
    if settings.serve.no_limits {
        row(
            ("limits", "限额"),
            lang.of_two(
                "none: quotas and message counts are not enforced",
                "不限制：不检查调用次数和消息条数",
            ),
        );
    }
    if let Some(path) = &settings.serve.store {
        row(("store", "存储文件"), &path.display().to_string());
    }
    row(("endpoints", "接口数"), &ENDPOINTS.len().to_string());
    text + lang.of_two("Ctrl-C stops it.\n", "按 Ctrl-C 停止。\n")
}

/// The address that shows the page the token, once: it takes it out of the address before anything else.
fn sign_in(server: &ApiServer, token: &str, lang: Lang) -> String {
    let base = server.base_url();
    let token = token.trim().bytes().fold(String::new(), |mut text, byte| {
        let _ = if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            write!(text, "{}", char::from(byte))
        } else {
            write!(text, "%{byte:02X}")
        };
        text
    });
    told!(
        lang,
        "Open {base}/_wxcheck/ui/#token={token}\n",
        "请打开 {base}/_wxcheck/ui/#token={token}\n"
    )
}

/// A URL that was read before, without user and password.
fn display_url(url: &str) -> String {
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
        let mut settings = Settings::default();
        settings.target.secret = Some("t0ps3cret".into());
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
        let text = greeting(&server, &settings, None, Lang::En);
        assert!(
            text.contains(&server.base_url()) && text.contains(&settings.appid()),
            "{text}"
        );
        assert!(!text.contains("t0ps3cret"), "{text}");
    }
}
