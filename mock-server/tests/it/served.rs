//! A served platform, and a client that talks to it as any other would.

use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::Instant;
use wxcheck_protocol::account::Account;

use wxcheck_mock_server::{
    ApiServer, Hub, Journal, PlatformOptions, ServeOptions,
    clock::Clock,
    cloud_function::CloudFunctions,
    state::{State, app::AppSettings},
};

pub(crate) const APPID: &str = "wx0123456789abcdef";
pub(crate) const SECRET: &str = "Ys8Lp3Qd6Hj1Vc5";
pub(crate) const USER: &str = "oUserOfTheMiniProgram0000001";

pub(crate) struct Served {
    pub(crate) server: ApiServer,
    client: Client,
}

impl Served {
    /// With a clock that stands still, and this many journal records.
    pub(crate) async fn with_journal(capacity: usize, options: ServeOptions) -> Self {
        Self::of(Journal::new(Instant::now(), capacity), options).await
    }

    /// As `wxcheck serve` has it: the journal keeps the bytes of both sides.
    pub(crate) async fn standing(options: ServeOptions) -> Self {
        Self::of(Journal::new(Instant::now(), 1000).with_evidence(), options).await
    }

    async fn of(journal: Journal, options: ServeOptions) -> Self {
        let mut state = State::new(7, true);
        state.register(AppSettings {
            appid: APPID.into(),
            secret: Some(SECRET.into()),
            kind: Account::Mini,
            ip_whitelist: Vec::new(),
            callback: None,
            open: false,
            domains: wxcheck_protocol::domain::Domains::default(),
        });
        let hub = Arc::new(Hub::new(state, 7, Clock::standing_now(), Arc::new(journal)));
        let listen = "127.0.0.1:0".parse().unwrap();
        Self {
            server: ApiServer::start(listen, hub, options).await.unwrap(),
            client: client(),
        }
    }

    pub(crate) async fn new() -> Self {
        Self::with_journal(1000, options()).await
    }

    /// One request; the status and the body.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(u16, String), reqwest::Error> {
        let url = format!("{}{path}", self.server.base_url());
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    }

    /// A stream of events.
    pub(crate) async fn events(&self, path: &str) -> reqwest::Response {
        let url = format!("{}{path}", self.server.base_url());
        self.client.get(url).send().await.unwrap()
    }

    /// The answer to a client that accepts that; a redirection is not followed.
    pub(crate) async fn open(&self, path: &str, accept: &str) -> reqwest::Response {
        let url = format!("{}{path}", self.server.base_url());
        let request = self.client.get(url).header("Accept", accept);
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.json(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.json(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let (status, text) = self.ask(method, path, body).await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Lets the user do something.
    pub(crate) async fn act(&self, act: Value) -> Value {
        let path = format!("/_wxcheck/apps/{APPID}/users/{USER}/acts");
        let (status, yielded) = self.post(&path, act).await;
        assert_eq!(status, 200, "{yielded}");
        yielded
    }

    /// The path of `custom/send` with a token that is good.
    pub(crate) async fn send_path(&self) -> String {
        let (_, reply) = self
            .get(&format!(
                "/cgi-bin/token?appid={APPID}&secret={SECRET}&grant_type=client_credential"
            ))
            .await;
        let token = reply["access_token"].as_str().unwrap();
        format!("/cgi-bin/message/custom/send?access_token={token}")
    }
}

pub(crate) fn options() -> ServeOptions {
    ServeOptions {
        control_token: None,
        platform: PlatformOptions::default(),
        functions: CloudFunctions::default(),
        ..ServeOptions::default()
    }
}

pub(crate) fn text() -> Value {
    json!({"touser": USER, "msgtype": "text", "text": {"content": "你好"}})
}

/// Makes the app one whose users need not be registered, as beside `wxcheck check`.
pub(crate) fn open_app(served: &Served) {
    served.server.hub().with(|state, _| {
        let app = state.apps.get_mut(APPID);
        app.expect("it is registered").settings.open = true;
    });
}

/// A client without TLS, which nothing here needs.
fn client() -> Client {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}
