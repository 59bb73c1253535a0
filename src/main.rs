//! `wxcheck`: plays WeChat towards a developer's server and judges it.

mod baseline;
mod check;
mod cli;
mod client_request;
mod desk;
mod doctor;
mod entity_file;
mod entropy;
mod events;
mod exit;
mod fetch;
mod github;
mod guest;
mod init;
mod known_sdks;
mod language;
mod list;
mod load;
mod man;
mod nats;
mod open;
mod pasted;
mod pipe;
mod progress;
mod push;
mod replay;
mod report;
mod reports;
mod screen;
mod sdk;
mod serve;
mod settings;
mod sign;
mod stop;
mod target_process;
mod terminal;
mod waiting;
mod wire;
mod worker;
mod zone;

use std::process::ExitCode;

use wxcheck_settings::{Origins, no_secrets};

use crate::{
    cli::{Cli, Command, FetchedOnce},
    exit::Exit,
    language::{Language, told},
};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let lang = language::asked_for(&words, settings::variable);
    let outcome = match Cli::read(&words, lang) {
        Ok((cli, origins)) => run(cli, origins, lang),
        // Help and version are asked for; everything else is a usage error.
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Fine
            };
            let said = |text: &str| no_secrets().page(text);
            match (lang, code) {
                (Language::English, _) => screen::note(error.print()),
                (Language::Chinese, Exit::Fine) => screen::show(&said(&cli::in_chinese(&error))),
                (Language::Chinese, _) => screen::show_on_stderr(&said(&cli::in_chinese(&error))),
            }
            return whole(code, lang).into();
        }
    };
    match outcome {
        Ok(exit) => whole(exit, lang).into(),
        Err(error) => {
            screen::complain(&settings::secrets().page(&exit::describe(&error, lang)));
            exit::of_error(&error).into()
        }
    }
}

/// The exit code of a command, which is no success where what it had to show is lost.
fn whole(exit: Exit, lang: Language) -> Exit {
    let Some(reason) = screen::lost() else {
        return exit;
    };
    let told = told!(
        lang,
        "error: cannot write to standard output: {reason}",
        "错误：无法写入标准输出：{reason}"
    );
    screen::complain(&settings::secrets().page(&told));
    match exit {
        Exit::Fine => Exit::Usage,
        exit => exit,
    }
}

fn run(cli: Cli, origins: Origins, lang: Language) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Runtime::new()?;
    let lang = cli.lang.unwrap_or(lang);
    screen::choose_colours(cli.color);
    let outcome = match cli.command {
        Command::Check(args) => runtime.block_on(check::run(*args, origins, lang)),
        Command::Serve(args) => runtime.block_on(serve::run(*args, origins, lang)),
        Command::Doctor(args) => runtime.block_on(doctor::run(*args, origins, lang)),
        Command::Fetch(args) => match args.kind {
            FetchedOnce::Data(kind) => runtime.block_on(fetch::run(*args, kind, origins, lang)),
            FetchedOnce::Request => runtime.block_on(client_request::run(*args, origins, lang)),
        },
        Command::Load(args) => runtime.block_on(load::run(*args, origins, lang)),
        Command::Worker(args) => runtime.block_on(worker::run(*args, origins, lang)),
        Command::Push(args) => runtime.block_on(push::run(*args, origins, lang)),
        Command::Replay(args) => runtime.block_on(replay::run(*args, origins, lang)),
        Command::Report(args) => runtime.block_on(report::run(args, origins, lang)),
        Command::Init(args) => init::run(&args, lang),
        Command::Rules(args) => list::rules(&args, lang),
        Command::Explain(args) => list::explain(&args, origins, lang),
        Command::Sign(args) => sign::run(&args, origins, lang),
        Command::Open(args) => open::run(&args, origins, lang),
        Command::Man(args) => man::show(&args, lang),
        Command::Sdk(args) => sdk::run(&args, lang),
        Command::Completions(args) => Ok(list::completions(&args, lang)),
    };
    // A host name that is still being looked up must not hold up a program that was told to stop.
    runtime.shutdown_background();
    outcome
}
