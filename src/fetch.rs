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
    excerpt::excerpt, fetching::Fetching, place::Address, rules::cold_start_budget, server::Server,
    words::sentence,
};

use crate::{
    cli::FetchOnceArgs,
    exit::{Exit, usage},
    language::{Language, told},
    screen, settings, stop,
};

pub(crate) async fn run(
    args: FetchOnceArgs,
    kind: FetchKind,
    origins: Origins,
    lang: Language,
) -> Result<Exit> {
    if !args.page.is_empty() {
        return Err(usage((
            "WeChat fetches data with a GET of its own; leave --method, --header, --data and --release out, or write `fetch request`",
            "微信用自己的 GET 请求拉取数据；请去掉 --method、--header、--data 和 --release，或改用 `fetch request`",
        )));
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
        let note = lang.of(
            "note: WeChat fetches from https:// URLs only",
            "注意：微信只从 https:// 的 URL 拉取",
        );
        let _ = writeln!(text, "  {note}");
    }
    let outcome = exchange.map(|exchange| exchange.outcome);
    let exit = match &outcome {
        Err(who) => {
            let told = told!(
                lang,
                "no answer so far: stopped by {who}",
                "还没有响应：被 {who} 终止"
            );
            let _ = writeln!(text, "  {told}");
            Exit::NoVerdict
        }
        Ok(Outcome::Silent(silence)) => {
            let told = sentence(&silence.to_string(), lang);
            let told = server.secrets.render(&told);
            let _ = writeln!(text, "  {told}");
            if silence.is_unreachable() {
                Exit::NoVerdict
            } else {
                Exit::Broken
            }
        }
        Ok(Outcome::Answered(answer)) => describe(&mut text, answer, kind, &server, lang),
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
        return Err(usage((
            "a periodic update carries appid, token and timestamp only; leave --code, --path, --query, --scene and --custom-version out",
            "周期性更新只带 appid、token 和 timestamp；请去掉 --code、--path、--query、--scene 和 --custom-version",
        )));
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

fn describe(
    text: &mut String,
    answer: &Answer,
    kind: FetchKind,
    server: &Server,
    lang: Language,
) -> Exit {
    let limit = server.profile().limit;
    let of = match kind {
        FetchKind::Pre => {
            let start = cold_start_budget(limit);
            told!(
                lang,
                "of the {start:.0?} that a cold start takes",
                "冷启动约 {start:.0?}"
            )
        }
        FetchKind::Periodic => told!(lang, "of {limit:.0?}", "时限 {limit:.0?}"),
    };
    let (status, took) = (answer.status, answer.total);
    let told = told!(
        lang,
        "status {status} in {took:.1?}, {of}",
        "状态码 {status}，用时 {took:.1?}（{of}）"
    );
    let _ = writeln!(text, "  < {told}");
    if let Ok(content) = fetched::decompress(answer) {
        let packed = fetched::packing(answer).map_or_else(String::new, |packing| {
            let packed = answer.body.len();
            told!(
                lang,
                ", decompressed from {packed} in {packing}",
                "，由 {packed} 字节的 {packing} 解压"
            )
        });
        let bytes = content.bytes.len();
        let told = told!(
            lang,
            "{bytes} bytes of the {FETCH_LIMIT} that can be cached{packed}",
            "{bytes} 字节，最多可缓存 {FETCH_LIMIT} 字节{packed}"
        );
        let _ = writeln!(text, "  < {told}");
        let shown = server.secrets.render(&excerpt(&content.bytes));
        let _ = writeln!(text, "  < {shown}");
    }
    match cacheable(answer) {
        Ok(data) => {
            for note in data.notes() {
                let note = sentence(&note, lang);
                let told = told!(lang, "note: {note}", "注意：{note}");
                let _ = writeln!(text, "  {told}");
            }
            let json = serde_json::from_str::<serde_json::Value>(&data.text).is_ok();
            let what = if json {
                "JSON"
            } else {
                lang.of("text that is no JSON", "不是 JSON 的文本")
            };
            let told = told!(
                lang,
                "cached: the page reads it as fetchedData; it is {what}",
                "会被缓存：页面读到的 fetchedData 是 {what}"
            );
            let _ = writeln!(text, "  {told}");
            Exit::Fine
        }
        Err(reason) => {
            let reason = sentence(&reason.to_string(), lang);
            let reason = server.secrets.render(&reason);
            let told = told!(lang, "not cached: {reason}", "不会被缓存：{reason}");
            let _ = writeln!(text, "  {told}");
            Exit::Broken
        }
    }
}
