//! Everything that happens in a run or on the standing platform, as one stream of events: versioned, serialisable, free
//! of secrets.
//!
//! Whoever makes an event takes the secrets out of it first; nothing behind that needs to know any. Reports, the journal
//! and whoever watches read the stream ([`Stream`]), at once or later from a file ([`read`]), and nothing else.

mod answer_times;
mod baseline;
mod diagnosed;
mod escapes;
mod exchange;
mod file;
mod platform;
mod records;
mod run;
mod setting;
mod stream;
mod subject;
mod timestamp;
mod unjudged;
mod verdict;
mod witness;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use answer_times::{AnswerTimes, TimeClass};
pub use baseline::{Baseline, BaselineFault, Known, WrongEntry};
pub use diagnosed::{Diagnosed, Diagnosis};
pub use escapes::{readable, unescaped};
pub use exchange::{
    AnswerBytes, Body, Effect, Evidence, Exchange, Param, PlaceInPlay, RecordedOutcome, Remark,
    Signature, SignatureStep, is_credential_header,
};
pub use file::{LINE_BYTES, LogError, read};
pub use platform::{
    Called, ClockMoved, FaultChange, PushDue, PushOutcome, PushState, Sent, SentPush, Unsendable,
    Unsent, What,
};
pub use records::{Found, Records, Search, found};
pub use run::{
    ChangedReply, Contract, ContractState, Ended, FetchTime, FetchUrl, RunBegun, RunEnded,
    ServerEnded,
};
pub use setting::{Original, Setting};
pub use stream::{Capacity, Interest, Stream, Subscription};
pub use subject::Subject;
pub use timestamp::rfc3339;
pub use unjudged::{Scope, Unjudged};
pub use verdict::{Missing, Reason, Reproduction, Verdict};
pub use witness::{Witness, WitnessedAct, WitnessedCall, WitnessedRequest};

/// The version of the stream. It changes when an old reader would misread a new stream.
pub const VERSION: u32 = 1;

/// One thing that happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// Grows by one with each event.
    pub number: u64,
    /// From the start of the platform, in microseconds.
    pub at_micros: u64,
    /// The kind, with what belongs to it.
    #[serde(flatten)]
    pub kind: Kind,
}

impl Event {
    /// The time from the start of the platform.
    pub const fn at(&self) -> Duration {
        Duration::from_micros(self.at_micros)
    }
}

/// The kinds of event. Readers match on all of them, so that a new one is a compile error wherever it matters.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Kind {
    /// A request left for the server.
    Sent(Sent),
    /// A request has ended.
    Exchange(Box<Exchange>),
    /// The API was called; recorded on arrival, before a slow answer is out.
    Called(Box<Called>),
    /// Something was fetched from our own listener.
    Fetched {
        /// The path, at most 200 bytes of it.
        path: String,
    },
    /// A push is due that an act or a call led to.
    PushDue(PushDue),
    /// A push of the standing platform did not leave.
    Unsent(Box<Unsent>),
    /// A push of the standing platform was acknowledged, given up, or is held.
    PushOutcome(PushOutcome),
    /// A fault was set or taken back.
    Fault(FaultChange),
    /// Somebody moved the platform's clock forward.
    ClockMoved(ClockMoved),
    /// A run begins.
    RunBegun(Box<RunBegun>),
    /// First contact is made.
    ContactMade {
        /// The time until data were there, for each URL from which they are fetched.
        fetches: Vec<FetchTime>,
    },
    /// A scenario begins to be played.
    PlayBegun {
        /// Its number, from 0.
        play: u64,
        /// The rule for which it is played, if it is for one.
        rule: Option<String>,
    },
    /// A push of a play had an effect.
    Effect(Effect),
    /// A scenario was played to its end.
    PlayEnded {
        /// Its number.
        play: u64,
        /// The time that wxcheck itself lost meanwhile, in microseconds.
        lost_micros: u64,
    },
    /// A rule has a verdict; a later one of the same rule takes its place.
    Verdict(Box<Verdict>),
    /// A failing scenario was written to a file.
    ReplayWritten {
        /// The rule.
        rule: String,
        /// The file.
        path: String,
    },
    /// The replies of the server were compared with those of an earlier run.
    ContractCompared(Box<Contract>),
    /// The findings were compared with the known ones.
    BaselineCompared(Box<Baseline>),
    /// The cause behind what failed was looked for.
    Diagnosed(Box<Diagnosed>),
    /// The process of the server, which was started for the run, has ended by itself.
    ServerEnded(Box<ServerEnded>),
    /// The run is over.
    RunEnded(Box<RunEnded>),
}

impl Kind {
    /// Reports are made of it. There are few of those in a run, so they are all kept.
    pub const fn is_milestone(&self) -> bool {
        match self {
            Self::RunBegun(_)
            | Self::ContactMade { .. }
            | Self::Verdict(_)
            | Self::ReplayWritten { .. }
            | Self::ContractCompared(_)
            | Self::BaselineCompared(_)
            | Self::Diagnosed(_)
            | Self::ServerEnded(_)
            | Self::RunEnded(_) => true,
            Self::Sent(_)
            | Self::Exchange(_)
            | Self::Called(_)
            | Self::Fetched { .. }
            | Self::PushDue(_)
            | Self::Unsent(_)
            | Self::PushOutcome(_)
            | Self::Fault(_)
            | Self::ClockMoved(_)
            | Self::PlayBegun { .. }
            | Self::Effect(_)
            | Self::PlayEnded { .. } => false,
        }
    }

    /// The bytes that an event of it takes in memory, about.
    fn bytes(&self) -> usize {
        let own = match self {
            Self::Sent(sent) => {
                let push = sent.push.as_deref();
                let push = push.map_or(0, |push| size_of_val(push) + push.bytes());
                sent.path.len() + sent.what.as_ref().map_or(0, What::bytes) + push
            }
            Self::Exchange(exchange) => exchange.bytes(),
            Self::Called(called) => {
                let answer = called.answer.as_ref().map_or(0, |body| body.text.len());
                let asked = called.path.len() + called.query.len() + called.body.len();
                size_of::<Called>() + asked + answer
            }
            Self::Fetched { path } => path.len(),
            Self::PushDue(due) => due.push.len(),
            Self::Unsent(unsent) => {
                let message = unsent.message.as_ref();
                let message = message.map_or(0, |message| message.text.len());
                size_of::<Unsent>() + message + unsent.push.bytes()
            }
            Self::PushOutcome(_)
            | Self::Fault(_)
            | Self::ClockMoved(_)
            | Self::PlayBegun { .. }
            | Self::Effect(_)
            | Self::PlayEnded { .. }
            | Self::RunBegun(_)
            | Self::ContactMade { .. }
            | Self::Verdict(_)
            | Self::ReplayWritten { .. }
            | Self::ContractCompared(_)
            | Self::BaselineCompared(_)
            | Self::Diagnosed(_)
            | Self::ServerEnded(_)
            | Self::RunEnded(_) => 0,
        };
        size_of::<Event>() + own
    }
}
