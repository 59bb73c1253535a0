//! `wxcheck fetch request`: a request of a mini program's page, as a phone makes it.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;
use wxcheck_mock_server::{
    client_request::{ClientRequest, Failure, Received, RequestClient, TIME_LIMIT, Version},
    state::device::{NetworkCondition, System},
};
use wxcheck_settings::Origins;
use wxcheck_suite::{excerpt::excerpt, server::Server, words::sentence};

use crate::{
    cli::{FetchOnceArgs, Header},
    exit::{Exit, usage},
    language::{Language, told},
    screen, settings, stop,
};

pub(crate) async fn run(args: FetchOnceArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let of_data = [
        args.code.is_some(),
        args.path.is_some(),
        args.query.is_some(),
        args.scene.is_some(),
        args.version.is_some(),
        args.uncompressed,
    ];
    if of_data.contains(&true) {
        return Err(usage((
            "a request carries what the page gives it; leave --code, --path, --query, --scene, --custom-version and --uncompressed out",
            "请求只带页面给出的内容；请去掉 --code、--path、--query、--scene、--custom-version 和 --uncompressed",
        )));
    }
    let (url, page) = (args.data_url.clone(), args.page.clone());
    let server = settings::whole(args.settings(origins))?.server()?;
    let request = ClientRequest {
        appid: server.target.credentials.appid.clone(),
        version: page.release.unwrap_or(Version::Released(1)),
        url,
        method: page.method.unwrap_or_else(|| "GET".to_owned()),
        headers: page.header.into_iter().map(|Header(pair)| pair).collect(),
        data: page.data.map_or(Value::Null, Value::from),
        timeout: TIME_LIMIT,
        system: System::Android,
        network: NetworkCondition::Wifi,
    };
    let client = RequestClient::new(&server.options).context("the HTTP client could not start")?;
    let domains = &server.domains.request;
    let stop = stop::signal()?;
    let answered = tokio::select! {
        answered = client.request(&request, domains, |_| Ok(())) => Ok(answered),
        who = stop => Err(who),
    };
    let mut text = format!("wx.request -> {}\n", server.display_url());
    let _ = writeln!(text, "  > Referer: {}", request.referer());
    if domains.is_empty() {
        text.push_str(lang.of(
            "  note: no request domains are configured ([domains] in wxcheck.toml), so the URL is held to none\n",
            "  注意：没有配置 request 合法域名（wxcheck.toml 的 [domains]），因此不检查 URL 的域名\n",
        ));
    }
    let exit = match answered {
        Err(who) => {
            let told = told!(
                lang,
                "no answer so far: stopped by {who}",
                "还没有响应：被 {who} 终止"
            );
            let _ = writeln!(text, "  {told}");
            Exit::NoVerdict
        }
        Ok(Ok(received)) => {
            describe(&mut text, &received, &server, lang);
            Exit::Fine
        }
        Ok(Err(Failure::Request(reason))) => return Err(usage(reason.clone())),
        Ok(Err(failure)) => {
            let told = server.secrets.render(&failure.to_string());
            let _ = writeln!(text, "  request:fail {told}");
            if let Some(reason) = failure.reason() {
                let reason = sentence(&reason, lang);
                let _ = writeln!(text, "  {}", server.secrets.render(&reason));
            }
            match failure {
                Failure::Silent(silence) if silence.is_unreachable() => Exit::NoVerdict,
                _ => Exit::Broken,
            }
        }
    };
    screen::show(&server.secrets.page(&text));
    Ok(exit)
}

fn describe(text: &mut String, received: &Received, server: &Server, lang: Language) {
    let Received {
        status_code,
        millis,
        ..
    } = received;
    let told = told!(
        lang,
        "request:ok, statusCode {status_code} in {millis} ms",
        "request:ok，statusCode {status_code}，用时 {millis} 毫秒"
    );
    let _ = writeln!(text, "  {told}");
    for (name, value) in &received.header {
        let line = format!("{name}: {}", value.as_str().unwrap_or_default());
        let _ = writeln!(text, "  < {}", server.secrets.render(&line));
    }
    for note in &received.notes {
        let note = sentence(note, lang);
        let told = told!(lang, "note: {note}", "注意：{note}");
        let _ = writeln!(text, "  {told}");
    }
    let (kind, data) = match &received.data {
        Value::String(data) => (lang.of("text", "文本"), data.clone()),
        json => ("JSON", json.to_string()),
    };
    let shown = server.secrets.render(&excerpt(data.as_bytes()));
    let told = told!(lang, "data, {kind}: {shown}", "数据（{kind}）：{shown}");
    let _ = writeln!(text, "  {told}");
}
