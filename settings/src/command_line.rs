//! Parsing with clap, so that an error names a variable where a variable is at fault.

use std::ffi::OsString;

use clap::{
    ArgMatches, Command, FromArgMatches,
    error::{ContextKind, ContextValue, Error},
};

use crate::{
    Settings, SettingsError,
    error::Reason,
    origin::{Origins, options},
};

/// Variables that may not be set to nothing. Without a URL another server would be judged, and without a control token the
/// platform would stand open.
const NEVER_EMPTY: [&str; 2] = ["_URL", "_CONTROL_TOKEN"];

/// Parses a command line, with the environment behind it. A variable that is empty counts as unset, as where a pipeline sets
/// each to what it may have.
pub fn parse(
    command: &Command,
    words: impl IntoIterator<Item: Into<OsString>>,
) -> Result<ArgMatches, Error> {
    let command = &deaf_to_nothing(command.clone());
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let parsed = command.clone().try_get_matches_from(&words);
    parsed.map_err(|error| {
        let without = deaf(command.clone()).try_get_matches_from(words);
        let Some(arg) = text_of(&error, ContextKind::InvalidArg) else {
            return error;
        };
        // Where the command line alone is wrong in the same way, it is the one to fix.
        let is_of_line = without
            .err()
            .is_some_and(|of_line| text_of(&of_line, ContextKind::InvalidArg) == Some(arg));
        // Only a command that is built knows what its arguments are called.
        let mut built = command.clone();
        built.build();
        match variable_of(&built, arg) {
            Some(variable) if !is_of_line => naming(error, variable),
            _ => error,
        }
    })
}

impl Settings {
    /// Settings that the environment alone gives.
    pub fn of_environment() -> Result<Self, SettingsError> {
        let read = || {
            let matches = parse(&options(), ["wxcheck"])?;
            let mut settings = Self::from_arg_matches(&matches)?;
            settings.origins = Origins::of(&matches);
            Ok(settings)
        };
        read().map_err(|error: Error| Reason::Environment(first_line(&error)).into())
    }
}

/// The sentence of an error, without what clap says around it.
fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// The same command, which hears nothing of the environment.
fn deaf(command: Command) -> Command {
    let command = command.mut_args(|arg| arg.env(None));
    command.mut_subcommands(deaf)
}

/// The same command, which hears no variable that is empty.
fn deaf_to_nothing(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let variable = arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        match variable {
            Some(name) if counts_as_unset(&name) => arg.env(None),
            _ => arg,
        }
    });
    command.mut_subcommands(deaf_to_nothing)
}

/// True if a variable is there and empty, and may be. clap tells the name of a variable, and not its value.
fn counts_as_unset(variable: &str) -> bool {
    let is_empty = std::env::var_os(variable).is_some_and(|value| value.is_empty());
    is_empty && !NEVER_EMPTY.iter().any(|end| variable.ends_with(end))
}

fn text_of(error: &Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// The variable of the argument that clap calls so.
fn variable_of(command: &Command, name: &str) -> Option<String> {
    let own = command.get_arguments().find(|arg| arg.to_string() == name);
    let variable = own.and_then(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()));
    let mut below = command.get_subcommands();
    variable.or_else(|| below.find_map(|command| variable_of(command, name)))
}

fn naming(mut error: Error, variable: String) -> Error {
    error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    error
}
