//! What the run is to use: flags win over environment over `wxcheck.toml`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde::Deserialize;
use wxcheck_mock_server::{PlatformOptions, Target, clock, target::parse_url};
use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    limits::EXCHANGE_LIMIT,
    push::{Credentials, Format, Mode},
};
use wxcheck_suite::{
    profile::{Account, Profile},
    redact::Secrets,
};

use crate::{cli::TargetArgs, exit::usage};

const FILE_NAME: &str = "wxcheck.toml";
/// The original id that WeChat's own samples would have; any server that does not compare it takes it.
const ORIGINAL_ID: &str = "gh_0123456789ab";

/// `wxcheck.toml`. The keys are the long flags' names.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    pub(crate) url: Option<String>,
    token: Option<String>,
    appid: Option<String>,
    aes_key: Option<String>,
    mode: Option<Mode>,
    format: Option<Format>,
    account: Option<Account>,
    original_id: Option<String>,
    patience: Option<f64>,
    env_proxy: bool,
    pub(crate) only: Vec<String>,
    pub(crate) skip: Vec<String>,
    pub(crate) strict: bool,
    pub(crate) seed: Option<u64>,
    pub(crate) cases: Option<usize>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) max_time: Option<u64>,
    pub(crate) report_json: Option<PathBuf>,
    pub(crate) report_junit: Option<PathBuf>,
    pub(crate) replay_dir: Option<PathBuf>,
}

impl File {
    /// The nearest `wxcheck.toml`, in the working folder or one above; nothing where there is none.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir()?;
        here.ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file())
            .map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        toml::from_str(&text).map_err(|error| {
            let place = error.span().and_then(|span| text.get(..span.start));
            let line = place.map_or(1, |before| before.matches('\n').count() + 1);
            let key = text
                .lines()
                .nth(line - 1)
                .and_then(key_of)
                .unwrap_or_default();
            usage(format!(
                "{}, line {line}{}: {}",
                path.display(),
                if key.is_empty() {
                    String::new()
                } else {
                    format!(", {key}")
                },
                without_value(error.message())
            ))
        })
    }
}

/// What a line of the file sets.
fn key_of(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim())
}

/// What the parser says of a value repeats it, and its display prints the whole line: a secret, where
/// a Token of digits stands without quotes.
fn without_value(message: &str) -> String {
    let of_value = message.starts_with("invalid type") || message.starts_with("invalid value");
    match message.split_once(", expected ") {
        Some((_, expected)) if of_value => format!("expected {expected}"),
        _ => message.to_owned(),
    }
}

/// A file that the user named.
#[expect(
    clippy::disallowed_methods,
    reason = "files that the user names are read here"
)]
pub(crate) fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|error| usage(format!("cannot read {}: {error}", path.display())))
}

/// A file that the user asked for. Missing folders are made.
#[expect(
    clippy::disallowed_methods,
    reason = "files that the user asks for are written here"
)]
pub(crate) fn write_text(path: &Path, text: &str) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| usage(format!("cannot write {}: {error}", path.display())))
}

/// Everything about the server, whole and checked.
pub(crate) struct Settings {
    pub(crate) target: Target,
    pub(crate) account: Account,
    pub(crate) options: PlatformOptions,
}

impl Settings {
    /// Flags and environment over the file; `url` is the callback URL, wherever it comes from.
    pub(crate) fn resolve(args: &TargetArgs, file: &File, url: &str) -> Result<Self> {
        let url = parse_url(url).map_err(|error| usage(format!("URL: {error}")))?;
        let token = pick(args.token.as_ref(), file.token.as_ref()).ok_or_else(|| {
            usage("no Token is given; use --token, WXCHECK_TOKEN or `token` in wxcheck.toml, with the Token configured at WeChat")
        })?;
        if token.is_empty() {
            return Err(usage(
                "--token: the Token is empty; WeChat's Tokens have 3 to 32 letters and digits",
            ));
        }
        let key = pick(args.aes_key.as_ref(), file.aes_key.as_ref())
            .map(|text| EncodingAesKey::parse(&text))
            .transpose()
            .map_err(|error| usage(format!("--aes-key: {error}")))?;
        let mode = args.mode.or(file.mode).unwrap_or(if key.is_some() {
            Mode::Safe
        } else {
            Mode::Plain
        });
        if mode.seals() && key.is_none() {
            return Err(usage(format!(
                "--mode {mode} needs the EncodingAESKey; use --aes-key, WXCHECK_AES_KEY or `aes-key` in wxcheck.toml"
            )));
        }
        let appid = pick(args.appid.as_ref(), file.appid.as_ref());
        if mode.seals() && appid.is_none() {
            return Err(usage(format!(
                "--mode {mode} needs the appid, which stands in every envelope; use --appid, WXCHECK_APPID or `appid` in wxcheck.toml"
            )));
        }
        let patience = args.patience.or(file.patience).unwrap_or(1.0);
        if !(patience.is_finite() && (0.01..=1000.0).contains(&patience)) {
            return Err(usage(format!(
                "--patience {patience}: give a factor from 0.01 to 1000"
            )));
        }
        Ok(Self {
            target: Target {
                url,
                credentials: Credentials {
                    token,
                    appid: appid.unwrap_or_else(|| "wx0123456789abcdef".to_owned()),
                    key,
                },
                mode,
                format: args.format.or(file.format).unwrap_or(Format::Xml),
                original_id: pick(args.original_id.as_ref(), file.original_id.as_ref())
                    .unwrap_or_else(|| ORIGINAL_ID.to_owned()),
            },
            account: args.account.or(file.account).unwrap_or_default(),
            options: PlatformOptions {
                patience,
                environment_proxy: args.env_proxy || file.env_proxy,
            },
        })
    }

    /// What rules may know of the server.
    pub(crate) fn profile(&self) -> Profile {
        let limit = EXCHANGE_LIMIT.mul_f64(self.options.patience);
        Profile::of(&self.target, self.account, limit, clock::unix_seconds())
    }

    /// What must never be shown.
    pub(crate) fn secrets(&self, args: &TargetArgs, file: &File) -> Secrets {
        let password = self.target.url.password().unwrap_or_default().to_owned();
        Secrets::new([
            ("Token", self.target.credentials.token.clone()),
            (
                "EncodingAESKey",
                pick(args.aes_key.as_ref(), file.aes_key.as_ref()).unwrap_or_default(),
            ),
            ("EncodingAESKey, decoded", self.key_in_hex()),
            ("URL's password", password),
        ])
    }

    fn key_in_hex(&self) -> String {
        let bytes = self
            .target
            .credentials
            .key
            .iter()
            .flat_map(EncodingAesKey::bytes);
        bytes.fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// The URL as reports show it.
    pub(crate) fn shown_url(&self) -> String {
        let mut url = self.target.url.clone();
        if url.password().is_some() || !url.username().is_empty() {
            // Neither can fail for http and https, which always have a host.
            let _ = url.set_password(None);
            let _ = url.set_username("");
        }
        url.to_string()
    }
}

fn pick(flag: Option<&String>, file: Option<&String>) -> Option<String> {
    flag.or(file).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn args() -> TargetArgs {
        TargetArgs {
            token: Some("flag-token".into()),
            ..TargetArgs::default()
        }
    }

    fn error(args: &TargetArgs) -> String {
        let resolved = Settings::resolve(args, &File::default(), "http://127.0.0.1:1/");
        resolved.err().unwrap().to_string()
    }

    #[test]
    fn flags_win_over_the_file() {
        let file: File =
            toml::from_str("token = 'file-token'\nformat = 'json'\nappid = 'wxfile'").unwrap();
        let settings = Settings::resolve(&args(), &file, "http://127.0.0.1:1/").unwrap();
        assert_eq!(settings.target.credentials.token, "flag-token");
        assert_eq!(settings.target.credentials.appid, "wxfile");
        assert_eq!(settings.target.format, Format::Json);
        assert_eq!(settings.target.mode, Mode::Plain);
    }

    #[test]
    fn a_key_makes_safe_mode_the_default() {
        let sealed = TargetArgs {
            aes_key: Some(KEY.into()),
            appid: Some("wx1".into()),
            ..args()
        };
        let settings = Settings::resolve(&sealed, &File::default(), "http://127.0.0.1:1/").unwrap();
        assert_eq!(settings.target.mode, Mode::Safe);
    }

    #[test]
    fn errors_name_the_field_and_the_mend() {
        let short = TargetArgs {
            aes_key: Some(KEY[1..].into()),
            ..args()
        };
        assert!(
            error(&short).contains("--aes-key") && error(&short).contains("42"),
            "{}",
            error(&short)
        );
        let keyless = TargetArgs {
            mode: Some(Mode::Safe),
            ..args()
        };
        assert!(error(&keyless).contains("WXCHECK_AES_KEY"));
        assert!(error(&TargetArgs::default()).contains("--token"));
        let hasty = TargetArgs {
            patience: Some(0.0),
            ..args()
        };
        assert!(error(&hasty).contains("--patience 0"));
    }

    #[test]
    fn a_misspelt_key_of_the_file_is_named() {
        let error = toml::from_str::<File>("tokken = 'x'").err().unwrap();
        assert!(error.message().contains("tokken"), "{error}");
    }

    #[test]
    fn reports_show_no_password() {
        let settings =
            Settings::resolve(&args(), &File::default(), "http://me:pass@127.0.0.1:1/x").unwrap();
        assert_eq!(settings.shown_url(), "http://127.0.0.1:1/x");
    }
}
