//! `wxcheck check`: judge a server, report, choose the exit code.

use std::{
    cell::RefCell,
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::pin,
    rc::Rc,
};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::sleep;
use wxcheck_events::Kind;
use wxcheck_mock_server::ApiServer;
use wxcheck_network::Network;
use wxcheck_protocol::{account::Account, aes_key::EncodingAesKey, limits::EXCHANGE_LIMIT};
use wxcheck_reference_server as reference;
use wxcheck_suite::{
    configuration::{Configuration, ConfigurationError},
    log::Log,
    redact::Shown,
    replay::Replay,
    report::View,
    rule::Turn,
    run::{self, Ended, Run},
    verdict::Verdict,
    watching,
};

use crate::{
    cli::{CheckArgs, Lang},
    contract, entropy,
    events::EventsFile,
    exit::{self, Exit},
    reports::Reports,
    screen, serve, settings, stop,
    terminal::{self, Style},
};

/// What the built-in reference server is configured with where nothing is said. No one's secrets.
const REFERENCE_TOKEN: &str = "wxcheckReferenceToken";
const REFERENCE_APPID: &str = "wx0123456789abcdef";
const REFERENCE_SECRET: &str = "wxcheckReferenceAppSecret";
const REFERENCE_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

const REFERENCE_FETCH_TOKENS: [&str; 2] = ["wxcheckFetchToken+1=", "wxcheckFetchToken+2="];

const REPLAY_DIR: &str = ".wxcheck";

pub(crate) async fn run(args: CheckArgs, lang: Lang) -> Result<Exit> {
    let mut configuration = settings::over_file(args.configuration())?;
    let built_in = configuration.url.is_none()
        && configuration.periodic_url.is_none()
        && configuration.prefetch_url.is_none();
    if built_in && configuration.account() == Account::CloudFunction {
        return Err(ConfigurationError::CloudFunctionCallback.into());
    }
    if built_in {
        screen::complain(&Shown::own(
            "no URL is given: the built-in reference server is judged",
        ));
    }
    let mut stop = pin!(stop::signal()?);
    let api = serve_api(&mut configuration, built_in).await?;
    // Kept to the end of the run: the server stops when dropped.
    let _reference = if built_in {
        Some(start_reference(&mut configuration, api.as_ref()).await?)
    } else {
        None
    };
    let server = configuration.server()?;
    if let Some(folder) = &configuration.contract {
        contract::check_folder(folder, &server)?;
    }
    let plan = configuration.plan(entropy::draw())?;
    if let Some(warning) = server.warning(&plan) {
        screen::complain(&server.secrets.page(&warning));
    }
    let mut reports = Reports::tried(
        configuration.report_json.as_deref(),
        configuration.report_junit.as_deref(),
        args.events.as_deref().map(|path| ("--events", path)),
    )?;
    let events = EventsFile::create(args.events.as_deref())?;
    if let Some(folder) = &configuration.replay_dir
        && let Err(error) = settings::try_folder(folder)
    {
        let told = format!("warning: --replay-dir: {error}; nothing can be replayed");
        screen::complain(&server.secrets.page(&told));
    }
    let platform = watching::platform(&server, api)
        .await
        .context("the mock platform could not start")?;
    let player = watching::player(&platform, &server, entropy::draw());
    let bar = Bar::default();
    let player = player.logging(bar.listening(events.listening(Log::default())));
    let stopped = async { stop.as_mut().await.to_owned() };
    let run = run::run(&player, server.shown_url(), &plan, stopped).await;
    bar.clear();
    // The report names the replay files.
    let replay_dir = configuration.replay_dir.as_deref();
    write_replays(
        &run,
        player.log(),
        replay_dir.unwrap_or(Path::new(REPLAY_DIR)),
    );
    let style = Style {
        lang,
        colours: screen::colours(),
        verbose: args.verbose,
    };
    // Before the files: one that cannot be written must not cost the report.
    let view = |log: &Log| View::of(log.kept(), run.secrets.clone());
    reports.tell(&terminal::report(&view(player.log())?, style));
    let contract = match &configuration.contract {
        Some(folder) if run.ended == Ended::Whole => {
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
        reports.tell(&run.secrets.page(&contract::told(&compared, lang)));
        player.log().contract(compared, &run.secrets);
    }
    let view = view(player.log())?;
    reports.write(&view).await;
    if let Err(error) = events.finish() {
        reports.lose(&error);
    }
    let strict = configuration.strict.unwrap_or(false);
    Ok(reports.exit(exit::of_run(&view, strict)))
}

/// Serves the API where it is asked for, and always beside the built-in server.
pub(crate) async fn serve_api(
    configuration: &mut Configuration,
    built_in: bool,
) -> Result<Option<ApiServer>> {
    let own = built_in && configuration.effects_url.is_none();
    let listen = match (configuration.api_listen, own) {
        (Some(listen), _) => listen,
        (None, true) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        (None, false) => return Ok(None),
    };
    if built_in {
        let appid = configuration.appid.take();
        configuration.appid = Some(appid.unwrap_or_else(|| REFERENCE_APPID.to_owned()));
        let secret = configuration.secret.take();
        configuration.secret = Some(secret.unwrap_or_else(|| REFERENCE_SECRET.to_owned()));
    }
    let api = watching::serve_api(configuration, listen, entropy::draw())
        .await
        .map_err(serve::of_serving)?;
    if !built_in {
        let secret = match configuration.secret {
            Some(_) => "the secret given",
            None => "any secret",
        };
        screen::complain(&configuration.secrets().page(&format!(
            "let your server call {} in place of https://api.weixin.qq.com, with appid {} and {secret}",
            api.base_url(),
            configuration.appid(),
        )));
    }
    Ok(Some(api))
}

/// Starts the built-in server as configured, and fills in what is not configured, its URL included.
async fn start_reference(
    configuration: &mut Configuration,
    api: Option<&ApiServer>,
) -> Result<reference::Running> {
    let or_ours = |given: &mut Option<String>, value: &str| {
        given.get_or_insert_with(|| value.to_owned()).clone()
    };
    let token = or_ours(&mut configuration.token, REFERENCE_TOKEN);
    let appid = or_ours(&mut configuration.appid, REFERENCE_APPID);
    let aes_key = or_ours(&mut configuration.aes_key, REFERENCE_KEY);
    if configuration.fetch_token.is_empty() {
        configuration.fetch_token = REFERENCE_FETCH_TOKENS.map(str::to_owned).to_vec();
    }
    let key = EncodingAesKey::parse(&aes_key).map_err(ConfigurationError::AesKey)?;
    let settings = reference::Settings {
        token,
        appid,
        key: Some(key),
        mode: configuration.mode(),
        format: configuration.format(),
        account: configuration.account(),
        limit: EXCHANGE_LIMIT.mul_f64(configuration.patience()?),
        api: api.map(|api| reference::Api {
            base: api.base_url(),
            secret: configuration.secret.clone().unwrap_or_default(),
        }),
        fetch_tokens: configuration.fetch_token.clone(),
        network: Network::Machine,
    };
    let running = reference::spawn(settings, reference::Behaviour::default())
        .await
        .context("the reference server could not start")?;
    match configuration.account() {
        // Nothing is pushed to a URL.
        Account::Finclip | Account::CloudFunction => {}
        account => {
            configuration.url = Some(running.url().to_owned());
            if account == Account::Platform {
                configuration
                    .authorization_url
                    .clone_from(&configuration.url);
            }
        }
    }
    if configuration.handles.is_empty() && configuration.url.is_some() {
        configuration.handles = configuration.all_that_asks()?;
    }
    configuration.periodic_url = Some(running.periodic_url().to_owned());
    configuration.prefetch_url = Some(running.prefetch_url().to_owned());
    Ok(running)
}

/// Writes what failed for `wxcheck replay`. A folder that cannot be written loses the files, not the report.
fn write_replays(run: &Run, log: &Log, folder: &Path) {
    let profile = &run.profile;
    let mut written = false;
    for result in &run.results {
        // What was only looked at, without anything sent, is looked at again by another run.
        let worth_it = result.rule.turn != Turn::First
            && matches!(
                result.verdict,
                Verdict::Failed | Verdict::Warned | Verdict::Noted | Verdict::Flaky
            );
        let (true, Some(finding), Some(reproduction)) =
            (worth_it, &result.finding, &result.reproduction)
        else {
            continue;
        };
        let replay = Replay {
            wxcheck: run.version.to_owned(),
            rule: result.rule.id.to_string(),
            claim: finding.claim.to_owned(),
            mode: profile.mode,
            format: profile.format,
            account: profile.account,
            scenario: reproduction.scenario.clone(),
        };
        let path = folder.join(format!(
            "{}.json",
            result.rule.id.as_str().replace('/', "-")
        ));
        if let Err(error) = settings::write_text(&path, &replay.write(&run.secrets)) {
            let told = format!("warning: {error}; nothing can be replayed");
            screen::complain(&run.secrets.page(&told));
            return;
        }
        log.replay(result.rule.id, &path.display().to_string(), &run.secrets);
        written = true;
    }
    if written && folder == Path::new(REPLAY_DIR) {
        // Replays are for now; they are not to be committed by accident.
        if let Err(error) = settings::write_text(&folder.join(".gitignore"), &Shown::own("*\n")) {
            screen::complain(&run.secrets.page(&format!("warning: {error}")));
        }
    }
}

/// The progress bar, drawn only where somebody watches.
struct Bar(Rc<RefCell<ProgressBar>>);

impl Default for Bar {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(ProgressBar::hidden())))
    }
}

impl Bar {
    /// The stream, shown by the bar.
    fn listening(&self, log: Log) -> Log {
        if !screen::watched() {
            return log;
        }
        let bar = Rc::clone(&self.0);
        let mut judged = HashSet::new();
        log.heard_by(Box::new(move |event, _| match &event.kind {
            Kind::RunBegun(begun) => {
                let drawn = ProgressBar::with_draw_target(
                    Some(begun.rules.len() as u64),
                    ProgressDrawTarget::stderr(),
                );
                let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
                drawn.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                *bar.borrow_mut() = drawn;
            }
            Kind::Verdict(told) => {
                let bar = bar.borrow();
                bar.set_message(format!("{} {}", told.verdict, told.rule));
                // A second look is no further step.
                if judged.insert(told.rule.clone()) {
                    bar.inc(1);
                }
            }
            Kind::ContactMade { .. }
            | Kind::PlayBegun { .. }
            | Kind::Exchange(_)
            | Kind::Call(_)
            | Kind::Fetched { .. }
            | Kind::PlayEnded { .. }
            | Kind::ReplayWritten { .. }
            | Kind::ContractCompared(_)
            | Kind::RunEnded(_) => {}
        }))
    }

    fn clear(&self) {
        self.0.borrow().finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::{Format, Mode};

    use super::*;

    #[tokio::test]
    async fn the_reference_server_is_configured_as_the_run() {
        let mut configuration = Configuration {
            mode: Some(Mode::Compat),
            format: Some(Format::Json),
            ..Configuration::default()
        };
        let running = start_reference(&mut configuration, None).await.unwrap();
        let server = configuration.server().unwrap();
        assert_eq!(server.target.url.as_str(), running.url());
        assert_eq!(server.target.mode, Mode::Compat);
        assert_eq!(server.target.credentials.token, REFERENCE_TOKEN);
    }
}
