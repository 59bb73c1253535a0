//! The place where each value was given, so that an error sends its reader there.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Args, Command, parser::ValueSource};
use conflate::Merge;

use crate::Settings;

/// The place where a value was given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Origin {
    /// The command line, by that option or argument.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of a file of settings.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A replay file, which says what was played.
    Replay(PathBuf),
    /// The program itself, where nobody says anything.
    BuiltIn,
    /// Code that fills settings in by hand, such as a test.
    #[default]
    Code,
}

/// A value's place and name. Never its value, unless that was asked for and is no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    key: &'static str,
    origin: Origin,
    value: Option<String>,
}

impl Place {
    /// The origin of the value.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The place, followed by the value where it is a flag's.
    #[must_use]
    pub fn with(mut self, value: impl fmt::Display) -> Self {
        self.value = Some(value.to_string());
        self
    }

    /// The place in Chinese.
    pub fn chinese(&self) -> String {
        let key = self.key;
        match &self.origin {
            Origin::File { path, line } => format!("{} 第 {line} 行，{key}", path.display()),
            Origin::Replay(path) => format!("{}，{key}", path.display()),
            Origin::BuiltIn => format!("{key}（内置）"),
            _ => self.to_string(),
        }
    }
}

/// Like `--mode safe`, `WXCHECK_MODE` and `wxcheck.toml line 4, mode`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        match &self.origin {
            Origin::Flag(flag) => {
                f.write_str(flag)?;
                let value = self.value.as_ref();
                value.map_or(Ok(()), |value| write!(f, " {value}"))
            }
            Origin::Variable(name) => f.write_str(name),
            Origin::File { path, line } => write!(f, "{} line {line}, {key}", path.display()),
            Origin::Replay(path) => write!(f, "{}, {key}", path.display()),
            Origin::BuiltIn => write!(f, "{key} (built in)"),
            Origin::Code => f.write_str(key),
        }
    }
}

/// Origins of values, by their keys.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Origins of what a command line says, with the environment behind it. Options that are no settings have none.
    pub fn of(matches: &ArgMatches) -> Self {
        let mut origins = Self::default();
        for arg in options().get_arguments() {
            if let Some(origin) = origin_in(matches, arg) {
                origins.0.insert(key_of(arg), origin);
            }
        }
        origins
    }

    /// The place of a value.
    pub(crate) fn place(&self, key: &'static str) -> Place {
        Place {
            key,
            origin: self.0.get(key).cloned().unwrap_or_default(),
            value: None,
        }
    }

    /// The place of an item of a list: its own line, where it stands in a file.
    pub(crate) fn place_of_item(&self, key: &'static str, item: &str) -> Place {
        let place = self.place(key);
        match (&place.origin, self.0.get(&item_of(key, item))) {
            (Origin::File { .. }, Some(own)) => Place {
                origin: own.clone(),
                ..place
            },
            _ => place,
        }
    }

    /// Notes where a value comes from.
    pub fn note(&mut self, key: &str, origin: Origin) {
        self.0.insert(key.to_owned(), origin);
    }

    /// Notes where a value comes from in a file.
    pub(crate) fn note_line(&mut self, key: &str, path: &Path, line: usize) {
        let path = path.to_owned();
        self.note(key, Origin::File { path, line });
    }

    /// Notes where an item of a list comes from in a file.
    pub(crate) fn note_item(&mut self, key: &str, item: &str, path: &Path, line: usize) {
        self.note_line(&item_of(key, item), path, line);
    }

    /// Forgets a value that counts as none.
    pub(crate) fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }
}

/// A value that is given keeps its origin.
impl Merge for Origins {
    fn merge(&mut self, lower: Self) {
        for (key, origin) in lower.0 {
            self.0.entry(key).or_insert(origin);
        }
    }
}

/// The name under which the place of an item is noted.
fn item_of(key: &str, item: &str) -> String {
    format!("{key} {item}")
}

/// A command that takes every setting: the list of their names, options and variables.
pub(crate) fn options() -> Command {
    Settings::augment_args(Command::new("wxcheck"))
}

/// A setting's key, as it stands in a file.
pub(crate) fn key_of(arg: &Arg) -> String {
    arg.get_id().as_str().replace('_', "-")
}

/// A setting's name on the command line.
fn flag_of(arg: &Arg) -> String {
    let long = arg.get_long();
    long.map_or_else(|| key_of(arg).to_uppercase(), |long| format!("--{long}"))
}

fn origin_in(matches: &ArgMatches, arg: &Arg) -> Option<Origin> {
    let id = arg.get_id().as_str();
    // Commands do not take every setting.
    if !matches!(matches.try_contains_id(id), Ok(true)) {
        return None;
    }
    // A switch whose variable says no is none.
    if let Ok(Some(false)) = matches.try_get_one::<bool>(id) {
        return None;
    }
    match matches.value_source(id)? {
        ValueSource::CommandLine => Some(Origin::Flag(flag_of(arg))),
        ValueSource::EnvVariable => {
            let name = arg.get_env()?.to_string_lossy();
            Some(Origin::Variable(name.into_owned()))
        }
        _ => None,
    }
}
