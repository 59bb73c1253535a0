//! The server's answers: the cause of what is wrong with its callback, the data that are fetched, certificates, and
//! the time.

use wxcheck_mock_server::{Answer, SenderError, fetched::cacheable};

use super::Diagnosis;
use crate::{
    diagnosis::{self, Examined, Limits},
    expect,
    place::Place,
    player::Player,
    server::Server,
    setup,
    step::{Fetch, Scenario, Step},
    transcript::{Entry, Transcript},
};

/// A clock that is off by more than this makes servers refuse what is fresh.
const SKEW_WRONG: i64 = 300;
/// A clock that is off by more than this deserves a mention.
const SKEW_DOUBTFUL: i64 = 30;

/// The reason that the server was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Our own platform.
    #[error("the mock platform could not start: {0}")]
    Platform(#[from] wxcheck_mock_server::PlatformError),
    /// Our own HTTP client.
    #[error(transparent)]
    Sender(#[from] SenderError),
}

/// Asks the server, as configured, and puts what it sees behind what was seen, so that giving up loses none of it.
/// `now` is in Unix seconds, `salt` makes identities.
pub async fn look_at_server(
    server: &Server,
    limits: Limits,
    now: u64,
    salt: u64,
    seen: &mut Vec<Diagnosis>,
) -> Result<Examined, LookError> {
    let platform = setup::platform(server, None).await?;
    let player = setup::player(&platform, server, salt);
    let mut dates = Vec::new();
    let examined = diagnosis::examine(&player, limits, salt).await?;
    if server.callback {
        seen.extend(of_callback(server, &examined));
        // A server that never answers is not waited for once more.
        let is_silent = examined
            .findings
            .iter()
            .any(|finding| finding.cause.id == "silent");
        if !examined.is_unreachable && !is_silent {
            let transcript = play(&player, vec![Step::Visit]).await?;
            transcript
                .entries
                .iter()
                .for_each(|entry| note_date(entry, &mut dates));
        }
    }
    for (kind, _) in server.fetching.urls() {
        let transcript = play(&player, vec![Step::Fetch(Fetch::usual(kind))]).await?;
        if let Some(entry) = transcript.entries.first() {
            note_date(entry, &mut dates);
            seen.push(of_fetch(
                kind.name(),
                entry,
                server.fetching.tokens.is_empty(),
            ));
        }
    }
    for place in server.profile().places() {
        let transcript = play(&player, vec![Step::Inspect(place)]).await?;
        seen.extend(of_certificate(place, &transcript));
    }
    seen.extend(of_clock(&dates, now));
    Ok(examined)
}

/// The things that are as they should be at the callback; a mistake is told by its cause.
fn of_callback(server: &Server, examined: &Examined) -> Vec<Diagnosis> {
    let mut seen = Vec::new();
    if !examined.is_unreachable {
        seen.push(Diagnosis::fine("contact", "something answers there"));
    }
    if examined.verifies && server.account.is_verified() {
        seen.push(Diagnosis::fine(
            "verification",
            "echostr comes back as it was sent",
        ));
    }
    if examined.takes_everything {
        seen.push(Diagnosis::doubtful(
            "signature",
            "the server takes everything: right and wrong signatures are answered alike",
            "compare the signature before echostr is returned; until then nothing can be said about it",
        ));
    }
    if examined.serves {
        let (mode, format) = (server.target.mode, server.target.format);
        seen.push(Diagnosis::fine(
            "mode",
            format!("a push is taken in {mode} mode, {format}"),
        ));
    }
    if examined.is_cut {
        seen.push(Diagnosis::doubtful(
            "limits",
            format!(
                "not everything was tried: {} requests were sent",
                examined.requests
            ),
            "`wxcheck doctor ⟦thorough⟧` tries the rest",
        ));
    }
    seen
}

async fn play(player: &Player<'_>, steps: Vec<Step>) -> Result<Transcript, SenderError> {
    player.play(&Scenario::of(steps)).await
}

fn of_fetch(about: &'static str, entry: &Entry, no_token: bool) -> Diagnosis {
    let Some(answer) = entry.answer() else {
        let fix = "start the server, or correct the URL";
        return Diagnosis::wrong(about, expect::describe(entry), fix);
    };
    match cacheable(answer) {
        Ok(data) => Diagnosis::fine(
            about,
            format!("{} bytes that would be cached", data.text.len()),
        ),
        Err(reason) if no_token && (400..500).contains(&answer.status) => Diagnosis::doubtful(
            about,
            format!("{reason}, for a token that nobody was given"),
            "give ⟦fetch-token⟧",
        ),
        Err(reason) => {
            let fix = "`wxcheck check ⟦only⟧ fetch` tells more";
            Diagnosis::wrong(about, reason.to_string(), fix)
        }
    }
}

fn of_certificate(place: Place, transcript: &Transcript) -> Option<Diagnosis> {
    let inspection = transcript.inspections.first()?;
    let Some(Err(error)) = &inspection.tls else {
        return None;
    };
    Some(Diagnosis::wrong(
        "tls",
        format!("the {}: {error}", place.name()),
        "`wxcheck check ⟦only⟧ network` tells more",
    ))
}

fn note_date(entry: &Entry, dates: &mut Vec<String>) {
    let date = |answer: &Answer| answer.header("date").map(str::to_owned);
    dates.extend(entry.answer().and_then(date));
}

/// The server's clock, by the Date of an answer, if there is one that can be read.
fn of_clock(dates: &[String], now: u64) -> Option<Diagnosis> {
    const ABOUT: &str = "clock";
    let theirs = dates.iter().find_map(|date| unix_seconds(date))?;
    let ahead = theirs - i64::try_from(now).unwrap_or(i64::MAX);
    let seen = match ahead {
        0.. => format!("the server's clock is {ahead} s ahead of this machine's"),
        _ => format!("the server's clock is {} s behind this machine's", -ahead),
    };
    let fix =
        "set both clocks by NTP: a server that checks how old a push is refuses what is fresh";
    Some(match ahead.abs() {
        SKEW_WRONG.. => Diagnosis::wrong(ABOUT, seen, fix),
        SKEW_DOUBTFUL.. => Diagnosis::doubtful(ABOUT, seen, fix),
        _ => Diagnosis::fine(ABOUT, "the server's is right within half a minute"),
    })
}

/// An HTTP date, like `Tue, 15 Nov 1994 08:12:31 GMT`.
fn unix_seconds(date: &str) -> Option<i64> {
    let parsed = time::OffsetDateTime::parse(
        &date.replace("GMT", "+0000"),
        &time::format_description::well_known::Rfc2822,
    );
    parsed.ok().map(time::OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;

    #[test]
    fn a_clock_that_is_off_is_noticed() {
        let date = ["Sun, 06 Nov 1994 08:49:37 GMT".to_owned()];
        let health = |now| of_clock(&date, now).map(|seen| seen.health);
        assert_eq!(health(784_111_777), Some(Health::Fine));
        assert_eq!(health(784_111_777 - 60), Some(Health::Doubtful));
        assert_eq!(health(784_111_777 + 3600), Some(Health::Wrong));
        assert_eq!(of_clock(&["yesterday".to_owned()], 0), None);
    }
}
