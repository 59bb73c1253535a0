//! The mock API beside a load, or beside a worker: the users to whom the server sends messages.

use std::sync::Arc;

use anyhow::Result;
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};
use wxcheck_events::{Called, Interest, Subscription};
use wxcheck_mock_server::{ApiServer, Hub, Journal, PlatformOptions, clock::Clock, state::State};
use wxcheck_settings::Settings;
use wxcheck_suite::effects::SENDING;

use crate::{
    language::{Lang, told},
    screen, serve,
};

/// Records of calls that are kept: nobody reads them, the stream alone is heard.
const KEPT: usize = 16;

/// The mock API; it stops when dropped.
pub(crate) struct Api {
    _server: ApiServer,
    hearing: JoinHandle<()>,
    openids: Option<mpsc::UnboundedReceiver<String>>,
}

impl Api {
    /// Serves the API where that is asked for.
    pub(crate) async fn serve(settings: &Settings, seed: u64, lang: Lang) -> Result<Option<Self>> {
        let Some(listen) = settings.effects.api_listen else {
            return Ok(None);
        };
        // Quotas are for users who are written to all day; a load has thousands in a second.
        let mut state = State::new(seed, false);
        state.register(settings.app(None, true));
        let journal = Arc::new(Journal::new(Instant::now(), KEPT));
        let calls = journal.subscribe(Interest::Everything);
        let hub = Arc::new(Hub::new(state, seed, Clock::real(), journal));
        let options = settings.serve_options(PlatformOptions::default());
        let server = ApiServer::start(listen, hub, options)
            .await
            .map_err(serve::of_serving)?;
        let (base, appid) = (server.base_url(), settings.appid());
        let told = told!(
            lang,
            "let your server call {base} in place of https://api.weixin.qq.com, with appid {appid}",
            "请让你的服务器调用 {base} 而不是 https://api.weixin.qq.com，appid 为 {appid}"
        );
        screen::complain(&settings.secrets().page(&told));
        let (tell, openids) = mpsc::unbounded_channel();
        Ok(Some(Self {
            _server: server,
            hearing: tokio::spawn(hear(calls, tell)),
            openids: Some(openids),
        }))
    }

    /// The user of each effect, as they come; once.
    pub(crate) const fn take_openids(&mut self) -> Option<mpsc::UnboundedReceiver<String>> {
        self.openids.take()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.hearing.abort();
    }
}

async fn hear(mut calls: Subscription, tell: mpsc::UnboundedSender<String>) {
    while let Some(event) = calls.next().await {
        if let Some(openid) = event.kind.called().and_then(effect)
            && tell.send(openid.to_owned()).is_err()
        {
            return;
        }
    }
}

/// The user to whom a call sends a message that WeChat would take.
fn effect(called: &Called) -> Option<&str> {
    let sends = SENDING.contains(&called.path.as_ref());
    called.openid.as_deref().filter(|_| sends && called.sent)
}
