//! One server, judged from within a test.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::Instant,
};
use url::Url;
use wxcheck_mock_server::{ApiServer, Platform, clock};
use wxcheck_network::{ANY_LOOPBACK_PORT, Listener, Network};
use wxcheck_protocol::{
    account::Account, aes_key::EncodingAesKey, limits::EXCHANGE_LIMIT, push::Format,
};
use wxcheck_reference_server::{self as reference, Behaviour, Running, Setting, UNUSUAL, spawn};
use wxcheck_settings::{
    Besides, Settings,
    groups::{AccountKind, Sending, Target},
};
use wxcheck_suite::{
    diagnosis::{self, Examined, Limits},
    gate::Gate,
    plan::Plan,
    report::View,
    rule::Rule,
    rules,
    server::Server,
    session::Session,
    setup,
};

use crate::planted;

const TOKEN: &str = "detectionToken";
const APPID: &str = "wx0123456789abcdef";
pub(crate) const APP_SECRET: &str = "detectionAppSecret";
pub(crate) const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

const FETCH_TOKENS: [&str; 2] = ["detectionFetch+One=", "detectionFetch+Two="];

/// A run that is not done by then hangs. Most of it is virtual.
const LONGEST_RUN: Duration = Duration::from_secs(3600);
/// The salt of an examination: the same in each run of the tests, so that what fails fails again.
const SALT: u64 = 7;

/// The place where a server runs while it is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Within the process, on time that only passes while everybody waits: no load can make anything late.
    Process,
    /// On this machine's sockets, in real time: for claims about connections and TLS.
    Sockets,
}

impl Place {
    /// The place where a behaviour shows.
    pub(crate) fn of(behaviour: &Behaviour) -> Self {
        let correct = Behaviour::default();
        let on_the_wire = behaviour.tls != correct.tls
            || behaviour.wire != correct.wire
            || behaviour.refused_body != correct.refused_body;
        if on_the_wire {
            Self::Sockets
        } else {
            Self::Process
        }
    }

    /// Multiplies WeChat's five seconds. Virtual seconds cost nothing; of real ones, a fifth is enough for a debug
    /// build on two busy cores.
    const fn patience(self) -> f64 {
        match self {
            Self::Process => 1.0,
            Self::Sockets => 0.2,
        }
    }

    fn network(self) -> Network {
        match self {
            Self::Process => Network::within_the_process(),
            Self::Sockets => Network::Machine,
        }
    }

    /// A runtime on the time of that place.
    pub(crate) fn runtime(self) -> Runtime {
        Builder::new_current_thread()
            .enable_all()
            .start_paused(self == Self::Process)
            .build()
            .unwrap()
    }
}

/// The URLs of a server at which it is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum At {
    /// The URL to which pushes go.
    Callback,
    /// The URLs from which data are fetched.
    Data,
    /// All of them.
    All,
}

impl At {
    /// The URLs where a behaviour shows: answering fetches has nothing in common with taking pushes, and time is dear.
    pub(crate) fn place_of(behaviour: &Behaviour) -> Self {
        let correct = Behaviour::default();
        if behaviour.data == correct.data && behaviour.tls == correct.tls {
            Self::Callback
        } else {
            Self::Data
        }
    }
}

/// The place and the draws with which a server is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    place: Place,
    seed: u64,
    /// The server is there for whatever the rules ask about.
    handles_all: bool,
    max_time: Duration,
    time_beside_musts: Duration,
}

impl Conditions {
    /// The conditions of every trial.
    fn usual(behaviour: &Behaviour) -> Self {
        Self {
            place: Place::of(behaviour),
            seed: 7,
            handles_all: true,
            max_time: LONGEST_RUN,
            time_beside_musts: LONGEST_RUN,
        }
    }

    /// The conditions of users: sockets, and whatever seed was drawn.
    pub(crate) const fn on_sockets(seed: u64) -> Self {
        Self {
            place: Place::Sockets,
            seed,
            handles_all: true,
            max_time: LONGEST_RUN,
            time_beside_musts: LONGEST_RUN,
        }
    }

    /// The conditions of whoever gives nothing but a URL, on the time of the process.
    pub(crate) const fn of_a_first_run() -> Self {
        Self {
            place: Place::Process,
            seed: 7,
            handles_all: false,
            max_time: Duration::from_secs(120),
            time_beside_musts: Duration::from_secs(23),
        }
    }
}

/// Starts a server with that behaviour and judges it by every rule.
pub(crate) fn judge(setting: Setting, behaviour: Behaviour, at: At) -> View {
    judge_under(Conditions::usual(&behaviour), setting, behaviour, at)
}

/// The same, under those conditions.
pub(crate) fn judge_under(
    Conditions {
        place,
        seed,
        handles_all,
        max_time,
        time_beside_musts,
    }: Conditions,
    setting: Setting,
    behaviour: Behaviour,
    at: At,
) -> View {
    place.runtime().block_on(async {
        let mut stage = Stage::set(place, handles_all, setting, behaviour, at).await;
        let platform = stage.platform().await;
        let player = setup::player(&platform, &stage.judged, seed);
        let plan = Plan {
            max_time,
            time_beside_musts,
            ..plan(rules::all().collect(), seed)
        };
        let (session, running) = Session::start(&player, stage.server.url().to_owned(), &plan);
        running.await;
        session.view().unwrap()
    })
}

/// The plan of a run that has all the time it wants.
pub(crate) fn plan(rules: Vec<&'static Rule>, seed: u64) -> Plan {
    Plan {
        rules,
        skips: Vec::new(),
        seed,
        draws: None,
        concurrency: 8,
        rate: None,
        max_time: LONGEST_RUN,
        time_beside_musts: LONGEST_RUN,
        gate: Gate::default(),
    }
}

/// A server that runs, and what wxcheck is told of it.
pub(crate) struct Stage {
    pub(crate) server: Running,
    pub(crate) judged: Server,
    api: Option<ApiServer>,
    _entity_file: planted::File,
}

impl Stage {
    /// Starts a server with that behaviour, and the API beside it if it calls one.
    pub(crate) async fn set(
        place: Place,
        handles_all: bool,
        setting: Setting,
        behaviour: Behaviour,
        at: At,
    ) -> Self {
        let (patience, network) = (place.patience(), place.network());
        let limit = EXCHANGE_LIMIT.mul_f64(patience);
        let account = setting.account;
        let mut settings = Settings {
            target: Target {
                token: Some(TOKEN.into()),
                appid: Some(APPID.into()),
                secret: Some(APP_SECRET.into()),
                aes_key: Some(AES_KEY.into()),
                mode: Some(setting.mode),
                format: Some(setting.format),
                ..Target::default()
            },
            kind: AccountKind {
                account: Some(account),
            },
            sending: Sending {
                patience: Some(patience),
                fetch_issuers: true,
                ..Sending::default()
            },
            besides: Besides {
                network: network.clone(),
                issuers_at: vec![Ipv4Addr::LOCALHOST.into()],
                ..Besides::default()
            },
            ..Settings::default()
        };
        if handles_all {
            settings.run.handles = settings.all_that_asks().unwrap();
        }
        if handles_all && account == Account::Mini && setting.format == Format::Json {
            settings.run.handles.push("wxa_media_check".into());
        }
        let api = if setting.api {
            let listen = "127.0.0.1:0".parse().unwrap();
            let options = settings.serve_options(settings.platform_options().unwrap());
            let served = setup::serve_api(settings.app(None, true), options, listen, 7);
            Some(served.await.unwrap())
        } else {
            None
        };
        let of_reference = reference::Settings {
            token: TOKEN.into(),
            appid: APPID.into(),
            key: Some(EncodingAesKey::parse(AES_KEY).unwrap()),
            mode: setting.mode,
            format: setting.format,
            account: setting.account,
            limit,
            api: api.as_ref().map(|api| reference::Api {
                base: api.base_url(),
                secret: APP_SECRET.into(),
            }),
            fetch_tokens: FETCH_TOKENS.map(str::to_owned).to_vec(),
            network,
        };
        let server = spawn(of_reference, behaviour).await.unwrap();
        if at != At::Data {
            settings.callback.url = Some(server.url().to_owned());
            if account == Account::Platform {
                settings.target.authorization_url = settings.callback.url.clone();
            }
        }
        if at != At::Callback {
            settings.fetch.periodic_url = Some(server.periodic_url().to_owned());
            settings.fetch.prefetch_url = Some(server.prefetch_url().to_owned());
        }
        settings.sending.resolve = server.resolve().into_iter().collect();
        let trusted = server.authorities().iter().cloned();
        settings.besides.trusted = trusted.map(Into::into).collect();
        settings.carried.fetch_token = FETCH_TOKENS.map(str::to_owned).to_vec();
        let mut judged = settings.server().unwrap();
        let entity_file = planted::File::new(own_number());
        judged.entity_file = Some(entity_file.settings());
        Self {
            server,
            judged,
            api,
            _entity_file: entity_file,
        }
    }

    /// The platform that plays WeChat; there is one for a stage.
    pub(crate) async fn platform(&mut self) -> Platform {
        let api = self.api.take();
        setup::platform(&self.judged, api).await.unwrap()
    }
}

/// The subject of an examination, and the settings for it.
pub(crate) struct Examination {
    /// The settings that wxcheck is given.
    pub(crate) setting: Setting,
    pub(crate) token: &'static str,
    pub(crate) limits: Limits,
    pub(crate) subject: Subject,
    pub(crate) reached: Reached,
}

/// The way to the reference server.
#[derive(Clone, Copy)]
pub(crate) enum Reached {
    /// By its own URL.
    Directly,
    /// By a name that leads to several addresses, one of which is its own.
    ByName {
        alive: &'static str,
        dead: &'static [&'static str],
    },
}

/// The place to which the URL leads.
pub(crate) enum Subject {
    /// The reference server with that setting and behaviour.
    Server(Setting, Box<Behaviour>),
    /// Strangers that write those bytes to whoever connects to their addresses, and nobody at any other.
    Strangers {
        url: &'static str,
        listening: &'static [(&'static str, &'static [u8])],
    },
    /// This machine's network.
    Machine(&'static str),
    /// Somebody on this machine who closes every connection, in front of a URL with https.
    HangsUp,
}

/// Starts a server with that behaviour and looks for the cause of what is wrong with it.
pub(crate) fn examine(setting: Setting, behaviour: Behaviour, limits: Limits) -> Examined {
    timed(setting, behaviour, limits).0
}

/// The same, and the time that it took, which is virtual within the process.
pub(crate) fn timed(
    setting: Setting,
    behaviour: Behaviour,
    limits: Limits,
) -> (Examined, Duration) {
    Examination {
        setting,
        token: TOKEN,
        limits,
        subject: Subject::Server(setting, Box::new(behaviour)),
        reached: Reached::Directly,
    }
    .run()
}

impl Examination {
    /// A look at whatever that URL leads to.
    pub(crate) fn of(subject: Subject) -> Self {
        Self {
            setting: UNUSUAL[0].setting,
            token: TOKEN,
            limits: Limits::USUAL,
            subject,
            reached: Reached::Directly,
        }
    }

    /// The causes that are found, and the time that it took.
    pub(crate) fn run(self) -> (Examined, Duration) {
        let place = match &self.subject {
            Subject::Server(_, behaviour) => Place::of(behaviour),
            Subject::Strangers { .. } => Place::Process,
            Subject::Machine(_) | Subject::HangsUp => Place::Sockets,
        };
        place.runtime().block_on(self.look(place))
    }

    async fn look(self, place: Place) -> (Examined, Duration) {
        let (patience, network) = (place.patience(), place.network());
        let mut settings = Settings {
            target: Target {
                token: Some(self.token.into()),
                appid: Some(APPID.into()),
                secret: Some(APP_SECRET.into()),
                aes_key: Some(AES_KEY.into()),
                mode: Some(self.setting.mode),
                format: Some(self.setting.format),
                ..Target::default()
            },
            kind: AccountKind {
                account: Some(self.setting.account),
            },
            sending: Sending {
                patience: Some(patience),
                ..Sending::default()
            },
            besides: Besides {
                network: network.clone(),
                ..Besides::default()
            },
            ..Settings::default()
        };
        // Each ends when it is dropped.
        let mut server = None;
        let mut strangers = JoinSet::new();
        match self.subject {
            Subject::Server(setting, behaviour) => {
                let of_reference = reference::Settings {
                    token: self.token.into(),
                    appid: APPID.into(),
                    key: Some(EncodingAesKey::parse(AES_KEY).unwrap()),
                    mode: setting.mode,
                    format: setting.format,
                    account: setting.account,
                    limit: EXCHANGE_LIMIT.mul_f64(patience),
                    api: None,
                    fetch_tokens: Vec::new(),
                    network: network.clone(),
                };
                let spawned = spawn(of_reference, *behaviour).await.unwrap();
                settings.callback.url = Some(spawned.url().to_owned());
                settings.sending.resolve = spawned.resolve().into_iter().collect();
                if let Reached::ByName { alive, dead } = self.reached {
                    let url = Url::parse(spawned.url()).unwrap();
                    let port = url.port().unwrap();
                    let own = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                    let address: SocketAddr = format!("{alive}:{port}").parse().unwrap();
                    if address != own {
                        let listener = network.listen(address).await.unwrap();
                        strangers.spawn(forward(listener, network, own));
                    }
                    settings.callback.url = Some(format!("http://callback.example:{port}/wechat"));
                    let addresses = [alive].into_iter().chain(dead.iter().copied());
                    settings.sending.resolve = addresses
                        .map(|address| format!("callback.example={address}:{port}"))
                        .collect();
                }
                let trusted = spawned.authorities().iter().cloned();
                settings.besides.trusted = trusted.map(Into::into).collect();
                server = Some(spawned);
            }
            Subject::Strangers { url, listening } => {
                settings.callback.url = Some(url.to_owned());
                for (address, bytes) in listening {
                    let listener = network.listen(address.parse().unwrap()).await.unwrap();
                    strangers.spawn(stranger(listener, bytes));
                }
            }
            Subject::Machine(url) => settings.callback.url = Some(url.to_owned()),
            Subject::HangsUp => {
                let mut listener = network.listen(ANY_LOOPBACK_PORT).await.unwrap();
                let address = listener.address().unwrap();
                settings.callback.url = Some(format!("https://{address}/wechat"));
                strangers.spawn(async move { while listener.accept().await.is_ok() {} });
            }
        }
        if self.setting.account == Account::Platform {
            settings.target.authorization_url = settings.callback.url.clone();
        }
        let judged = settings.server().unwrap();
        let platform = setup::platform(&judged, None).await.unwrap();
        let player = setup::player(&platform, &judged, SALT);
        // A debug build on a busy machine takes longer than two seconds; requests are what counts.
        let limits = Limits {
            time: LONGEST_RUN,
            ..self.limits
        };
        let begun = Instant::now();
        let examined = diagnosis::examine(&player, limits, SALT + 1).await.unwrap();
        drop(server);
        (examined, begun.elapsed())
    }
}

/// Passes all connections on to that address.
async fn forward(mut listener: Listener, network: Network, to: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let network = network.clone();
        connections.spawn(async move {
            let mut far = network.connect(to).await.unwrap();
            // Either end may go first.
            let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
    }
}

/// Writes the same bytes to everybody who asks for something.
async fn stranger(mut listener: Listener, bytes: &'static [u8]) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut asked = [0; 4096];
        // Whoever is gone again wanted no answer.
        let _asked = stream.read(&mut asked).await;
        let _written = stream.write_all(bytes).await;
        let _closed = stream.shutdown().await;
    }
}

/// A number that no other file of this machine has: trials run beside each other, and beside those of another process.
fn own_number() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    clock::unix_seconds() << 24 | RUNS.fetch_add(1, Ordering::Relaxed)
}
