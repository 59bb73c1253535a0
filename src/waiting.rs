//! Waiting for a server that is only just starting: until its port takes connections, and then until an HTTP answer comes.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::time::{Instant, sleep, timeout_at};
use wxcheck_mock_server::{Outcome, Platform, exchange::Silence};

use wxcheck_suite::words::sentence;

use crate::{language::Language, screen, settings};

/// The pause between two tries. No signal tells that somebody else's program has begun to listen.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until a GET of the target is answered, with whatever status.
pub(crate) async fn until_it_answers(
    platform: &Platform,
    shown: &str,
    time: Duration,
    lang: Language,
) -> Result<()> {
    let told = format!("waiting until {shown} answers, at most {}", length(time));
    screen::complain(&settings::secrets().page(&sentence(&told, lang)));
    let end = Instant::now() + time;
    let mut last = None;
    let trying = async {
        loop {
            let url = platform.target().url.clone();
            match platform.fetch(url).await? {
                Outcome::Answered(_) => return anyhow::Ok(()),
                Outcome::Silent(silence) => last = Some(silence),
            }
            sleep(PAUSE).await;
        }
    };
    if let Ok(tried) = timeout_at(end, trying).await {
        return tried;
    }
    let seen = match last {
        Some(Silence::Refused) => "nothing listens on that port".to_owned(),
        Some(silence) => silence.to_string(),
        None if takes_connections(platform).await => {
            "the port takes connections, and no HTTP answer came".to_owned()
        }
        None => "no connection was made".to_owned(),
    };
    let length = length(time);
    Err(anyhow!("the server did not answer within {length}: {seen}"))
}

/// True if some address of the target takes a connection.
pub(crate) async fn takes_connections(platform: &Platform) -> bool {
    let tried = platform.addresses(PAUSE).await;
    tried.iter().any(|tried| tried.connects)
}

/// A length of time as people write it.
pub(crate) fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    match (time.subsec_millis(), seconds) {
        (0, 60..) if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        (0, _) => format!("{seconds}s"),
        _ => format!("{}ms", time.as_millis()),
    }
}
