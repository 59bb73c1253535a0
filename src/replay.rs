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
use wxcheck_settings::{Origin, Origins, Settings, no_rule, no_secrets};
use wxcheck_suite::{
    bounds::{JUDGED_BODY_BYTES, REPLAY_FILE_BYTES},
    doctor::Bilingual,
    effects, excerpt,
    finding::Miss,
    first_contact::NoContact,
    player::Player,
    reason::Reason,
    recipe::ParamValue,
    redact::Secrets,
    replay::{Replay, judged},
    report::{View, replay_of_file, view::Row},
    rule::{Rule, claim},
    rules, run, setup,
    transcript::{Entry, Sent, Transcript},
    words::sentence,
};

use crate::{
    check,
    cli::ReplayArgs,
    entity_file, entropy,
    exit::{Exit, usage},
    language::{Language, both, told},
    report, screen, settings, stop,
    terminal::rule_words,
};

/// The first bytes of a log of events, and of no replay file.
const BEGINNING_OF_LOG: &[u8] = b"{\"number\":";
/// The most that is shown of a body, in characters.
const SHOWN: usize = 2000;

pub(crate) async fn run(args: ReplayArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let (replay, begun) = read(&args.file, args.rule.as_deref())?;
    let rule = rules::find(&replay.rule).ok_or_else(|| {
        let (file, no) = (args.file.display(), no_rule(&replay.rule));
        usage((format!("{file}: {}", no.en), format!("{file}：{}", no.zh)))
    })?;
    let given = args.settings(origins).over(played(&replay, &args.file));
    let mut settings = settings::whole(given)?;
    if !settings.names_a_server() {
        return Err(usage(no_url(&args.file, begun)));
    }
    let api = check::serve_api(&mut settings, false, None, lang).await?;
    let mut server = settings.server()?;
    // Kept until it was played: the file goes when dropped.
    let _planted = entity_file::plant(&mut server);
    if server.component.authorization_url.is_none() && replay.scenario.notifies_platform() {
        return Err(usage((
            "--authorization-url: what is to be played goes there; give the one that `check` was given",
            "--authorization-url：要重放的内容发往那里；请给出与 `check` 时相同的值",
        )));
    }
    if replay.scenario.is_hostile() {
        if let Some(reason) = &server.hostility.barred {
            let rule = &replay.rule;
            let reason = Reason::from(reason.clone());
            return Err(usage((
                format!("{rule}: {reason}"),
                format!("{rule}：{}", reason.chinese()),
            )));
        }
        if let Some(host) = &server.hostility.host {
            let told = sentence(&settings.warning(host), lang);
            screen::complain(&server.secrets.page(&told));
        }
    }
    if let Err(reason) = settings.check_owner(&mut server, None).await? {
        screen::show(
            &server
                .secrets
                .page(&unplayed(&reason, &server.secrets, lang)),
        );
        return Ok(Exit::NoVerdict);
    }
    let platform = setup::platform(&server, api)
        .await
        .context("the mock platform could not start")?;
    let player = setup::player(&platform, &server, entropy::draw());
    let (summary, _, fix) = rule_words(rule, lang);
    let story = format!("{}  ({})\n{summary}\n", rule.id, rule.level);
    let rendering = Rendering {
        lang,
        story: RefCell::new(story),
        rendered: Cell::new(0),
    };
    let stop = stop::signal()?;
    let ended = tokio::select! {
        ended = play(&player, &replay, rule, fix, &rendering) => ended,
        who = stop => {
            rendering.add(&told!(
                lang,
                "\nno verdict: stopped by {who}\n",
                "\n没有结论：被 {who} 终止\n"
            ));
            Ok(Exit::NoVerdict)
        }
    };
    // Whatever ended it: what was seen before is no less true.
    screen::show(&player.secrets().page(&rendering.story.into_inner()));
    ended
}

/// The run in whose log a finding stands.
struct Begun {
    /// Its callback URL.
    url: String,
    /// The command that plays the finding again there.
    line: String,
}

/// The advice where no URL is given.
fn no_url(file: &Path, begun: Option<Begun>) -> Bilingual {
    if let Some(Begun { url, line }) = begun {
        return both!(
            "no URL is given; the run was against {url}: {line}",
            "没有给出 URL；当时测试的是 {url}：{line}"
        );
    }
    let line = replay_of_file(&file.display().to_string()).join(" ");
    both!(
        "no URL is given: {line} URL, as `check` was given it",
        "没有给出 URL：请写 {line} URL，与 `check` 时相同"
    )
}

/// The replay that a file holds: a replay file, or a finding in the log of a run.
fn read(file: &Path, rule: Option<&str>) -> Result<(Replay, Option<Begun>)> {
    let named = |error: Bilingual| {
        let file = file.display();
        usage((
            format!("{file}: {}", error.en),
            format!("{file}：{}", error.zh),
        ))
    };
    let mut opened = settings::open(file)?;
    let beginning = opened
        .fill_buf()
        .map_err(|error| named(error.to_string().into()))?;
    if beginning.starts_with(BEGINNING_OF_LOG) {
        let view = report::view(opened).map_err(|error| named(error.into()))?;
        let (replay, row) = found_in(&view, rule).map_err(named)?;
        let mut words = view.replay_of(row, &file.display().to_string());
        words.extend(rule.map(|rule| format!("--rule {rule}")));
        let begun = view.begun.callback.then(|| Begun {
            url: view.begun.url.clone(),
            line: no_secrets().redact(&words.join(" ")),
        });
        return Ok((replay, begun));
    }
    let text = settings::read_text(file, REPLAY_FILE_BYTES)?;
    let replay = Replay::read(&text).map_err(|error| named(error.to_string().into()))?;
    match rule {
        Some(rule) if rule != replay.rule => {
            let of = &replay.rule;
            Err(named(both!(
                "--rule {rule}: the file is a replay of {of}; leave the option out",
                "--rule {rule}：该文件重放的是 {of}；请去掉这个选项"
            )))
        }
        _ => Ok((replay, None)),
    }
}

/// The finding of that rule, or the only one.
fn found_in<'v>(view: &'v View, rule: Option<&str>) -> Result<(Replay, &'v Row), Bilingual> {
    let rows = view.rows.iter();
    let found = rows.filter_map(|row| Some((Replay::of(view, row)?, row)));
    let mut found: Vec<(Replay, &Row)> = found.collect();
    let names = found.iter().map(|(replay, _)| replay.rule.clone());
    let names = names.collect::<Vec<String>>().join(", ");
    found.retain(|(replay, _)| rule.is_none_or(|rule| replay.rule == rule));
    match (found.len(), rule) {
        (1, _) => {
            let (replay, row) = found.remove(0);
            let checked = replay.checked();
            let checked = checked.map_err(|error| Bilingual::from(error.to_string()))?;
            Ok((checked, row))
        }
        (0, None) => Err(both!(
            "the log holds no finding that can be played",
            "日志中没有可以重放的问题"
        )),
        (0, Some(rule)) if names.is_empty() => Err(both!(
            "--rule {rule}: the log holds no finding that can be played",
            "--rule {rule}：日志中没有可以重放的问题"
        )),
        (0, Some(rule)) => Err(both!(
            "--rule {rule}: the log holds no finding of it; give one of {names}",
            "--rule {rule}：日志中没有这条规则的问题；可用的有 {names}"
        )),
        _ => Err(both!(
            "the log holds several findings; give --rule with one of {names}",
            "日志中有多个问题；请用 --rule 指定其中之一：{names}"
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
    lang: Language,
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
    let lang = rendering.lang;
    if let Err(reason) = run::prepare(player).await {
        *rendering.story.borrow_mut() = unplayed(&reason, &player.secrets(), lang);
        return Ok(Exit::NoVerdict);
    }
    let render = |entry: &Entry| {
        let number = rendering.rendered.replace(rendering.rendered.get() + 1);
        describe(
            &mut rendering.story.borrow_mut(),
            number,
            entry,
            &player.secrets(),
            lang,
        );
    };
    let transcript = player.play_reporting(&replay.scenario, &render).await?;
    let secrets = player.secrets();
    let mut story = rendering.story.borrow_mut();
    if transcript.calls.iter().any(|call| call.own) {
        story.push_str(lang.of("\nwhat happened\n", "\n经过\n"));
        for line in effects::story(&transcript) {
            let line = sentence(&line, lang);
            let _ = writeln!(story, "  {}", secrets.render(&line));
        }
    }
    Ok(conclude(
        (&mut *story, lang),
        judged(rule, &transcript),
        &transcript,
        &replay.claim,
        fix,
        &secrets,
    ))
}

/// The end of a play that did not begin.
fn unplayed(reason: &NoContact, secrets: &Secrets, lang: Language) -> String {
    let reason = sentence(&reason.to_string(), lang);
    let reason = secrets.render(&reason);
    told!(lang, "no verdict: {reason}\n", "没有结论：{reason}\n")
}

fn conclude(
    (story, lang): (&mut String, Language),
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
            let silence = sentence(&silence.to_string(), lang);
            let silence = secrets.render(&silence);
            let told = told!(
                lang,
                "\nstill broken: alive\n  got       it stopped answering: {silence}\n  fix       {fix}",
                "\n仍未通过：alive\n  实际      服务器不再响应：{silence}\n  修复      {fix}"
            );
            let _ = writeln!(story, "{told}");
            return Exit::Broken;
        }
        let silence = sentence(&silence.to_string(), lang);
        let silence = secrets.render(&silence);
        let told = told!(lang, "\nno verdict: {silence}", "\n没有结论：{silence}");
        let _ = writeln!(story, "{told}");
        return Exit::NoVerdict;
    }
    match judgement {
        Ok(()) => {
            let claim = secrets.render(claim);
            let told = told!(
                lang,
                "\nfixed: `{claim}` does not show any more",
                "\n已修复：`{claim}` 不再出现"
            );
            let _ = writeln!(story, "{told}");
            Exit::Fine
        }
        Err(Miss::Found(finding) | Miss::Doubtful(finding) | Miss::Remark(finding)) => {
            let said = |text: &str| secrets.render(&sentence(text, lang));
            let (claim, number) = (finding.claim, finding.at + 1);
            let (expected, actual) = (said(&finding.expected), said(&finding.actual));
            let told = told!(
                lang,
                "\nstill broken: {claim} (request {number})\n  expected  {expected}\n  got       {actual}\n  fix       {fix}",
                "\n仍未通过：{claim}（第 {number} 个请求）\n  期望      {expected}\n  实际      {actual}\n  修复      {fix}"
            );
            let _ = writeln!(story, "{told}");
            Exit::Broken
        }
        Err(Miss::Inconclusive(reason) | Miss::NotApplicable(reason)) => {
            let reason = secrets.render(&reason.words(lang));
            let told = told!(lang, "\nno verdict: {reason}", "\n没有结论：{reason}");
            let _ = writeln!(story, "{told}");
            Exit::NoVerdict
        }
    }
}

/// One exchange: what went out, and what came back.
fn describe(story: &mut String, number: usize, entry: &Entry, secrets: &Secrets, lang: Language) {
    let what = match &entry.sent {
        Sent::Visit => told!(lang, "a GET without parameters", "不带参数的 GET"),
        Sent::Verification { echostr, .. } => told!(
            lang,
            "a verification, echostr `{echostr}`",
            "验证请求，echostr `{echostr}`"
        ),
        Sent::Fetch(fetched) => sentence(&format!("a {} fetch", fetched.kind), lang),
        Sent::Push {
            openid,
            text,
            event,
            ..
        } => match (text, event) {
            (Some(text), _) => {
                let text = excerpt::excerpt(text.as_bytes());
                told!(
                    lang,
                    "a text from `{openid}`: `{text}`",
                    "`{openid}` 发来的文本：`{text}`"
                )
            }
            (None, true) => told!(lang, "an event from `{openid}`", "`{openid}` 的事件"),
            (None, false) => told!(lang, "a message from `{openid}`", "`{openid}` 发来的消息"),
        },
    };
    let (number, at) = (number + 1, entry.started.as_secs_f64());
    let told = told!(
        lang,
        "\n{number}. {what}, {at:.3} s after the start",
        "\n{number}. {what}，开始后 {at:.3} 秒"
    );
    let _ = writeln!(story, "{told}");
    let recipe = &entry.recipe;
    let params: Vec<String> = recipe
        .params
        .iter()
        .map(|param| match &param.value {
            ParamValue::Literal(value) => {
                format!("{}={}", param.name, excerpt::excerpt(value.as_bytes()))
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
    block(story, "  > ", &recipe.body, lang);
    match &entry.outcome {
        Outcome::Silent(silence) => {
            let silence = sentence(&silence.to_string(), lang);
            let _ = writeln!(story, "  < {}", secrets.render(&silence));
        }
        Outcome::Answered(answer) => {
            let _ = writeln!(
                story,
                "  < {} {}, {:.0?}",
                answer.version, answer.status, answer.total
            );
            let body = excerpt::beginning(&answer.body);
            block(story, "  < ", &secrets.redact_answer(&body), lang);
            if let Some(inside) = entry.reply.as_ref().and_then(opened) {
                let inside = excerpt::beginning(inside.as_bytes());
                let margin = lang.of("  < (opened) ", "  < （解密后）");
                block(story, margin, &secrets.redact_answer(&inside), lang);
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

fn block(story: &mut String, margin: &str, text: &str, lang: Language) {
    let shown: String = text.chars().take(SHOWN).collect();
    for line in shown.lines() {
        let _ = writeln!(story, "{margin}{line}");
    }
    if shown.len() < text.len() {
        let least = if text.len() >= JUDGED_BODY_BYTES {
            lang.of("at least ", "至少 ")
        } else {
            ""
        };
        let bytes = text.len();
        let told = told!(
            lang,
            "… ({least}{bytes} bytes in all)",
            "…（共{least}{bytes} 字节）"
        );
        let _ = writeln!(story, "{margin}{told}");
    }
}
