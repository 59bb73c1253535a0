//! `wxcheck check`: judge a server, report, choose the exit code.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::pin,
};

use anyhow::{Context, Result};
use tokio::time::sleep;
use wxcheck_events::Ended;
use wxcheck_mock_server::{ApiServer, PlatformOptions};
use wxcheck_protocol::{account::Account, limits::EXCHANGE_LIMIT};
use wxcheck_reference_server as reference;
use wxcheck_settings::{
    Origin, Origins, Settings,
    groups::{Carried, Target},
};
use wxcheck_suite::{
    diagnosis::{self, Limits},
    log::Log,
    player::Player,
    redact::{Redacted, Secrets},
    replay::Replay,
    report::View,
    session::Session,
    setup,
};

use crate::{
    cli::{CheckArgs, Lang},
    contract, entity_file, entropy,
    events::EventsFile,
    exit::{self, Exit, usage},
    github,
    guest::Guest,
    progress,
    reports::Reports,
    screen, serve, settings, stop,
    terminal::{self, Style},
};

/// The configuration of the built-in reference server where nothing is given. No one's secrets.
const REFERENCE_TOKEN: &str = "wxcheckReferenceToken";
const REFERENCE_APPID: &str = "wx0123456789abcdef";
const REFERENCE_SECRET: &str = "wxcheckReferenceAppSecret";
const REFERENCE_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

const REFERENCE_FETCH_TOKENS: [&str; 2] = ["wxcheckFetchToken+1=", "wxcheckFetchToken+2="];

const REPLAY_DIR: &str = ".wxcheck";

pub(crate) async fn run(args: CheckArgs, origins: Origins, lang: Lang) -> Result<Exit> {
    let mut settings = settings::whole(args.settings(origins))?;
    let built_in = !settings.names_a_server();
    if built_in && settings.account() == Account::CloudFunction {
        return Err(settings.no_callback_of_function().into());
    }
    if built_in {
        announce_built_in(&settings, args.platform.as_deref(), lang)?;
    }
    let mut stop = pin!(stop::signal()?);
    let platform = args.platform.as_deref();
    let api = serve_api(&mut settings, built_in, platform, lang).await?;
    // Kept to the end of the run: the server stops when dropped.
    let _reference = if built_in {
        Some(start_reference(&mut settings, api.as_ref()).await?)
    } else {
        None
    };
    let mut server = settings.server()?;
    // Kept to the end of the run: the file goes when dropped.
    let _planted = entity_file::plant(&mut server);
    if let Some(folder) = &settings.run.contract {
        contract::check_folder(folder, &settings.place("contract"), &server)?;
    }
    let plan = settings.plan(entropy::draw())?;
    if let Some(host) = server.attacked(&plan) {
        let told = terminal::sentence(&settings.warning(host), lang);
        screen::complain(&server.secrets.page(&told));
    }
    let other = settings.output.events.as_deref();
    let other = other.map(|path| {
        let place = settings.place("events").with(path.display());
        (place.to_string(), path)
    });
    let mut reports = Reports::tried(&settings, other, lang)?;
    let events = EventsFile::create(&settings)?;
    let guest = match (&args.platform, &api) {
        (Some(url), Some(api)) => Some(Guest::arrive(&settings, url, api).await?),
        _ => None,
    };
    try_replay_dir(&settings, lang);
    let platform = setup::platform(&server, api)
        .await
        .context("the mock platform could not start")?;
    let player = setup::player(&platform, &server, entropy::draw());
    let (session, running) = Session::start(&player, server.display_url(), &plan);
    let watching = screen::watched().then(|| progress::watch(&session));
    let writing = events.write(&session);
    let telling = guest.map(|guest| guest.follow(&session));
    let is_stopped = Box::pin(go_on(running, &session, stop.as_mut())).await;
    if let Some(bar) = watching {
        bar.clear();
    }
    // A signal comes once: whoever heard it asks for no second one.
    let is_stopped = is_stopped || diagnose(&player, &session.view()?, stop.as_mut(), lang).await;
    // The report names the replay files.
    let replay_dir = settings.output.replay_dir.as_deref();
    let secrets = player.secrets();
    write_replays(
        &session.view()?,
        player.log(),
        &secrets,
        replay_dir.unwrap_or(Path::new(REPLAY_DIR)),
        lang,
    );
    let style = Style {
        lang,
        colours: screen::colours(),
        verbose: args.verbose,
    };
    // Before the files: one that cannot be written must not cost the report.
    let view = session.view()?;
    reports.show(&terminal::report(&view, style));
    let contract = match &settings.run.contract {
        Some(_) if is_stopped => Some(contract::unseen("stopped before the end")),
        Some(folder) if view.ended.ended == Ended::Whole => {
            let looked = tokio::select! {
                looked = contract::look_at(&player, &server, folder) => looked,
                () = sleep(plan.max_time) => Ok(contract::unseen("there was no time for it; raise --max-time")),
                _ = stop => Ok(contract::unseen("stopped before the end")),
            };
            looked.map_err(|error| reports.lose(&error)).ok()
        }
        Some(_) => Some(contract::unseen("the run was cut short")),
        None => None,
    };
    if let Some(compared) = contract {
        reports.show(&secrets.page(&contract::render(&compared, lang)));
        player.log().contract(compared, &secrets);
    }
    if let Some(telling) = telling {
        telling.finish().await;
    }
    let view = session.view()?;
    reports.write(&view).await;
    if let Err(error) = writing.finish().await {
        reports.lose(&error);
    }
    if github::is_asked(settings.reports.github, github::runs_us()) {
        github::tell(&view, &reports, lang);
    }
    Ok(reports.exit(exit::of_run(&view, view.begun.strict)))
}

/// Goes on with a run to its end; true if it was stopped before.
async fn go_on(
    running: impl Future<Output = ()>,
    session: &Session,
    stop: impl Future<Output = &'static str>,
) -> bool {
    let mut running = pin!(running);
    tokio::select! {
        () = &mut running => false,
        who = stop => {
            session.stop(who);
            running.await;
            true
        }
    }
}

/// Looks for the cause where something failed that stands in the way of other rules; true if it was stopped. A cause that
/// cannot be looked for costs no report.
async fn diagnose(
    player: &Player<'_>,
    view: &View,
    stop: impl Future<Output = &'static str>,
    lang: Lang,
) -> bool {
    if !diagnosis::is_worth_it(view) {
        return false;
    }
    tokio::select! {
        examined = diagnosis::examine(player, Limits::USUAL, entropy::draw()) => match examined {
            Ok(examined) => player.log().diagnosed(&examined, &player.secrets()),
            Err(error) => {
                let told = format!("warning: the cause was not looked for: {error}");
                let told = terminal::sentence(&told, lang);
                screen::complain(&player.secrets().page(&told));
            }
        },
        _ = stop => return true,
    }
    false
}

/// Says that our own server is judged, which calls no platform but ours.
fn announce_built_in(settings: &Settings, platform: Option<&str>, lang: Lang) -> Result<()> {
    let told = "no URL is given: the built-in reference server is judged";
    screen::complain(&settings.secrets().page(&terminal::sentence(told, lang)));
    match platform {
        None => Ok(()),
        Some(url) => Err(usage(format!(
            "--platform {url}: the built-in server calls no other; give the URL of yours"
        ))),
    }
}

/// Warns where no replay file can be written.
fn try_replay_dir(settings: &Settings, lang: Lang) {
    if let Some(folder) = &settings.output.replay_dir
        && let Err(error) = settings::try_folder(folder)
    {
        let place = settings.place("replay-dir");
        let told = format!("warning: {place}: {error}; nothing can be replayed");
        screen::complain(&settings.secrets().page(&terminal::sentence(&told, lang)));
    }
}

/// Serves the API where it is asked for, and always beside the built-in server. Where a platform stands in front, the server calls
/// that one.
pub(crate) async fn serve_api(
    settings: &mut Settings,
    built_in: bool,
    platform: Option<&str>,
    lang: Lang,
) -> Result<Option<ApiServer>> {
    let own = built_in && settings.effects.effects_url.is_none();
    let listen = match (settings.effects.api_listen, own || platform.is_some()) {
        (Some(listen), _) => listen,
        (None, true) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        (None, false) => return Ok(None),
    };
    if built_in {
        *settings = settings.clone().over(of_reference(Target {
            appid: Some(REFERENCE_APPID.to_owned()),
            secret: Some(REFERENCE_SECRET.to_owned()),
            ..Target::default()
        }));
    }
    let options = settings.serve_options(PlatformOptions {
        network: settings.besides.network.clone(),
        ..PlatformOptions::default()
    });
    let app = settings.app(None, true);
    let api = setup::serve_api(app, options, listen, entropy::draw())
        .await
        .map_err(serve::of_serving)?;
    if !built_in {
        let secret = match settings.target.secret {
            Some(_) => "the secret given",
            None => "any secret",
        };
        let told = format!(
            "let your server call {} in place of https://api.weixin.qq.com, with appid {} and {secret}",
            platform.map_or_else(|| api.base_url(), str::to_owned),
            settings.appid(),
        );
        screen::complain(&settings.secrets().page(&terminal::sentence(&told, lang)));
    }
    Ok(Some(api))
}

/// The settings of the reference server where nothing is given.
fn of_reference(target: Target) -> Settings {
    let mut settings = Settings {
        target,
        ..Settings::default()
    };
    for key in Settings::keys() {
        settings.origins.note(key, Origin::BuiltIn);
    }
    settings
}

/// Starts the built-in server as configured, and fills in what is not configured, its URL included.
async fn start_reference(
    settings: &mut Settings,
    api: Option<&ApiServer>,
) -> Result<reference::Running> {
    let own = of_reference(Target {
        token: Some(REFERENCE_TOKEN.to_owned()),
        appid: Some(REFERENCE_APPID.to_owned()),
        aes_key: Some(REFERENCE_KEY.to_owned()),
        ..Target::default()
    });
    *settings = settings.clone().over(Settings {
        carried: Carried {
            fetch_token: REFERENCE_FETCH_TOKENS.map(str::to_owned).to_vec(),
            ..Carried::default()
        },
        ..own
    });
    let running = reference::spawn(
        reference_settings(settings, api)?,
        reference::Behaviour::default(),
    )
    .await
    .context("the reference server could not start")?;
    match settings.account() {
        // Nothing is pushed to a URL.
        Account::Finclip | Account::CloudFunction => {}
        account => {
            settings.callback.url = Some(running.url().to_owned());
            if account == Account::Platform {
                let url = &settings.callback.url;
                settings.target.authorization_url.clone_from(url);
            }
        }
    }
    if settings.run.handles.is_empty() && settings.callback.url.is_some() {
        settings.run.handles = settings.all_that_asks()?;
    }
    settings.fetch.periodic_url = Some(running.periodic_url().to_owned());
    settings.fetch.prefetch_url = Some(running.prefetch_url().to_owned());
    Ok(running)
}

/// The same for the reference server.
fn reference_settings(settings: &Settings, api: Option<&ApiServer>) -> Result<reference::Settings> {
    let target = &settings.target;
    Ok(reference::Settings {
        token: target.token.clone().unwrap_or_default(),
        appid: settings.appid(),
        key: settings.key()?,
        mode: settings.mode(),
        format: settings.format(),
        account: settings.account(),
        limit: EXCHANGE_LIMIT.mul_f64(settings.patience()?),
        api: api.map(|api| reference::Api {
            base: api.base_url(),
            secret: target.secret.clone().unwrap_or_default(),
        }),
        fetch_tokens: settings.carried.fetch_token.clone(),
        network: settings.besides.network.clone(),
    })
}

/// Writes what failed for `wxcheck replay`. A folder that cannot be written loses the files, not the report.
fn write_replays(view: &View, log: Log<'_>, secrets: &Secrets, folder: &Path, lang: Lang) {
    let mut written = false;
    for row in &view.rows {
        let Some(replay) = Replay::of(view, row) else {
            continue;
        };
        let path = folder.join(format!("{}.json", row.rule.id.as_str().replace('/', "-")));
        if let Err(error) = settings::write_text(&path, &replay.write(secrets)) {
            let told = format!("warning: {error}; nothing can be replayed");
            screen::complain(&secrets.page(&terminal::sentence(&told, lang)));
            return;
        }
        log.replay(row.rule.id, &path.display().to_string(), secrets);
        written = true;
    }
    if written && folder.ends_with(REPLAY_DIR) {
        // Replays are for now; they are not to be committed by accident.
        if let Err(error) = settings::write_text(&folder.join(".gitignore"), &Redacted::own("*\n"))
        {
            screen::complain(&secrets.page(&format!("warning: {error}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::{Format, Mode};

    use super::*;

    #[tokio::test]
    async fn the_reference_server_is_configured_as_the_run() {
        let mut settings = Settings::default();
        settings.target.mode = Some(Mode::Compat);
        settings.target.format = Some(Format::Json);
        let running = start_reference(&mut settings, None).await.unwrap();
        let server = settings.server().unwrap();
        assert_eq!(server.target.url.as_str(), running.url());
        assert_eq!(server.target.mode, Mode::Compat);
        assert_eq!(server.target.credentials.token, REFERENCE_TOKEN);
    }
}
