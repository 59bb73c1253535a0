//! Answers in place of the handlers: routes that are missing, guards, proxies, and handlers that fail. The correct server
//! has nothing there.

use axum::http::{HeaderMap, Version};

use crate::answer::{Answer, HTML};
use crate::refuse::stack_trace;
use crate::verify::GREETING;
use crate::wire::Instead;

/// The answer to a GET in place of its handler's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Front {
    /// Nothing: the handler does.
    #[default]
    Nothing,
    /// 404.
    NoRoute,
    /// 404, while `/wx` has the handlers.
    Elsewhere,
    /// 405 that allows POST.
    PostOnly,
    /// 308 to the path with a slash.
    Slash,
    /// 301 to https.
    Https,
    /// 302 to a login page.
    ToLogin,
    /// 302 to another host.
    Away,
    /// 401 that asks for a password.
    Password,
    /// The warning page of a tunnel.
    TunnelWarning,
    /// The page of a tunnel without a server behind.
    TunnelDown,
    /// The page of a firewall.
    Firewall,
    /// 502.
    Gateway,
    /// 503 and when to come again.
    Maintenance,
    /// 400 as nginx writes it on a port for https.
    HttpsPort,
    /// The connection is closed.
    Closes,
    /// No answer.
    Hangs,
    /// No answer to a GET with a signature.
    HangsOnSignature,
    /// The same text for everybody.
    Greeting,
    /// 500 and a traceback.
    Traceback,
    /// 500 and nothing.
    Fails,
    /// 400 and nothing of use.
    BadRequest,
    /// 200 and nothing.
    Empty,
    /// 505.
    OldHttp,
    /// A debug page on which the query is empty: something in front dropped it.
    LosesQuery,
    /// A page that shows the URL of the request, without the query that something in front dropped.
    ShowsPath,
    /// A page that shows the URL of the request as it came.
    ShowsUrl,
}

/// The answer to a POST in place of its handler's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PushFront {
    /// Nothing: the handler does.
    #[default]
    Nothing,
    /// 404.
    NoRoute,
    /// 405 that allows GET.
    GetOnly,
    /// 419, as Laravel's guard.
    PageExpired,
    /// 403 and a word about CSRF.
    Csrf,
    /// 415.
    JsonOnly,
    /// 413.
    TooLarge,
    /// 308 to the path with a slash.
    Slash,
    /// 500 and the page of Express.
    Trace,
    /// 500 and nothing.
    Fails,
    /// 403 and nothing of use, for everybody.
    Refuses,
    /// 400, for want of a field of a form.
    FormOnly,
    /// No answer.
    Hangs,
    /// The connection is closed.
    Closes,
    /// 426 to HTTP/1.0, as by a proxy.
    WantsHttp11,
    /// 400 and the body as a gateway encoded it.
    GatewayEncodes,
    /// 200 and these words.
    Says(&'static str),
    /// The greeting of the GET for whoever brings no parameters.
    Greets,
    /// A bare status, unless the body is empty.
    FailsOnBody(u16),
    /// Only bodies that say they are JSON or a form come in.
    WantsContentType(&'static str),
}

impl Front {
    /// The answer to a GET of that path and query.
    pub(crate) async fn answers(self, path: &str, query: &str) -> Option<Answer> {
        let to = |status, location: &str| Answer {
            location: Some(location.to_owned()),
            ..Answer::text(status, "")
        };
        Some(match self {
            Self::Elsewhere if path == "/wx" => return None,
            Self::NoRoute | Self::Elsewhere => Answer::text(404, "Not Found"),
            Self::PostOnly => Answer::text(405, "Method Not Allowed"),
            Self::Slash => to(308, "/wechat/"),
            Self::Https => to(301, "https://127.0.0.1/wechat"),
            Self::ToLogin => to(302, "/account/login?next=/wechat"),
            Self::Away => to(302, "http://www.example.com/"),
            Self::Password => Answer {
                status: 401,
                ..Answer::ok(
                    HTML,
                    "<form method=post><input type=\"password\" name=p></form>",
                )
            },
            Self::TunnelWarning => Answer {
                status: 200,
                ..Answer::ok(
                    HTML,
                    "<html>You are about to visit x.ngrok-free.app (ERR_NGROK_6024)</html>",
                )
            },
            Self::TunnelDown => Answer {
                status: 404,
                ..Answer::ok(HTML, "<html>Tunnel not found (ERR_NGROK_3200)</html>")
            },
            Self::Firewall => Answer {
                status: 403,
                ..Answer::ok(
                    HTML,
                    "<html><title>Attention Required! | Cloudflare</title></html>",
                )
            },
            Self::Gateway => Answer {
                status: 502,
                ..Answer::ok(HTML, "<html><h1>502 Bad Gateway</h1><hr>nginx</html>")
            },
            Self::Maintenance => Answer {
                retry_after: Some(60),
                ..Answer::text(503, "maintenance")
            },
            Self::HttpsPort => Answer {
                status: 400,
                ..Answer::ok(
                    HTML,
                    "<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port</html>",
                )
            },
            Self::Closes => Answer {
                instead: Some(Instead::Close),
                ..Answer::text(500, "")
            },
            Self::Hangs => std::future::pending().await,
            Self::HangsOnSignature if query.contains("signature=") => std::future::pending().await,
            Self::Nothing | Self::HangsOnSignature => return None,
            Self::Greeting => Answer::text(200, "Hello World!"),
            Self::Traceback => Answer::text(500, stack_trace("mismatched tag")),
            Self::Fails => Answer::text(500, "Internal Server Error"),
            Self::BadRequest => Answer::text(400, "Bad Request"),
            Self::Empty => Answer::text(200, ""),
            Self::OldHttp => Answer::text(505, "HTTP Version Not Supported"),
            Self::LosesQuery => Answer {
                status: 400,
                ..Answer::ok(
                    HTML,
                    "<h1>MultiValueDictKeyError at /wechat</h1><table><tr><td>QUERY_STRING</td><td class=\"code\"><pre>&#x27;&#x27;</pre></td></tr></table>",
                )
            },
            Self::ShowsPath => Answer {
                status: 400,
                ..Answer::ok(
                    HTML,
                    format!("<h1>Bad Request</h1><p>Request URL: {path}</p>"),
                )
            },
            Self::ShowsUrl => Answer {
                status: 400,
                ..Answer::ok(
                    HTML,
                    format!("<h1>Bad Request</h1><p>Request URL: {path}?{query}</p>"),
                )
            },
        })
    }
}

impl PushFront {
    /// The answer to a POST of that version with those headers.
    pub(crate) async fn answers(self, version: Version, headers: &HeaderMap) -> Option<Answer> {
        let content_type = headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let length = headers.get("content-length");
        let is_empty = length.is_none_or(|length| length == "0");
        Some(match self {
            Self::WantsHttp11 if version == Version::HTTP_10 => {
                Answer::text(426, "Upgrade Required")
            }
            Self::Nothing | Self::WantsHttp11 => return None,
            Self::NoRoute => Answer::text(404, "Cannot POST /wechat"),
            Self::GetOnly => Answer::text(405, "Method Not Allowed"),
            Self::PageExpired => Answer::text(419, "Page Expired"),
            Self::Csrf => Answer::text(403, "Forbidden: CSRF verification failed."),
            Self::JsonOnly => Answer::text(415, "Unsupported Media Type"),
            Self::TooLarge => Answer::text(413, "Request Entity Too Large"),
            Self::Slash => Answer {
                location: Some("/wechat/".to_owned()),
                ..Answer::text(308, "")
            },
            Self::Trace => Answer {
                status: 500,
                ..Answer::ok(
                    HTML,
                    "<pre>TypeError: Cannot read properties of undefined (reading &#39;xml&#39;)<br> &nbsp; &nbsp;at /srv/app.js:9:20</pre>",
                )
            },
            Self::Fails => Answer::text(500, "Internal Server Error"),
            Self::Refuses => Answer::text(403, "no"),
            Self::FormOnly => Answer::text(400, "Bad Request"),
            Self::Hangs => std::future::pending().await,
            Self::GatewayEncodes => {
                Answer::text(400, "no XML: PHhtbD48VG9Vc2VyTmFtZT48IVtDREFUQVtnaF8w")
            }
            Self::Says(words) => Answer::text(200, words),
            Self::Greets => Answer::text(200, GREETING),
            Self::FailsOnBody(_) if is_empty => Answer::text(200, "success"),
            Self::FailsOnBody(status) => Answer::text(status, ""),
            Self::Closes => Answer {
                instead: Some(Instead::Close),
                ..Answer::text(500, "")
            },
            Self::WantsContentType(wanted) if content_type.starts_with(wanted) => return None,
            Self::WantsContentType(_) => Answer::text(400, "bad request"),
        })
    }
}
