//! A mock WeChat platform within the process of the tests.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, ServeError, ServeOptions,
    bounds::RECORDS_OF_A_TEST,
    clock::Clock,
    state::{State, app::AppSettings},
};
use wxcheck_protocol::{
    account::Account,
    domain::Domains,
    push::{Format, Mode, percent_encoded},
};

use crate::credentials::{Wechat, draw};

/// Any free port of this machine.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// The time that [`Platform::messages_of`] waits: twice as long as WeChat waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A platform that is about to be started, for a mini program in plain mode with XML unless told otherwise.
pub const fn platform() -> Start {
    Start {
        account: Account::Mini,
        mode: Mode::Plain,
        format: Format::Xml,
        has_clock: true,
    }
}

/// The options with which a platform starts.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is started before `start`"]
pub struct Start {
    account: Account,
    mode: Mode,
    format: Format,
    has_clock: bool,
}

/// The platform did not start, refused something, or waited in vain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot listen.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The control API refused a request, and says why.
    #[error("{0}")]
    Refused(String),
    /// Messages did not come.
    #[error("{came} of {wanted} messages for {openid} within {} s", PATIENCE.as_secs())]
    Missing {
        /// The user.
        openid: String,
        /// Messages that came.
        came: usize,
        /// Messages that were waited for.
        wanted: usize,
    },
}

impl Start {
    /// The kind of account: mini, official, minigame, shop or app.
    pub const fn account(self, account: Account) -> Self {
        Self { account, ..self }
    }

    /// Plain, compatible or safe mode.
    pub const fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// XML or JSON.
    pub const fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// A clock that stands still until [`Platform::advance`].
    pub const fn with_standing_clock(self) -> Self {
        Self {
            has_clock: false,
            ..self
        }
    }

    /// Starts it on a free port of this machine. It ends when dropped.
    pub async fn start(self) -> Result<Platform, Error> {
        let mut wechat = Wechat::made_up();
        let seed = draw();
        let mut state = State::new(seed, true);
        state.register(AppSettings {
            appid: wechat.appid.clone(),
            secret: Some(wechat.secret.clone()),
            kind: self.account,
            ip_whitelist: Vec::new(),
            callback: None,
            // Users need not be registered before they write.
            open: true,
            domains: Domains::default(),
        });
        let clock = if self.has_clock {
            Clock::real()
        } else {
            Clock::standing_now()
        };
        let journal = Journal::new(Instant::now(), RECORDS_OF_A_TEST).with_evidence();
        let hub = Arc::new(Hub::new(state, seed, clock, Arc::new(journal)));
        let server = ApiServer::start(ANY_PORT, hub, ServeOptions::default()).await?;
        wechat.base_url = server.base_url();
        Ok(Platform {
            server,
            wechat,
            start: self,
        })
    }
}

/// The end of a push.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// `acknowledged`, `refused`, `given-up` or `held`; empty where nothing was pushed.
    pub outcome: String,
    /// One entry a delivery, as the control API's journal has it.
    pub deliveries: Vec<Value>,
    /// The record of the journal: the request as sent, and each answer opened.
    pub record: Value,
}

impl Outcome {
    fn of(said: &Value) -> Self {
        let deliveries = [&said["record"]["deliveries"], &said["deliveries"]];
        let deliveries = deliveries.into_iter().find_map(Value::as_array);
        Self {
            outcome: said["outcome"].as_str().unwrap_or_default().to_owned(),
            deliveries: deliveries.cloned().unwrap_or_default(),
            record: said["record"].clone(),
        }
    }

    /// True if the server answered in time, in a way that WeChat takes.
    pub fn is_acknowledged(&self) -> bool {
        self.outcome == "acknowledged"
    }

    /// The body of the last answer, in plain text also in safe mode.
    pub fn reply(&self) -> Option<&str> {
        let last = self.deliveries.last()?;
        let texts = [
            &last["opened"]["text"],
            &last["body"]["text"],
            &last["body"],
        ];
        texts.into_iter().find_map(Value::as_str)
    }
}

/// A platform with one app. Ends when dropped.
#[must_use = "the platform ends when this is dropped"]
pub struct Platform {
    server: ApiServer,
    wechat: Wechat,
    start: Start,
}

impl Platform {
    /// The base URL and the credentials, for the server under test.
    pub const fn wechat(&self) -> &Wechat {
        &self.wechat
    }

    /// Saves the callback URL, as on WeChat's admin page: with the verification.
    pub async fn connect(&self, url: &str) -> Result<(), Error> {
        let Start {
            account,
            mode,
            format,
            ..
        } = self.start;
        let mut callback = json!({
            "url": url,
            "token": self.wechat.token,
            "mode": mode.to_string(),
            "format": format.to_string(),
            "verify": true,
        });
        if mode.seals() {
            callback["aes_key"] = json!(self.wechat.aes_key);
        }
        let app = json!({
            "kind": account.to_string(),
            "secret": self.wechat.secret,
            "open": true,
            "callback": callback,
        });
        self.ask("PUT", &self.of_app(""), Some(&app)).await?;
        Ok(())
    }

    /// Lets a user write a text, and waits until the server has it or WeChat gives it up.
    pub async fn send_text(&self, openid: &str, content: &str) -> Result<Outcome, Error> {
        self.act(openid, &json!({"act": "send-text", "content": content}))
            .await
    }

    /// Lets a user do anything of the control API's `acts`, and waits for the push that follows.
    pub async fn act(&self, openid: &str, act: &Value) -> Result<Outcome, Error> {
        let path = self.of_app(&format!(
            "/users/{}/acts?wait=true",
            percent_encoded(openid)
        ));
        Ok(Outcome::of(&self.ask("POST", &path, Some(act)).await?))
    }

    /// Sends a push of the catalogue with these fields set. It is no act: it opens no window for messages.
    pub async fn push(
        &self,
        openid: &str,
        name: &str,
        fields: &[(&str, &str)],
    ) -> Result<Outcome, Error> {
        let set: serde_json::Map<String, Value> = fields
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        let push = json!({"name": name, "from": openid, "set": set});
        let mut said = self.ask("POST", &self.of_app("/push"), Some(&push)).await?;
        if let Some(number) = said["number"].as_u64() {
            let path = format!("/_wxcheck/journal/{number}");
            said["record"] = self.ask("GET", &path, None).await?;
        }
        Ok(Outcome::of(&said))
    }

    /// The messages that the server sent to that user so far, oldest first.
    pub async fn messages(&self, openid: &str) -> Result<Vec<Value>, Error> {
        let query = format!(
            "/messages?offset=0&count=1000&openid={}",
            percent_encoded(openid)
        );
        let found = self.ask("GET", &self.of_app(&query), None).await?;
        let messages = found["messages"].as_array().into_iter().flatten();
        let taken = messages.filter(|message| message["fate"] == "taken");
        Ok(taken.cloned().collect())
    }

    /// The same, once there are that many; waits ten seconds for them.
    pub async fn messages_of(&self, openid: &str, count: usize) -> Result<Vec<Value>, Error> {
        let ends = Instant::now() + PATIENCE;
        let mut seen = 0;
        loop {
            let taken = self.messages(openid).await?;
            if taken.len() >= count {
                return Ok(taken);
            }
            let left = ends.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Missing {
                    openid: openid.to_owned(),
                    came: taken.len(),
                    wanted: count,
                });
            }
            // Answered with the next record of the journal.
            let wait = left.min(PATIENCE / 2).as_millis();
            let path = format!("/_wxcheck/journal?since={seen}&count=1000&wait={wait}");
            let page = self.ask("GET", &path, None).await?;
            seen = page["next"].as_u64().unwrap_or(seen);
        }
    }

    /// The chat as the user's phone shows it, oldest first.
    pub async fn chat(&self, openid: &str) -> Result<Vec<Value>, Error> {
        let path = self.of_app(&format!("/users/{}/chat", percent_encoded(openid)));
        let chat = self.ask("GET", &path, None).await?;
        Ok(chat["items"].as_array().cloned().unwrap_or_default())
    }

    /// Makes an endpoint fail on purpose, that many times: `{"errcode": -1}`, or a name like `"reset"`.
    pub async fn fail(&self, endpoint: &str, fault: &Value, times: u32) -> Result<(), Error> {
        let fault = json!({"endpoint": endpoint, "fault": fault, "times": times});
        self.ask("POST", "/_wxcheck/faults", Some(&fault)).await?;
        Ok(())
    }

    /// Ends every access token before its time, as another server that fetches tokens does.
    pub async fn revoke_tokens(&self) -> Result<(), Error> {
        let path = self.of_app("/tokens/revoke");
        self.ask("POST", &path, None).await?;
        Ok(())
    }

    /// Moves the platform's clock: `2h`. Tokens expire, and windows close. It never goes back.
    pub async fn advance(&self, by: &str) -> Result<(), Error> {
        let step = json!({"by": by});
        self.ask("POST", "/_wxcheck/clock/advance", Some(&step))
            .await?;
        Ok(())
    }

    /// Forgets users, tokens, messages and faults; the callback URL stays.
    pub async fn reset(&self) -> Result<(), Error> {
        self.ask("POST", "/_wxcheck/reset", None).await?;
        Ok(())
    }

    /// Asks the control API, which `/_wxcheck/openapi.json` describes.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let answer = self.server.ask(method, path, body).await;
        answer.map_err(|reason| Error::Refused(format!("{method} {path}: {reason}")))
    }

    fn of_app(&self, path: &str) -> String {
        format!("/_wxcheck/apps/{}{path}", self.wechat.appid)
    }
}
