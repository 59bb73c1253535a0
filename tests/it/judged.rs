//! Judging a server from within a test.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use wxcheck_mock_server::{catalogue::Catalogue, clock};
use wxcheck_protocol::{aes_key::EncodingAesKey, limits::EXCHANGE_LIMIT};
use wxcheck_reference_server::{self as reference, Behaviour, Setting, Settings, spawn};
use wxcheck_suite::{
    account::Account,
    configuration::Configuration,
    rule::Rule,
    rules,
    run::{Plan, Run, run},
    watching,
};

pub(crate) const TOKEN: &str = "detectionToken";
pub(crate) const APPID: &str = "wx0123456789abcdef";
const APP_SECRET: &str = "detectionAppSecret";
pub(crate) const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

pub(crate) const FETCH_TOKENS: [&str; 2] = ["detectionFetch+One=", "detectionFetch+Two="];

/// A fifth of WeChat's five seconds: enough for a debug build on two busy cores.
pub(crate) const PATIENCE: f64 = 0.2;

/// At which of a server's URLs it is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum At {
    /// Where pushes go.
    Callback,
    /// Where data are fetched.
    Data,
    /// At all of them.
    All,
}

impl At {
    /// Where a behaviour shows: answering fetches has nothing in common with taking pushes, and time is dear.
    pub(crate) fn place_of(behaviour: &Behaviour) -> Self {
        let correct = Behaviour::default();
        if behaviour.data == correct.data && behaviour.tls == correct.tls {
            Self::Callback
        } else {
            Self::Data
        }
    }
}

/// Starts a server with that behaviour and judges it.
pub(crate) fn judge(
    setting: Setting,
    behaviour: Behaviour,
    at: At,
    patience: f64,
    chosen: Vec<&'static Rule>,
) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let limit = EXCHANGE_LIMIT.mul_f64(patience);
        let account: Account = setting.account.name().parse().unwrap();
        let mut configuration = Configuration {
            token: Some(TOKEN.into()),
            appid: Some(APPID.into()),
            secret: Some(APP_SECRET.into()),
            aes_key: Some(AES_KEY.into()),
            mode: Some(setting.mode),
            format: Some(setting.format),
            account: Some(account),
            patience: Some(patience),
            handles: handled(account),
            fetch_issuers: Some(true),
            issuers_at: vec![std::net::Ipv4Addr::LOCALHOST.into()],
            ..Configuration::default()
        };
        let api = if setting.api {
            let listen = "127.0.0.1:0".parse().unwrap();
            Some(
                watching::serve_api(&configuration, listen, 7)
                    .await
                    .unwrap(),
            )
        } else {
            None
        };
        let settings = Settings {
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
        };
        let server = spawn(settings, behaviour).await.unwrap();
        if at != At::Data {
            configuration.url = Some(server.url().to_owned());
            if account == Account::Platform {
                configuration.authorization_url = configuration.url.clone();
            }
        }
        if at != At::Callback {
            configuration.periodic_url = Some(server.periodic_url().to_owned());
            configuration.prefetch_url = Some(server.prefetch_url().to_owned());
        }
        configuration.resolve = server.resolve().into_iter().collect();
        let authority = server.authority().map(|der| der.to_vec().into());
        configuration.trusted = authority.into_iter().collect();
        configuration.fetch_token = FETCH_TOKENS.map(str::to_owned).to_vec();
        let judged = configuration.server().unwrap();
        let platform = watching::platform(&judged, api).await.unwrap();
        let player = watching::player(&platform, &judged, salt());
        let plan = Plan {
            rules: chosen,
            skips: Vec::new(),
            seed: 7,
            draws: None,
            concurrency: 8,
            max_time: Duration::from_secs(200),
            may_lengthen: false,
        };
        run(
            &player,
            server.url().to_owned(),
            &plan,
            std::future::pending(),
            &|_| {},
        )
        .await
    })
}

/// What the reference server handles: all that asks for more than `success`.
fn handled(account: Account) -> Vec<String> {
    let pushed = Catalogue::built_in().unwrap().of(account.name());
    let asking = pushed.into_iter().filter(rules::asks_for_more);
    asking.map(|entry| entry.name).collect()
}

/// Every rule.
pub(crate) fn all_rules() -> Vec<&'static Rule> {
    rules::all().collect()
}

/// Runs a job for each item on four threads: most of a judgement is waiting. Results keep their order.
pub(crate) fn for_each<T: Sync, R: Send>(items: &[T], job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else {
                            break done;
                        };
                        done.push((index, job(item)));
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn salt() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    clock::unix_seconds() << 24 | RUNS.fetch_add(1, Ordering::Relaxed)
}
