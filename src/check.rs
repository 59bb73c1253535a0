//! `wxcheck check`: judge a server, report, choose the exit code.

mod reference;
mod replays;
mod started;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::pin,
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::time::sleep;
use wxcheck_events::{Contract, Ended};
use wxcheck_mock_server::{ApiServer, PlatformOptions, clock};
use wxcheck_settings::{
    Origins, Settings,
    baseline::day_of,
    contract::{self, ContractError},
    groups::Target,
};
use wxcheck_suite::{
    contract::told,
    diagnosis::{self, Limits},
    plan::{self, Plan},
    player::Player,
    redact::Redacted,
    report::View,
    rule::Rule,
    server::Server,
    session::Session,
    setup,
    words::sentence,
};

use started::Started;

use crate::{
    baseline::List,
    cli::CheckArgs,
    entity_file, entropy,
    events::EventsFile,
    exit::{Exit, usage},
    github,
    guest::Guest,
    language::Language,
    progress,
    reports::Reports,
    screen, serve, settings, stop,
    terminal::{self, Style},
};

#[expect(
    clippy::too_many_lines,
    reason = "the order of a run, from its settings to its exit code, is read in one place"
)]
pub(crate) async fn run(args: CheckArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let mut settings = settings::whole(args.settings(origins))?;
    let built_in = !settings.names_a_server();
    if built_in {
        reference::announce(&settings, &args, lang)?;
    }
    let mut stop = pin!(stop::signal()?);
    let platform = args.platform.as_deref();
    let api = serve_api(&mut settings, built_in, platform, lang).await?;
    // Kept to the end of the run: the server stops when dropped.
    let _reference = if built_in {
        Some(reference::start(&mut settings, api.as_ref()).await?)
    } else {
        None
    };
    let mut server = settings.server()?;
    // Kept to the end of the run: the file goes when dropped.
    let _planted = entity_file::plant(&mut server);
    settings.check_contract(&server)?;
    let plan = settings.plan(entropy::draw())?;
    let mut reports = Reports::tried(&settings, events_file(&settings), lang)?;
    replays::try_folder(&settings)?;
    let known = if built_in {
        Ok(())
    } else {
        let looking = settings.check_owner(&mut server, args.wait);
        tokio::select! {
            known = looking => known?.map_err(plan::Ended::NoContact),
            who = stop.as_mut() => Err(plan::Ended::Stopped(who.to_owned())),
        }
    };
    warn(&settings, &server, &plan, lang);
    let listed = List::read(&settings, built_in, args.write_baseline)?;
    let events = EventsFile::create(&settings)?;
    let guest = match (&args.platform, &api) {
        (Some(url), Some(api)) => Some(Guest::arrive(&settings, url, api).await?),
        _ => None,
    };
    let platform = setup::platform(&server, api)
        .await
        .context("the mock platform could not start")?;
    let shown = server.display_url();
    let mut started = Started::start(args.start.as_deref(), &platform, &shown).await?;
    let over = match known {
        Ok(()) => {
            let awaited = started.awaited(&platform, &shown, args.wait, stop.as_mut(), lang);
            awaited.await
        }
        // Nothing is sent to a server of which nobody knows whose it is.
        Err(over) => Some(over),
    };
    // A signal comes once: whoever heard it asks for no second one.
    let is_stopped = matches!(over, Some(plan::Ended::Stopped(_)));
    let player = setup::player(&platform, &server, entropy::draw());
    let (session, running) = Session::start_or_end(&player, shown, &plan, over);
    let watching = screen::watched().then(|| progress::watch(&session, plan.max_time, lang));
    let writing = events.write(&session);
    let telling = guest.map(|guest| guest.follow(&session));
    let is_stopped = if is_stopped {
        running.await;
        true
    } else {
        let watched = started.watch(&player, &platform);
        Box::pin(go_on(running, watched, &session, stop.as_mut())).await
    };
    let view = session.view()?;
    if matches!(view.ended.ended, Ended::NoContact { .. }) || view.death().is_some() {
        started.await_end().await;
    }
    started.look(&player, &platform).await;
    if let Some(bar) = watching {
        bar.clear();
    }
    let is_stopped = is_stopped || diagnose(&player, &session.view()?, stop.as_mut(), lang).await;
    // The report names the replay files.
    let replay_dir = settings.output.replay_dir.as_deref();
    let secrets = player.secrets();
    replays::write(&session.view()?, player.log(), &secrets, replay_dir, lang);
    let settled = settle(listed.as_ref(), &session.view()?, &player, lang);
    let written = settled.unwrap_or_else(|error| {
        reports.lose(&error);
        None
    });
    let style = Style::of_screen(lang, args.verbose, args.curl);
    // Before the files: one that cannot be written must not cost the report.
    let view = session.view()?;
    reports.show(&terminal::report(&view, style));
    if let Some(told) = &written {
        screen::complain(told);
    }
    let contract = match &settings.run.contract {
        Some(_) if is_stopped => Some(Contract::unseen("stopped before the end")),
        Some(folder) => {
            let comparing = contract::compared(&player, &server, &view, folder);
            replies(comparing, plan.max_time, stop)
                .await
                .map_err(|error| reports.lose(&usage(error.to_string())))
                .ok()
        }
        None => None,
    };
    if let Some(compared) = contract {
        reports.show(&secrets.page(&told(&compared, lang)));
        player.log().contract(compared, &secrets);
    }
    if let Some(telling) = telling {
        telling.finish().await;
    }
    started.look(&player, &platform).await;
    started.end().await;
    let view = session.view()?;
    reports.write(&view).await;
    if let Err(error) = writing.finish().await {
        reports.lose(&error);
    }
    if github::is_asked(settings.reports.github, github::runs_us()) {
        github::annotate(&view, &reports, lang);
    }
    let exit = reports.exit(view.outcome().into());
    reports.show(&terminal::verdict(&view, exit, style));
    Ok(exit)
}

/// The file of all that happens, with where it was named.
fn events_file(settings: &Settings) -> Option<(String, &Path)> {
    let path = settings.output.events.as_deref()?;
    let place = settings.place("events").with(path.display());
    Some((place.to_string(), path))
}

/// Says what is going to happen that may surprise whoever runs this.
fn warn(settings: &Settings, server: &Server, plan: &Plan, lang: Language) {
    let applies = |rule: &Rule| rule.is_out_of_place(&server.profile()).is_none();
    let mut warnings = settings.idle_skips(plan, applies);
    warnings.extend(plan.attacked(server).map(|host| settings.warning(host)));
    for warning in warnings {
        screen::complain(&server.secrets.page(&sentence(&warning, lang)));
    }
}

/// Goes on with a run to its end; true if it was stopped before.
async fn go_on(
    running: impl Future<Output = ()>,
    watched: impl Future<Output = ()>,
    session: &Session,
    stop: impl Future<Output = &'static str>,
) -> bool {
    let mut running = pin!(running);
    tokio::select! {
        () = &mut running => false,
        // Never before it is dropped.
        () = watched => false,
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
    lang: Language,
) -> bool {
    if !view.calls_for_diagnosis() {
        return false;
    }
    tokio::select! {
        examined = diagnosis::examine(player, Limits::USUAL, entropy::draw()) => match examined {
            Ok(examined) => player.log().diagnosed(&examined, &player.secrets()),
            Err(error) => {
                let told = format!("warning: the cause was not looked for: {error}");
                let told = sentence(&told, lang);
                screen::complain(&player.secrets().page(&told));
            }
        },
        _ = stop => return true,
    }
    false
}

/// Serves the API where it is asked for, and always beside the built-in server. Where a platform stands in front, the server calls
/// that one.
pub(crate) async fn serve_api(
    settings: &mut Settings,
    built_in: bool,
    platform: Option<&str>,
    lang: Language,
) -> Result<Option<ApiServer>> {
    let own = built_in && settings.effects.effects_url.is_none();
    let listen = match (settings.effects.api_listen, own || platform.is_some()) {
        (Some(listen), _) => listen,
        (None, true) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        (None, false) => return Ok(None),
    };
    if built_in {
        *settings = settings.clone().over(reference::of_reference(Target {
            appid: Some(reference::APPID.to_owned()),
            secret: Some(reference::SECRET.to_owned()),
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
        screen::complain(&settings.secrets().page(&sentence(&told, lang)));
    }
    Ok(Some(api))
}

/// Compares the replies with those of an earlier run, as long as there is time and nobody stops it.
async fn replies(
    comparing: impl Future<Output = Result<Contract, ContractError>>,
    most: Duration,
    stop: impl Future<Output = &'static str>,
) -> Result<Contract, ContractError> {
    tokio::select! {
        compared = comparing => compared,
        () = sleep(most) => Ok(Contract::unseen("there was no time for it; raise --max-time")),
        _ = stop => Ok(Contract::unseen("stopped before the end")),
    }
}

/// Compares what was found with what is known, and writes the list anew where that is asked for; says so then.
fn settle(
    listed: Option<&List>,
    view: &View,
    player: &Player<'_>,
    lang: Language,
) -> Result<Option<Redacted>> {
    let Some(listed) = listed else {
        return Ok(None);
    };
    let (secrets, today) = (player.secrets(), day_of(clock::unix_seconds()));
    let written = listed.written(view, player, &today, lang);
    let newest = written.as_ref().ok().and_then(Option::as_ref);
    let compared = newest.unwrap_or(listed).compare(view, player, &today);
    player.log().baseline(compared, &secrets);
    Ok(written?.map(|listed| listed.describe(&secrets, lang)))
}
