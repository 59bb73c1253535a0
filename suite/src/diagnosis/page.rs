//! Answers that do not come from the developer's handler: routes, redirects, proxies, firewalls. Pure.

use url::Url;
use wxcheck_mock_server::Answer;

use super::{
    cause::Values,
    echo::{Sign, both, values},
    raised,
};
use crate::excerpt::excerpt;

/// An answer, and to what.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) is_push: bool,
    pub(super) url: &'a Url,
    pub(super) answer: &'a Answer,
}

impl Seen<'_> {
    /// The cause that the answer itself tells, if it tells one.
    pub(super) fn sign(self) -> Option<Sign> {
        let Self {
            is_push,
            url,
            answer,
        } = self;
        let body = String::from_utf8_lossy(&answer.body);
        let path = url.path().to_owned();
        let values_seen = || {
            let mut told = got(answer);
            told.insert("path".to_owned(), path.clone());
            match answer.header("allow") {
                Some(allow) => {
                    told.insert("allow".to_owned(), allow.to_owned());
                }
                None => both(&mut told, "allow", "it names none", "未说明"),
            }
            told
        };
        if !is_push && shows_empty_query(&raised::plain_text(&body)) {
            return Some(("query-lost", values_seen()));
        }
        if let Some(id) = self.in_front(&body) {
            return Some((id, values_seen()));
        }
        match answer.status {
            300..=399 if answer.status != 304 => Some(self.redirect()),
            401 if answer.header("www-authenticate").is_some() => {
                Some(("login-page", values_seen()))
            }
            404 if is_push => Some(("post-not-found", values_seen())),
            404 => Some(("path-not-found", values_seen())),
            405 if is_push => Some(("post-not-allowed", values_seen())),
            405 => Some(("get-not-allowed", values_seen())),
            502 | 504 => Some(("gateway", values_seen())),
            505 => Some(("http-version", values_seen())),
            503 | 429 => {
                let retry = answer.header("retry-after");
                let retry =
                    retry.map_or_else(String::new, |after| format!(", Retry-After {after}"));
                let mut values_seen = values_seen();
                values_seen.insert("retry".to_owned(), retry);
                Some(("unavailable", values_seen))
            }
            419 if is_push => Some(("csrf", values_seen())),
            400 | 401 | 403 if is_push && names_csrf(&body) => Some(("csrf", values_seen())),
            _ => None,
        }
    }

    /// Something that stands in front of the server and answers in its place.
    fn in_front(self, body: &str) -> Option<&'static str> {
        let answer = self.answer;
        let shows = |words: &[&str]| words.iter().any(|word| body.contains(word));
        let server = answer.header("server").unwrap_or_default().to_lowercase();
        if shows(&[
            "plain HTTP request was sent to HTTPS port",
            "sent an HTTP request to an HTTPS server",
        ]) {
            return Some("https-port");
        }
        if answer.header("ngrok-error-code").is_some() || shows(&["ERR_NGROK_"]) {
            let warns = shows(&["ERR_NGROK_6024", "You are about to visit"])
                || answer.header("ngrok-error-code") == Some("ERR_NGROK_6024");
            return Some(if warns {
                "tunnel-warning"
            } else {
                "tunnel-down"
            });
        }
        if shows(&["loca.lt", "localtunnel.github.io", "You are about to visit"]) {
            return Some("tunnel-warning");
        }
        if shows(&[
            "Tunnel not found",
            "tunnel not found",
            "Tunnel unavailable",
            "隧道不存在",
            "隧道未启动",
        ]) {
            return Some("tunnel-down");
        }
        if matches!(answer.status, 200 | 401)
            && shows(&["type=\"password\"", "type='password'", "type=password"])
        {
            return Some("login-page");
        }
        let walls = [
            "Just a moment...",
            "Attention Required! | Cloudflare",
            "Request blocked",
            "_Incapsula_",
            "Web Application Firewall",
            "安全拦截",
            "网站未备案",
            "未备案",
            "beian.aliyun",
            "防火墙",
            "创宇盾",
            "Access Denied</",
            "已被拦截",
            "dnspod.qcloud.com",
        ];
        let is_page = body.contains('<');
        let is_refusal =
            matches!(answer.status, 403 | 405 | 406 | 503) || server.contains("beaver");
        (is_page && is_refusal && shows(&walls)).then_some("firewall-page")
    }

    fn redirect(self) -> Sign {
        let location = self.answer.header("location").unwrap_or_default();
        let to = self.url.join(location).ok();
        let own = self.url;
        let values_seen =
            |other: String| values([("path", own.path().to_owned()), ("other", other)]);
        let Some(to) = to else {
            return ("redirect", values_seen(excerpt(location.as_bytes())));
        };
        let shown = format!("{}{}", to.origin().ascii_serialization(), to.path());
        let words = ["login", "signin", "sign-in", "auth", "passport", "sso"];
        let lower = to.path().to_lowercase();
        if words.iter().any(|word| lower.contains(word))
            && !own.path().to_lowercase().contains("auth")
        {
            return ("redirect-login", values_seen(shown));
        }
        if to.scheme() == "https" && own.scheme() == "http" && to.host_str() == own.host_str() {
            return ("redirect-https", values_seen(shown));
        }
        let same_but_slash = to.path() != own.path()
            && to.path().trim_end_matches('/') == own.path().trim_end_matches('/');
        if self.is_push {
            let other = if same_but_slash {
                to.path().to_owned()
            } else {
                shown
            };
            return ("push-redirect", values_seen(other));
        }
        if same_but_slash {
            ("redirect-slash", values_seen(to.path().to_owned()))
        } else {
            ("redirect", values_seen(shown))
        }
    }
}

/// True if a page shows the request to that path as the server got it, and nothing stands behind the path.
pub(super) fn shows_no_query(body: &str, path: &str) -> bool {
    let text = raised::plain_text(body);
    let labels = ["REQUEST_URI", "RAW_URI", "Request URI", "Request URL"];
    let is_bare = |label: &str| {
        text.split(label).skip(1).any(|rest| {
            let line = rest.trim_start().lines().next().unwrap_or_default();
            let behind = line.split_once(path).map(|(_, behind)| behind);
            behind.is_some_and(|behind| {
                let next = behind.trim_start_matches('/').chars().next();
                next.is_none_or(|next| next.is_whitespace() || "'\"<,;)]}".contains(next))
            })
        })
    };
    shows_empty_query(&text) || labels.into_iter().any(is_bare)
}

/// True if a debug page shows the query as the server got it, and it is empty.
fn shows_empty_query(text: &str) -> bool {
    text.split("QUERY_STRING").skip(1).any(|rest| {
        let value = rest.trim_start_matches([' ', '\n', ':', '=', '>', ']', '\'', '"']);
        let between = &rest[..rest.len() - value.len()];
        between.contains("''") || between.contains("\"\"")
    })
}

fn names_csrf(body: &str) -> bool {
    let lower = body.to_lowercase();
    ["csrf", "xsrf", "forgery token", "authenticity token"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Words with which servers refuse, in bodies of status 200.
pub(super) fn says_no(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    let words = [
        "fail",
        "error",
        "invalid",
        "wrong",
        "denied",
        "forbid",
        "refus",
        "reject",
        "unauthor",
        "mismatch",
        "not match",
        "bad",
        "illegal",
        "false",
        "sign",
        "失败",
        "错误",
        "非法",
        "验证",
        "拒绝",
        "不正确",
        "无效",
        "no ",
    ];
    let trimmed = text.trim();
    trimmed.is_empty()
        || ["no", "-1", "0", "null", "none", "undefined"].contains(&trimmed)
        || (text.len() < 300 && words.iter().any(|word| text.contains(word)))
}

/// The values of a cause about which nothing but the answer is known.
pub(super) fn got(answer: &Answer) -> Values {
    let (status, shown) = (answer.status, excerpt(&answer.body));
    let mut got = values([("status", status.to_string())]);
    if shown.is_empty() {
        let en = format!("status {status}, empty body");
        both(&mut got, "got", &en, &format!("状态码 {status}，内容为空"));
    } else {
        let en = format!("status {status}, `{shown}`");
        both(&mut got, "got", &en, &format!("状态码 {status}，`{shown}`"));
    }
    got
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sign(
        is_push: bool,
        status: u16,
        header: Option<(&str, &str)>,
        body: &str,
    ) -> Option<&'static str> {
        let answer = Answer {
            version: "HTTP/1.1".into(),
            status,
            headers: header
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            body: body.into(),
            excess: false,
            first_byte: Duration::ZERO,
            total: Duration::ZERO,
            connection: None,
        };
        let url = Url::parse("http://h.example/wechat").unwrap();
        let seen = Seen {
            is_push,
            url: &url,
            answer: &answer,
        };
        seen.sign().map(|(id, _)| id)
    }

    #[test]
    fn a_page_may_show_the_request_without_its_query() {
        let shows = |body: &str| shows_no_query(body, "/wechat");
        assert!(shows("<p>Request URL: http://h/wechat</p>"));
        assert!(shows("REQUEST_URI => '/wechat'"));
        assert!(shows("'QUERY_STRING': ''"));
        assert!(!shows("<p>Request URL: http://h/wechat?a=1</p>"));
        assert!(!shows("Request URL: http://h/wechatter"));
        assert!(!shows("Cannot GET /wechat"));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of pages")]
    fn what_stands_in_front_of_a_handler_is_named() {
        let to = |location| Some(("location", location));
        for (is_push, status, header, body, cause) in [
            (false, 404, None, "Not Found", Some("path-not-found")),
            (
                true,
                404,
                None,
                "Cannot POST /wechat",
                Some("post-not-found"),
            ),
            (
                true,
                405,
                Some(("allow", "GET")),
                "",
                Some("post-not-allowed"),
            ),
            (false, 405, None, "", Some("get-not-allowed")),
            (false, 308, to("/wechat/"), "", Some("redirect-slash")),
            (
                true,
                308,
                to("http://h.example/wechat/"),
                "",
                Some("push-redirect"),
            ),
            (
                false,
                301,
                to("https://h.example/wechat"),
                "",
                Some("redirect-https"),
            ),
            (
                false,
                302,
                to("/account/login?next=/wechat"),
                "",
                Some("redirect-login"),
            ),
            (
                false,
                302,
                to("http://other.example/"),
                "",
                Some("redirect"),
            ),
            (
                false,
                401,
                Some(("www-authenticate", "Basic")),
                "",
                Some("login-page"),
            ),
            (
                false,
                200,
                None,
                "<form><input type=\"password\"></form>",
                Some("login-page"),
            ),
            (
                false,
                400,
                None,
                "The plain HTTP request was sent to HTTPS port",
                Some("https-port"),
            ),
            (
                false,
                404,
                Some(("ngrok-error-code", "ERR_NGROK_3200")),
                "",
                Some("tunnel-down"),
            ),
            (false, 511, None, "loca.lt", Some("tunnel-warning")),
            (
                false,
                403,
                Some(("server", "cloudflare")),
                "<title>Just a moment...</title>",
                Some("firewall-page"),
            ),
            (false, 502, None, "", Some("gateway")),
            (false, 505, None, "", Some("http-version")),
            (
                false,
                500,
                None,
                "<td>QUERY_STRING</td><td><pre>&#x27;&#x27;</pre></td>",
                Some("query-lost"),
            ),
            (
                false,
                500,
                None,
                "<td>QUERY_STRING</td><td><pre>&#x27;signature=a&#x27;</pre></td>",
                None,
            ),
            (
                true,
                503,
                Some(("retry-after", "60")),
                "",
                Some("unavailable"),
            ),
            (true, 419, None, "Page Expired", Some("csrf")),
            (true, 403, None, "CSRF verification failed.", Some("csrf")),
            (true, 403, None, "bad signature", None),
            (false, 500, None, "oops", None),
        ] {
            assert_eq!(
                sign(is_push, status, header, body),
                cause,
                "{status} {body}"
            );
        }
    }
}
