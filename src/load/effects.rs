//! The effects of a load: the server calls the mock API, here or at a worker, and what it does is counted by user.

use std::{pin::Pin, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};
use wxcheck_load::{
    ledger::{Act, Acts, Ledger},
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
    ) -> Result<Ledger> {
        match self {
            Self::Calls(calls) => calls.ledger(sequence, marks, lost, wait).await,
            Self::Page(page) => Ok(page.ledger(sequence, marks, lost, wait).await),
        }
    }

    /// Notes acts that were seen elsewhere.
    pub(super) fn note(&self, acts: Vec<Act>) {
        if let Self::Calls(calls) = self {
            calls.note(acts);
        }
    }
}

/// The calls of a run so far.
pub(super) struct Calls {
    // It stops when dropped.
    _api: Option<Api>,
    acts: mpsc::UnboundedSender<Act>,
    counting: JoinHandle<Acts>,
    so_far: watch::Receiver<u64>,
}

impl Calls {
    /// Counts what comes through this API, and what is noted besides.
    pub(super) fn count(mut api: Option<Api>, seed: u64) -> Self {
        let (acts, heard) = mpsc::unbounded_channel();
        if let Some(mut calls) = api.as_mut().and_then(Api::take_acts) {
            let acts = acts.clone();
            tokio::spawn(async move {
                while let Some(act) = calls.recv().await {
                    // The receiver outlives the senders.
                    let _ = acts.send(act);
                }
            });
        }
        let (total, so_far) = watch::channel(0);
        Self {
            _api: api,
            acts,
            counting: tokio::spawn(count(heard, Acts::new(seed), total)),
            so_far,
        }
    }

    fn note(&self, acts: Vec<Act>) {
        for act in acts {
            // The count ends with the run.
            let _ = self.acts.send(act);
        }
    }

    async fn ledger(
        self,
        sequence: &Sequence,
        marks: &Marks,
        lost: &[Lost],
        wait: Wait,
    ) -> Result<Ledger> {
        let Self {
            _api: api,
            acts,
            counting,
            mut so_far,
        } = self;
        let quiet = wait.quiet;
        let settled = async { while let Ok(Ok(())) = timeout(quiet, so_far.changed()).await {} };
        wait.over(settled).await;
        drop(api);
        drop(acts);
        let acts = counting
            .await
            .context("the count of effects ended early: a bug of wxcheck")?;
        Ok(Ledger::of(sequence, marks, &acts, lost))
    }
}

async fn count(
    mut heard: mpsc::UnboundedReceiver<Act>,
    mut acts: Acts,
    total: watch::Sender<u64>,
) -> Acts {
    while let Some(act) = heard.recv().await {
        match act {
            Act::Taken(openid) => acts.note(&openid),
            Act::Refused(errcode) => acts.note_refused(errcode, 1),
        }
        total.send_modify(|total| *total += 1);
    }
    acts
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use wxcheck_load::{
        mix::{Share, ShareKind},
        pace::Pace,
        part::Part,
        plan::{Form, Plan},
    };
    use wxcheck_protocol::{
        account::Account,
        push::{Format, Mode},
    };

    use super::*;

    fn sequence() -> Sequence {
        let plan = Plan {
            seed: 7,
            begins: 1_795_000_000,
            pace: Pace::Closed { millis: 1000 },
            count: Some(1),
            mix: vec![Share {
                name: "text".to_owned(),
                weight: 1,
                kind: ShareKind::Message,
            }],
            users: None,
            redelivered: Part::NONE,
            forged: Part::NONE,
            shards: 1,
            connections: 1,
            keeps: true,
            limit_millis: 5000,
            form: Form {
                url: String::new(),
                account: Account::Mini,
                mode: Mode::Plain,
                format: Format::Xml,
            },
        };
        Sequence::new(plan).unwrap()
    }

    fn at_once() -> Wait {
        Wait {
            quiet: Duration::ZERO,
            limit: Duration::ZERO,
            stop: Box::pin(ready(())),
        }
    }

    #[tokio::test]
    async fn acts_are_counted_by_user_and_by_errcode() {
        let calls = Calls::count(None, 7);
        calls.note(vec![
            Act::Taken("oStranger".to_owned()),
            Act::Refused(40001),
            Act::Refused(40001),
        ]);
        let counted = calls
            .ledger(&sequence(), &Marks::default(), &[], at_once())
            .await;
        let ledger = counted.unwrap();
        assert_eq!((ledger.strangers, ledger.refused[&40001]), (1, 2));
    }

    #[tokio::test]
    async fn a_count_that_ends_early_is_our_error_and_no_loss() {
        let calls = Calls {
            counting: tokio::spawn(pending()),
            ..Calls::count(None, 7)
        };
        calls.counting.abort();
        let counted = calls
            .ledger(&sequence(), &Marks::default(), &[], at_once())
            .await;
        let error = counted.unwrap_err().to_string();
        assert!(error.contains("a bug of wxcheck"), "{error}");
    }
}
