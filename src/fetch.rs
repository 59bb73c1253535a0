//! `wxcheck fetch`: fetch data once, as for the phone, and say whether they would be cached.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use wxcheck_mock_server::{
    Answer, Outcome, Platform, Request, clock,
    fetched::{self, cacheable},
    target::append_query,
};
use wxcheck_protocol::{
    fetch::{Dialect, Fetch, FetchKind, Launch},
    limits::FETCH_LIMIT,
    push::encode_query,
};
use wxcheck_settings::Origins;
use wxcheck_suite::{
    expect::excerpt, fetching::Fetching, place::Address, rules::cold_start_budget, server::Server,
};

use crate::{
    cli::FetchOnceArgs,
    exit::{Exit, usage},
    screen, settings, stop,
};

pub(crate) async fn run(args: FetchOnceArgs, kind: FetchKind, origins: Origins) -> Result<Exit> {
    if !args.page.is_empty() {
        return Err(usage(
            "WeChat fetches data with a GET of its own; leave --method, --header, --data and --release out, or write `fetch request`",
        ));
    }
    let server = settings::whole(args.settings(origins))?.server()?;
    let fetching = &server.fetching;
    let fetch = fetch(&args, kind, &server)?;
    let pairs = fetch.pairs(fetching.dialect, fetching.unit());
    let url = fetching
        .url(kind)
        .cloned()
        .context("the URL was given and is gone: a bug of wxcheck")?;
    let request = Request {
        accepts_gzip: !args.uncompressed,
        ..Request::get(append_query(url.clone(), &encode_query(&pairs)))
    };
    let platform = Platform::start_with(
        server.target.clone(),
        std::slice::from_ref(&url),
        server.options.clone(),
        None,
    )
    .await
    .context("the mock platform could not start")?;
    let stop = stop::signal()?;
    let exchange = tokio::select! {
        exchange = platform.send(&request, None) => Ok(exchange),
        who = stop => Err(who),
    };

    let mut text = format!("{kind} -> {}\n", server.display_url());
    for (name, value) in &pairs {
        // What tells the user is a credential.
        let value = match name.as_str() {
            "token" | "code" => "[redacted]",
            _ => value,
        };
        let _ = writeln!(text, "  > {name}={value}");
    }
    if fetching.dialect == Dialect::Wechat && Address::of(&url).scheme != "https" {
        let _ = writeln!(text, "  note: WeChat fetches from https:// URLs only");
    }
    let outcome = exchange.map(|exchange| exchange.outcome);
    let exit = match &outcome {
        Err(who) => {
            let _ = writeln!(text, "  no answer so far: stopped by {who}");
            Exit::NoVerdict
        }
        Ok(Outcome::Silent(silence)) => {
            let told = server.secrets.render(&silence.to_string());
            let _ = writeln!(text, "  {told}");
            if silence.is_unreachable() {
                Exit::NoVerdict
            } else {
                Exit::Broken
            }
        }
        Ok(Outcome::Answered(answer)) => describe(&mut text, answer, kind, &server),
    };
    screen::show(&server.secrets.page(&text));
    Ok(exit)
}

fn fetch(args: &FetchOnceArgs, kind: FetchKind, server: &Server) -> Result<Fetch> {
    let Fetching {
        tokens, dialect, ..
    } = &server.fetching;
    let launch = Launch {
        path: args.path.clone(),
        query: args.query.clone(),
        scene: args.scene,
        custom_miniprogram_version: args.version.clone(),
    };
    let tells_launch = kind == FetchKind::Pre || *dialect == Dialect::Finclip;
    if !tells_launch && (launch != Launch::default() || args.code.is_some()) {
        return Err(usage(
            "a periodic update carries appid, token and timestamp only; leave --code, --path, --query, --scene and --custom-version out",
        ));
    }
    Ok(Fetch {
        kind,
        appid: server.target.credentials.appid.clone(),
        // WeChat sends one of them.
        token: match args.code {
            Some(_) => None,
            None => tokens.first().cloned(),
        },
        code: args.code.clone(),
        sent_at: clock::unix_milliseconds(),
        launch,
    })
}

fn describe(text: &mut String, answer: &Answer, kind: FetchKind, server: &Server) -> Exit {
    let limit = server.profile().limit;
    let of = match kind {
        FetchKind::Pre => format!(
            "of the {:.0?} that a cold start takes",
            cold_start_budget(limit)
        ),
        FetchKind::Periodic => format!("of {limit:.0?}"),
    };
    let _ = writeln!(
        text,
        "  < status {} in {:.1?}, {of}",
        answer.status, answer.total
    );
    if let Ok(content) = fetched::decompress(answer) {
        let packed = fetched::packing(answer).map_or_else(String::new, |packing| {
            format!(", decompressed from {} in {packing}", answer.body.len())
        });
        let _ = writeln!(
            text,
            "  < {} bytes of the {FETCH_LIMIT} that can be cached{packed}",
            content.bytes.len()
        );
        let shown = server.secrets.render(&excerpt(&content.bytes));
        let _ = writeln!(text, "  < {shown}");
    }
    match cacheable(answer) {
        Ok(data) => {
            for note in data.notes() {
                let _ = writeln!(text, "  note: {note}");
            }
            let json = serde_json::from_str::<serde_json::Value>(&data.text).is_ok();
            let what = if json { "JSON" } else { "text that is no JSON" };
            let _ = writeln!(
                text,
                "  cached: the page reads it as fetchedData; it is {what}"
            );
            Exit::Fine
        }
        Err(reason) => {
            let reason = server.secrets.render(&reason.to_string());
            let _ = writeln!(text, "  not cached: {reason}");
            Exit::Broken
        }
    }
}
