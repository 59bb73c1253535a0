//! WeChat's side of a message push, towards the server of a developer.
//!
//! This crate does what WeChat does and knows nothing of rules: it sends requests the way the
//! platform's own machines do ([`sender`]), decides from an outcome whether the same request goes
//! out again ([`delivery`], [`dispatch`]), listens for what a server fetches because of a push ([`listener`])
//! and keeps a record of everything ([`journal`]). [`platform::Platform`] ties them together. Towards that server it is
//! also the API that the server calls ([`api`], over [`state`], from [`acts`]), kept together by [`hub`] and served by
//! [`serve`]; [`composer`] makes the push of every entry of the [`catalogue`].

pub mod active;
pub mod acts;
pub mod addresses;
pub mod api;
pub mod bounds;
pub mod catalogue;
pub mod client_request;
pub mod clock;
pub mod cloud_function;
pub mod composer;
pub mod connecting;
pub mod control_client;
mod cut;
pub mod delivery;
pub mod dispatch;
pub mod draw;
mod evidence;
pub mod exchange;
pub mod fault;
pub mod fetched;
pub mod figures;
mod heard;
pub mod histogram;
pub mod hub;
pub mod journal;
pub mod keeping;
pub mod language;
mod latency;
pub mod lateness;
pub mod listener;
pub mod liveness;
mod mask;
mod media_type;
pub mod ownership;
mod pace;
pub mod parcel;
pub mod platform;
pub mod reach;
pub mod said;
pub mod secret_forms;
pub mod sender;
pub mod sending;
pub mod serve;
pub mod shell;
pub mod shown;
pub mod span;
pub mod state;
pub mod storing;
pub mod target;
pub mod text;
pub mod tls_probe;

pub use delivery::{Delivery, Heard, Next, Policy};
pub use dispatch::PlatformOptions;
pub use exchange::{Answer, Behind, Connection, Exchange, Outcome, Silence};
pub use hub::Hub;
pub use journal::Journal;
pub use keeping::Keeper;
pub use parcel::{Parcel, deliver};
pub use platform::{Platform, PlatformError};
pub use sender::{ConnectionHold, Line, Method, Request, Sender, SenderError, SenderOptions};
pub use serve::{
    ApiServer, Identity, Judge, Judged, SeedError, ServeError, ServeOptions, Sown, Tls, TlsError,
    Words,
};
pub use storing::Store;
pub use target::{Target, TargetError};
