//! `wxcheck`: plays WeChat towards a developer's server and judges it.

mod check;
mod cli;
mod contract;
mod doctor;
mod entropy;
mod events;
mod exit;
mod fetch;
mod list;
mod pipe;
mod push;
mod replay;
mod report;
mod reports;
mod screen;
mod serve;
mod settings;
mod stop;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    cli::{Cli, Command},
    exit::Exit,
};

fn main() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => run(cli),
        // Help and version are asked for; everything else is a usage error. clap words both.
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Fine
            };
            screen::note(error.print());
            return whole(code).into();
        }
    };
    match outcome {
        Ok(exit) => whole(exit).into(),
        Err(error) => {
            screen::complain(&settings::secrets().page(&format!("error: {error:#}")));
            exit::of_error(&error).into()
        }
    }
}

/// The exit code of a command, which is no success where what it had to show is lost.
fn whole(exit: Exit) -> Exit {
    let Some(reason) = screen::lost() else {
        return exit;
    };
    let told = format!("error: cannot write to standard output: {reason}");
    screen::complain(&settings::secrets().page(&told));
    match exit {
        Exit::Fine => Exit::Usage,
        exit => exit,
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Runtime::new()?;
    let lang = cli.lang;
    let outcome = match cli.command {
        Command::Check(args) => runtime.block_on(check::run(*args, lang)),
        Command::Serve(args) => runtime.block_on(serve::run(*args, lang)),
        Command::Doctor(args) => runtime.block_on(doctor::run(*args)),
        Command::Fetch(args) => runtime.block_on(fetch::run(*args)),
        Command::Push(args) => runtime.block_on(push::run(*args)),
        Command::Replay(args) => runtime.block_on(replay::run(*args, lang)),
        Command::Report(args) => runtime.block_on(report::run(args, lang)),
        Command::Rules(args) => list::rules(&args, lang),
        Command::Explain(args) => list::explain(&args, lang),
        Command::Completions(args) => Ok(list::completions(&args)),
    };
    // A host name that is still being looked up must not hold up a program that was told to stop.
    runtime.shutdown_background();
    outcome
}
