//! A developer's callback server for WeChat's message push, and the same server with one defect at a time.
//!
//! A conformance suite must itself be tested: on a server that does everything right, on correct servers that do
//! it in an uncommon way, and on servers that each do one thing wrong. All of them are here, and all of them are the
//! same code. [`Behaviour`] holds one small strategy per decision a server makes, and its default is the correct
//! one; a [`Defect`] is a `Behaviour` with one field replaced, an [`Unusual`] server likewise.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use std::time::Duration;
//! use wxcheck_network::Network;
//! use wxcheck_protocol::push::{Format, Mode};
//! use wxcheck_reference_server::{Account, Settings, defect, spawn};
//!
//! let settings = Settings {
//!     token: "AAAAA".into(),
//!     appid: "wxba5fad812f8e6fb9".into(),
//!     key: None,
//!     mode: Mode::Plain,
//!     format: Format::Xml,
//!     account: Account::Mini,
//!     limit: Duration::from_secs(5),
//!     api: None,
//!     fetch_tokens: Vec::new(),
//!     network: Network::Machine,
//! };
//! let behaviour = defect("ack-json-quoted").map(|defect| (defect.behaviour)()).unwrap_or_default();
//! let running = spawn(settings, behaviour).await?;
//! println!("{}", running.url());
//! # Ok(())
//! # }
//! ```

mod acknowledge;
mod admit;
mod answer;
mod api;
pub mod behaviour;
mod caller;
mod check;
mod data;
mod dedup;
mod defects;
mod demands;
mod doctype;
mod effect;
mod endurance;
mod front;
mod identity;
mod limiter;
mod memory;
mod mistakes;
mod pace;
mod query;
mod raw_cdata;
mod reaction;
mod read;
mod receive;
mod refuse;
mod reply;
mod seal;
mod secure;
mod server;
mod settings;
mod signing;
mod structured;
mod time_and_random;
mod token;
mod unusual;
mod verify;
mod wire;
mod words;
mod work;

pub use behaviour::Behaviour;
pub use defects::{DEFECTS, Defect, Setting, defect};
pub use mistakes::{Mistake, mistakes};
pub use secure::HOST;
pub use server::{Running, spawn};
pub use settings::{Api, Settings};
pub use unusual::{UNUSUAL, Unusual, unusual};
pub use wxcheck_protocol::account::Account;
