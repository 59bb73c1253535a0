//! The first lines of a served platform: what is configured, and where.

use std::fmt::Write as _;

use wxcheck_mock_server::{
    ApiServer, api::ENDPOINTS, state::app::AppSettings, target::display_url,
};
use wxcheck_network::own_address;
use wxcheck_protocol::push::percent_encoded;
use wxcheck_settings::Settings;

use crate::{
    language::{Language, told},
    terminal,
};

/// The greeting: what is configured as the platform has it now, wherever it comes from.
#[expect(clippy::too_many_lines, reason = "a list of lines in two languages")]
pub(super) fn greeting(
    server: &ApiServer,
    settings: &Settings,
    quiet: bool,
    lang: Language,
) -> String {
    let (base, version) = (reachable(server), env!("CARGO_PKG_VERSION"));
    if quiet {
        return told!(
            lang,
            "wxcheck {version} serves WeChat's API at {base}\n",
            "wxcheck {version} 正在提供微信接口：{base}\n"
        );
    }
    let mut text = told!(
        lang,
        "wxcheck {version} serves WeChat's API\n",
        "wxcheck {version} 正在提供微信接口\n"
    );
    let mut row = |(en, zh): (&str, &str), value: &str| {
        let name = lang.of(en, zh);
        let pad = " ".repeat(10_usize.saturating_sub(terminal::width(name)));
        let _ = writeln!(text, "  {name}{pad} {value}");
    };
    row(
        ("base URL", "接口地址"),
        &told!(
            lang,
            "{base} in place of https://api.weixin.qq.com",
            "{base}，代替 https://api.weixin.qq.com"
        ),
    );
    if server.address().ip().is_unspecified()
        && let Some(address) = own_address()
    {
        let other = base.replace("localhost", &address.to_string());
        row(
            ("", ""),
            &told!(
                lang,
                "{other} from other machines",
                "{other}，供其他机器访问"
            ),
        );
    }
    let appid = settings.appid();
    row(("appid", "appid"), &appid);
    let (app, apps) = server.hub().with(|state, _| {
        let app = state.apps.get(appid.as_str());
        let app = app.map(|app| AppSettings::clone(&app.settings));
        (app, state.apps.len())
    });
    row(
        ("secret", "secret"),
        match app.as_ref().and_then(|app| app.secret.as_ref()) {
            Some(_) => lang.of("as configured", "按配置校验"),
            None => lang.of(
                "any is taken, since none is configured",
                "没有配置，任何值都接受",
            ),
        },
    );
    match app.as_ref().and_then(|app| app.callback.as_ref()) {
        Some(target) => {
            let (url, mode, format) = (display_url(&target.url), target.mode, target.format);
            row(
                ("pushes to", "推送到"),
                &told!(
                    lang,
                    "{url}, {mode} mode, {format}",
                    "{url}，{mode} 模式，{format}"
                ),
            );
        }
        None => row(
            ("pushes to", "推送到"),
            lang.of(
                "nowhere: give a callback URL and --token to have them sent",
                "无：给出回调 URL 和 --token 后才会推送",
            ),
        ),
    }
    if apps > 1 {
        row(("more apps", "其他应用"), &(apps - 1).to_string());
    }
    for (name, url) in [
        (("periodic", "周期更新"), &settings.fetch.periodic_url),
        (("prefetch", "预拉取"), &settings.fetch.prefetch_url),
    ] {
        if let Some(url) = url.as_deref().and_then(|url| url::Url::parse(url).ok()) {
            let url = display_url(&url);
            row(
                name,
                &told!(lang, "phones fetch from {url}", "手机从 {url} 拉取"),
            );
        }
    }
    row(("page", "页面"), &format!("{base}/_wxcheck/ui/"));
    if settings.control.control_token.is_some() {
        row(
            ("sign in", "登录"),
            lang.of(
                "the page asks for the control token",
                "打开页面后输入控制令牌",
            ),
        );
    }
    row(
        ("control", "控制接口"),
        &format!("{base}/_wxcheck/openapi.json"),
    );
    if settings.serve.no_limits {
        row(
            ("limits", "限额"),
            lang.of(
                "none: quotas and message counts are not enforced",
                "不限制：不检查调用次数和消息条数",
            ),
        );
    }
    if let Some(path) = &settings.serve.store {
        row(("store", "存储文件"), &path.display().to_string());
    }
    row(("endpoints", "接口数"), &ENDPOINTS.len().to_string());
    text + lang.of("Ctrl-C stops it.\n", "按 Ctrl-C 停止。\n")
}

/// The URL by which this machine reaches the platform: 0.0.0.0 is an address to listen on, and none to call.
pub(super) fn reachable(server: &ApiServer) -> String {
    let (base, address) = (server.base_url(), server.address());
    if address.ip().is_unspecified() {
        base.replace(
            &address.to_string(),
            &format!("localhost:{}", address.port()),
        )
    } else {
        base
    }
}

/// The address that shows the page the token, once: it takes it out of the address before anything else.
pub(super) fn sign_in(server: &ApiServer, token: &str, lang: Language) -> String {
    let base = reachable(server);
    let token = percent_encoded(token.trim());
    told!(
        lang,
        "Open {base}/_wxcheck/ui/#token={token}\n",
        "请打开 {base}/_wxcheck/ui/#token={token}\n"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;
    use wxcheck_mock_server::{
        Hub, Journal, PlatformOptions, ServeOptions, clock::Clock, state::State,
    };

    use crate::serve::configured::Configured;

    use super::*;

    async fn server(address: &str, settings: &Settings) -> ApiServer {
        let mut state = State::new(1, true);
        state.register(Configured::over(settings, None).unwrap().app);
        let journal = Arc::new(Journal::new(Instant::now(), 1));
        let hub = Hub::new(state, 1, Clock::real(), journal);
        let options = ServeOptions {
            platform: PlatformOptions::default(),
            control_token: Some("c0ntrol".into()),
            ..ServeOptions::default()
        };
        ApiServer::start(address.parse().unwrap(), Arc::new(hub), options)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn it_says_what_to_configure_and_no_secret() {
        let mut settings = Settings::default();
        settings.target.secret = Some("t0ps3cret".into());
        let server = server("127.0.0.1:0", &settings).await;
        let text = greeting(&server, &settings, false, Language::English);
        assert!(
            text.contains(&server.base_url()) && text.contains(&settings.appid()),
            "{text}"
        );
        assert!(
            text.contains("nowhere") && text.contains("as configured"),
            "{text}"
        );
        assert!(!text.contains("t0ps3cret"), "{text}");
        assert_eq!(
            greeting(&server, &settings, true, Language::English)
                .lines()
                .count(),
            1
        );
    }

    #[tokio::test]
    async fn it_says_what_the_platform_knows_and_not_what_was_given() {
        let mut kept = Settings::default();
        kept.callback.url = Some("http://u:pw@127.0.0.1:8080/kept".into());
        kept.target.token = Some("t0ken".into());
        kept.target.secret = Some("t0ps3cret".into());
        let server = server("127.0.0.1:0", &kept).await;
        let text = greeting(&server, &Settings::default(), false, Language::English);
        assert!(
            text.contains("http://127.0.0.1:8080/kept, plain mode, xml"),
            "{text}"
        );
        assert!(
            text.contains("as configured") && !text.contains("pw"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn an_address_that_nobody_can_call_is_not_named() {
        let settings = Settings::default();
        let server = server("0.0.0.0:0", &settings).await;
        let text = greeting(&server, &settings, false, Language::English)
            + &sign_in(&server, "c0ntrol", Language::English);
        assert!(!text.contains("0.0.0.0"), "{text}");
        let port = server.address().port();
        assert!(
            text.contains(&format!("http://localhost:{port}/_wxcheck/ui/#token=")),
            "{text}"
        );
    }
}
