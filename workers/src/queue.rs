//! The streams of JetStream: one is a queue of orders, from which each is taken once, the other holds what is told of runs.

use std::{future::pending, time::Duration};

use async_nats::{
    Client, Subscriber,
    jetstream::{
        self, Context, Message,
        consumer::{AckPolicy, PullConsumer, pull},
        message::PublishMessage,
        stream::{Config, RetentionPolicy, Stream},
    },
};
use futures_util::StreamExt as _;
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    connection::NatsError,
    message::{Begin, News, Order, Said, Seen, Sign},
};

/// The queue of orders.
const ORDERS: &str = "WXCHECK_ORDERS";
/// The stream of reports about runs.
const RUNS: &str = "WXCHECK_RUNS";
/// The consumer that all workers share.
const WORKERS: &str = "workers";
/// The time after which a shard whose worker says nothing is delivered to another.
pub const ACK_WAIT: Duration = Duration::from_secs(5);
/// The time between two signs of a worker that it is alive.
pub(crate) const PROGRESS: Duration = Duration::from_secs(1);
/// The time after which all that a run left behind when its coordinator died is forgotten: a day, the longest run.
const MOST_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// The time for which one request for an order waits at the server.
const PULL: Duration = Duration::from_secs(20);
/// Workers that may wait for an order at once.
const MOST_WAITING: i64 = 10_000;
/// A worker that cannot ask for an order for so long ends.
const UNREACHED: Duration = Duration::from_secs(60);
/// No call of NATS takes longer: without a connection it would wait for ever.
const PATIENCE: Duration = Duration::from_secs(5);
/// Attempts to tell something.
const TRIES: usize = 5;

/// JetStream with the streams of wxcheck.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    context: Context,
    runs: Stream,
    workers: PullConsumer,
}

impl Queue {
    /// The streams of a server; they are made where they are missing, and kept by so many servers of its cluster then.
    pub async fn open(client: Client, num_replicas: usize) -> Result<Self, NatsError> {
        let context = jetstream::new(client.clone());
        let orders = Config {
            name: ORDERS.to_owned(),
            subjects: vec!["wxcheck.orders.*".to_owned()],
            retention: RetentionPolicy::WorkQueue,
            max_age: MOST_AGE,
            num_replicas,
            ..Config::default()
        };
        let runs = Config {
            name: RUNS.to_owned(),
            subjects: vec!["wxcheck.runs.>".to_owned()],
            max_age: MOST_AGE,
            num_replicas,
            ..Config::default()
        };
        let consumer = pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_deliver: -1,
            max_ack_pending: MOST_WAITING,
            max_waiting: MOST_WAITING,
            ..pull::Config::default()
        };
        let orders = context.get_or_create_stream(orders).await;
        let orders = orders.map_err(NatsError::of("open the queue"))?;
        let runs = context.get_or_create_stream(runs).await;
        let runs = runs.map_err(NatsError::of("open the stream of runs"))?;
        let workers = orders.get_or_create_consumer(WORKERS, consumer).await;
        Ok(Self {
            client,
            context,
            runs,
            workers: workers.map_err(NatsError::of("open the workers' consumer"))?,
        })
    }

    /// The connection.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Lays an order into the queue.
    pub(crate) async fn put(&self, order: &Order) -> Result<(), NatsError> {
        let subject = format!("wxcheck.orders.{}", order.run);
        let id = format!("{}.{}", order.run, order.shard.index);
        self.store(subject, id, order).await
    }

    /// The next order, with the message that has to be acknowledged. Waits as long as there is none, and through a while in
    /// which NATS cannot be reached.
    pub(crate) async fn take(&self) -> Result<Message, NatsError> {
        let mut reached = Instant::now();
        loop {
            match within("ask for an order", PULL + PATIENCE, self.pull()).await {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => reached = Instant::now(),
                Err(error) if reached.elapsed() > UNREACHED => return Err(error),
                Err(_) => sleep(PROGRESS).await,
            }
        }
    }

    /// An order, if one comes soon.
    async fn pull(&self) -> Result<Option<Message>, NatsError> {
        let batch = self.workers.batch().max_messages(1).expires(PULL);
        let batch = batch.messages().await;
        let mut batch = batch.map_err(NatsError::of("ask for an order"))?;
        let message = batch.next().await.transpose();
        message.map_err(NatsError::of("hand out an order"))
    }

    /// Reports something about a shard, so that it is not lost and comes once.
    pub(crate) async fn report(
        &self,
        run: &str,
        said: &Said,
        number: u64,
    ) -> Result<(), NatsError> {
        let subject = match said.news {
            News::Second(_) => format!("wxcheck.runs.{run}.second.{}", said.shard),
            _ => subject_of(run, said.shard),
        };
        let id = format!("{run}.{}.{}.{number}", said.shard, said.attempt);
        self.store(subject, id, said).await
    }

    /// Tells of effects, so that none is lost.
    pub(crate) async fn show(&self, run: &str, seen: &Seen, id: String) -> Result<(), NatsError> {
        let subject = format!("wxcheck.runs.{run}.seen");
        self.store(subject, id, seen).await
    }

    /// Says when a run begins.
    pub(crate) async fn begin(&self, run: &str, begin: Begin) -> Result<(), NatsError> {
        self.store(begin_of(run), format!("{run}.begin"), &begin)
            .await
    }

    async fn store(
        &self,
        subject: String,
        id: String,
        content: &impl Serialize,
    ) -> Result<(), NatsError> {
        let content = serde_json::to_vec(content).map_err(NatsError::of("take a message"))?;
        let mut tries = 0;
        loop {
            tries += 1;
            // The id lets the server drop a second copy of a message whose acknowledgement was lost.
            let publish = PublishMessage::build()
                .message_id(&id)
                .payload(content.clone().into());
            let stored = within("store a message", PATIENCE, async {
                let sent = self.context.send_publish(subject.clone(), publish).await;
                let sent = sent.map_err(NatsError::of("store a message"))?;
                sent.await.map_err(NatsError::of("store a message"))
            });
            match stored.await {
                Ok(_) => return Ok(()),
                Err(error) if tries == TRIES => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// Everything that is reported of a run, from its beginning.
    pub(crate) async fn reports(&self, run: &str) -> Result<pull::Ordered, NatsError> {
        self.following(format!("wxcheck.runs.{run}.>")).await
    }

    /// The report about one shard, but for its seconds.
    pub(crate) async fn told_of(&self, run: &str, shard: u32) -> Result<Subscriber, NatsError> {
        let subscribed = self.client.subscribe(subject_of(run, shard)).await;
        subscribed.map_err(NatsError::of("listen"))
    }

    /// The beginning of a run: waits for it, if it is not known yet.
    pub(crate) async fn beginning(&self, run: &str) -> Result<Begin, NatsError> {
        let mut messages = self.following(begin_of(run)).await?;
        while let Some(message) = messages.next().await {
            let message = message.map_err(NatsError::of("say when the run begins"))?;
            if let Ok(begin) = serde_json::from_slice(&message.payload) {
                return Ok(begin);
            }
        }
        pending().await
    }

    async fn following(&self, subject: String) -> Result<pull::Ordered, NatsError> {
        let config = pull::OrderedConfig {
            filter_subject: subject,
            ..pull::OrderedConfig::default()
        };
        let consumer = self.runs.create_consumer(config).await;
        let consumer = consumer.map_err(NatsError::of("read the stream of runs"))?;
        let messages = consumer.messages().await;
        messages.map_err(NatsError::of("read the stream of runs"))
    }

    /// Gives a sign to the workers of a run.
    pub(crate) async fn sign(&self, run: &str, sign: Sign) -> Result<(), NatsError> {
        let content = serde_json::to_vec(&sign).map_err(NatsError::of("take a message"))?;
        within("send a sign", PROGRESS, async {
            let sent = self.client.publish(signs_of(run), content.into()).await;
            sent.map_err(NatsError::of("send a sign"))?;
            let flushed = self.client.flush().await;
            flushed.map_err(NatsError::of("send a sign"))
        })
        .await
    }

    /// The signs of a run.
    pub(crate) async fn signs(&self, run: &str) -> Result<Subscriber, NatsError> {
        let subscribed = self.client.subscribe(signs_of(run)).await;
        subscribed.map_err(NatsError::of("listen"))
    }

    /// Removes a run: its orders that nobody took, and what was told of it.
    pub(crate) async fn forget(&self, run: &str) -> Result<(), NatsError> {
        within("remove a run", PROGRESS, self.remove(run)).await
    }

    async fn remove(&self, run: &str) -> Result<(), NatsError> {
        let orders = self.context.get_stream(ORDERS).await;
        let orders = orders.map_err(NatsError::of("open the queue"))?;
        let purge = orders.purge().filter(format!("wxcheck.orders.{run}"));
        purge.await.map_err(NatsError::of("remove orders"))?;
        let purge = self.runs.purge().filter(format!("wxcheck.runs.{run}.>"));
        purge.await.map_err(NatsError::of("remove a run"))?;
        Ok(())
    }
}

/// A call of NATS, given up after a while.
async fn within<T>(
    tried: &'static str,
    patience: Duration,
    call: impl Future<Output = Result<T, NatsError>>,
) -> Result<T, NatsError> {
    let answered = timeout(patience, call).await;
    answered.unwrap_or_else(|_| Err(NatsError::of(tried)("there is no answer")))
}

fn subject_of(run: &str, shard: u32) -> String {
    format!("wxcheck.runs.{run}.shard.{shard}")
}

fn begin_of(run: &str) -> String {
    format!("wxcheck.runs.{run}.begin")
}

/// It is stored nowhere: who was not there has another way to know.
fn signs_of(run: &str) -> String {
    format!("wxcheck.signs.{run}")
}
