use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wxcheck_network::Network;
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::message::Field;
use wxcheck_protocol::push::{self, Credentials, Format, Mode, Push, Stamp};
use wxcheck_protocol::reply::{self, Reply, ReplyContext};
use wxcheck_reference_server::{Account, Api, Behaviour, Running, Setting, Settings, spawn};

const TOKEN: &str = "wxcheckToken";
pub(crate) const APPID: &str = "wxba5fad812f8e6fb9";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// Longer than any answer takes, shorter than anybody's patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn setting(mode: Mode, format: Format, account: Account) -> Setting {
    Setting {
        mode,
        format,
        account,
        api: false,
    }
}

/// A server and the account it stands behind.
pub(crate) struct Target {
    running: Running,
    setting: Setting,
    credentials: Credentials,
}

/// An answer, byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Target {
    pub(crate) async fn new(setting: Setting, behaviour: Behaviour) -> Self {
        Self::with_api(setting, behaviour, None).await
    }

    pub(crate) async fn with_api(setting: Setting, behaviour: Behaviour, api: Option<Api>) -> Self {
        let credentials = Credentials {
            token: TOKEN.into(),
            appid: APPID.into(),
            key: setting
                .mode
                .seals()
                .then(|| EncodingAesKey::parse(KEY).unwrap()),
        };
        let settings = Settings {
            token: credentials.token.clone(),
            appid: credentials.appid.clone(),
            key: credentials.key.clone(),
            mode: setting.mode,
            format: setting.format,
            account: setting.account,
            limit: Duration::from_secs(1),
            api,
            fetch_tokens: Vec::new(),
            network: Network::Machine,
        };
        Self {
            running: spawn(settings, behaviour).await.unwrap(),
            setting,
            credentials,
        }
    }

    pub(crate) fn address(&self) -> String {
        // The name in an https URL leads nowhere by itself.
        if let Some(resolve) = self.running.resolve() {
            return resolve.split_once('=').unwrap().1.to_owned();
        }
        let url = self.running.url();
        let authority = url
            .strip_prefix("http://")
            .and_then(|rest| rest.strip_suffix("/wechat"));
        authority.unwrap().to_owned()
    }

    /// The request WeChat would make, with its nonce.
    pub(crate) fn compose(&self, nonce: &str, message: &[Field]) -> Push {
        let stamp = stamp(nonce);
        push::compose(
            self.setting.mode,
            self.setting.format,
            &self.credentials,
            &stamp,
            None,
            message,
        )
        .unwrap()
    }

    /// The bytes of a request on a connection that is kept unless `close`.
    pub(crate) fn request(
        &self,
        method: &str,
        query: &[(String, String)],
        body: &str,
        close: bool,
    ) -> String {
        format!(
            "{method} /wechat?{} HTTP/1.1\r\nHost: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{body}",
            push::encode_query(query),
            self.address(),
            push::content_type(self.setting.format, push::JsonType::Json),
            body.len(),
            if close { "Connection: close\r\n" } else { "" },
        )
    }

    /// Everything the server writes in answer to these bytes, until it closes the connection.
    pub(crate) async fn raw(&self, request: &str) -> Vec<u8> {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address()).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // A connection that is reset says no more than one that ends.
            let _reset = stream.read_to_end(&mut answer).await;
            answer
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .expect("the server closes the connection")
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        query: &[(String, String)],
        body: &str,
    ) -> Answer {
        let answer = self.raw(&self.request(method, query, body, true)).await;
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a complete head");
        Answer {
            head: String::from_utf8(answer[..end].to_vec()).unwrap(),
            body: answer[end + 4..].to_vec(),
        }
    }

    pub(crate) async fn push(&self, push: &Push) -> Answer {
        self.send("POST", &push.query, &push.body).await
    }

    /// Sends a push and hangs up before there can be an answer.
    pub(crate) async fn drop_after(&self, push: &Push) {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        let request = self.request("POST", &push.query, &push.body, true);
        stream.write_all(request.as_bytes()).await.unwrap();
    }

    pub(crate) async fn check(&self, query: &[(String, String)]) -> Answer {
        self.send("GET", query, "").await
    }

    pub(crate) fn read(&self, answer: &Answer) -> Reply {
        let credentials = &self.credentials;
        let context = ReplyContext {
            key: credentials.key.as_ref(),
            token: &credentials.token,
            appid: &credentials.appid,
        };
        reply::read(&answer.body, &context)
    }
}

pub(crate) fn verify_query(echostr: &str) -> Vec<(String, String)> {
    push::verify_query(TOKEN, &stamp("1514711492"), echostr)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is an edge of the program"
)]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn stamp(nonce: &str) -> Stamp {
    Stamp {
        timestamp: now(),
        nonce: nonce.to_owned(),
        random: *b"a8eedb185eb2fecf",
    }
}

/// The fields of a message that a user writes.
pub(crate) fn said(user: &str, msg_id: i64, content: &str) -> Vec<Field> {
    let mut fields = head(user, "text");
    fields.extend([
        Field::text("Content", content),
        Field::number("MsgId", msg_id),
    ]);
    fields
}

/// The fields of an event that a user causes.
pub(crate) fn happened(user: &str, event: &str) -> Vec<Field> {
    let mut fields = head(user, "event");
    fields.push(Field::text("Event", event));
    fields
}

fn head(user: &str, msg_type: &str) -> Vec<Field> {
    vec![
        Field::text("ToUserName", "gh_0123456789ab"),
        Field::text("FromUserName", user),
        Field::number("CreateTime", 1_700_000_000),
        Field::text("MsgType", msg_type),
    ]
}
