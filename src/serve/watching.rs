//! The terminal of whoever started the platform: lines as they come, or the desk.

use std::{
    collections::BTreeSet,
    sync::{Arc, mpsc::sync_channel},
    thread,
};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wxcheck_events::{Event, Search, Subscription};
use wxcheck_mock_server::{ApiServer, Journal, target::display_url};
use wxcheck_suite::redact::Redacted;

use crate::{
    cli::Form,
    desk::{Desk, Row, USER, User, Wish, details, keyboard, window},
    language::{Language, told},
    screen,
    wire::Wire,
};

/// Lines that wait for the terminal.
const LINES: usize = 10_000;
/// Pushes and calls that a search shows.
const FOUND: usize = 1000;

/// Prints what happens, as it happens. Whoever does not read on loses lines and holds nothing up.
pub(super) async fn print_events(
    mut events: Subscription,
    journal: &Journal,
    wire: &Wire,
    form: Form,
) -> Result<()> {
    let (lines, printed) = sync_channel::<Redacted>(LINES);
    thread::Builder::new()
        .name("printer".to_owned())
        .spawn(move || {
            for line in printed {
                screen::show(&line);
            }
        })?;
    let mut lost: usize = 0;
    while let Some(event) = events.next().await {
        let time = journal.time_of(&event);
        let line = match form {
            Form::Text => wire.text(&event, time),
            Form::Json => wire.json(&event, time),
        };
        let Some(line) = line else { continue };
        if lost > 0 && form == Form::Text {
            let told = told!(
                wire.lang,
                "… {lost} lines were not printed in time\n",
                "… 有 {lost} 行没有来得及输出\n"
            );
            if lines.try_send(wire.secrets.page(&told)).is_ok() {
                lost = 0;
            }
        }
        lost += usize::from(lines.try_send(line).is_err());
    }
    Ok(())
}

/// Draws the desk and does what keys ask for, until one asks for the end.
pub(super) async fn at_desk(
    server: Arc<ApiServer>,
    appid: String,
    mut events: Subscription,
    wire: &Wire,
) -> Result<()> {
    let lang = wire.lang;
    let (base, target) = (server.base_url(), pushed_to(&server, &appid, lang));
    let title = format!("wxcheck serve  {base}  {appid} → {target}");
    let empty = vec![
        told!(
            lang,
            "The page: {base}/_wxcheck/ui/",
            "页面：{base}/_wxcheck/ui/"
        ),
        told!(lang, "Pushes to: {target}", "推送到：{target}"),
        lang.of(
            "Nothing came yet. Press t to type as a user, or let your server call the API.",
            "还没有任何记录。按 t 以用户身份输入，或让你的服务器调用接口。",
        )
        .to_owned(),
    ];
    let mut desk = Desk::new(title, appid.clone(), empty, lang);
    let mut keys = keyboard::keys()?;
    let mut resizes = window::Resizes::begin()?;
    let (done, mut outcomes) = unbounded_channel();
    let fulfilled = |wish| {
        let (server, appid, done) = (Arc::clone(&server), appid.clone(), done.clone());
        tokio::spawn(async move { fulfil(wish, &server, &appid, &done, lang).await });
    };
    let _picture = screen::Picture::begin();
    loop {
        screen::draw(&desk.picture(&wire.secrets, window::size()));
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else { return Ok(()) };
                // All that came meanwhile is drawn at once.
                let mut came = Some(event);
                let mut is_open = false;
                while let Some(event) = came {
                    add(&mut desk, server.hub().journal(), wire, &event);
                    is_open |= desk.opened() == Some(event.thread());
                    came = events.ready();
                }
                if let Some(number) = desk.opened().filter(|_| is_open) {
                    fulfilled(Wish::Open(number));
                }
            }
            () = resizes.next() => {}
            key = keys.next() => {
                let Some(key) = key else { return Ok(()) };
                match desk.press(key) {
                    Some(Wish::Quit) => return Ok(()),
                    Some(wish) => fulfilled(wish),
                    None => {}
                }
            }
            Some(outcome) = outcomes.recv() => match outcome {
                Outcome::Opened(number, lines) => desk.open(number, lines),
                Outcome::Found(threads) => desk.show_only(threads),
                Outcome::Told(note) => desk.put_note(note),
            },
        }
    }
}

/// The URL to which an app's pushes go.
fn pushed_to(server: &ApiServer, appid: &str, lang: Language) -> String {
    let url = server.hub().with(|state, _| {
        let app = state.apps.get(appid)?;
        let target = app.settings.callback.as_ref()?;
        Some(display_url(&target.url))
    });
    url.unwrap_or_else(|| lang.of("no callback URL", "没有回调 URL").to_owned())
}

fn add(desk: &mut Desk, journal: &Journal, wire: &Wire, event: &Event) {
    for (colour, text) in wire.rows(event, journal.time_of(event)) {
        desk.add(Row {
            thread: event.thread(),
            text,
            colour,
            user: user_of(event),
        });
    }
}

/// The user whom an event is about.
fn user_of(event: &Event) -> Option<User> {
    let called = event.kind.called();
    let of_call = || {
        let called = called?;
        Some((called.appid.as_deref()?, called.openid.as_deref()?))
    };
    let push = event
        .kind
        .push()
        .map(|push| (&*push.appid, push.openid.as_str()));
    let (appid, openid) = push.or_else(of_call)?;
    Some(User {
        appid: appid.to_owned(),
        openid: openid.to_owned(),
    })
}

/// The outcome of a wish.
enum Outcome {
    Opened(u64, Vec<String>),
    Found(BTreeSet<u64>),
    Told(String),
}

async fn fulfil(
    wish: Wish,
    server: &ApiServer,
    appid: &str,
    done: &UnboundedSender<Outcome>,
    lang: Language,
) {
    let outcome = match wish {
        Wish::Open(number) => {
            let path = format!("/_wxcheck/journal/{number}");
            let record = server.ask("GET", &path, None).await;
            record.map(|record| Outcome::Opened(number, details(&record, lang)))
        }
        Wish::Resend(number) => {
            let path = format!("/_wxcheck/journal/{number}/resend");
            outcome_of(
                server.ask("POST", &path, Some(&json!({}))).await,
                lang.of("sent again", "已再次发送"),
            )
        }
        Wish::Duplicate(number) => {
            let path = format!("/_wxcheck/journal/{number}/duplicate");
            outcome_of(
                server.ask("POST", &path, Some(&json!({}))).await,
                lang.of("sent twice", "已发送两次"),
            )
        }
        Wish::Write(user, text) => {
            let (appid, openid) = match &user {
                Some(user) => (user.appid.as_str(), user.openid.as_str()),
                None => (appid, USER),
            };
            let path = format!("/_wxcheck/apps/{appid}/users/{openid}/acts");
            let act = json!({"act": "send-text", "content": text});
            let answer = server.ask("POST", &path, Some(&act)).await;
            let why = answer
                .as_ref()
                .ok()
                .and_then(|answer| answer["why"].as_str());
            let written = match why {
                Some(why) => told!(lang, "not pushed: {why}", "未推送：{why}"),
                None => lang.of("written", "已发出").to_owned(),
            };
            outcome_of(answer, &written)
        }
        Wish::Search(text) => {
            let search = Search {
                text,
                before: None,
                count: FOUND,
            };
            let found = server.hub().journal().records().search(&search);
            let threads = found.events.iter().map(|event| event.thread());
            Ok(Outcome::Found(threads.collect()))
        }
        Wish::Quit => return,
    };
    // The desk may be closed by now.
    let _ = done.send(outcome.unwrap_or_else(Outcome::Told));
}

fn outcome_of(answer: Result<Value, String>, what: &str) -> Result<Outcome, String> {
    answer.map(|_| Outcome::Told(what.to_owned()))
}
