//! WeChat's API as this server calls it: a token, and words to a user. Documented: pages getAccessToken,
//! getStableAccessToken and customer service messages (sendCustomMessage).

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Url};
use serde_json::{Value, json};
use thiserror::Error;
use wxcheck_protocol::push::encode_query;

use crate::answer::JSON;
use crate::behaviour::Behaviour;
use crate::settings::{Api, Settings};

/// Which call gives the token.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenCall {
    /// `GET /cgi-bin/token`, where a new token ends the one before.
    #[default]
    Token,
    /// `POST /cgi-bin/stable_token`, which gives the same token until it expires.
    StableToken,
}

/// How text outside ASCII stands in the JSON of a call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum JsonText {
    /// As UTF-8: users are shown anything else as it stands.
    #[default]
    Utf8,
    /// As `\uXXXX`, which many JSON encoders write by default.
    Escaped,
}

/// Why a call had no effect.
#[derive(Debug, Error)]
pub(crate) enum ApiError {
    /// WeChat says that something is wrong.
    #[error("errcode {0}")]
    Errcode(i64),
    /// There is no answer.
    #[error("no answer from the API: {0}")]
    NoAnswer(reqwest::Error),
    /// The answer is no JSON.
    #[error("the API's answer is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// The answer lacks what was asked for.
    #[error("what was asked for is not in the API's answer")]
    NoToken,
}

impl ApiError {
    /// Whether another token may help: 40001 and 40014 name a wrong one, 42001 an expired one.
    pub(crate) fn is_about_the_token(&self) -> bool {
        matches!(self, Self::Errcode(40001 | 40014 | 42001))
    }
}

/// What a login code is exchanged for.
pub(crate) struct Session {
    pub(crate) openid: String,
    pub(crate) session_key: String,
}

/// Whoever calls the API.
pub(crate) struct Client {
    http: reqwest::Client,
    api: Api,
    appid: String,
    token_call: TokenCall,
    json_text: JsonText,
}

impl Client {
    pub(crate) fn new(api: &Api, settings: &Settings, behaviour: &Behaviour) -> io::Result<Self> {
        // A base that no call can reach should stop the start, not show as work that is never done.
        Url::parse(&api.base)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self {
            http: http(settings.limit * 2).map_err(io::Error::other)?,
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
            TokenCall::Token => self.http.get(self.url(
                "token",
                &[
                    ("grant_type", "client_credential"),
                    ("appid", appid),
                    ("secret", secret),
                ],
            )),
            TokenCall::StableToken => self.post(
                self.url("stable_token", &[]),
                &json!({
                    "grant_type": "client_credential",
                    "appid": appid,
                    "secret": secret,
                    "force_refresh": false,
                }),
            ),
        };
        let answer = call(request).await?;
        let token = answer.get("access_token").and_then(Value::as_str);
        token.map(Arc::from).ok_or(ApiError::NoToken)
    }

    /// Sends words to a user.
    pub(crate) async fn send(&self, token: &str, to: &str, words: &str) -> Result<(), ApiError> {
        let url = self.url("message/custom/send", &[("access_token", token)]);
        let body = json!({"touser": to, "msgtype": "text", "text": {"content": words}});
        call(self.post(url, &body)).await.map(|_| ())
    }

    /// Exchanges a login code.
    pub(crate) async fn exchange(&self, code: &str) -> Result<Session, ApiError> {
        let query = [
            ("appid", self.appid.as_str()),
            ("secret", &self.api.secret),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let url = format!(
            "{}/sns/jscode2session?{}",
            self.api.base,
            encode_query(&query)
        );
        let answer = call(self.http.get(url)).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("openid"), text("session_key")) {
            (Some(openid), Some(session_key)) => Ok(Session {
                openid,
                session_key,
            }),
            _ => Err(ApiError::NoToken),
        }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!(
            "{}/cgi-bin/{path}{mark}{}",
            self.api.base,
            encode_query(&query)
        )
    }

    fn post(&self, url: String, body: &Value) -> RequestBuilder {
        let body = body.to_string();
        self.http
            .post(url)
            .header(CONTENT_TYPE, JSON)
            .body(match self.json_text {
                JsonText::Utf8 => body,
                JsonText::Escaped => escaped(&body),
            })
    }
}

/// The client of every call. It trusts no certificate, for the mock of the API speaks plain HTTP; naming that here
/// spares reqwest the search for a TLS provider, without which it panics.
fn http(limit: Duration) -> Result<reqwest::Client, Box<dyn std::error::Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .no_proxy()
        .timeout(limit)
        .tls_backend_preconfigured(tls)
        .build()?)
}

/// What the API answers, unless that is an error.
async fn call(request: RequestBuilder) -> Result<Value, ApiError> {
    // The URL holds a secret or a token, so no error may show it.
    let no_answer = |error: reqwest::Error| ApiError::NoAnswer(error.without_url());
    let answer = request.send().await.map_err(no_answer)?;
    let body = answer.bytes().await.map_err(no_answer)?;
    let answer: Value = serde_json::from_slice(&body)?;
    match answer.get("errcode").and_then(Value::as_i64) {
        None | Some(0) => Ok(answer),
        Some(errcode) => Err(ApiError::Errcode(errcode)),
    }
}

/// The same JSON in ASCII. What is beyond it can only stand inside strings.
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
