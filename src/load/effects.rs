//! The effects of a load: the server calls the mock API, here or beside a worker, and its users are counted.

use std::{pin::Pin, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};
use wxcheck_load::{
    ledger::{Acts, Ledger},
    marks::Marks,
    sequence::Sequence,
    shard::Lost,
};

use super::{api::Api, page::Page};

/// The wait for effects to end.
pub(super) struct Wait {
    /// The time without any after which no more are expected.
    pub(super) quiet: Duration,
    /// The longest wait: a server that calls for ever must not keep a run from its end.
    pub(super) limit: Duration,
    /// Somebody does not want to wait any longer.
    pub(super) stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Wait {
    /// Waits for the end of something, and no longer than that.
    pub(super) async fn over(self, ends: impl Future<Output = ()>) {
        tokio::select! {
            () = ends => {}
            () = sleep(self.limit) => {}
            () = self.stop => {}
        }
    }
}

/// The way in which effects are seen.
pub(super) enum Effects {
    /// By calls of the mock API.
    Calls(Calls),
    /// By a page of the server's own.
    Page(Box<Page>),
}

impl Effects {
    /// The account at the end, once no more effects come for that long.
    pub(super) async fn ledger(
        self,
        sequence: &Sequence,
        marks: &Marks,
        lost: &[Lost],
        wait: Wait,
    ) -> Ledger {
        match self {
            Self::Calls(calls) => calls.ledger(sequence, marks, lost, wait).await,
            Self::Page(page) => page.ledger(sequence, marks, lost, wait).await,
        }
    }

    /// Effects that were seen elsewhere.
    pub(super) fn note(&self, openids: Vec<String>) {
        if let Self::Calls(calls) = self {
            calls.note(openids);
        }
    }
}

/// The calls of a run so far.
pub(super) struct Calls {
    // It stops when dropped.
    _api: Option<Api>,
    openids: mpsc::UnboundedSender<String>,
    counting: JoinHandle<Acts>,
    so_far: watch::Receiver<u64>,
}

impl Calls {
    /// Counts what comes through this API, and what is noted besides.
    pub(super) fn count(mut api: Option<Api>, seed: u64) -> Self {
        let (openids, heard) = mpsc::unbounded_channel();
        if let Some(mut calls) = api.as_mut().and_then(Api::take_openids) {
            let openids = openids.clone();
            tokio::spawn(async move {
                while let Some(openid) = calls.recv().await {
                    // Whoever counts goes last.
                    let _ = openids.send(openid);
                }
            });
        }
        let (total, so_far) = watch::channel(0);
        Self {
            _api: api,
            openids,
            counting: tokio::spawn(count(heard, Acts::new(seed), total)),
            so_far,
        }
    }

    fn note(&self, openids: Vec<String>) {
        for openid in openids {
            // The count ends with the run.
            let _ = self.openids.send(openid);
        }
    }

    async fn ledger(self, sequence: &Sequence, marks: &Marks, lost: &[Lost], wait: Wait) -> Ledger {
        let Self {
            _api: api,
            openids,
            counting,
            mut so_far,
        } = self;
        let quiet = wait.quiet;
        let settled = async { while let Ok(Ok(())) = timeout(quiet, so_far.changed()).await {} };
        wait.over(settled).await;
        drop(api);
        drop(openids);
        let acts = counting.await;
        let acts = acts.unwrap_or_else(|_| Acts::new(sequence.plan().seed));
        Ledger::of(sequence, marks, &acts, lost)
    }
}

async fn count(
    mut heard: mpsc::UnboundedReceiver<String>,
    mut acts: Acts,
    total: watch::Sender<u64>,
) -> Acts {
    while let Some(openid) = heard.recv().await {
        acts.note(&openid);
        total.send_modify(|total| *total += 1);
    }
    acts
}
