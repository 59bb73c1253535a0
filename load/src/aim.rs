//! The server that is loaded: its addresses and credentials, and every kind of request ready to be filled in. Unlike the plan
//! it holds secrets, and each machine has its own.

use std::{
    fmt, io,
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use url::Url;
use wxcheck_mock_server::{
    Request, Target, addresses,
    catalogue::CatalogueEntry,
    composer::{Message, Recipient},
    connecting::SharedConnecting,
    ownership::{self, Foreign},
    target::append_query,
};
use wxcheck_protocol::{
    account::Account,
    fetch::{Dialect, Fetch, FetchKind, Launch, TimestampUnit},
    push::encode_query,
    reply::Structured,
};

use crate::{
    mix::{Share, ShareKind},
    plan_error::PlanError,
    sequence::Sequence,
    template::{Template, TemplateError},
};

/// The server that is loaded. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The kind of account.
    pub account: Account,
    /// The callback URL, with mode, format and credentials.
    pub target: Target,
    /// The app that a third-party platform acts for; elsewhere the app.
    pub authorizer: String,
    /// The URL of platform notifications, where they have one of their own.
    pub authorization_url: Option<Url>,
    /// The pushes of the account, each form by itself.
    pub catalogue: Vec<CatalogueEntry>,
    /// The places from which data are fetched.
    pub fetched: Fetched,
    /// Further authorities to trust, and addresses for host names.
    pub connecting: SharedConnecting,
}

/// The places from which data are fetched.
#[derive(Clone, Default)]
pub struct Fetched {
    /// The URL of periodic updates.
    pub periodic: Option<Url>,
    /// The URL of prefetches.
    pub pre: Option<Url>,
    /// The token that a user's mini program set.
    pub token: Option<String>,
    /// The dialect of the parameters.
    pub dialect: Dialect,
    /// The unit of the timestamp; the dialect's where none is given.
    pub unit: Option<TimestampUnit>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { periodic, pre, .. } = self;
        let known = [periodic, pre].map(Option::is_some);
        f.debug_tuple("Fetched").field(&known).finish()
    }
}

/// A server that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum AimError {
    /// A share of the mix cannot be sent.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A push cannot be prepared.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The name leads nowhere.
    #[error(
        "the host `{host}` cannot be found ({reason}); correct it, or give --resolve {host}=ADDR"
    )]
    Unresolved {
        /// The host.
        host: String,
        /// The system's error.
        reason: io::Error,
    },
    /// A machine that may be somebody else's.
    #[error(transparent)]
    Foreign(#[from] Foreign),
    /// TLS cannot be set up.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
}

/// One place to connect to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// True for https.
    pub secure: bool,
    /// The host, as the URL names it.
    pub host: String,
    /// Its addresses; the first is used.
    pub addresses: Vec<SocketAddr>,
}

/// A share of the mix, ready to go.
#[derive(Clone, Debug)]
pub struct PreparedShare {
    /// The request.
    pub template: Template,
    /// The place of its endpoint.
    pub endpoint: usize,
    /// The kind.
    pub kind: ShareKind,
    /// The object that it asks for as its answer, if it asks for one.
    pub structured: Option<Structured>,
}

/// All requests of a plan, ready to go.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// For each share of the mix.
    pub shares: Vec<PreparedShare>,
    /// The places to connect to.
    pub endpoints: Vec<Endpoint>,
}

impl Aim {
    /// Prepares every share of a plan. Hosts that are neither this machine nor private must be among `owned`.
    pub fn prepare(&self, sequence: &Sequence, owned: &[String]) -> Result<Prepared, AimError> {
        let plan = sequence.plan();
        let mut prepared = Prepared::default();
        for share in &plan.mix {
            let (url, template) = match share.kind {
                ShareKind::Fetch(kind) => self.fetch(kind, !plan.keeps)?,
                _ => self.push(share, !plan.keeps)?,
            };
            let endpoint = self.endpoint(&url, owned)?;
            let known = prepared
                .endpoints
                .iter()
                .position(|known| *known == endpoint);
            let place = known.unwrap_or_else(|| {
                prepared.endpoints.push(endpoint);
                prepared.endpoints.len() - 1
            });
            prepared.shares.push(PreparedShare {
                template,
                endpoint: place,
                kind: share.kind,
                structured: self.entry(share).and_then(|entry| entry.answer),
            });
        }
        Ok(prepared)
    }

    fn entry(&self, share: &Share) -> Option<&CatalogueEntry> {
        let mut entries = self.catalogue.iter();
        entries.find(|entry| entry.name == share.name)
    }

    fn push(&self, share: &Share, closes: bool) -> Result<(Url, Template), AimError> {
        let unknown = || {
            PlanError::new(
                "--mix",
                &share.name,
                "no push has that name here; see `wxcheck push --list`",
            )
        };
        let message = Message::of(self.entry(share).ok_or_else(unknown)?, self.target.format);
        let recipient = Recipient {
            account: self.account,
            target: &self.target,
            authorizer: &self.authorizer,
            authorization_url: self.authorization_url.as_ref(),
        };
        let template = Template::push(&message, &recipient, closes)?;
        Ok((recipient.target_of(message.route()).url, template))
    }

    fn fetch(&self, kind: FetchKind, closes: bool) -> Result<(Url, Template), AimError> {
        let Fetched {
            periodic,
            pre,
            token,
            dialect,
            unit,
        } = &self.fetched;
        let url = match kind {
            FetchKind::Periodic => periodic,
            FetchKind::Pre => pre,
        };
        let missing = || {
            PlanError::new(
                "--mix",
                kind,
                format!("give --{kind}-url: that is where it is fetched from"),
            )
        };
        let url = url.clone().ok_or_else(missing)?;
        let unit = unit.unwrap_or(TimestampUnit::of(*dialect));
        let launch = match kind {
            FetchKind::Periodic => Launch::default(),
            FetchKind::Pre => Launch {
                path: Some("pages/index/index".to_owned()),
                scene: Some(1001),
                ..Launch::default()
            },
        };
        let fetch = Fetch {
            kind,
            appid: self.target.credentials.appid.clone(),
            token: token.clone(),
            code: None,
            sent_at: 0,
            launch,
        };
        let request = |sent_at| {
            let fetch = Fetch {
                sent_at,
                ..fetch.clone()
            };
            let query = encode_query(&fetch.pairs(*dialect, unit));
            Request::get(append_query(url.clone(), &query))
        };
        let template = Template::fetch(kind.name(), request, closes)?;
        Ok((url, template))
    }

    fn endpoint(&self, url: &Url, owned: &[String]) -> Result<Endpoint, AimError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let addresses = addresses::resolve_blocking(url, &self.connecting).map_err(|reason| {
            AimError::Unresolved {
                host: host.clone(),
                reason,
            }
        })?;
        ownership::check(&host, &addresses, owned)?;
        Ok(Endpoint {
            secure: url.scheme() == "https",
            host,
            addresses: listening_first(addresses),
        })
    }
}

/// The time in which one address of several has to take a connection.
const LOOK: Duration = Duration::from_secs(1);

/// The addresses, the first that takes a connection in front: `localhost` has two, and a server may listen on one of
/// them only.
fn listening_first(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let takes = |address: &SocketAddr| TcpStream::connect_timeout(address, LOOK).is_ok();
    if addresses.len() > 1
        && let Some(place) = addresses.iter().position(takes)
    {
        addresses[..=place].rotate_right(1);
    }
    addresses
}

#[cfg(test)]
pub(crate) mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use tokio::net::TcpSocket;
    use wxcheck_mock_server::{catalogue::Catalogue, connecting::SharedConnecting};
    use wxcheck_protocol::push::{Credentials, Format, JsonType, Mode};

    use super::*;
    use crate::plan::{Plan, tests::steady};

    pub(crate) fn aim(url: &str) -> Aim {
        Aim {
            account: Account::Mini,
            target: Target {
                url: Url::parse(url).unwrap(),
                credentials: Credentials {
                    token: "aTokenOfYourOwn".into(),
                    appid: "wx0123456789abcdef".into(),
                    key: None,
                },
                mode: Mode::Plain,
                format: Format::Xml,
                json_type: JsonType::Json,
                original_id: "gh_0123456789ab".into(),
                payments: None,
            },
            authorizer: "wx0123456789abcdef".into(),
            authorization_url: None,
            catalogue: Catalogue::built_in().unwrap().of(Account::Mini),
            fetched: Fetched::default(),
            connecting: SharedConnecting::default(),
        }
    }

    fn prepared(url: &str, plan: Plan, owned: &[&str]) -> Result<Prepared, String> {
        let owned: Vec<String> = owned.iter().map(|host| (*host).to_owned()).collect();
        let prepared = aim(url).prepare(&Sequence::new(plan).unwrap(), &owned);
        prepared.map_err(|error| error.to_string())
    }

    #[test]
    fn strangers_are_not_loaded() {
        let plan = || steady(1.0, 1);
        for near in [
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "http://192.168.1.7/",
        ] {
            assert!(prepared(near, plan(), &[]).is_ok(), "{near}");
        }
        let far = "http://203.0.113.9/wechat";
        let refused = prepared(far, plan(), &["203.0.113.8"]).unwrap_err();
        let told = "give --i-own 203.0.113.9, or i-own = \"203.0.113.9\" in wxcheck.toml";
        assert!(refused.ends_with(told), "{refused}");
        assert!(prepared(far, plan(), &["203.0.113.9"]).is_ok());
    }

    #[test]
    fn a_fetch_needs_its_url() {
        let mut plan = steady(1.0, 1);
        plan.mix[0].kind = ShareKind::Fetch(FetchKind::Periodic);
        let error = prepared("http://127.0.0.1/", plan.clone(), &[]).unwrap_err();
        assert!(
            error.starts_with("--mix periodic: give --periodic-url"),
            "{error}"
        );
        let aim = Aim {
            fetched: Fetched {
                periodic: Url::parse("http://127.0.0.1:7/data").ok(),
                token: Some("t".into()),
                dialect: Dialect::Finclip,
                ..Fetched::default()
            },
            ..aim("http://127.0.0.1/")
        };
        let prepared = aim.prepare(&Sequence::new(plan).unwrap(), &[]).unwrap();
        assert_eq!(prepared.endpoints[0].addresses[0].port(), 7);
    }

    #[test]
    fn the_address_that_takes_a_connection_comes_first() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        // Bound, so that nobody else takes it, but not listening.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let closed = socket.local_addr().unwrap();
        assert_eq!(listening_first(vec![closed, open]), [open, closed]);
        assert_eq!(listening_first(vec![closed, closed]), [closed, closed]);
    }
}
