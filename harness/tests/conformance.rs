//! The reference server, judged as a server's own tests would judge it.

use wxcheck_harness as wxcheck;
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    limits::EXCHANGE_LIMIT,
    push::{Format, Mode},
};
use wxcheck_reference_server::{Api, Behaviour, Settings, spawn};

async fn start(wechat: wxcheck::Wechat) -> Result<String, std::io::Error> {
    let settings = Settings {
        token: wechat.token,
        appid: wechat.appid,
        key: None,
        mode: Mode::Plain,
        format: Format::Xml,
        account: Account::Mini,
        limit: EXCHANGE_LIMIT,
        api: Some(Api {
            base: wechat.base_url,
            secret: wechat.secret,
        }),
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    let running = spawn(settings, Behaviour::default()).await?;
    let url = running.url().to_owned();
    // It serves until the process ends.
    std::mem::forget(running);
    Ok(url)
}

wxcheck::conformance!(start);
