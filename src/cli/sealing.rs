//! The arguments of `wxcheck sign` and `wxcheck open`.

use std::path::PathBuf;

use clap::Args;
use wxcheck_settings::{Origins, Settings, groups::Target};

#[derive(Args)]
pub(crate) struct SignArgs {
    /// The URL or the query of the request, as it was called or stands in a log: in quotes
    #[arg(value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// The timestamp, where no query is given
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timestamp: Option<String>,
    /// The nonce, where no query is given
    #[arg(long, value_name = "NONCE")]
    pub(crate) nonce: Option<String>,
    /// The body, whose Encrypt msg_signature covers: a file, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// The Token; it is never shown
    #[arg(
        long,
        env = "WXCHECK_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) token: Option<String>,
}

#[derive(Args)]
pub(crate) struct OpenArgs {
    /// The body of the push, or its Encrypt alone: a file, or `-` for standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) body: PathBuf,
    /// The URL or the query of the request, to look at msg_signature first
    #[arg(long, value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// The EncodingAESKey; it is never shown
    #[arg(
        long,
        env = "WXCHECK_AES_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub(crate) aes_key: Option<String>,
    /// The appid for which it should be sealed
    #[arg(long, env = "WXCHECK_APPID", value_name = "APPID")]
    pub(crate) appid: Option<String>,
    /// The Token, to look at msg_signature; it is never shown
    #[arg(
        long,
        env = "WXCHECK_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) token: Option<String>,
}

impl SignArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        of_target(
            Target {
                token: self.token.clone(),
                ..Target::default()
            },
            origins,
        )
    }
}

impl OpenArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        of_target(
            Target {
                token: self.token.clone(),
                appid: self.appid.clone(),
                aes_key: self.aes_key.clone(),
                ..Target::default()
            },
            origins,
        )
    }
}

fn of_target(target: Target, origins: Origins) -> Settings {
    Settings {
        target,
        origins,
        ..Settings::default()
    }
}
