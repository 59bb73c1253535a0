//! `wxcheck check --platform URL`: a run that uses a served platform in place of a port of its own. The platform hands on what the
//! server calls, and is told what happens, so that it is seen there as it happens, with the names of the rules.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use serde_json::json;
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, interval_at},
};
use wxcheck_events::{Event, Interest, Subject, Subscription};
use wxcheck_mock_server::{ApiServer, control_client::ControlClient};
use wxcheck_settings::Settings;
use wxcheck_suite::session::Session;

use crate::{exit::usage, language::both};

/// The pause between two messages to the platform.
const PAUSE: Duration = Duration::from_millis(100);
/// The platform forgets a run that it does not hear of for fifteen seconds. A run has to hear much sooner that its platform is
/// gone, for then no call of the server arrives, and that is not the server's fault.
const HEARTBEAT: u32 = 5;
/// Bytes of one message, about; the control API takes no more than a megabyte.
const MESSAGE_BYTES: usize = 256 * 1024;

/// A run's place on the platform.
pub(crate) struct Guest {
    client: Arc<ControlClient>,
    id: u64,
}

/// The events on their way to the platform.
pub(crate) struct Feed {
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
    client: Arc<ControlClient>,
    id: u64,
}

impl Guest {
    /// Takes the place, for the API that this run serves.
    pub(crate) async fn arrive(settings: &Settings, url: &str, api: &ApiServer) -> Result<Self> {
        let base = url::Url::parse(url).map_err(|error| {
            usage(both!(
                "--platform {url}: {error}; give it like http://127.0.0.1:8900",
                "--platform {url}：{error}；请写成 http://127.0.0.1:8900 的形式",
                error = error
            ))
        })?;
        let token = settings.control.control_token.as_deref();
        let client = ControlClient::new(base, token, &settings.platform_options()?)?;
        let run = json!({"appid": settings.appid(), "relay": api.address()});
        let begun = client
            .ask("POST", "/_wxcheck/runs", Some(run.to_string()))
            .await
            .map_err(|reason| anyhow!("{reason}"))
            .with_context(|| format!("--platform {url}: the platform does not take the run"))?;
        let id = begun["id"]
            .as_u64()
            .context("the platform did not return a number for the run")?;
        Ok(Self {
            client: Arc::new(client),
            id,
        })
    }

    /// Tells the platform what happens from now on.
    pub(crate) fn follow(self, session: &Session) -> Feed {
        let (end, ended) = oneshot::channel();
        let heard = session.subscribe(Interest::Everything);
        let task = tokio::spawn(feed(
            Arc::clone(&self.client),
            self.id,
            session.clone(),
            heard,
            ended,
        ));
        Feed {
            end,
            task,
            client: self.client,
            id: self.id,
        }
    }
}

impl Feed {
    /// Tells the rest, and leaves.
    pub(crate) async fn finish(self) {
        // The task may have ended by itself.
        let _ = self.end.send(());
        let _ = self.task.await;
        let path = format!("/_wxcheck/runs/{}", self.id);
        // A platform that is gone forgets the run by itself.
        let _ = self.client.ask("DELETE", &path, None).await;
    }
}

async fn feed(
    client: Arc<ControlClient>,
    id: u64,
    session: Session,
    mut heard: Subscription,
    mut ended: oneshot::Receiver<()>,
) {
    let path = format!("/_wxcheck/runs/{id}/events");
    let mut ticks = interval_at(Instant::now() + PAUSE, PAUSE);
    let mut silent = 0;
    loop {
        let is_last = tokio::select! {
            _ = ticks.tick() => false,
            _ = &mut ended => true,
        };
        let mut message = Vec::new();
        let mut bytes = 0;
        let mut more = true;
        while more {
            let event = heard.ready();
            more = event.is_some();
            for event in event.iter().filter(|event| is_shown(event)) {
                let line = session.line(event);
                bytes += line.as_str().len();
                message.push(line.as_str().trim_end().to_owned());
            }
            let is_due =
                bytes > MESSAGE_BYTES || !more && (!message.is_empty() || silent >= HEARTBEAT);
            if is_due {
                let body = format!("[{}]", message.join(","));
                if let Err(reason) = client.ask("POST", &path, Some(body)).await {
                    session.stop(&format!("--platform, which is gone ({reason})"));
                    return;
                }
                message.clear();
                (bytes, silent) = (0, 0);
            }
        }
        if is_last {
            return;
        }
        silent += 1;
    }
}

/// True if the platform shows it: what goes to the server, and what that calls.
fn is_shown(event: &Event) -> bool {
    match event.kind.subject() {
        Subject::Sent(_) | Subject::Exchange(_) | Subject::Called(_) => true,
        Subject::Unsent(_)
        | Subject::Outcome(_)
        | Subject::Fetched(_)
        | Subject::Platform
        | Subject::Run => false,
    }
}
