use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{Method, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use wxcheck_reference_server::{Account, Api, Behaviour, Setting};

use crate::client::{PATIENCE, Target, said};

pub(crate) const SECRET: &str = "4ppS3cr3t4ppS3cr3t4ppS3cr3t00000";

/// The user whose message ends a test of something that must not happen.
const LAST: &str = "oLastLastLastLastLastLastLas";

/// One call, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn is_send(&self) -> bool {
        self.path == "/cgi-bin/message/custom/send"
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The user who is told something, and the words.
    pub(crate) fn user_and_words(&self) -> (String, String) {
        let (json, text) = (self.json(), |value: &Value| {
            value.as_str().unwrap().to_owned()
        });
        (text(&json["touser"]), text(&json["text"]["content"]))
    }
}

/// The calls so far, and the tokens.
#[derive(Default)]
struct Past {
    calls: Vec<Call>,
    /// The number of tokens that were given, and of those that are no longer valid.
    given: usize,
    ended: usize,
}

struct Shared {
    past: watch::Sender<Past>,
    /// Calls are answered while this is true.
    open: watch::Sender<bool>,
}

/// The API, which ends when this is dropped.
pub(crate) struct MockApi {
    base: String,
    shared: Arc<Shared>,
    serving: AbortHandle,
}

impl Drop for MockApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl MockApi {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            past: watch::Sender::new(Past::default()),
            open: watch::Sender::new(true),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            base,
            shared,
            serving: serving.abort_handle(),
        }
    }

    /// A server that calls this API.
    pub(crate) async fn target(&self, setting: Setting, behaviour: Behaviour) -> Target {
        let api = Api {
            base: self.base.clone(),
            secret: SECRET.into(),
        };
        Target::with_api(setting, behaviour, Some(api)).await
    }

    /// Calls are recorded from now on, but not answered until [`Self::open`].
    pub(crate) fn close(&self) {
        self.shared.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.shared.open.send_replace(true);
    }

    /// No token that was given is valid any more.
    pub(crate) fn end_tokens(&self) {
        self.shared.past.send_modify(|past| past.ended = past.given);
    }

    /// The calls as soon as there are as many of that kind.
    async fn calls(&self, count: usize, kind: impl Fn(&Call) -> bool) -> Vec<Call> {
        let mut past = self.shared.past.subscribe();
        let count_of = |past: &Past| past.calls.iter().filter(|call| kind(call)).count();
        let enough = past.wait_for(|past| count_of(past) >= count);
        let past = tokio::time::timeout(PATIENCE, enough)
            .await
            .expect("the server calls the API")
            .unwrap();
        past.calls
            .iter()
            .filter(|call| kind(call))
            .cloned()
            .collect()
    }

    pub(crate) async fn sends(&self, count: usize) -> Vec<Call> {
        self.calls(count, Call::is_send).await
    }

    pub(crate) async fn token_calls(&self, count: usize) -> Vec<Call> {
        self.calls(count, |call| !call.is_send()).await
    }

    /// The users who were told something, and the words, once a last message is worked on.
    pub(crate) async fn sent_at_last(&self, target: &Target) -> Vec<(String, String)> {
        let last = target.compose("last", &said(LAST, 999, "last"));
        assert_eq!(target.push(&last).await.status(), 200);
        self.calls(1, |call| call.is_send() && call.user_and_words().0 == LAST)
            .await;
        let sends = self.sends(0).await;
        sends
            .iter()
            .map(Call::user_and_words)
            .filter(|(user, _)| user != LAST)
            .collect()
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    Query(query): Query<Vec<(String, String)>>,
    uri: Uri,
    body: String,
) -> String {
    let call = Call {
        method,
        path: uri.path().to_owned(),
        query,
        body,
    };
    let is_send = call.is_send();
    let token = call.query.iter().find(|(name, _)| name == "access_token");
    let token = token.map(|(_, token)| token.clone());
    shared.past.send_modify(|past| past.calls.push(call));
    let _open = shared.open.subscribe().wait_for(|open| *open).await.is_ok();
    if !is_send {
        let mut given = 0;
        shared.past.send_modify(|past| {
            past.given += 1;
            given = past.given;
        });
        return format!(r#"{{"access_token":"Token{given}","expires_in":7200}}"#);
    }
    let past = shared.past.borrow();
    let mut holding = (past.ended + 1..=past.given).map(|number| format!("Token{number}"));
    if holding.any(|holds| Some(holds) == token) {
        r#"{"errcode":0,"errmsg":"ok"}"#.into()
    } else {
        r#"{"errcode":40001,"errmsg":"invalid credential"}"#.into()
    }
}

/// A mini program in plain mode whose server calls the API.
pub(crate) const MINI: Setting = Setting {
    mode: wxcheck_protocol::push::Mode::Plain,
    format: wxcheck_protocol::push::Format::Xml,
    account: Account::Mini,
    api: true,
};
