//! The mock API next to a load, or to a worker: the messages that the server sends, taken or refused.

use std::sync::Arc;

use anyhow::Result;
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};
use wxcheck_events::{Called, Interest, Subscription};
use wxcheck_load::ledger::Act;
use wxcheck_mock_server::{
    ApiServer, Hub, Journal, PlatformOptions, clock::Clock, sending, state::State,
};
use wxcheck_settings::Settings;

use crate::{
    language::{Language, told},
    screen, serve,
};

/// Records of calls that are kept: nobody reads them, the stream alone is heard.
const KEPT: usize = 16;

/// The mock API; it stops when dropped.
pub(crate) struct Api {
    _server: ApiServer,
    hearing: JoinHandle<()>,
    acts: Option<mpsc::UnboundedReceiver<Act>>,
}

impl Api {
    /// Serves the API where that is asked for.
    pub(crate) async fn serve(
        settings: &Settings,
        seed: u64,
        lang: Language,
    ) -> Result<Option<Self>> {
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
        let (tell, acts) = mpsc::unbounded_channel();
        Ok(Some(Self {
            _server: server,
            hearing: tokio::spawn(hear(calls, tell)),
            acts: Some(acts),
        }))
    }

    /// The acts of the server, as they come; once.
    pub(crate) const fn take_acts(&mut self) -> Option<mpsc::UnboundedReceiver<Act>> {
        self.acts.take()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.hearing.abort();
    }
}

async fn hear(mut calls: Subscription, tell: mpsc::UnboundedSender<Act>) {
    while let Some(event) = calls.next().await {
        if let Some(act) = event.kind.called().and_then(act)
            && tell.send(act).is_err()
        {
            return;
        }
    }
}

/// The act of a call that sends a message, or was to send one.
fn act(called: &Called) -> Option<Act> {
    sending::find(&called.path)?;
    match (&called.openid, called.errcode) {
        (Some(openid), _) if called.sent => Some(Act::Taken(openid.as_ref().to_owned())),
        (_, 0) => None,
        (_, errcode) => Some(Act::Refused(errcode)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(path: &'static str, sent: bool, errcode: i64) -> Called {
        Called {
            method: "POST".into(),
            path: path.into(),
            planned: true,
            appid: None,
            token: None,
            openid: sent.then(|| "oUser".into()),
            sent,
            errcode,
            status: 200,
            time: None,
            fault: None,
            unknown_media: None,
            query: Box::default(),
            body: Box::default(),
            answer: None,
        }
    }

    #[test]
    fn a_message_is_taken_or_refused_and_other_calls_are_none() {
        let taken = act(&called(sending::CUSTOMER_MESSAGE, true, 0));
        assert_eq!(taken, Some(Act::Taken("oUser".to_owned())));
        let refused = act(&called(sending::CUSTOMER_MESSAGE, false, 40001));
        assert_eq!(refused, Some(Act::Refused(40001)));
        assert_eq!(act(&called(sending::CUSTOMER_MESSAGE, false, 0)), None);
        assert_eq!(act(&called("/cgi-bin/token", false, 40013)), None);
    }
}
