//! The help and the usage errors in Chinese. clap words both in English and cannot be told otherwise, so that its command is
//! changed as a whole once it is built, and its errors are worded from what they say as data.

mod words;

use std::fmt::Write as _;

use clap::{
    Arg, ArgAction, Command,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};
use wxcheck_suite::words::in_chinese;

use self::words::{COMMANDS, HEADINGS};
use super::help::{EXAMPLES, SETTINGS};

/// The words for options and arguments.
const ARGUMENTS: &str = include_str!("chinese/arguments.txt");
/// The whole help of a command, as clap puts it together.
const TEMPLATE: &str = "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The heading over options that have none of their own.
const OPTIONS: &str = "选项";

/// A command whose help is in Chinese.
pub(super) fn chinese(mut command: Command) -> Command {
    // The options and the command that clap adds are there behind this.
    command.build();
    worded(command)
}

fn worded(mut command: Command) -> Command {
    let name = command.get_name().to_owned();
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim();
    let usage = usage
        .replace("[OPTIONS]", "[选项]")
        .replace("<COMMAND>", "<命令>")
        .replace("[COMMAND]", "[命令]");
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .override_usage(usage)
        .mut_args(|arg| worded_arg(arg, &name))
        .mut_subcommands(worded);
    if let Some((_, line, below)) = COMMANDS.iter().find(|(known, ..)| *known == name) {
        let is_long = command.get_long_about().is_some();
        command = command.about(*line);
        if is_long {
            command = command.long_about(format!("{line}\n\n{below}"));
        }
    }
    let [after, after_long] = [command.get_after_help(), command.get_after_long_help()]
        .map(|text| text.map(|text| after_in_chinese(&text.to_string())));
    command = after.into_iter().fold(command, Command::after_help);
    after_long
        .into_iter()
        .fold(command, Command::after_long_help)
}

/// The note below the options, in Chinese.
fn after_in_chinese(after: &str) -> String {
    let (english, chinese) = SETTINGS;
    let after = after
        .replace(english, chinese)
        .replace("Examples:", "示例：");
    EXAMPLES.iter().fold(after, |text, (english, chinese, _)| {
        text.replace(&format!("{english}:"), &format!("{chinese}："))
    })
}

fn worded_arg(arg: Arg, command: &str) -> Arg {
    let id = arg.get_id().to_string();
    let Some(words) = words_of(command, &id) else {
        return arg;
    };
    let heading = match arg.get_help_heading() {
        Some(heading) => heading_of(heading),
        None if arg.is_positional() => "参数",
        None => OPTIONS,
    };
    let mut words = words.to_owned();
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let defaults: Vec<_> = arg.get_default_values().iter().collect();
    if takes_value && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let defaults: Vec<_> = defaults
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        let _ = write!(words, " [默认：{}]", defaults.join("、"));
    }
    if let Some(variable) = arg.get_env().filter(|_| !arg.is_hide_env_set()) {
        let _ = write!(words, " [环境变量：{}]", variable.to_string_lossy());
    }
    arg.help(words.clone())
        .long_help(words)
        .help_heading(heading)
        .hide_default_value(true)
        .hide_possible_values(true)
        .hide_env(true)
}

/// The words for an argument of a command.
fn words_of(command: &str, id: &str) -> Option<&'static str> {
    let of = |wanted: &str| {
        ARGUMENTS.lines().find_map(|line| {
            let (argument, words) = line.split_once(" ⇒ ")?;
            (argument.split_once(' ')? == (wanted, id)).then_some(words)
        })
    };
    of(command).or_else(|| of("*"))
}

fn heading_of(heading: &str) -> &'static str {
    let known = HEADINGS.iter().find(|(english, _)| *english == heading);
    known.map_or(OPTIONS, |(_, chinese)| *chinese)
}

/// A usage error in Chinese.
pub(super) fn error(error: &Error) -> String {
    let mut text = format!("错误：{}\n", sentence(error));
    for (kind, beginning) in [
        (ContextKind::ValidValue, "可用的值"),
        (ContextKind::ValidSubcommand, "可用的命令"),
        (ContextKind::SuggestedArg, "相近的参数"),
        (ContextKind::SuggestedSubcommand, "相近的命令"),
        (ContextKind::SuggestedValue, "相近的值"),
    ] {
        let values = values(error, kind);
        if !values.is_empty() {
            let _ = writeln!(text, "  {beginning}：{}", values.join("、"));
        }
    }
    if let Some(usage) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim_start_matches("Usage: ");
        let _ = writeln!(text, "\n用法：{usage}");
    }
    text.push_str("\n详细说明见 `--help`。\n");
    text
}

fn sentence(error: &Error) -> String {
    let of = |kind| values(error, kind).join("、");
    let arg = of(ContextKind::InvalidArg);
    let value = of(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("`{arg}` 需要一个值"),
        ErrorKind::InvalidValue => format!("`{arg}` 的值 `{value}` 无效"),
        ErrorKind::UnknownArgument => format!("未知的参数 `{arg}`"),
        ErrorKind::InvalidSubcommand => {
            format!("未知的命令 `{}`", of(ContextKind::InvalidSubcommand))
        }
        ErrorKind::NoEquals => format!("`{arg}` 与它的值之间需要等号"),
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error);
            let reason = reason.map(|reason| in_chinese(&reason.to_string()));
            let reason = reason.map_or_else(String::new, |reason| format!("：{reason}"));
            format!("`{arg}` 的值 `{value}` 无效{reason}")
        }
        ErrorKind::TooManyValues => format!("`{arg}` 多了一个值 `{value}`"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("`{arg}` 的值的个数不对")
        }
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            prior if prior == arg || prior.is_empty() => format!("`{arg}` 不能重复给出"),
            prior => format!("`{arg}` 不能与 `{prior}` 同时使用"),
        },
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{arg}"),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::InvalidUtf8 => "参数不是有效的 UTF-8".to_owned(),
        _ => "命令行有误".to_owned(),
    }
}

fn values(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(value)) => vec![value.clone()],
        Some(ContextValue::Strings(values)) => values.clone(),
        _ => Vec::new(),
    }
}

/// A filler behind a letter that takes two columns: clap counts letters.
const FILLER: char = '\u{E000}';
/// The sign that the space in front of it is none, and only a place where a line may end.
const SOFT: char = '\u{E001}';
/// Letters between two places where a line may end.
const RUN: usize = 4;

/// A command whose help wraps between any Chinese words, where clap knows only spaces.
pub(super) fn wrapping(command: Command) -> Command {
    let [about, long, after, after_long] = [
        command.get_about(),
        command.get_long_about(),
        command.get_after_help(),
        command.get_after_long_help(),
    ]
    .map(|text| text.map(|text| breakable(&text.to_string())));
    let mut command = command.mut_args(|arg| {
        let words = arg.get_help().map(|text| breakable(&text.to_string()));
        let words = words.unwrap_or_default();
        arg.help(words.clone()).long_help(words)
    });
    command = about.into_iter().fold(command, Command::about);
    command = long.into_iter().fold(command, Command::long_about);
    command = after.into_iter().fold(command, Command::after_help);
    command = after_long
        .into_iter()
        .fold(command, Command::after_long_help);
    command.mut_subcommands(wrapping)
}

/// The help as clap wrapped it, without what made it wrap.
pub(super) fn wrapped(help: &str) -> String {
    let lines = help.split_inclusive('\n').map(|line| {
        let said = line.trim_start_matches(' ');
        // The space in front of a sign that begins a line belongs to the margin.
        let margin = &line[..line.len() - said.len()];
        let said = said.replace(&format!(" {SOFT}"), "");
        let said = said.replace([SOFT, FILLER], "");
        // clap puts its own colon behind a heading.
        match said.strip_suffix(":\n") {
            Some(heading) if margin.is_empty() && !heading.is_ascii() => format!("{heading}：\n"),
            _ => margin.to_owned() + &said,
        }
    });
    lines.collect()
}

fn breakable(text: &str) -> String {
    let mut broken = String::new();
    let mut run = 0;
    let mut before = ' ';
    for letter in text.chars() {
        let ends = !"，。；：、）！？…".contains(letter) && before != '（';
        if is_wide(letter) && ends && (run >= RUN || "，。；：、".contains(before)) {
            broken.push(' ');
            broken.push(SOFT);
            run = 0;
        }
        broken.push(letter);
        if is_wide(letter) {
            broken.push(FILLER);
            run += 1;
        } else if [' ', '\n'].contains(&letter) {
            run = 0;
        }
        before = letter;
    }
    broken
}

/// True for Chinese letters and signs, which take two columns.
fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{2E80}'..='\u{9FFF}' | '\u{FF00}'..='\u{FF60}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::help, language::Language};

    fn all(command: &Command, path: &mut Vec<(String, Command)>) {
        path.push((command.get_name().to_owned(), command.clone()));
        for below in command.get_subcommands() {
            all(below, path);
        }
    }

    fn commands(lang: Language) -> Vec<(String, Command)> {
        let mut known = Vec::new();
        let mut command = help::command(lang);
        command.build();
        all(&command, &mut known);
        known
    }

    #[test]
    fn every_command_option_and_heading_has_chinese_words() {
        for (name, command) in commands(Language::English) {
            let words = COMMANDS.iter().find(|(known, ..)| *known == name);
            let is_long = command.get_long_about().is_some();
            assert!(
                words.is_some_and(|(.., below)| !is_long || !below.is_empty()),
                "no Chinese for the command {name}"
            );
            for arg in command.get_arguments() {
                let id = arg.get_id().as_str();
                assert!(
                    words_of(&name, id).is_some(),
                    "no Chinese for {id} of {name}"
                );
                if let Some(heading) = arg.get_help_heading() {
                    let known = HEADINGS.iter().any(|(known, _)| *known == heading);
                    assert!(known, "no Chinese for the heading {heading}");
                }
            }
        }
    }

    #[test]
    fn no_argument_has_words_twice() {
        let arguments = ARGUMENTS.lines().filter_map(|line| line.split_once(" ⇒ "));
        let mut seen = std::collections::BTreeSet::new();
        for (argument, _) in arguments {
            assert!(seen.insert(argument), "twice: {argument}");
        }
        assert!(seen.len() > 100);
    }

    #[test]
    fn a_line_ends_between_words_and_never_in_front_of_a_full_stop() {
        let text = "检查接收推送的服务器。再来一句";
        assert_eq!(wrapped(&breakable(text)), text);
        assert!(!breakable(text).contains(&format!("{SOFT}。")));
        assert!(breakable(text).contains(&format!(" {SOFT}再")));
    }
}
