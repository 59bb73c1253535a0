//! The server that `--start` starts, from before the first request until after the last one.

use std::time::Duration;

use anyhow::Result;
use wxcheck_mock_server::Platform;
use wxcheck_suite::redact::Secrets;

use crate::{
    cli::Lang,
    exit::usage,
    language::both,
    screen, settings,
    target_process::{TargetProcess, tell_death},
    terminal, waiting,
};

/// The time that a server has to answer at all once it is started.
const USUAL_WAIT: Duration = Duration::from_secs(30);

/// A server that was started, or none.
pub(super) struct Started(Option<Box<TargetProcess>>);

/// The end of waiting for a server.
pub(super) enum Awaited {
    /// It answers.
    There(Box<Started>),
    /// Somebody stopped wxcheck.
    Stopped,
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
        Ok(Self(process.map(Box::new)))
    }

    /// Waits until the server answers, where that is asked for or it was just started. One that dies is told with the end of its
    /// output, and so is one that does not answer.
    pub(super) async fn awaited(
        mut self,
        platform: &Platform,
        shown: &str,
        wait: Option<Duration>,
        stop: impl Future<Output = &'static str>,
        lang: Lang,
    ) -> Result<Awaited> {
        let Some(time) = wait.or(self.0.is_some().then_some(USUAL_WAIT)) else {
            return Ok(Awaited::There(Box::new(self)));
        };
        let died = async {
            match &mut self.0 {
                Some(process) => process.died().await,
                None => std::future::pending().await,
            }
        };
        let answered = tokio::select! {
            answered = waiting::until_it_answers(platform, shown, time, lang) => answered.map(|()| true),
            error = died => Err(error),
            who = stop => {
                let told = format!("stopped by {who} before the end");
                screen::complain(&settings::secrets().page(&terminal::sentence(&told, lang)));
                Ok(false)
            }
        };
        match answered {
            Ok(true) => return Ok(Awaited::There(Box::new(self))),
            Ok(false) => {}
            Err(_) => {
                if let Some(process) = &mut self.0 {
                    let words = process.last_words(&settings::secrets(), lang).await;
                    screen::complain(&words);
                }
            }
        }
        if let Some(process) = self.0.take() {
            process.end().await;
        }
        answered.map(|_| Awaited::Stopped)
    }

    /// Ends the server. One that has died before is told with the end of its output.
    pub(super) async fn end(self, secrets: &Secrets, lang: Lang) {
        let Some(mut process) = self.0 else { return };
        if let Some(how) = process.ended() {
            tell_death(&mut process, &how, secrets, lang).await;
        }
        process.end().await;
    }
}
