//! `wxcheck push`: sign and send one push of the catalogue, and show what came back.

use std::{cell::RefCell, fmt::Write as _};

use anyhow::{Context, Result};
use wxcheck_mock_server::{
    Exchange, Hold, Method, Next, Outcome, Platform, Request,
    catalogue::{self, CatalogueError, Entry, Filling},
    clock,
};
use wxcheck_protocol::{
    message::Field,
    push::{self, Stamp},
    reply::{self, ReplyContext, ReplyKind},
};
use wxcheck_suite::{
    configuration::Server,
    expect::excerpt,
    identity::{Cast, Casting},
};

use crate::{
    cli::PushArgs,
    entropy,
    exit::{Exit, usage},
    screen, settings,
};

pub(crate) async fn run(args: PushArgs) -> Result<Exit> {
    if args.list {
        return list(args.json);
    }
    let given = args.target.configuration(args.url.as_ref());
    let server = settings::over_file(given)?.server()?;
    let account = server.account.to_string();
    let entry = catalogue::find(args.name.as_deref().unwrap_or_default(), &account)
        .map_err(|error| usage(error.to_string()))?;
    let cast = Casting::new(entropy::draw()).next();
    let message = message(&entry, &args.set, &server, &cast)?;
    let request = compose(&server, &cast, &message)?;
    let platform = Platform::start(server.target.clone(), server.options.clone())
        .await
        .context("the mock platform could not start")?;

    let shown = RefCell::new(format!("{} -> {}\n", entry.name, server.shown_url()));
    let mut exit = Exit::Fine;
    for _ in 0..args.times {
        let end = platform
            .deliver(&request, args.retry, |exchange| {
                tell(&mut shown.borrow_mut(), exchange, &server);
            })
            .await;
        if end == Next::GivenUp {
            exit = Exit::Broken;
        }
    }
    let reached = platform.journal().since(0).iter().any(|record| {
        matches!(
            record.kind,
            wxcheck_mock_server::RecordKind::Answered { .. }
        )
    });
    screen::show(&shown.into_inner());
    Ok(if exit == Exit::Broken && !reached {
        Exit::NoVerdict
    } else {
        exit
    })
}

fn list(json: bool) -> Result<Exit> {
    let entries: Vec<Entry> = catalogue::all()?.iter().flat_map(Entry::forms).collect();
    let text = if json {
        serde_json::to_string_pretty(&entries)? + "\n"
    } else {
        entries.iter().fold(String::new(), |mut text, entry| {
            let Entry {
                name,
                account,
                summary,
                ..
            } = entry;
            let _ = writeln!(text, "{name:<46} {account:<9} {summary}");
            text
        })
    };
    screen::show(&text);
    Ok(Exit::Fine)
}

/// The message in wire order: header, own fields, MsgId; then what `--set` says.
fn message(entry: &Entry, sets: &[String], server: &Server, cast: &Cast) -> Result<Vec<Field>> {
    let (openid, trade, now) = (cast.openid(0), cast.trade(0), clock::unix_seconds());
    let filling = Filling {
        openid: &openid,
        appid: &server.target.credentials.appid,
        trade: &trade,
        now,
        msg_id: cast.msg_id(0),
    };
    let mut fields = vec![
        Field::text("ToUserName", &server.target.original_id),
        Field::text("FromUserName", entry.from_user(&openid)),
        entry.create_time(server.target.format, now),
        Field::text("MsgType", &entry.msg_type),
    ];
    fields.extend(entry.message_fields(server.target.format, &filling));
    let has_id = fields.iter().any(|field| field.name == "MsgId");
    if entry.event.is_none() && !has_id {
        fields.push(Field::number("MsgId", cast.msg_id(0)));
    }
    for set in sets {
        let (name, value) = set
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| usage(CatalogueError::Set(set.clone()).to_string()))?;
        catalogue::set(&mut fields, name, value);
    }
    Ok(fields)
}

fn compose(server: &Server, cast: &Cast, message: &[Field]) -> Result<Request> {
    let target = &server.target;
    let stamp = Stamp {
        timestamp: clock::unix_seconds(),
        nonce: cast.nonce(0),
        random: cast.random(0),
    };
    let openid = message
        .iter()
        .find(|field| field.name == "FromUserName")
        .and_then(|field| field.value.scalar())
        .map(std::borrow::Cow::into_owned);
    let push = push::compose(
        target.mode,
        target.format,
        &target.credentials,
        &stamp,
        openid.as_deref(),
        message,
    )
    .map_err(|error| usage(error.to_string()))?;
    Ok(Request {
        method: Method::Post,
        url: target.url_with(&push.query),
        content_type: Some(push::content_type(target.format).to_owned()),
        body: push.body.into(),
        accepts_gzip: false,
        hold: Hold::Cut,
    })
}

fn tell(text: &mut String, exchange: &Exchange, server: &Server) {
    let at = exchange.started.as_secs_f64();
    match &exchange.outcome {
        Outcome::Silent(silence) => {
            let _ = writeln!(text, "  at {at:.3} s  {silence}");
        }
        Outcome::Answered(answer) => {
            let body = server.secrets.redact_answer(&excerpt(&answer.body));
            let _ = writeln!(
                text,
                "  at {at:.3} s  status {} in {:.0?}  `{body}`",
                answer.status, answer.total
            );
            let credentials = &server.target.credentials;
            let context = ReplyContext {
                key: credentials.key.as_ref(),
                token: &credentials.token,
                appid: &credentials.appid,
            };
            if let ReplyKind::Sealed(sealed) = reply::read(&answer.body, &context).kind {
                let inner = sealed.inner.map_or_else(
                    || format!("{:?}", sealed.faults),
                    |inner| format!("{:?}", inner.kind),
                );
                let _ = writeln!(
                    text,
                    "                opened: {}",
                    server.secrets.redact_answer(&inner)
                );
            }
        }
    }
}
