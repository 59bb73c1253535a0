//! The command line as completion scripts know it: with all values that there are. Reading stays as it is, for much of it takes
//! more than these, like a pattern.

use clap::{Arg, Command, builder::PossibleValuesParser};
use wxcheck_mock_server::catalogue::Catalogue;
use wxcheck_protocol::account::Account;
use wxcheck_suite::{diagnosis::AREAS, rules};

use super::help;
use crate::{known_sdks, language::Language};

/// The whole command line.
pub(crate) fn command(lang: Language) -> Command {
    let whole = help::command(lang);
    let commands = whole.get_subcommands();
    let commands: Vec<String> = commands.map(|one| one.get_name().to_owned()).collect();
    whole.mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        command.mut_args(|arg| completing(arg, &name, &commands))
    })
}

fn completing(arg: Arg, command: &str, commands: &[String]) -> Arg {
    let values: Vec<String> = match (command, arg.get_id().as_str()) {
        (_, "mode") => listed(&["plain", "compat", "safe"]),
        (_, "format") => listed(&["xml", "json"]),
        (_, "account") => accounts(),
        (_, "json_content_type") => listed(&["application/json", "text/xml"]),
        (_, "fetch_timestamp") => listed(&["seconds", "milliseconds"]),
        (_, "retry") => listed(&["once", "observed", "documented"]),
        (_, "clock") => listed(&["real", "virtual"]),
        ("fetch", "kind") => listed(&["periodic", "prefetch", "request"]),
        ("check", "only") | ("rules", "pattern") => [areas(), ids()].concat(),
        ("check", "skip") => ids().into_iter().map(|id| id + "=").collect(),
        ("replay", "rule") => ids(),
        ("check", "handles") | ("push", "name") => pushes(),
        ("explain", "id") => {
            let pushes = pushes().into_iter().map(|name| format!("push/{name}"));
            let causes = AREAS.iter().flat_map(|area| area.causes);
            let causes = causes.map(|cause| cause.id.to_owned());
            let all = std::iter::once("causes".to_owned()).chain(causes);
            ids().into_iter().chain(pushes).chain(all).collect()
        }
        ("sdk", "name") => known_sdks::names().map(str::to_owned).collect(),
        ("man", "command") => commands.to_vec(),
        _ => return arg,
    };
    // clap keeps them for as long as the program runs, which prints a script and ends.
    let values = values.into_iter().map(|value| &*value.leak());
    arg.value_parser(PossibleValuesParser::new(values))
}

fn listed(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn accounts() -> Vec<String> {
    Account::ALL.iter().map(ToString::to_string).collect()
}

fn ids() -> Vec<String> {
    rules::all().map(|rule| rule.id.to_string()).collect()
}

/// Areas. With `*` a shell would make file names of them.
fn areas() -> Vec<String> {
    let mut areas: Vec<String> = rules::all()
        .filter_map(|rule| rule.id.as_str().split_once('/'))
        .map(|(area, _)| area.to_owned())
        .collect();
    areas.dedup();
    areas
}

/// Names of pushes, each once: accounts share some.
fn pushes() -> Vec<String> {
    let entries = Catalogue::built_in().map(Catalogue::entries);
    let mut names: Vec<String> = entries
        .unwrap_or_default()
        .iter()
        .map(|entry| entry.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(command: &str, id: &str) -> Vec<String> {
        let whole = super::command(Language::English);
        let command = whole.find_subcommand(command).unwrap();
        let arg = command.get_arguments().find(|arg| arg.get_id() == id);
        let known = arg.unwrap().get_possible_values();
        known
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect()
    }

    #[test]
    fn rules_pushes_accounts_and_causes_are_completed() {
        assert!(values("check", "only").contains(&"reply".to_owned()));
        assert!(values("check", "only").contains(&"reply/acknowledges".to_owned()));
        assert!(values("push", "name").contains(&"text".to_owned()));
        assert!(values("explain", "id").contains(&"push/text".to_owned()));
        assert!(values("explain", "id").contains(&AREAS[0].causes[0].id.to_owned()));
        assert!(values("serve", "account").contains(&"minigame".to_owned()));
        assert!(values("load", "mode").contains(&"safe".to_owned()));
        assert!(values("man", "command").contains(&"check".to_owned()));
    }

    /// Every value that is completed can be given: words for the same things stand elsewhere too.
    #[test]
    fn values_that_are_completed_are_read() {
        use wxcheck_mock_server::Policy;
        use wxcheck_protocol::{
            fetch::TimestampUnit,
            push::{Format, JsonType, Mode},
        };
        fn read<T: std::str::FromStr>(command: &str, id: &str) {
            for value in values(command, id) {
                assert!(value.parse::<T>().is_ok(), "{value}");
            }
        }
        read::<Mode>("check", "mode");
        read::<Format>("check", "format");
        read::<Account>("check", "account");
        read::<JsonType>("check", "json_content_type");
        read::<TimestampUnit>("check", "fetch_timestamp");
        read::<Policy>("push", "retry");
        read::<wxcheck_settings::groups::ClockKind>("serve", "clock");
        read::<super::super::FetchedOnce>("fetch", "kind");
    }
}
