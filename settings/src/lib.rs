//! The settings: each defined once, given by flags, by the environment or in `wxcheck.toml`, joined in one way, and made
//! into what a run needs. Every value knows where it was given, so that an error can say so.
//!
//! A command line hands over groups of [`groups`]; [`Settings::over_file`] puts them over the nearest file, and
//! [`Settings::checked`] reads what is named there. [`Settings::server`] and [`Settings::plan`] are what the suite knows.

mod account;
pub mod baseline;
pub mod command_line;
pub mod contract;
pub mod doctor;
mod error;
mod file;
mod fixtures;
pub mod groups;
mod known;
mod merge;
pub mod missing_folder;
mod origin;
mod owned;
mod payments;
mod plan;
pub mod ranges;
mod read;
pub mod reading;
mod secrets;
mod server;
pub mod writing;

use std::{net::IpAddr, path::PathBuf, sync::Arc};

use clap::Args;
use conflate::Merge;
use wxcheck_mock_server::{
    Identity,
    catalogue::{Catalogue, CatalogueEntry},
    connecting::CertificateDer,
};
use wxcheck_network::Network;
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    fetch::Dialect,
    push::{Format, Mode},
};
use wxcheck_suite::rules;

use crate::{
    error::Reason,
    groups::{
        AccountKind, Callback, Carried, Control, Draw, Effects, Fetch, Hostility, Known, Output,
        Ownership, Pushes, Reports, Run, Sending, Serve, Strictness, Target,
    },
};

pub use error::{SettingsError, no_rule};
pub use file::{FILE_NAME, TomlError};
pub use fixtures::FixturesError;
pub use origin::{Origin, Origins, Place};
pub use secrets::no_secrets;

/// The original id that WeChat's own samples would have; any server that does not compare it takes it.
const ORIGINAL_ID: &str = "gh_0123456789ab";
/// Stands in plain mode where no appid is given: nothing of a plain push names one.
const APPID: &str = "wx0123456789abcdef";

/// All settings, in their groups. There is no `Debug`: they hold secrets.
#[derive(Args, Clone, Default, Merge)]
#[expect(missing_docs, reason = "each group describes itself")]
pub struct Settings {
    #[command(flatten)]
    pub callback: Callback,
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub kind: AccountKind,
    #[command(flatten)]
    pub sending: Sending,
    #[command(flatten)]
    pub fetch: Fetch,
    #[command(flatten)]
    pub carried: Carried,
    #[command(flatten)]
    pub pushes: Pushes,
    #[command(flatten)]
    pub effects: Effects,
    #[command(flatten)]
    pub control: Control,
    #[command(flatten)]
    pub hostility: Hostility,
    #[command(flatten)]
    pub ownership: Ownership,
    #[command(flatten)]
    pub draw: Draw,
    #[command(flatten)]
    pub run: Run,
    #[command(flatten)]
    pub strictness: Strictness,
    #[command(flatten)]
    pub known: Known,
    #[command(flatten)]
    pub reports: Reports,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub serve: Serve,
    /// Origins of all values.
    #[arg(skip)]
    pub origins: Origins,
    /// Matters that no option says.
    #[arg(skip)]
    #[merge(skip)]
    pub besides: Besides,
}

/// Data that no option gives: the content of files, and the stand-ins of a test for the world.
#[derive(Clone, Default)]
pub struct Besides {
    /// Entries of the files under `fixtures`, once they were read.
    pub own_entries: Vec<CatalogueEntry>,
    /// Certificates of `ca_cert`, once that file was read.
    pub trusted: Vec<CertificateDer<'static>>,
    /// The certificate of `tls_cert` with its key, once those files were read.
    pub identity: Option<Arc<Identity>>,
    /// The network on which the server is: this machine's, unless a test keeps it within its process.
    pub network: Network,
    /// Addresses, besides public ones, from which issuers' certificates are fetched: for tests, which have none.
    pub issuers_at: Vec<IpAddr>,
}

impl Settings {
    /// These settings, with what `lower` gives where nothing is given here.
    #[must_use]
    pub fn over(mut self, lower: Self) -> Self {
        self.merge(lower);
        self
    }

    /// The place where the value of that key was given.
    pub fn place(&self, key: &'static str) -> Place {
        self.origins.place(key)
    }

    /// An error about the value of that key.
    fn wrong(&self, key: &'static str, reason: Reason) -> SettingsError {
        SettingsError::at(self.place(key), reason)
    }

    /// Settings that are paths. The rule for relative ones holds for all.
    fn paths(&mut self) -> [&mut Option<PathBuf>; 15] {
        [
            &mut self.sending.ca_cert,
            &mut self.pushes.fixtures,
            &mut self.run.contract,
            &mut self.known.baseline,
            &mut self.reports.report_json,
            &mut self.reports.report_html,
            &mut self.reports.report_junit,
            &mut self.reports.report_markdown,
            &mut self.reports.report_sarif,
            &mut self.reports.report_gitlab,
            &mut self.output.events,
            &mut self.output.replay_dir,
            &mut self.serve.store,
            &mut self.serve.tls_cert,
            &mut self.serve.tls_key,
        ]
    }

    /// True if a server is named: by its callback URL, or by a URL from which data are fetched.
    pub fn names_a_server(&self) -> bool {
        let urls = [
            &self.callback.url,
            &self.fetch.periodic_url,
            &self.fetch.prefetch_url,
        ];
        urls.into_iter().any(Option::is_some)
    }

    /// The mode that is given; else the only one that the account has; else plain where no key is given, and safe where
    /// one is.
    pub fn mode(&self) -> Mode {
        let usual = if self.target.aes_key.is_some() {
            Mode::Safe
        } else {
            Mode::Plain
        };
        let only = self.account().only_mode();
        self.target.mode.or(only).unwrap_or(usual)
    }

    /// The format that is given, or the account's usual one.
    pub fn format(&self) -> Format {
        let given = self.target.format;
        given.unwrap_or(self.account().usual_format())
    }

    /// The kind of account that is given, or a mini program.
    pub fn account(&self) -> Account {
        self.kind.account.unwrap_or_default()
    }

    /// The appid, or the one that stands where none is given.
    pub fn appid(&self) -> String {
        let given = self.target.appid.clone();
        given.unwrap_or_else(|| APPID.to_owned())
    }

    /// The account's original id, or one that looks like it.
    pub fn original_id(&self) -> String {
        let given = self.target.original_id.clone();
        given.unwrap_or_else(|| ORIGINAL_ID.to_owned())
    }

    /// The EncodingAESKey, if one is given.
    pub fn key(&self) -> Result<Option<EncodingAesKey>, SettingsError> {
        let key = self.target.aes_key.as_deref().map(EncodingAesKey::parse);
        key.transpose()
            .map_err(|error| self.wrong("aes-key", Reason::AesKey(error)))
    }

    /// The Token, for whoever cannot do without.
    pub fn token_given(&self) -> Result<String, SettingsError> {
        match &self.target.token {
            None => Err(Reason::NoToken.into()),
            Some(token) if token.is_empty() => Err(self.wrong("token", Reason::EmptyToken)),
            Some(token) => Ok(token.clone()),
        }
    }

    /// The EncodingAESKey, likewise.
    pub fn key_given(&self) -> Result<EncodingAesKey, SettingsError> {
        self.key()?.ok_or_else(|| Reason::KeyNeeded.into())
    }

    /// The factor on WeChat's five seconds.
    pub fn patience(&self) -> Result<f64, SettingsError> {
        let patience = self.sending.patience.unwrap_or(1.0);
        let [least, most] = ranges::PATIENCE;
        if (least..=most).contains(&patience) {
            Ok(patience)
        } else {
            Err(self.wrong("patience", Reason::Patience(patience)))
        }
    }

    /// The dialect that the parameters of fetches have.
    pub fn dialect(&self) -> Dialect {
        match self.account() {
            Account::Finclip => Dialect::Finclip,
            _ => Dialect::Wechat,
        }
    }

    /// All pushes: the built-in ones and the user's own.
    pub fn catalogue(&self) -> Result<Catalogue, SettingsError> {
        let built_in = Catalogue::built_in().map_err(Reason::Catalogue)?;
        let own = self.besides.own_entries.iter().cloned();
        Ok(built_in.clone().with(own))
    }

    /// Names of the account's pushes that ask for more than `success`: what a server that handles everything is said to
    /// handle.
    pub fn all_that_asks(&self) -> Result<Vec<String>, SettingsError> {
        let pushed = self.catalogue()?.of(self.account());
        let asking = pushed.into_iter().filter(rules::asks_for_more);
        Ok(asking.map(|entry| entry.name).collect())
    }
}
