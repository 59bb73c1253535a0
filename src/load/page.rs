//! The effects of a load, as a page of the server's own counts them: asked about at the end, until it answers the same twice.

use std::{collections::BTreeMap, pin::pin};

use anyhow::Result;
use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;
use url::Url;
use wxcheck_load::{
    ledger::{self, Acts, Ledger},
    marks::Marks,
    sequence::{Item, Place, Sequence},
    shard::Lost,
};
use wxcheck_mock_server::{Outcome, Request, Sender, SenderOptions};
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_suite::{
    effects_page::{self, EffectsPage},
    server::Server,
};

use super::effects::Wait;

/// Pushes that are asked about, at most: each question takes a connection of its own.
const MOST: usize = 5000;
/// Questions at once.
const AT_ONCE: usize = 16;
/// Rounds of questions, at most: a page that counts on for ever is taken as it is then.
const ROUNDS: usize = 12;

/// The page, and the way to it.
pub(super) struct Page {
    template: EffectsPage,
    sender: Sender,
}

/// The answers of one round, by URL; none where it is no count.
type Counts = BTreeMap<Url, Option<usize>>;

impl Page {
    /// The page that is given, if one is.
    pub(super) fn of(server: &Server) -> Result<Option<Self>> {
        let Some(template) = server.page.clone() else {
            return Ok(None);
        };
        let options = SenderOptions {
            exchange_limit: EXCHANGE_LIMIT.mul_f64(server.options.patience),
            environment_proxy: false,
            closes: true,
            connecting: server.options.connecting.clone(),
            network: server.options.network.clone(),
        };
        let scheme = template.filled(|_| Some("0".into()));
        let scheme = scheme.map_or_else(|| "http".to_owned(), |url| url.scheme().to_owned());
        let sender = Sender::new(options, &scheme)?;
        Ok(Some(Self { template, sender }))
    }

    /// The account of a run, or of pushes that lie evenly in it where they are too many.
    pub(super) async fn ledger(
        &self,
        sequence: &Sequence,
        marks: &Marks,
        lost: &[Lost],
        wait: Wait,
    ) -> Ledger {
        let all = ledger::pushes(sequence, marks).count();
        let every = all.div_ceil(MOST).max(1) as u64;
        // All pushes of a user or none: a page may count by user.
        let asked = ledger::pushes(sequence, marks)
            .chain(ledger::forgeries(sequence, marks))
            .filter(|(_, item)| sequence.user(item).number.is_multiple_of(every));
        let mut questions: BTreeMap<Url, Vec<(Place, Item)>> = BTreeMap::new();
        let mut unread = 0;
        for (place, item) in asked {
            let Some(url) = self.question(sequence, &item) else {
                unread += 1;
                continue;
            };
            if questions.len() < MOST || questions.contains_key(&url) {
                questions.entry(url).or_default().push((place, item));
            }
        }
        let counts = self.settled(&questions, wait).await;
        let mut acts = Acts::new(sequence.plan().seed);
        let mut read = Vec::new();
        for (url, pushes) in &questions {
            let Some(count) = counts.get(url).copied().flatten() else {
                unread += pushes.len() as u64;
                continue;
            };
            read.extend(pushes.iter().map(|(place, _)| *place));
            // It counts for all of them.
            if let Some((_, item)) = pushes.first() {
                let identity = sequence.identity(item);
                for _ in 0..count {
                    acts.note(identity.openid());
                }
            }
        }
        let known = marks.only(read.into_iter());
        let ledger = Ledger::of(sequence, &known, &acts, lost);
        Ledger {
            nameless: ledger::nameless(sequence, marks),
            of: (every > 1).then_some(all as u64),
            unread,
            ..ledger
        }
    }

    fn question(&self, sequence: &Sequence, item: &Item) -> Option<Url> {
        let identity = sequence.identity(item);
        let share = &sequence.plan().mix[item.share];
        let is_event = share.is_event();
        self.template.filled(|placeholder| {
            Some(match placeholder {
                // An event has none.
                "MsgId" if is_event => return None,
                "MsgId" => identity.msg_id().to_owned().into(),
                "FromUserName" => identity.openid().to_owned().into(),
                "CreateTime" => identity.create_time().to_owned().into(),
                "Event" if is_event => share.name.clone().into(),
                "Event" => "".into(),
                _ => identity.trade().to_owned().into(),
            })
        })
    }

    /// The answers once they do not change any more, or as far as they came.
    async fn settled(&self, questions: &BTreeMap<Url, Vec<(Place, Item)>>, wait: Wait) -> Counts {
        let mut latest = Counts::new();
        let quiet = wait.quiet;
        let asking = async {
            for _ in 0..ROUNDS {
                sleep(quiet).await;
                let before = latest.clone();
                self.ask(questions.keys(), &mut latest).await;
                if before == latest {
                    break;
                }
            }
        };
        wait.over(asking).await;
        latest
    }

    async fn ask(&self, urls: impl Iterator<Item = &Url>, latest: &mut Counts) {
        let asked = stream::iter(urls.cloned().collect::<Vec<_>>());
        let answers = asked.map(|url| async {
            let outcome = self.sender.send(&Request::get(url.clone()), None).await;
            let count = match &outcome {
                Outcome::Answered(answer) if answer.status == 200 => {
                    effects_page::count(&answer.body)
                }
                _ => None,
            };
            (url, count)
        });
        let mut answers = pin!(answers.buffer_unordered(AT_ONCE));
        while let Some((url, count)) = answers.next().await {
            latest.insert(url, count);
        }
    }
}
