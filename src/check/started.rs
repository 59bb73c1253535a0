//! The server that `--start` starts, from before the first request until after the last one.

use std::time::Duration;

use anyhow::Result;
use tokio::time::timeout;
use wxcheck_mock_server::Platform;
use wxcheck_suite::{first_contact::NoContact, plan::Ended, player::Player};

use crate::{
    exit::usage,
    language::{Language, both},
    target_process::{End, TargetProcess},
    waiting,
};

/// The time that a server has to answer at all once it is started.
const USUAL_WAIT: Duration = Duration::from_secs(30);

/// The time that a process has to end once its server no longer answers.
const DYING: Duration = Duration::from_secs(2);

/// A server that was started, or none.
pub(super) struct Started {
    process: Option<Box<TargetProcess>>,
    /// Its end stands in the log of the run.
    is_noted: bool,
}

impl Started {
    /// Starts the command, if there is one.
    pub(super) async fn start(
        command: Option<&str>,
        platform: &Platform,
        shown: &str,
    ) -> Result<Self> {
        // Another server on that port would be judged in place of the one that is to be started, and could not start.
        if command.is_some() && waiting::takes_connections(platform).await {
            return Err(usage(both!(
                "--start: something listens at {shown} already; end it, or leave --start out to judge it",
                "--start：{shown} 上已有程序在监听；请先结束它，或去掉 --start 直接检查它",
            )));
        }
        let process = command.map(TargetProcess::start).transpose()?;
        Ok(Self {
            process: process.map(Box::new),
            is_noted: false,
        })
    }

    /// Waits until the server answers, where that is asked for or it was just started. Where it does not, that is the end of the
    /// run, which has its reports like any other.
    pub(super) async fn awaited(
        &mut self,
        platform: &Platform,
        shown: &str,
        wait: Option<Duration>,
        stop: impl Future<Output = &'static str>,
        lang: Language,
    ) -> Option<Ended> {
        let time = wait.or(self.process.is_some().then_some(USUAL_WAIT))?;
        let not_up = |reason| Ended::NoContact(NoContact::NotUp(reason));
        tokio::select! {
            answered = waiting::until_it_answers(platform, shown, time, lang) => {
                answered.err().map(|error| not_up(format!("{error:#}")))
            }
            end = self.died() => Some(not_up(self.never_up(&end).await)),
            who = stop => Some(Ended::Stopped(who.to_owned())),
        }
    }

    /// The end of a server that never answered, with what to do where its command is none that stays.
    async fn never_up(&mut self, end: &End) -> String {
        let End::With(status) = end else {
            return format!("the server that --start started has ended: {end}");
        };
        if !status.success() {
            return format!("the server that --start started ended with {end}");
        }
        // What ended is a command that did its work. Whether there is a server somewhere, nobody knows.
        self.is_noted = true;
        let output = match &mut self.process {
            Some(process) => process.last_words().await,
            None => Vec::new(),
        };
        let last = output
            .last()
            .map(|line| format!(" (its last line: `{line}`)"));
        format!(
            "the command of --start ended with {end}, and nothing that it began is seen to run; where it hands the server to something else, as `docker compose up -d` does, run it in a step before, and give --wait TIME in place of --start{}",
            last.unwrap_or_default()
        )
    }

    /// Waits until the process ends by itself; for ever where it does not.
    async fn died(&mut self) -> End {
        match &mut self.process {
            Some(process) => process.died().await,
            None => std::future::pending().await,
        }
    }

    /// Waits a moment for the end of a process whose server is gone: its connections are reset before it has ended.
    pub(super) async fn await_end(&mut self) {
        if self.process.is_some() && !self.is_noted {
            // One that goes on has but stopped listening.
            let _ = timeout(DYING, self.died()).await;
        }
    }

    /// Writes into the log of the run when the process ends by itself. Does not end before it is dropped.
    pub(super) async fn watch(&mut self, player: &Player<'_>, platform: &Platform) {
        if !self.is_noted {
            self.died().await;
            self.look(player, platform).await;
        }
        std::future::pending::<()>().await;
    }

    /// Writes into the log of the run that the process has ended by itself, if it has and nothing stands there yet. A command
    /// that starts a server in the background ends as well, and leaves one that listens.
    pub(super) async fn look(&mut self, player: &Player<'_>, platform: &Platform) {
        let Some(process) = self.process.as_mut().filter(|_| !self.is_noted) else {
            return;
        };
        if let Some(end) = process.ended()
            && !waiting::takes_connections(platform).await
        {
            player.note_server_ended();
            let output = process.last_words().await;
            player
                .log()
                .server_ended(&end.to_string(), &output, &player.secrets());
            self.is_noted = true;
        }
    }

    /// Ends the server.
    pub(super) async fn end(self) {
        if let Some(process) = self.process {
            process.end().await;
        }
    }
}
