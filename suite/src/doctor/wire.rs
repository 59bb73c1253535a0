//! The server's answers to a few requests: whether it is there, gets the query as it was sent, is in the mode that
//! is configured here, and knows the time.

use wxcheck_mock_server::{Answer, SenderError, fetched::cacheable};
use wxcheck_protocol::push::{Format, Mode};

use super::Diagnosis;
use crate::{
    expect,
    place::Place,
    player::Player,
    server::Server,
    step::{Deliver, Fetch, Scenario, Step, Verify},
    transcript::{Entry, Sent, Transcript},
    watching,
};

/// As long as the echostr of the official sample.
const PLAIN: &str = "4375120948345356249";
/// Characters that anything rewriting a query would change.
const SPECIAL: &str = "1+2/3=4&5%6 7";
/// Advice where nothing answers.
const START: &str = "start the server, or correct the URL; behind a firewall, run wxcheck where the server can be reached";
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

/// Asks the server, as configured, and adds to `seen` what it sees, so that giving up loses none of it.
/// `in_mode` is the same server in another mode and format, if it can be in that; `now` is in Unix seconds, `salt` makes
/// identities.
pub async fn look_at_server(
    server: &Server,
    in_mode: &dyn Fn(Mode, Format) -> Option<Server>,
    now: u64,
    salt: u64,
    seen: &mut Vec<Diagnosis>,
) -> Result<(), LookError> {
    let platform = watching::platform(server, None).await?;
    let player = watching::player(&platform, server, salt);
    let mut dates = Vec::new();
    if server.callback && look_at_callback(&player, seen, &mut dates).await? {
        look_at_mode(in_mode, &player, server, seen).await?;
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
    Ok(())
}

async fn play(player: &Player<'_>, steps: Vec<Step>) -> Result<Transcript, SenderError> {
    player.play(&Scenario::of(steps)).await
}

/// True if it is worthwhile to push.
async fn look_at_callback(
    player: &Player<'_>,
    seen: &mut Vec<Diagnosis>,
    dates: &mut Vec<String>,
) -> Result<bool, LookError> {
    if !player.profile().account.is_verified() {
        return look_without_verifying(player, seen, dates).await;
    }
    let verify = |echostr: &str| Step::Verify(Verify::of(echostr));
    let transcript = play(player, vec![Step::Visit, verify(PLAIN), verify(SPECIAL)]).await?;
    let [visit, plain, special] = transcript.entries.as_slice() else {
        return Ok(false);
    };
    if let Some(silence) = visit.silence().filter(|silence| silence.is_unreachable()) {
        seen.push(Diagnosis::wrong("contact", silence.to_string(), START));
        return Ok(false);
    }
    seen.push(Diagnosis::fine("contact", "something answers there"));
    note_date(plain, dates);
    let echoed = |entry: &Entry| match (&entry.sent, entry.answer()) {
        (Sent::Verification { echostr }, Some(answer)) => {
            answer.status == 200 && answer.body == echostr.as_bytes()
        }
        _ => false,
    };
    let body = |entry: &Entry| {
        entry
            .answer()
            .map(|answer| (answer.status, answer.body.clone()))
    };
    if !echoed(plain) {
        let came = expect::describe(plain);
        seen.push(if body(plain) == body(visit) {
            Diagnosis::wrong(
                "query",
                format!("a GET with parameters is answered like one without: {came}"),
                "let the proxy pass the query on (nginx: $is_args$args behind proxy_pass), or let the route verify the URL",
            )
        } else {
            let mend = match plain.answer().map(|answer| answer.status) {
                Some(300..=399) => "configure the URL to which it redirects, https and trailing slash included",
                Some(401 | 403) => "compare the Token here with the one in the server's settings",
                Some(404 | 405) => "let the route take GET as well as POST, or correct the path",
                _ => "`wxcheck check --only url-check` tells more",
            };
            Diagnosis::wrong("verification", format!("echostr does not come back: {came}"), mend)
        });
        return Ok(true);
    }
    seen.push(Diagnosis::fine("verification", "echostr comes back"));
    seen.push(if echoed(special) {
        Diagnosis::fine("query", "it arrives as it was sent")
    } else {
        Diagnosis::wrong(
            "query",
            format!("`{SPECIAL}`, encoded, comes back as {}", expect::describe(special)),
            "something between rewrites the query: let the proxy pass it on as it came, and decode it once",
        )
    });
    Ok(true)
}

/// The same where no URL is verified.
async fn look_without_verifying(
    player: &Player<'_>,
    seen: &mut Vec<Diagnosis>,
    dates: &mut Vec<String>,
) -> Result<bool, LookError> {
    let transcript = play(player, vec![Step::Visit]).await?;
    let Some(visit) = transcript.entries.first() else {
        return Ok(false);
    };
    note_date(visit, dates);
    let away = visit.silence().filter(|silence| silence.is_unreachable());
    seen.push(match away {
        Some(silence) => Diagnosis::wrong("contact", silence.to_string(), START),
        None => Diagnosis::fine("contact", "something answers there"),
    });
    Ok(away.is_none())
}

/// The mode and format that the server takes, if not the configured ones.
async fn look_at_mode(
    in_mode: &dyn Fn(Mode, Format) -> Option<Server>,
    player: &Player<'_>,
    server: &Server,
    seen: &mut Vec<Diagnosis>,
) -> Result<(), LookError> {
    let push = || vec![Step::Deliver(Deliver::text("from wxcheck doctor"))];
    let configured = play(player, push()).await?;
    let Some(entry) = configured.entries.first() else {
        return Ok(());
    };
    let named = |mode: Mode, format: Format| format!("{mode} mode, {format}");
    let ours = named(server.target.mode, server.target.format);
    if expect::is_served(entry) {
        seen.push(Diagnosis::fine(
            "mode",
            format!("a push is taken in {ours}"),
        ));
        return Ok(());
    }
    let refused = expect::describe(entry);
    let ours_first = match server.target.format {
        Format::Xml => [Format::Xml, Format::Json],
        Format::Json => [Format::Json, Format::Xml],
    };
    // A server in safe mode takes what is sent in compat mode too: the envelope is there.
    for mode in [Mode::Safe, Mode::Plain, Mode::Compat] {
        for format in ours_first {
            // Without a key, or with a broken one, only plain mode can be tried.
            let Some(other) = in_mode(mode, format) else {
                continue;
            };
            if (mode, format) == (server.target.mode, server.target.format) {
                continue;
            }
            let platform = watching::platform(&other, None).await?;
            let player = watching::player(&platform, &other, 1);
            let tried = play(&player, push()).await?;
            if tried.entries.first().is_some_and(expect::is_served) {
                seen.push(Diagnosis::wrong(
                    "mode",
                    format!("a push in {ours} is refused ({refused}), and one in {} is taken", named(mode, format)),
                    format!("use --mode {mode} --format {format}, or configure the server like the account"),
                ));
                return Ok(());
            }
        }
    }
    seen.push(Diagnosis::wrong(
        "push",
        format!("a push in {ours} is refused, and in every other mode and format that can be tried: {refused}"),
        "compare Token, EncodingAESKey and appid with the server's settings; `wxcheck check` tells more",
    ));
    Ok(())
}

fn of_fetch(about: &'static str, entry: &Entry, no_token: bool) -> Diagnosis {
    let Some(answer) = entry.answer() else {
        let mend = "start the server, or correct the URL";
        return Diagnosis::wrong(about, expect::describe(entry), mend);
    };
    match cacheable(answer) {
        Ok(data) => Diagnosis::fine(
            about,
            format!("{} bytes that would be cached", data.text.len()),
        ),
        Err(reason) if no_token && (400..500).contains(&answer.status) => Diagnosis::doubtful(
            about,
            format!("{reason}, for a token that nobody was given"),
            "give --fetch-token",
        ),
        Err(reason) => {
            let mend = "`wxcheck check --only fetch` tells more";
            Diagnosis::wrong(about, reason.to_string(), mend)
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
        "`wxcheck check --only network` tells more",
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
    let mend =
        "set both clocks by NTP: a server that checks how old a push is refuses what is fresh";
    Some(match ahead.abs() {
        SKEW_WRONG.. => Diagnosis::wrong(ABOUT, seen, mend),
        SKEW_DOUBTFUL.. => Diagnosis::doubtful(ABOUT, seen, mend),
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
