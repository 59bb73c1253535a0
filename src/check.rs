//! `wxcheck check`: judge a server, report, choose the exit code.

use std::{cell::RefCell, path::Path, time::Duration};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wxcheck_mock_server::Platform;
use wxcheck_protocol::{aes_key::EncodingAesKey, limits::EXCHANGE_LIMIT};
use wxcheck_reference_server as reference;
use wxcheck_suite::{
    player::Player,
    profile::Account,
    replay::Replay,
    report,
    rule::Rule,
    rules,
    run::{self, Plan, Progress, Run},
    verdict::Verdict,
};

use crate::{
    cli::{CheckArgs, Lang, TargetArgs},
    entropy,
    exit::{self, Exit, usage},
    screen,
    settings::{self, File, Settings},
    terminal::{self, View},
};

/// What the built-in reference server is configured with where nothing is said. No one's secrets.
const REFERENCE_TOKEN: &str = "wxcheckReferenceToken";
const REFERENCE_APPID: &str = "wx0123456789abcdef";
const REFERENCE_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

const CONCURRENCY: usize = 8;
const MAX_TIME: u64 = 120;
const REPLAY_DIR: &str = ".wxcheck";

pub(crate) async fn run(mut args: CheckArgs, lang: Lang) -> Result<Exit> {
    let file = File::find()?;
    let url = args.url.clone().or_else(|| file.url.clone());
    // Kept to the end of the run: the server stops when dropped.
    let (url, _reference) = if let Some(url) = url {
        (url, None)
    } else {
        let running = start_reference(&mut args.target, &file).await?;
        (running.url().to_owned(), Some(running))
    };
    let settings = Settings::resolve(&args.target, &file, &url)?;
    let plan = plan(&args, &file)?;
    let platform = Platform::start(settings.target.clone(), settings.options)
        .await
        .context("the mock platform could not start")?;
    let secrets = settings.secrets(&args.target, &file);
    let player = Player::new(&platform, settings.profile(), secrets, entropy::draw());
    let bar = Bar::new();
    let stop = async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C".to_owned(),
            // Without a handler Ctrl-C ends the program by itself.
            Err(_) => std::future::pending().await,
        }
    };
    let mut run = run::run(&player, settings.shown_url(), &plan, stop, &|progress| {
        bar.show(&progress);
    })
    .await;
    bar.clear();
    // The report names the replay files.
    let replay_dir = args.replay_dir.as_deref().or(file.replay_dir.as_deref());
    write_replays(&mut run, replay_dir.unwrap_or(Path::new(REPLAY_DIR)));
    let view = View {
        lang,
        colours: screen::colours(),
        verbose: args.verbose,
    };
    // Before the files: one that cannot be written must not cost the report.
    screen::show(&terminal::report(&run, view));
    write_reports(&run, &args, &file)?;
    Ok(exit::of_run(&run, args.strict || file.strict))
}

fn write_reports(run: &Run, args: &CheckArgs, file: &File) -> Result<()> {
    if let Some(path) = args.report_json.as_ref().or(file.report_json.as_ref()) {
        settings::write_text(path, &report::json::write(run))?;
    }
    if let Some(path) = args.report_junit.as_ref().or(file.report_junit.as_ref()) {
        settings::write_text(path, &report::junit::write(run))?;
    }
    Ok(())
}

/// Starts the built-in server as configured, filling in what is not.
async fn start_reference(args: &mut TargetArgs, file: &File) -> Result<reference::Running> {
    let or_ours = |given: &mut Option<String>, value: &str| {
        given.get_or_insert_with(|| value.to_owned()).clone()
    };
    // Whatever a flag sets, the server is configured with the same.
    let token = or_ours(&mut args.token, REFERENCE_TOKEN);
    let appid = or_ours(&mut args.appid, REFERENCE_APPID);
    let aes_key = or_ours(&mut args.aes_key, REFERENCE_KEY);
    let encoding_aes_key =
        EncodingAesKey::parse(&aes_key).map_err(|error| usage(format!("--aes-key: {error}")))?;
    // Its own address is looked up only once it runs; any valid one serves to resolve the rest.
    let settings = Settings::resolve(args, file, "http://127.0.0.1:1/")?;
    let patience = settings.options.patience;
    reference::spawn(
        reference::Settings {
            token,
            appid,
            key: Some(encoding_aes_key),
            mode: settings.target.mode,
            format: settings.target.format,
            account: match settings.account {
                Account::Mini => reference::Account::Mini,
                Account::Official => reference::Account::Official,
            },
            limit: EXCHANGE_LIMIT.mul_f64(patience),
        },
        reference::Behaviour::default(),
    )
    .await
    .context("the reference server could not start")
}

fn plan(args: &CheckArgs, file: &File) -> Result<Plan> {
    let only = if args.only.is_empty() {
        &file.only
    } else {
        &args.only
    };
    let chosen: Vec<&'static Rule> = if only.is_empty() {
        rules::all().collect()
    } else {
        let mut chosen = Vec::new();
        for pattern in only {
            chosen.extend(matching("--only", pattern)?);
        }
        rules::all()
            .filter(|rule| chosen.iter().any(|other: &&Rule| other.id == rule.id))
            .collect()
    };
    let skip = if args.skip.is_empty() {
        &file.skip
    } else {
        &args.skip
    };
    let mut skips = Vec::new();
    for text in skip {
        let (pattern, reason) = text
            .split_once('=')
            .filter(|(_, reason)| !reason.trim().is_empty())
            .ok_or_else(|| {
                usage(format!(
                    "--skip {text}: write ID=REASON; a rule is left out for a reason"
                ))
            })?;
        let matched = matching("--skip", pattern)?;
        skips.extend(matched.into_iter().map(|rule| (rule.id, reason.to_owned())));
    }
    if args.cases.or(file.cases) == Some(0) {
        return Err(usage("--cases 0: a property needs at least one case"));
    }
    let concurrency = args.concurrency.or(file.concurrency).unwrap_or(CONCURRENCY);
    if concurrency == 0 {
        return Err(usage(
            "--concurrency 0: at least one scenario has to be in flight",
        ));
    }
    let max_time = args.max_time.or(file.max_time).unwrap_or(MAX_TIME);
    if max_time == 0 {
        return Err(usage("--max-time 0: a run needs at least a second"));
    }
    Ok(Plan {
        rules: chosen,
        skips,
        seed: args
            .seed
            .or(file.seed)
            .unwrap_or_else(|| entropy::draw() % 1_000_000),
        draws: args.cases.or(file.cases),
        concurrency: args.concurrency.or(file.concurrency).unwrap_or(CONCURRENCY),
        max_time: Duration::from_secs(max_time),
    })
}

/// The rules of a pattern; none is a slip of the pen, never a silent pass.
fn matching(flag: &str, pattern: &str) -> Result<Vec<&'static Rule>> {
    let matched = rules::matching(pattern);
    if matched.is_empty() {
        return Err(usage(format!("{flag} {pattern}: {}", unknown(pattern))));
    }
    Ok(matched)
}

/// What to say of an id that no rule has.
pub(crate) fn unknown(id: &str) -> String {
    match rules::did_you_mean(id) {
        Some(near) => format!("no rule is called so; did you mean `{near}`?"),
        None => "no rule is called so; `wxcheck rules` lists them".to_owned(),
    }
}

/// Writes what failed for `wxcheck replay`. A folder that cannot be written loses the files, not the report.
fn write_replays(run: &mut Run, folder: &Path) {
    let profile = run.profile.clone();
    let mut written = false;
    for result in &mut run.results {
        let worth_it = matches!(
            result.verdict,
            Verdict::Failed | Verdict::Warned | Verdict::Noted | Verdict::Flaky
        );
        let (true, Some(finding), Some(reproduction)) =
            (worth_it, &result.finding, &mut result.reproduction)
        else {
            continue;
        };
        let replay = Replay {
            wxcheck: run.version.to_owned(),
            rule: result.rule.id.to_owned(),
            claim: finding.claim.to_owned(),
            mode: profile.mode,
            format: profile.format,
            account: profile.account,
            scenario: reproduction.scenario.clone(),
        };
        let path = folder.join(format!("{}.json", result.rule.id.replace('/', "-")));
        if let Err(error) = settings::write_text(&path, &replay.write()) {
            screen::complain(&format!("warning: {error}; nothing can be replayed"));
            return;
        }
        reproduction.replay = Some(path.display().to_string());
        written = true;
    }
    if written && folder == Path::new(REPLAY_DIR) {
        // Replays are for now; they are not to be committed by accident.
        if let Err(error) = settings::write_text(&folder.join(".gitignore"), "*\n") {
            screen::complain(&format!("warning: {error}"));
        }
    }
}

/// The progress bar, drawn only where somebody watches.
struct Bar(RefCell<ProgressBar>);

impl Bar {
    fn new() -> Self {
        Self(RefCell::new(ProgressBar::hidden()))
    }

    fn show(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Begun(rules) if screen::watched() => {
                let bar = ProgressBar::with_draw_target(
                    Some(*rules as u64),
                    ProgressDrawTarget::stderr(),
                );
                let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                *self.0.borrow_mut() = bar;
            }
            Progress::Begun(_) => {}
            Progress::Judged { result, again } => {
                let bar = self.0.borrow();
                bar.set_message(format!("{} {}", result.verdict, result.rule.id));
                if !again {
                    bar.inc(1);
                }
            }
        }
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
        let mut args = TargetArgs {
            mode: Some(Mode::Compat),
            format: Some(Format::Json),
            ..TargetArgs::default()
        };
        let running = start_reference(&mut args, &File::default()).await.unwrap();
        let settings = Settings::resolve(&args, &File::default(), running.url()).unwrap();
        assert_eq!(settings.target.mode, Mode::Compat);
        assert_eq!(settings.target.credentials.token, REFERENCE_TOKEN);
    }

    #[test]
    fn a_pattern_that_names_nothing_is_a_usage_error() {
        let error = matching("--only", "reply/acknowledge")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("did you mean `reply/acknowledges`"),
            "{error}"
        );
    }
}
