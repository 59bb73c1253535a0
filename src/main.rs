//! `wxcheck`: plays WeChat towards a developer's server and judges it.

mod baseline;
mod check;
mod cli;
mod client_request;
mod contract;
mod desk;
mod doctor;
mod entity_file;
mod entropy;
mod events;
mod exit;
mod fetch;
mod guest;
mod init;
mod list;
mod load;
mod nats;
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
mod stop;
mod target_process;
mod terminal;
mod waiting;
mod wire;
mod worker;

use std::process::ExitCode;

use wxcheck_settings::Origins;

use crate::{
    cli::{Cli, Command, FetchedOnce},
    exit::Exit,
};

fn main() -> ExitCode {
    let outcome = match Cli::read() {
        Ok((cli, origins)) => run(cli, origins),
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

fn run(cli: Cli, origins: Origins) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Runtime::new()?;
    let lang = cli.lang;
    screen::choose_colours(cli.color);
    let outcome = match cli.command {
        Command::Check(args) => runtime.block_on(check::run(*args, origins, lang)),
        Command::Serve(args) => runtime.block_on(serve::run(*args, origins, lang)),
        Command::Doctor(args) => runtime.block_on(doctor::run(*args, origins, lang)),
        Command::Fetch(args) => match args.kind {
            FetchedOnce::Data(kind) => runtime.block_on(fetch::run(*args, kind, origins)),
            FetchedOnce::Request => runtime.block_on(client_request::run(*args, origins)),
        },
        Command::Load(args) => runtime.block_on(load::run(*args, origins)),
        Command::Worker(args) => runtime.block_on(worker::run(*args, origins)),
        Command::Push(args) => runtime.block_on(push::run(*args, origins)),
        Command::Replay(args) => runtime.block_on(replay::run(*args, origins, lang)),
        Command::Report(args) => runtime.block_on(report::run(args, origins, lang)),
        Command::Init(args) => init::run(&args, lang),
        Command::Rules(args) => list::rules(&args, lang),
        Command::Explain(args) => list::explain(&args, origins, lang),
        Command::Sdk(args) => sdk::run(&args, lang),
        Command::Completions(args) => Ok(list::completions(&args)),
    };
    // A host name that is still being looked up must not hold up a program that was told to stop.
    runtime.shutdown_background();
    outcome
}
