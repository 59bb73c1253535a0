//! Requests to the mock of WeChat's API and to the control API: method, path and query on the first line, the body behind.
#![no_main]

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Runtime,
    time::{Instant, timeout},
};
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, PlatformOptions, ServeOptions,
    clock::Clock,
    state::{
        State,
        app::AppSettings,
    },
};
use wxcheck_network::{ANY_LOOPBACK_PORT, Network};

const SETTINGS: fn() -> AppSettings = || AppSettings {
    appid: "wx0123456789abcdef".into(),
    secret: Some("secret".into()),
    kind: wxcheck_protocol::account::Account::Mini,
    ip_whitelist: Vec::new(),
    callback: None,
    open: true,
    domains: wxcheck_protocol::domain::Domains::default(),
};

struct Served {
    runtime: Runtime,
    network: Network,
    server: ApiServer,
}

thread_local! {
    static SERVED: Served = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let network = Network::within_the_process();
        let server = runtime.block_on(async {
            let mut state = State::new(7, true);
            state.register(SETTINGS());
            let journal = Arc::new(Journal::new(Instant::now(), 100));
            let hub = Arc::new(Hub::new(state, 7, Clock::standing_now(), journal));
            let platform = PlatformOptions { network: network.clone(), ..PlatformOptions::default() };
            let options = ServeOptions { platform, ..ServeOptions::default() };
            ApiServer::start(ANY_LOOPBACK_PORT, hub, options).await.unwrap()
        });
        Served { runtime, network, server }
    };
}

libfuzzer_sys::fuzz_target!(|input: (&str, &str, &[u8])| {
    let (method, target, body) = input;
    // What stands in a request line cannot hold what ends it.
    let fits = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits(method) || method.is_empty() || !fits(target) {
        return;
    }
    SERVED.with(|Served { runtime, network, server }| {
        runtime.block_on(async {
            let mut stream = network.connect(server.address()).await.unwrap();
            let head = format!(
                "{method} /{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let answered = async {
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body).await;
                let mut answer = Vec::new();
                let _ = stream.read_to_end(&mut answer).await;
            };
            // A push that a control request starts may wait; a server that hangs is the bug looked for.
            assert!(timeout(Duration::from_secs(60), answered).await.is_ok(), "no answer");
        });
    });
});
