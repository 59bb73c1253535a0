//! The effects of a load: the server calls the mock API, which is served in this process and counts.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};
use wxcheck_events::{Called, Interest, Kind, Subscription};
use wxcheck_load::{
    ledger::{Acts, Ledger},
    run::ShardEnd,
    shard::Shard,
};
use wxcheck_mock_server::{ApiServer, Hub, Journal, PlatformOptions, clock::Clock, state::State};
use wxcheck_settings::Settings;
use wxcheck_suite::effects::SENDING;

use crate::{screen, serve};

/// Records of calls that are kept: nobody reads them, the stream alone is heard.
const KEPT: usize = 16;
/// Token refusals: such a call is made again.
const TOKEN_REFUSED: [i64; 3] = [40_001, 40_014, 42_001];

/// The mock API beside a load.
pub(super) struct Effects {
    // It stops when dropped.
    _api: ApiServer,
    counting: JoinHandle<Acts>,
    /// The effects so far.
    seen: watch::Receiver<u64>,
    ends: watch::Sender<bool>,
}

impl Effects {
    /// Serves the API where that is asked for.
    pub(super) async fn serve(settings: &Settings, seed: u64) -> Result<Option<Self>> {
        let Some(listen) = settings.effects.api_listen else {
            return Ok(None);
        };
        // Quotas are for users who are written to all day; a load has thousands in a second.
        let mut state = State::new(seed, false);
        state.register(settings.app(None, true));
        let journal = Arc::new(Journal::new(Instant::now(), KEPT));
        let heard = journal.subscribe(Interest::Everything);
        let hub = Arc::new(Hub::new(state, seed, Clock::real(), journal));
        let options = settings.serve_options(PlatformOptions::default());
        let api = ApiServer::start(listen, hub, options)
            .await
            .map_err(serve::of_serving)?;
        let told = format!(
            "let your server call {} in place of https://api.weixin.qq.com, with appid {}",
            api.base_url(),
            settings.appid()
        );
        screen::complain(&settings.secrets().page(&told));
        let (noted, effects) = watch::channel(0);
        let (ends, ended) = watch::channel(false);
        Ok(Some(Self {
            _api: api,
            counting: tokio::spawn(count(heard, Acts::new(seed), noted, ended)),
            seen: effects,
            ends,
        }))
    }

    /// The account at the end, once no more effects come for as long as WeChat waits for an answer.
    pub(super) async fn ledger(mut self, end: &ShardEnd, shard: &Shard, quiet: Duration) -> Ledger {
        while let Ok(Ok(())) = timeout(quiet, self.seen.changed()).await {}
        let _ = self.ends.send(true);
        let acts = self
            .counting
            .await
            .unwrap_or_else(|_| Acts::new(shard.plan.seed));
        Ledger::of(&end.sequence, shard, &end.marks, &acts)
    }
}

async fn count(
    mut heard: Subscription,
    mut acts: Acts,
    seeing: watch::Sender<u64>,
    mut ended: watch::Receiver<bool>,
) -> Acts {
    loop {
        let event = tokio::select! {
            event = heard.next() => event,
            _ = ended.changed() => return acts,
        };
        let Some(event) = event else { return acts };
        if let Kind::Called(called) = &event.kind
            && let Some(openid) = effect(called)
        {
            acts.note(openid);
            seeing.send_modify(|seen| *seen += 1);
        }
    }
}

/// The user to whom a call sends a message. One that our own platform has no room for was sent all the same.
fn effect(called: &Called) -> Option<&str> {
    let sends = SENDING.contains(&called.path.as_ref());
    let is_sent = called.sent || !TOKEN_REFUSED.contains(&called.errcode);
    called.openid.as_deref().filter(|_| sends && is_sent)
}
