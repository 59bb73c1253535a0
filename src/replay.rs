//! `wxcheck replay`: play a failing scenario again, with a fresh signature, and show every exchange.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    io::BufRead as _,
    path::Path,
};

use anyhow::{Context, Result};
use wxcheck_mock_server::Outcome;
use wxcheck_protocol::reply::{Reply, ReplyKind};
use wxcheck_settings::{Origin, Origins, Settings, no_rule};
use wxcheck_suite::{
    bounds::{JUDGED_BODY_BYTES, REPLAY_FILE_BYTES},
    effects, expect,
    finding::Miss,
    player::Player,
    reason::Reason,
    recipe::ParamValue,
    redact::Secrets,
    replay::Replay,
    report::View,
    rule::{Rule, claim},
    rules, run, setup,
    transcript::{Entry, Sent, Transcript},
};

use crate::{
    check,
    cli::{Lang, ReplayArgs},
    entity_file, entropy,
    exit::{Exit, usage},
    report, screen, settings, stop,
    terminal::rule_words,
};

/// The first bytes of a log of events, and of no replay file.
const BEGINNING_OF_LOG: &[u8] = b"{\"number\":";
/// The most that is shown of a body, in characters.
const SHOWN: usize = 2000;

pub(crate) async fn run(args: ReplayArgs, origins: Origins, lang: Lang) -> Result<Exit> {
    let (replay, was_at) = read(&args.file, args.rule.as_deref())?;
    let rule = rules::find(&replay.rule).ok_or_else(|| {
        let name = args.file.display();
        usage(format!("{name}: {}", no_rule(&replay.rule)))
    })?;
    let given = args.settings(origins).over(played(&replay, &args.file));
    let mut settings = settings::whole(given)?;
    if !settings.names_a_server() {
        let file = args.file.display();
        return Err(usage(match was_at {
            Some(url) => {
                format!("no URL is given; the run was against {url}: wxcheck replay {file} '{url}'")
            }
            None => format!("no URL is given: wxcheck replay {file} URL, as `check` was given it"),
        }));
    }
    let api = check::serve_api(&mut settings, false, None, lang).await?;
    let mut server = settings.server()?;
    // Kept until it was played: the file goes when dropped.
    let _planted = entity_file::plant(&mut server);
    if server.component.authorization_url.is_none() && replay.scenario.notifies_platform() {
        return Err(usage(
            "--authorization-url: what is to be played goes there; give the one that `check` was given",
        ));
    }
    if replay.scenario.is_hostile() {
        if let Some(reason) = &server.hostility.barred {
            let reason = Reason::from(reason.clone());
            return Err(usage(format!("{}: {reason}", replay.rule)));
        }
        if let Some(host) = &server.hostility.host {
            screen::complain(&server.secrets.page(&settings.warning(host)));
        }
    }
    let platform = setup::platform(&server, api)
        .await
        .context("the mock platform could not start")?;
    let player = setup::player(&platform, &server, entropy::draw());
    let (summary, _, fix) = rule_words(rule, lang);
    let story = format!("{}  ({})\n{summary}\n", rule.id, rule.level);
    let rendering = Rendering {
        story: RefCell::new(story),
        rendered: Cell::new(0),
    };
    let stop = stop::signal()?;
    let ended = tokio::select! {
        ended = play(&player, &replay, rule, fix, &rendering) => ended,
        who = stop => {
            rendering.add(&format!("\nno verdict: stopped by {who}\n"));
            Ok(Exit::NoVerdict)
        }
    };
    // Whatever ended it: what was seen before is no less true.
    screen::show(&player.secrets().page(&rendering.story.into_inner()));
    ended
}

/// The replay that a file holds: a replay file, or a finding in the log of a run, with the URL that it was found at.
fn read(file: &Path, rule: Option<&str>) -> Result<(Replay, Option<String>)> {
    let named = |error: String| usage(format!("{}: {error}", file.display()));
    let mut opened = settings::open(file)?;
    let beginning = opened
        .fill_buf()
        .map_err(|error| named(error.to_string()))?;
    if beginning.starts_with(BEGINNING_OF_LOG) {
        let view = report::view(opened).map_err(named)?;
        let url = view.begun.callback.then(|| view.begun.url.clone());
        return Ok((found_in(&view, rule).map_err(named)?, url));
    }
    let text = settings::read_text(file, REPLAY_FILE_BYTES)?;
    let replay = Replay::read(&text).map_err(|error| named(error.to_string()))?;
    match rule {
        Some(rule) if rule != replay.rule => Err(named(format!(
            "--rule {rule}: the file is a replay of {}; leave the option out",
            replay.rule
        ))),
        _ => Ok((replay, None)),
    }
}

/// The finding of that rule, or the only one.
fn found_in(view: &View, rule: Option<&str>) -> Result<Replay, String> {
    let found = view.rows.iter().filter_map(|row| Replay::of(view, row));
    let mut found: Vec<Replay> = found.collect();
    let names: Vec<String> = found.iter().map(|replay| replay.rule.clone()).collect();
    let names = names.join(", ");
    found.retain(|replay| rule.is_none_or(|rule| replay.rule == rule));
    match (found.len(), rule) {
        (1, _) => found.remove(0).checked().map_err(|error| error.to_string()),
        (0, None) => Err("the log holds no finding that can be played".to_owned()),
        (0, Some(rule)) if names.is_empty() => Err(format!(
            "--rule {rule}: the log holds no finding that can be played"
        )),
        (0, Some(rule)) => Err(format!(
            "--rule {rule}: the log holds no finding of it; give one of {names}"
        )),
        _ => Err(format!(
            "the log holds several findings; give --rule with one of {names}"
        )),
    }
}

/// Settings of the play, which win over the settings file; a flag or the environment may still say otherwise.
fn played(replay: &Replay, file: &Path) -> Settings {
    let mut played = Settings::default();
    played.target.mode = Some(replay.mode);
    played.target.format = Some(replay.format);
    played.kind.account = Some(replay.account);
    for key in ["mode", "format", "account"] {
        played.origins.note(key, Origin::Replay(file.to_owned()));
    }
    played
}

/// The story of a play, rendered as it goes on.
struct Rendering {
    story: RefCell<String>,
    /// The number of exchanges that were rendered.
    rendered: Cell<usize>,
}

impl Rendering {
    fn add(&self, text: &str) {
        self.story.borrow_mut().push_str(text);
    }
}

async fn play(
    player: &Player<'_>,
    replay: &Replay,
    rule: &Rule,
    fix: &str,
    rendering: &Rendering,
) -> Result<Exit> {
    if let Err(reason) = run::prepare(player).await {
        let reason = player.secrets().render(&reason.to_string());
        *rendering.story.borrow_mut() = format!("no verdict: {reason}\n");
        return Ok(Exit::NoVerdict);
    }
    let render = |entry: &Entry| {
        let number = rendering.rendered.replace(rendering.rendered.get() + 1);
        describe(
            &mut rendering.story.borrow_mut(),
            number,
            entry,
            &player.secrets(),
        );
    };
    let transcript = player.play_reporting(&replay.scenario, &render).await?;
    let secrets = player.secrets();
    let mut story = rendering.story.borrow_mut();
    if transcript.calls.iter().any(|call| call.own) {
        story.push_str("\nwhat happened\n");
        for line in effects::story(&transcript) {
            let _ = writeln!(story, "  {}", secrets.render(&line));
        }
    }
    Ok(conclude(
        &mut story,
        (rule.judge)(&transcript),
        &transcript,
        &replay.claim,
        fix,
        &secrets,
    ))
}

fn conclude(
    story: &mut String,
    judgement: Result<(), Miss>,
    transcript: &Transcript,
    claim: &str,
    fix: &str,
    secrets: &Secrets,
) -> Exit {
    let unreachable = transcript
        .entries
        .iter()
        .filter_map(Entry::silence)
        .find(|silence| silence.is_unreachable());
    if let Some(silence) = unreachable {
        // A server that was there for the first request and is not any more has been killed again.
        let was_there = transcript.entries.first().is_some_and(|first| {
            first
                .silence()
                .is_none_or(|silence| !silence.is_unreachable())
        });
        if claim == claim::ALIVE && was_there {
            let _ = writeln!(
                story,
                "\nstill broken: alive\n  got       it stopped answering: {}\n  fix       {fix}",
                secrets.render(&silence.to_string())
            );
            return Exit::Broken;
        }
        let silence = secrets.render(&silence.to_string());
        let _ = writeln!(story, "\nno verdict: {silence}");
        return Exit::NoVerdict;
    }
    match judgement {
        Ok(()) => {
            let claim = secrets.render(claim);
            let _ = writeln!(story, "\nfixed: `{claim}` does not show any more");
            Exit::Fine
        }
        Err(Miss::Found(finding) | Miss::Doubtful(finding) | Miss::Remark(finding)) => {
            let _ = writeln!(
                story,
                "\nstill broken: {} (request {})\n  expected  {}\n  got       {}\n  fix       {fix}",
                finding.claim,
                finding.at + 1,
                secrets.render(&finding.expected),
                secrets.render(&finding.actual)
            );
            Exit::Broken
        }
        Err(Miss::Inconclusive(reason) | Miss::NotApplicable(reason)) => {
            let reason = secrets.render(&reason.to_string());
            let _ = writeln!(story, "\nno verdict: {reason}");
            Exit::NoVerdict
        }
    }
}

/// One exchange: what went out, and what came back.
fn describe(story: &mut String, number: usize, entry: &Entry, secrets: &Secrets) {
    let what = match &entry.sent {
        Sent::Visit => "a GET without parameters".to_owned(),
        Sent::Verification { echostr } => format!("a verification, echostr `{echostr}`"),
        Sent::Fetch(fetched) => format!("a {} fetch", fetched.kind),
        Sent::Push {
            openid,
            text,
            event,
            ..
        } => match (text, event) {
            (Some(text), _) => format!(
                "a text from `{openid}`: `{}`",
                expect::excerpt(text.as_bytes())
            ),
            (None, true) => format!("an event from `{openid}`"),
            (None, false) => format!("a message from `{openid}`"),
        },
    };
    let _ = writeln!(
        story,
        "\n{}. {what}, {:.3} s after the start",
        number + 1,
        entry.started.as_secs_f64()
    );
    let recipe = &entry.recipe;
    let params: Vec<String> = recipe
        .params
        .iter()
        .map(|param| match &param.value {
            ParamValue::Literal(value) => {
                format!("{}={}", param.name, expect::excerpt(value.as_bytes()))
            }
            ParamValue::Timestamp | ParamValue::TimestampIn(_) => format!("{}=[now]", param.name),
            ParamValue::FetchToken(_) => format!("{}=[redacted]", param.name),
            // A signature is a credential; whoever needs one computes it from the Token.
            ParamValue::Signature { .. } => format!("{}=[computed]", param.name),
        })
        .collect();
    let _ = writeln!(story, "  > {} {}", recipe.method.as_str(), recipe.url);
    if !params.is_empty() {
        let _ = writeln!(story, "  > {}", params.join(" "));
    }
    block(story, "  > ", &recipe.body);
    match &entry.outcome {
        Outcome::Silent(silence) => {
            let _ = writeln!(story, "  < {}", secrets.render(&silence.to_string()));
        }
        Outcome::Answered(answer) => {
            let _ = writeln!(
                story,
                "  < {} {}, {:.0?}",
                answer.version, answer.status, answer.total
            );
            let body = expect::beginning(&answer.body);
            block(story, "  < ", &secrets.redact_answer(&body));
            if let Some(inside) = entry.reply.as_ref().and_then(opened) {
                let inside = expect::beginning(inside.as_bytes());
                block(story, "  < (opened) ", &secrets.redact_answer(&inside));
            }
        }
    }
}

/// The content of an encrypted reply, if it could be opened.
fn opened(reply: &Reply) -> Option<String> {
    match &reply.kind {
        ReplyKind::Sealed(sealed) => sealed
            .inner
            .as_ref()
            .map(|inner| format!("{:?}", inner.kind)),
        _ => None,
    }
}

fn block(story: &mut String, margin: &str, text: &str) {
    let shown: String = text.chars().take(SHOWN).collect();
    for line in shown.lines() {
        let _ = writeln!(story, "{margin}{line}");
    }
    if shown.len() < text.len() {
        let least = if text.len() >= JUDGED_BODY_BYTES {
            "at least "
        } else {
            ""
        };
        let _ = writeln!(story, "{margin}… ({least}{} bytes in all)", text.len());
    }
}
