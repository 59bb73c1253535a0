//! Everything a callback server decides, one small strategy per decision.

pub use crate::acknowledge::Acknowledgement;
pub use crate::admit::{Admission, CompatCopy, Opening};
pub use crate::api::{JsonText, TokenCall};
pub use crate::check::{Compare, Sort};
pub use crate::data::{
    Codes, Data, DataStatus, Decoding, Demand, FetchTokens, GivesAway, Load, Owners, Packing, Shown,
};
pub use crate::dedup::{Marking, Repeats};
pub use crate::demands::Demands;
pub use crate::doctype::Doctype;
pub use crate::endurance::{
    BrokenOff, Bytewise, Connections, Doubles, Endurance, Garbled, Heads, Leftovers, Nesting,
};
pub use crate::front::{Front, PushFront};
pub use crate::identity::{Identity, MsgIds, Trades};
pub use crate::limiter::Limiter;
pub use crate::memory::Memory;
pub use crate::pace::Pace;
pub use crate::read::Reading;
pub use crate::receive::{BodyLimit, Freshness, RefusedBody, Status};
pub use crate::refuse::{Refusal, Unreadable};
pub use crate::reply::{Answers, CreateTime, Kind, Markup, Names, ReplyFormat};
pub use crate::seal::{Sealing, Wrapping};
pub use crate::secure::Tls;
pub use crate::signing::Signing;
pub use crate::structured::Structured;
pub use crate::token::Tokens;
pub use crate::verify::{BareGet, Echo, Parameters, Verify};
pub use crate::wire::Wire;
pub use crate::words::{Charset, Words};
pub use crate::work::{Recipient, RefusedWork, Renewal, Sends, Timing};

/// How a server behaves, as data. The default is correct in every field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Behaviour {
    // What stands in front of the handlers.
    /// What answers a GET in place of its handler.
    pub front: Front,
    /// What answers a POST in place of its handler.
    pub push_front: PushFront,

    // The GET.
    /// Whether its signature is looked at.
    pub verify: Verify,
    /// How its parameters are found.
    pub parameters: Parameters,
    /// How its signature is computed.
    pub signing: Signing,
    /// How its signature is sorted.
    pub sort: Sort,
    /// How its signature is compared.
    pub echo_compare: Compare,
    /// What comes back for a right one.
    pub echo: Echo,
    /// What comes back for one without parameters.
    pub bare_get: BareGet,

    // Who is let in.
    /// The number of requests that are let through.
    pub limiter: Limiter,
    /// Which proof a push must bring.
    pub admission: Admission,
    /// How its signature is compared.
    pub push_compare: Compare,
    /// How its envelope is opened.
    pub opening: Opening,
    /// Which copy counts in compat mode.
    pub compat_copy: CompatCopy,
    /// How old its timestamp may be.
    pub freshness: Freshness,
    /// What a forged request is answered with, GET or POST.
    pub refusal: Refusal,
    /// What becomes of the body of a forged push.
    pub refused_body: RefusedBody,
    /// What becomes of the message in it.
    pub refused_work: RefusedWork,

    // Reading.
    /// How long a body may be.
    pub body_limit: BodyLimit,
    /// How its format is found out.
    pub reading: Reading,
    /// What a document type declaration does.
    pub doctype: Doctype,
    /// What a body that cannot be read does.
    pub unreadable: Unreadable,
    /// What a message must be like.
    pub demands: Demands,

    // Repeats.
    /// What makes two pushes the same.
    pub identity: Identity,
    /// How much of a MsgId counts.
    pub msg_ids: MsgIds,
    /// What makes two deliveries of goods the same.
    pub trades: Trades,
    /// Which pushes are remembered.
    pub memory: Memory,
    /// When a push is marked as known.
    pub marking: Marking,
    /// What the repeat of a push is answered with.
    pub repeats: Repeats,

    // Working on a push through WeChat's API.
    /// When that happens.
    pub timing: Timing,
    /// How often the user hears of it.
    pub sends: Sends,
    /// Which user hears of it.
    pub recipient: Recipient,
    /// How the words are written.
    pub json_text: JsonText,
    /// How the token is come by.
    pub tokens: Tokens,
    /// Which call gives it.
    pub token_call: TokenCall,
    /// What is done when it is turned down.
    pub renewal: Renewal,

    // Answering a push that was taken.
    /// What is answered with a message.
    pub answers: Answers,
    /// The kind of that message.
    pub kind: Kind,
    /// Its words.
    pub words: Words,
    /// Its names.
    pub names: Names,
    /// Its CreateTime.
    pub create_time: CreateTime,
    /// Its format.
    pub reply_format: ReplyFormat,
    /// How text is put into its XML.
    pub markup: Markup,
    /// Its encoding.
    pub charset: Charset,
    /// How it goes into its envelope.
    pub sealing: Sealing,
    /// What goes into one.
    pub wrapping: Wrapping,
    /// What events are answered with that ask for more.
    pub structured: Structured,
    /// What everything else is acknowledged with.
    pub acknowledgement: Acknowledgement,
    /// The status of the answer.
    pub status: Status,
    /// How fast it comes.
    pub pace: Pace,
    /// The HTTP around it.
    pub wire: Wire,

    /// What is borne of strangers.
    pub endurance: Endurance,

    /// How fetches are answered.
    pub data: Data,
    /// The TLS around everything.
    pub tls: Tls,
}
