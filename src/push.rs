//! `wxcheck push`: sign and send one push of the catalogue, or one of the user's own, and show what came back.

mod fields;
mod function;
mod message;
mod show;
mod taken;

use std::{cell::RefCell, fmt::Write as _, time::Duration};

use anyhow::{Context, Result};
use wxcheck_mock_server::{
    Delivery, Exchange, Heard, Next, Outcome, Parcel, Platform, Request,
    catalogue::{Catalogue, CatalogueEntry},
    clock, deliver,
    dispatch::hear,
};
use wxcheck_protocol::{
    limits::BODY_LIMIT,
    reply::{self, AnsweredPush, Reply, ReplyContext, ReplyKind, SealFault, Sealed},
};
use wxcheck_settings::{Origins, Settings};
use wxcheck_suite::{
    excerpt::{beginning, excerpt},
    expect::innermost,
    identity::Casting,
    redact::without_user,
    redact::{Redacted, Secrets},
    server::Server,
    setup,
    words::push_in_chinese,
    words::sentence,
};

use self::message::{PushDraft, Source};
use crate::{
    cli::PushArgs,
    entropy,
    exit::Exit,
    language::{Language, told},
    screen, settings, stop,
};

/// The most that is shown of an opened answer, in characters.
const OPENED: usize = 2000;
/// The URL of a push that is only shown.
const SHOWN_URL: &str = "http://127.0.0.1:8080/wechat";
/// The Token of a push that is only shown.
const SHOWN_TOKEN: &str = "aTokenOfYourOwn";

pub(crate) async fn run(args: PushArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let mut settings = settings::whole(args.settings(origins))?;
    let catalogue = settings.catalogue()?;
    if args.list {
        return Ok(list(&catalogue, &args, &settings.secrets(), lang));
    }
    if let Some(folder) = &args.function {
        return function::run(&args, &settings, &catalogue, folder, lang).await;
    }
    if args.show {
        stand_in(&mut settings);
    }
    let server = settings.server()?;
    let name = args.name.as_deref().unwrap_or_default();
    let source = Source::of(name, &catalogue, server.account)?;
    source.fits(server.account, &catalogue)?;
    if let Some(entry) = source.entry().filter(|_| !args.force) {
        fields::check(entry, server.target.format, &args.set, lang)?;
    }
    let casting = Casting::new(entropy::draw());
    if args.show {
        let draft = source.draft(&args.set, &server, &casting.next(), clock::unix_seconds())?;
        screen::show(
            &server
                .secrets
                .page(&show::render(&source, &draft, &server, lang)?),
        );
        return Ok(Exit::Fine);
    }
    let platform = setup::platform(&server, None)
        .await
        .context("the mock platform could not start")?;
    let url = source.target(&server).url;
    let shown = format!("{} -> {}\n", source.name(), without_user(url));
    let shown = RefCell::new(shown);
    let stop = stop::signal()?;
    let ended = tokio::select! {
        ended = deliver_all(&platform, &source, &args, &server, &casting, (&shown, lang)) => ended,
        who = stop => {
            let told = told!(lang, "  stopped by {who}", "  被 {who} 终止");
            let _ = writeln!(shown.borrow_mut(), "{told}");
            Ok(Exit::NoVerdict)
        }
    };
    // Whatever ended it: what was seen before is no less true.
    screen::show(&server.secrets.page(&shown.into_inner()));
    ended
}

/// Delivers from each user as often as was asked.
async fn deliver_all(
    platform: &Platform,
    source: &Source,
    args: &PushArgs,
    server: &Server,
    casting: &Casting,
    (shown, lang): (&RefCell<String>, Language),
) -> Result<Exit> {
    let mut exit = Exit::Fine;
    for _ in 0..args.to_users {
        let mut draft = source.draft(&args.set, server, &casting.next(), clock::unix_seconds())?;
        if args.to_users > 1 {
            let _ = writeln!(shown.borrow_mut(), "  {}", draft.user());
        }
        let turns = if args.repeat_events { 2 } else { 1 };
        for turn in 0..turns {
            if turn > 0 {
                draft = draft.afresh(clock::unix_seconds(), entropy::draw());
            }
            if deliver_as_asked(
                platform,
                source.entry(),
                &draft,
                args,
                server,
                (shown, lang),
            )
            .await?
                == Next::GivenUp
            {
                exit = Exit::Broken;
            }
        }
    }
    let reached = platform.journal().since(0).iter().any(|event| {
        event
            .kind
            .exchange()
            .is_some_and(wxcheck_events::Exchange::is_answered)
    });
    Ok(if exit == Exit::Broken && !reached {
        Exit::NoVerdict
    } else {
        exit
    })
}

/// Fills in the settings of a push that is only shown: they need not be configured.
fn stand_in(settings: &mut Settings) {
    let or = |given: &mut Option<String>, value: &str| {
        given.get_or_insert_with(|| value.to_owned());
    };
    or(&mut settings.callback.url, SHOWN_URL);
    or(&mut settings.target.token, SHOWN_TOKEN);
}

/// Delivers the push as often as was asked; returns how the last delivery ended.
async fn deliver_as_asked(
    platform: &Platform,
    entry: Option<&CatalogueEntry>,
    draft: &PushDraft,
    args: &PushArgs,
    server: &Server,
    (shown, lang): (&RefCell<String>, Language),
) -> Result<Next> {
    let pauses = entry.map_or(&[] as &[u32], |entry| &entry.retry_after);
    let mut worst = Next::Delivered;
    for _ in 0..args.times {
        let delivery = Delivery::new(args.retry, pauses);
        let mut parcel = UnderWay {
            platform,
            entry,
            request: draft.composed(server)?.request(),
            draft: draft.clone(),
            is_signed_anew: delivery.has_pauses(),
            server,
            shown,
            lang,
        };
        let end = deliver(&mut parcel, delivery).await?;
        if end == Next::GivenUp {
            worst = end;
        }
    }
    Ok(worst)
}

/// A push from its first delivery to its end.
struct UnderWay<'a> {
    platform: &'a Platform,
    entry: Option<&'a CatalogueEntry>,
    draft: PushDraft,
    request: Request,
    is_signed_anew: bool,
    server: &'a Server,
    shown: &'a RefCell<String>,
    lang: Language,
}

impl Parcel for UnderWay<'_> {
    type Error = anyhow::Error;

    async fn send(&mut self, before: u8) -> Result<Heard> {
        if self.is_signed_anew && before > 0 {
            self.draft = self
                .draft
                .clone()
                .afresh(clock::unix_seconds(), entropy::draw());
            self.request = self.draft.composed(self.server)?.request();
        }
        let exchange = self.platform.send(&self.request, None).await;
        describe(
            &mut self.shown.borrow_mut(),
            &exchange,
            self.entry,
            &self.draft,
            self.server,
            self.lang,
        );
        let PushDraft { fields, target, .. } = &self.draft;
        Ok(match self.entry {
            Some(entry) => entry.heard(fields, target, &exchange.outcome),
            None => hear(&exchange.outcome),
        })
    }

    async fn pause(&mut self, pause: Duration) {
        self.platform.wait(pause).await;
    }
}

/// Lists the pushes of an account where one is named, and of a name or a part of one.
fn list(catalogue: &Catalogue, args: &PushArgs, secrets: &Secrets, lang: Language) -> Exit {
    let mut entries: Vec<CatalogueEntry> = match args.target.kind.account {
        Some(account) => catalogue.of(account),
        None => catalogue
            .entries()
            .iter()
            .flat_map(CatalogueEntry::forms)
            .collect(),
    };
    if let Some(part) = &args.name {
        let part = part.to_lowercase();
        entries.retain(|entry| entry.name.to_lowercase().contains(&part));
    }
    let text = if args.json {
        secrets.json(&entries)
    } else {
        let lines = entries.iter().fold(String::new(), |mut text, entry| {
            let CatalogueEntry {
                name,
                account,
                summary,
                ..
            } = entry;
            let chinese = push_in_chinese(name).filter(|_| lang == Language::Chinese);
            let summary = secrets.render(chinese.unwrap_or(summary));
            let _ = writeln!(text, "{name:<46} {account:<9} {summary}");
            text
        });
        secrets.page(&lines)
    };
    screen::show(&text);
    Exit::Fine
}

/// Tells whether an answer is what the push asks for, where that is more than `success`.
fn describe_fit(
    text: &mut String,
    entry: &CatalogueEntry,
    draft: &PushDraft,
    reply: &Reply,
    server: &Server,
    lang: Language,
) {
    let (Some(structured), Some(object)) = (entry.answer, &innermost(reply).object) else {
        return;
    };
    let push = AnsweredPush {
        format: draft.target.format,
        fields: &draft.fields,
        echoes: &entry.echoes,
        needs: &entry.answer_needs,
    };
    let faults = structured.read(object, &push).faults;
    if faults.is_empty() {
        let told = lang.of("it is what the push asks for", "符合这条推送的要求");
        let _ = writeln!(text, "                {told}");
    }
    for fault in faults {
        let found = server.secrets.render(&beginning(fault.found.as_bytes()));
        let expected = sentence(&fault.expected.clone(), lang);
        let told = told!(
            lang,
            "not as asked for: {found}, where {expected} should be",
            "不符合要求：{found}，应为 {expected}"
        );
        let _ = writeln!(text, "                {told}");
    }
}

/// The content of an envelope, or the reason why it could not be opened.
fn opened(sealed: &Sealed, secrets: &Secrets, lang: Language) -> Redacted {
    if let Some(text) = &sealed.text {
        secrets.render(&beginning(text.as_bytes()))
    } else {
        let faults = sealed.faults.iter().map(|fault| fault_words(fault, lang));
        let faults: Vec<String> = faults.collect();
        let faults = faults.join(lang.of("; ", "；"));
        secrets.render(&told!(lang, "not: {faults}", "失败：{faults}"))
    }
}

fn fault_words(fault: &SealFault, lang: Language) -> String {
    match fault {
        SealFault::ForeignAppid { found } => told!(
            lang,
            "it is sealed for the appid {found}",
            "加密时用的 appid 是 {found}"
        ),
        SealFault::MissingField(name) => told!(lang, "{name} is missing", "缺少 {name}"),
        SealFault::MsgSignature => told!(
            lang,
            "MsgSignature is that of something else",
            "MsgSignature 不是对这段内容的签名"
        ),
        SealFault::NoKey => told!(
            lang,
            "no EncodingAESKey is given",
            "没有给出 EncodingAESKey"
        ),
        SealFault::Open(error) => sentence(&error.to_string(), lang),
        SealFault::Root(name) => told!(
            lang,
            "the root element is <{name}>, not <xml>",
            "根元素是 <{name}>，而不是 <xml>"
        ),
    }
}

fn describe(
    text: &mut String,
    exchange: &Exchange,
    entry: Option<&CatalogueEntry>,
    draft: &PushDraft,
    server: &Server,
    lang: Language,
) {
    let at = exchange.started.as_secs_f64();
    match &exchange.outcome {
        Outcome::Silent(silence) => {
            let silence = sentence(&silence.to_string(), lang);
            let silence = server.secrets.render(&silence);
            let told = told!(lang, "at {at:.3} s  {silence}", "{at:.3} 秒  {silence}");
            let _ = writeln!(text, "  {told}");
        }
        Outcome::Answered(answer) => {
            let body = server.secrets.render(&excerpt(&answer.body));
            let (status, total) = (answer.status, answer.total);
            let told = told!(
                lang,
                "at {at:.3} s  status {status} in {total:.0?}  `{body}`",
                "{at:.3} 秒  状态码 {status}，用时 {total:.0?}  `{body}`"
            );
            let _ = writeln!(text, "  {told}");
            if answer.excess {
                let told = told!(
                    lang,
                    "the body has more than {BODY_LIMIT} bytes: no answer that WeChat would wait for",
                    "回包超过 {BODY_LIMIT} 字节：微信不会等待这样的响应"
                );
                let _ = writeln!(text, "                {told}");
            }
            let credentials = &draft.target.credentials;
            let context = ReplyContext {
                key: credentials.key.as_ref(),
                token: &credentials.token,
                appid: &credentials.appid,
            };
            let reply = reply::read(&answer.body, &context);
            if let ReplyKind::Sealed(sealed) = &reply.kind {
                let opened = opened(sealed, &server.secrets, lang);
                let label = lang.of("opened: ", "解密后：");
                // Cut when nothing can be cut through any more.
                let _ = writeln!(text, "                {label}{opened:.OPENED$}");
            }
            if let Some(entry) = entry {
                describe_fit(text, entry, draft, &reply, server, lang);
            }
            let structured = entry.and_then(|entry| entry.answer);
            // Of another status the body does not count.
            if answer.status == 200
                && let Some(told) = taken::untaken(&reply, structured, lang)
            {
                let _ = writeln!(text, "                {told}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::Format;

    use super::*;

    #[test]
    fn no_more_of_an_envelope_is_read_than_may_be_shown() {
        let secret = "a Token of 24 characters";
        let mut sealed = Sealed {
            format: Format::Xml,
            faults: Vec::new(),
            padded_to_16: false,
            white_space: false,
            millisecond_timestamp: false,
            nonce: None,
            inner: None,
            text: None,
        };
        let secrets = Secrets::new([("Token", secret)]);
        let shown = |sealed: &Sealed| opened(sealed, &secrets, Language::English).to_string();
        sealed.text = Some(secret.repeat(2000));
        assert_eq!(shown(&sealed), "[redacted]".repeat(2000));
        sealed.text = Some(secret.repeat(50_000));
        let cut = shown(&sealed);
        assert!(
            cut.ends_with("[redacted]…") && cut.len() < 40_000,
            "{}",
            cut.len()
        );
    }
}
