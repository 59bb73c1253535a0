//! WeChat's API as this server calls it: a token, and words to a user. Documented: pages getAccessToken,
//! getStableAccessToken and customer service messages (sendCustomMessage).

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderValue, Method, Request, Uri};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::timeout;
use wxcheck_network::{CallError, Network};
use wxcheck_protocol::push::encode_query;

use crate::answer::JSON;
use crate::behaviour::Behaviour;
use crate::settings::{Api, Settings};

/// The call that gives the token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenCall {
    /// `GET /cgi-bin/token`, where a new token ends the one before.
    #[default]
    Token,
    /// `POST /cgi-bin/stable_token`, which gives the same token until it expires.
    StableToken,
}

/// The way text outside ASCII stands in the JSON of a call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum JsonText {
    /// As UTF-8: users are shown anything else as it stands.
    #[default]
    Utf8,
    /// As `\uXXXX`, which many JSON encoders write by default.
    Escaped,
    /// As UTF-8 of at most three bytes, and a question mark for what needs more.
    EmojiLost,
    /// As UTF-8, of which the last byte is missing where the body is long, as where words are cut by bytes.
    CutWithinACharacter,
}

/// The kind of message by which words reach a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum By {
    /// A customer message.
    CustomerMessage,
    /// A template message of an official account.
    TemplateMessage,
}

/// The reason why a call had no effect.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    /// WeChat says that something is wrong.
    #[error("errcode {0}")]
    Errcode(i64),
    /// There is no answer.
    #[error("no answer from the API: {0}")]
    NoAnswer(#[from] CallError),
    /// The answer takes longer than anybody waits.
    #[error("no answer from the API in time")]
    Late,
    /// The answer breaks off, or grows too large.
    #[error("the API's answer cannot be read: {0}")]
    Unreadable(#[from] axum::Error),
    /// The answer is no JSON.
    #[error("the API's answer is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// The answer lacks what was asked for.
    #[error("what was asked for is not in the API's answer")]
    NoToken,
}

impl ApiError {
    /// True if another token may help: 40001 and 40014 name a wrong one, 42001 an expired one.
    pub(crate) fn is_about_the_token(&self) -> bool {
        matches!(self, Self::Errcode(40001 | 40014 | 42001))
    }

    /// True if the token is no longer taken because its time is over.
    pub(crate) fn is_about_an_expired_token(&self) -> bool {
        matches!(self, Self::Errcode(42001))
    }
}

/// The session for which a login code is exchanged.
pub(crate) struct Session {
    pub(crate) openid: String,
    pub(crate) session_key: String,
}

/// The client that calls the API.
pub(crate) struct Client {
    network: Network,
    address: SocketAddr,
    limit: Duration,
    api: Api,
    appid: String,
    token_call: TokenCall,
    json_text: JsonText,
}

impl Client {
    pub(crate) fn new(api: &Api, settings: &Settings, behaviour: &Behaviour) -> io::Result<Self> {
        // A base that no call can reach should stop the start, not show as work that is never done.
        let address = api
            .base
            .strip_prefix("http://")
            .and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| {
            let told = format!(
                "`{}` is not an API's base: write http://ADDRESS:PORT",
                api.base
            );
            io::Error::new(io::ErrorKind::InvalidInput, told)
        })?;
        Ok(Self {
            network: settings.network.clone(),
            address,
            limit: behaviour.late_sends.patience(settings.limit),
            api: api.clone(),
            appid: settings.appid.clone(),
            token_call: behaviour.token_call,
            json_text: behaviour.json_text,
        })
    }

    /// The AppSecret.
    pub(crate) fn secret(&self) -> &str {
        &self.api.secret
    }

    /// Fetches a token.
    pub(crate) async fn fetch_token(&self) -> Result<Arc<str>, ApiError> {
        let (appid, secret) = (&self.appid, &self.api.secret);
        let request = match self.token_call {
            TokenCall::Token => get(target(
                "/cgi-bin/token",
                &[
                    ("grant_type", "client_credential"),
                    ("appid", appid),
                    ("secret", secret),
                ],
            )),
            TokenCall::StableToken => self.post(
                target("/cgi-bin/stable_token", &[]),
                &json!({
                    "grant_type": "client_credential",
                    "appid": appid,
                    "secret": secret,
                    "force_refresh": false,
                }),
            ),
        };
        let answer = self.call(request).await?;
        let token = answer.get("access_token").and_then(Value::as_str);
        token.map(Arc::from).ok_or(ApiError::NoToken)
    }

    /// Sends words to a user.
    pub(crate) async fn send(
        &self,
        token: &str,
        by: By,
        to: &str,
        words: &str,
    ) -> Result<(), ApiError> {
        let (path, body) = match by {
            By::CustomerMessage => (
                "/cgi-bin/message/custom/send",
                json!({"touser": to, "msgtype": "text", "text": {"content": words}}),
            ),
            By::TemplateMessage => (
                "/cgi-bin/message/template/send",
                json!({"touser": to, "template_id": "T", "data": {"first": {"value": words}}}),
            ),
        };
        let url = target(path, &[("access_token", token)]);
        self.call(self.post(url, &body)).await.map(|_| ())
    }

    /// Exchanges a login code.
    pub(crate) async fn exchange(&self, code: &str) -> Result<Session, ApiError> {
        let query = [
            ("appid", self.appid.as_str()),
            ("secret", &self.api.secret),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let answer = self
            .call(get(target("/sns/jscode2session", &query)))
            .await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("openid"), text("session_key")) {
            (Some(openid), Some(session_key)) => Ok(Session {
                openid,
                session_key,
            }),
            _ => Err(ApiError::NoToken),
        }
    }

    fn post(&self, target: String, body: &Value) -> Request<Body> {
        let body = body.to_string();
        let mut request = Request::new(Body::from(match self.json_text {
            JsonText::Utf8 => body.into_bytes(),
            JsonText::Escaped => escaped(&body).into_bytes(),
            JsonText::EmojiLost => body
                .replace(|char: char| char.len_utf8() == 4, "?")
                .into_bytes(),
            JsonText::CutWithinACharacter => cut_within_a_character(body.into_bytes()),
        }));
        *request.method_mut() = Method::POST;
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        aimed_at(target, request)
    }

    /// The API's answer, unless that is an error.
    async fn call(&self, mut request: Request<Body>) -> Result<Value, ApiError> {
        if let Ok(host) = HeaderValue::try_from(self.address.to_string()) {
            request.headers_mut().insert(HOST, host);
        }
        let answered = async {
            let answer = self.network.call(self.address, request).await?;
            Ok::<_, ApiError>(to_bytes(Body::new(answer.into_body()), ANSWER_LIMIT).await?)
        };
        let body = timeout(self.limit, answered)
            .await
            .map_err(|_| ApiError::Late)??;
        let answer: Value = serde_json::from_slice(&body)?;
        match answer.get("errcode").and_then(Value::as_i64) {
            None | Some(0) => Ok(answer),
            Some(errcode) => Err(ApiError::Errcode(errcode)),
        }
    }
}

/// More than any answer of the API holds, in bytes.
const ANSWER_LIMIT: usize = 1024 * 1024;

fn get(target: String) -> Request<Body> {
    aimed_at(target, Request::new(Body::empty()))
}

fn aimed_at(target: String, mut request: Request<Body>) -> Request<Body> {
    // Paths are constants, and what stands in a query is encoded.
    *request.uri_mut() = Uri::try_from(target).unwrap_or_default();
    request
}

/// A path and its query.
fn target(path: &str, query: &[(&str, &str)]) -> String {
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}{mark}{}", encode_query(&query))
}

/// A long text without the last byte of its last character beyond ASCII.
fn cut_within_a_character(mut text: Vec<u8>) -> Vec<u8> {
    const LONG: usize = 2048;
    let last = text.iter().rposition(|byte| !byte.is_ascii());
    if let Some(last) = last.filter(|_| text.len() > LONG) {
        text.remove(last);
    }
    text
}

/// The same JSON in ASCII. Characters beyond it can only stand inside strings.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _written = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_json_is_ascii_and_means_the_same() {
        let json = json!({"content": "收到 😀 \"é\" \\"});
        let escaped = escaped(&json.to_string());
        assert!(escaped.is_ascii());
        assert!(escaped.contains(r"\u6536\u5230 \ud83d\ude00"));
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), json);
    }

    #[test]
    fn three_errcodes_are_about_the_token() {
        for (errcode, about) in [(40001, true), (40014, true), (42001, true), (45015, false)] {
            assert_eq!(ApiError::Errcode(errcode).is_about_the_token(), about);
        }
        assert!(!ApiError::NoToken.is_about_the_token());
    }
}
