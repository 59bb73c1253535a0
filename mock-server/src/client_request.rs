//! `wx.request` as a phone makes it: which requests leave the phone, what goes out, and what a page reads of the answer.
//!
//! Documented on the page about network use: the Referer, the rules about domains and ports, sixty seconds, ten requests at
//! once, UTF-8 with one byte order mark removed, and that every answer is a success, whatever its status.

mod received;

use std::{fmt, str::FromStr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::Url;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use wxcheck_events::What;
use wxcheck_protocol::domain::{RequestFault, admit_request};

use crate::{
    dispatch::{Note, PlatformOptions, Recorder, Senders, sender_options},
    exchange::{Outcome, Silence},
    sender::{SenderError, SenderOptions},
    state::device::{NetworkCondition, System},
    target::parse_url,
};

pub use received::Received;

/// The longest time of a request, and the usual one.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Methods that the page of wx.request lists and that a server can answer.
const METHODS: [Method; 7] = [
    Method::OPTIONS,
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::TRACE,
];

/// The version of a mini program, as the Referer tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    /// In development, on trial or in review: 0.
    Unreleased,
    /// In the developer tools.
    Devtools,
    /// A released one.
    Released(u32),
}

/// No version is written like that.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("version `{0}`: give 0, devtools, or the number of a released version")]
pub struct UnknownVersion(String);

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        match text {
            "0" => Ok(Self::Unreleased),
            "devtools" => Ok(Self::Devtools),
            _ => match text.parse() {
                Ok(number) => Ok(Self::Released(number)),
                Err(_) => Err(UnknownVersion(text.to_owned())),
            },
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreleased => f.write_str("0"),
            Self::Devtools => f.write_str("devtools"),
            Self::Released(number) => write!(f, "{number}"),
        }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The request, as the page asks for it.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    /// The mini program.
    pub appid: String,
    /// Its version.
    pub version: Version,
    /// The URL, as the page has it.
    pub url: String,
    /// The method.
    pub method: String,
    /// Headers of its own; a Referer cannot be set.
    pub headers: Vec<(String, String)>,
    /// A text goes as it is, an object into the query of a GET and into the body of others.
    pub data: Value,
    /// Its time limit, at most [`TIME_LIMIT`].
    pub timeout: Duration,
    /// The phone's system.
    pub system: System,
    /// The phone's network.
    pub network: NetworkCondition,
}

/// The failure that `fail` is called with.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The domain or the port is not configured.
    #[error("url not in domain list")]
    Domain(RequestFault),
    /// No URL that can be called.
    #[error("invalid url")]
    Url(String),
    /// A header, a method or data that cannot be sent.
    #[error("{0}")]
    Request(String),
    /// Nothing came in time.
    #[error("timeout")]
    Timeout(Duration),
    /// The phone has no network.
    #[error("the phone has no network")]
    NoNetwork,
    /// No answer for another reason.
    #[error("{0}")]
    Silent(Silence),
    /// More redirects than are followed.
    #[error("too many redirects")]
    Redirects,
    /// wxcheck itself may not call that host, or cannot.
    #[error("{0}")]
    Unable(String),
}

impl Failure {
    /// The reason, where the text of the callback does not say it.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Domain(fault) => Some(fault.to_string()),
            Self::Url(reason) => Some(reason.clone()),
            Self::Timeout(limit) => Some(format!("nothing whole came within {limit:?}")),
            _ => None,
        }
    }
}

/// The network of phones, as far as their pages use it.
#[derive(Debug)]
pub struct RequestClient(Senders);

impl RequestClient {
    /// One that sends with these options, but for the time limit.
    pub fn new(options: &PlatformOptions) -> Result<Self, SenderError> {
        Self::sending(sender_options(options))
    }

    pub(crate) fn sending(options: SenderOptions) -> Result<Self, SenderError> {
        Senders::new(SenderOptions {
            exchange_limit: TIME_LIMIT,
            ..options
        })
        .map(Self)
    }

    /// Makes a request and follows redirects, as long as `domains` lets them through and `check` allows the host. An
    /// empty list lets everything through.
    pub async fn request(
        &self,
        request: &ClientRequest,
        domains: &[String],
        check: impl Fn(&Url) -> Result<(), String>,
    ) -> Result<Received, Failure> {
        self.request_recorded(request, domains, check, None).await
    }

    /// The same, recorded.
    pub(crate) async fn request_recorded(
        &self,
        request: &ClientRequest,
        domains: &[String],
        check: impl Fn(&Url) -> Result<(), String>,
        recorder: Option<Recorder<'_>>,
    ) -> Result<Received, Failure> {
        let limit = Limit::of(request.timeout.min(TIME_LIMIT));
        let following = self.follow(request, domains, check, recorder, limit);
        let answered = timeout_at(limit.deadline, following).await;
        answered.unwrap_or(Err(Failure::Timeout(limit.time)))
    }

    async fn follow(
        &self,
        request: &ClientRequest,
        domains: &[String],
        check: impl Fn(&Url) -> Result<(), String>,
        recorder: Option<Recorder<'_>>,
        limit: Limit,
    ) -> Result<Received, Failure> {
        if !request.network.is_there() {
            return Err(Failure::NoNetwork);
        }
        let (mut url, mut parts, mut body) = request.compose()?;
        // As the page has it: a URL library drops the usual port.
        let mut written = request.url.clone();
        for _ in 0..=REDIRECTS {
            if !domains.is_empty() {
                admit_request(domains, &written).map_err(Failure::Domain)?;
            }
            check(&url).map_err(Failure::Unable)?;
            let sender = self.0.of(url.scheme()).await;
            let sender = sender.map_err(|error| Failure::Unable(error.to_string()))?;
            let (method, headers) = parts.clone();
            let sending = sender.send_parts(method, url.clone(), headers, body.clone());
            let sending = limit.cut(sending);
            let outcome = match recorder {
                Some(recorder) => {
                    let note = Note {
                        what: Some(What::Request {
                            appid: request.appid.clone(),
                            host: host_of(&url),
                        }),
                        push: None,
                        place: None,
                        evidence: |outcome: &Outcome| {
                            let headers = parts.1.iter().map(|(name, value)| {
                                let value = String::from_utf8_lossy(value.as_bytes());
                                (name.as_str().to_owned(), value.into_owned())
                            });
                            Some(recorder.mask.bytes_of(&url, headers, &body, outcome))
                        },
                    };
                    let method = parts.0.as_str().to_owned().into();
                    let sending = Box::pin(sending);
                    let recording = recorder.record(method, url.path(), &note, sending);
                    recording.await.outcome
                }
                None => sending.await,
            };
            let answer = match outcome {
                Outcome::Answered(answer) => answer,
                Outcome::Silent(silence) if silence.is_time_out() => {
                    return Err(Failure::Timeout(limit.time));
                }
                Outcome::Silent(silence) => return Err(Failure::Silent(silence)),
            };
            let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let Some(place) = answer.header("location").filter(|_| moved) else {
                return Ok(Received::of(&answer));
            };
            url = url
                .join(place)
                .map_err(|error| Failure::Url(error.to_string()))?;
            written = url.to_string();
            if !matches!(answer.status, 307 | 308) && parts.0 != Method::HEAD {
                parts.0 = Method::GET;
                parts.1.remove(header::CONTENT_TYPE);
                body = Bytes::new();
            }
        }
        Err(Failure::Redirects)
    }
}

/// The time of a request with all that it is redirected to.
#[derive(Clone, Copy)]
struct Limit {
    time: Duration,
    deadline: Instant,
}

impl Limit {
    fn of(time: Duration) -> Self {
        Self {
            time,
            deadline: Instant::now() + time,
        }
    }

    /// The outcome, or silence once the time is over.
    async fn cut(self, sending: impl Future<Output = Outcome>) -> Outcome {
        let limit = self.time;
        let answered = timeout_at(self.deadline, sending).await;
        answered.unwrap_or(Outcome::Silent(Silence::NoAnswer { limit }))
    }
}

impl ClientRequest {
    /// The Referer, which no page can set.
    pub fn referer(&self) -> String {
        let Self { appid, version, .. } = self;
        format!("https://servicewechat.com/{appid}/{version}/page-frame.html")
    }

    fn parsed(&self) -> Result<Url, Failure> {
        parse_url(&self.url).map_err(|error| Failure::Url(error.to_string()))
    }

    /// The request as it goes out.
    fn compose(&self) -> Result<(Url, (Method, HeaderMap), Bytes), Failure> {
        let mut url = self.parsed()?;
        let named = self.method.to_ascii_uppercase();
        let method = METHODS.into_iter().find(|method| *method == named.as_str());
        let method = method.ok_or_else(|| Failure::Request(format!("method `{named}` is none")))?;
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        for (name, value) in &self.headers {
            let wrong = || Failure::Request(format!("header `{name}` cannot be sent"));
            let name = HeaderName::from_str(name).map_err(|_| wrong())?;
            let value = HeaderValue::from_str(value).map_err(|_| wrong())?;
            headers.insert(name, value);
        }
        for (name, value) in [
            (header::USER_AGENT, self.user_agent()),
            (header::REFERER, self.referer()),
            (header::ACCEPT, "*/*".to_owned()),
            (header::ACCEPT_ENCODING, "gzip, deflate".to_owned()),
        ] {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| Failure::Request("the appid belongs into no header".to_owned()))?;
            headers.insert(name, value);
        }
        let form = headers.get(header::CONTENT_TYPE).is_some_and(|value| {
            value
                .as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        });
        let body = match &self.data {
            Value::Null => Bytes::new(),
            Value::String(text) => Bytes::from(text.clone()),
            Value::Object(_) if method == Method::GET => {
                let own = url.query().map(str::to_owned);
                let pairs = encoded(&self.data);
                let joined = own.map_or_else(|| pairs.clone(), |own| format!("{own}&{pairs}"));
                url.set_query(Some(&joined));
                Bytes::new()
            }
            Value::Object(_) if form => Bytes::from(encoded(&self.data)),
            other => Bytes::from(other.to_string()),
        };
        Ok((url, (method, headers), body))
    }

    fn user_agent(&self) -> String {
        let network = match self.network {
            NetworkCondition::Cellular => "5G",
            NetworkCondition::None | NetworkCondition::Wifi => "WIFI",
        };
        if self.version == Version::Devtools {
            return "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Safari/537.36 wechatdevtools/1.06.2409140 MicroMessenger/8.0.5 Language/zh_CN webview/".to_owned();
        }
        match self.system {
            System::Android => format!(
                "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50 Weixin NetType/{network} Language/zh_CN ABI/arm64 MiniProgramEnv/android"
            ),
            System::Ios => format!(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50 NetType/{network} Language/zh_CN"
            ),
        }
    }
}

/// An object as a query; what is no text is written as JSON.
fn encoded(data: &Value) -> String {
    let pairs = data.as_object().into_iter().flatten();
    let pairs: Vec<(String, String)> = pairs
        .map(|(name, value)| match value {
            Value::String(text) => (name.clone(), text.clone()),
            other => (name.clone(), other.to_string()),
        })
        .collect();
    wxcheck_protocol::push::encode_query(&pairs)
}

/// The host of a URL, with its port where it is no usual one.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    pub(super) fn request(method: &str, data: Value) -> ClientRequest {
        ClientRequest {
            appid: "wx0123456789abcdef".into(),
            version: Version::Released(12),
            url: "https://a.example.com/x?y=1".into(),
            method: method.into(),
            headers: vec![("Referer".into(), "https://evil.example/".into())],
            data,
            timeout: TIME_LIMIT,
            system: System::Ios,
            network: NetworkCondition::Cellular,
        }
    }

    #[test]
    fn the_referer_is_the_platforms_and_none_other() {
        for (version, written) in [("0", "0"), ("devtools", "devtools"), ("12", "12")] {
            let request = ClientRequest {
                version: version.parse().unwrap(),
                ..request("GET", Value::Null)
            };
            let (_, (_, headers), _) = request.compose().unwrap();
            let referer =
                format!("https://servicewechat.com/wx0123456789abcdef/{written}/page-frame.html");
            assert_eq!(headers[header::REFERER], referer.as_str());
        }
        assert!("1.0.0".parse::<Version>().is_err());
    }

    #[test]
    fn data_go_into_the_query_of_a_get_and_into_the_body_of_others() {
        let data = json!({"a": "1 2", "b": 3});
        let (url, _, body) = request("get", data.clone()).compose().unwrap();
        assert_eq!((url.query(), body.len()), (Some("y=1&a=1%202&b=3"), 0));
        let (url, (method, headers), body) = request("PUT", data.clone()).compose().unwrap();
        assert_eq!((url.query(), method), (Some("y=1"), Method::PUT));
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), data);
        let mut form = request("POST", data);
        let form_type = "application/x-www-form-urlencoded".to_owned();
        form.headers = vec![("content-type".into(), form_type)];
        let (_, _, body) = form.compose().unwrap();
        assert_eq!(&body[..], b"a=1%202&b=3");
        assert!(request("CONNECT", Value::Null).compose().is_err());
        let agent = request("GET", Value::Null).user_agent();
        assert!(
            agent.contains("iPhone") && agent.contains("NetType/5G"),
            "{agent}"
        );
    }
}
