//! The answer to a fetch: a string of at most 256 KB, at once.

use std::time::Duration;

use wxcheck_mock_server::{
    Answer,
    fetched::{PackingError, decompress},
};
use wxcheck_protocol::limits::{FETCH_LIMIT, FETCH_SAFE_LIMIT};

use super::{BOTH_PAGES, LATE_PAGE, each_kind, not_modified, refuses_nobody, served};
use crate::{
    expect::{describe, entry, fetch_blocked_by},
    finding::{Finding, Miss},
    profile::Profile,
    reason::Missing,
    rule::{Cases, Level, Need, Rule, RuleId, Turn, blocked},
    step::{Fetch, Grant, Scenario, Step},
    transcript::{Entry, Transcript},
};

/// The time that data may take to be there before a page asks for them itself: one second, or the same part of another
/// limit. WeChat names no figure; a mini program that starts cold takes about so long. Our own.
pub fn cold_start_budget(limit: Duration) -> Duration {
    limit / 5
}

pub(super) static ANSWERS_200: Rule = Rule {
    id: RuleId::FETCH_ANSWERS_200,
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: both pages speak of the data alone, and name no status",
    summary: "The server answers a fetch with status 200.",
    why: LATE_PAGE,
    fix: "Answer the data, or a text that says that there are none, with status 200.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["status"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(answer) = entry.answer() else {
            return Err(not_answered(entry));
        };
        let finding = Finding::new("status", 0, "status 200 and the data", describe(entry));
        match answer.status {
            200 => Ok(()),
            304 => Err(not_modified()),
            300..400 => Err(Miss::inconclusive(blocked(RuleId::FETCH_NO_REDIRECT))),
            _ if refuses_nobody(transcript, entry) => Err(Miss::inconclusive(Missing::FetchToken)),
            _ => finding.found(),
        }
    },
};

pub(super) static COMPLETE_HTTP: Rule = Rule {
    id: RuleId::FETCH_COMPLETE_HTTP,
    since: "0.1.0",
    level: Level::Must,
    source: "HTTP: an answer that ends before its Content-Length is none",
    summary: "The server answers a fetch with a whole HTTP answer.",
    why: LATE_PAGE,
    fix: "Look for a crash or a proxy that cuts the answer off.",
    needs: &[Need::Fetches],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["whole"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match entry.silence() {
            Some(silence) if silence.is_time_out() => {
                Err(Miss::inconclusive(blocked(RuleId::FETCH_IN_TIME)))
            }
            Some(silence) => Err(Miss::Found(Finding::new(
                "whole",
                0,
                "a whole HTTP answer",
                silence.to_string(),
            ))),
            None => Ok(()),
        }
    },
};

pub(super) static ANSWERS_IN_TIME: Rule = Rule {
    id: RuleId::FETCH_IN_TIME,
    since: "0.1.0",
    level: Level::Should,
    source: "no page names a limit for fetches; five seconds are what WeChat waits elsewhere",
    summary: "The server answers a fetch within five seconds.",
    why: "Data that come after the page has asked for them by itself are of no use to anybody.",
    fix: "Prepare the data ahead, or cache them; a fetch is no time to compute.",
    needs: &[Need::Fetches],
    turn: Turn::Shared,
    scenarios: |profile| {
        each_kind(profile, |kind| {
            Scenario::of([Step::Fetch(Fetch {
                linger: true,
                ..Fetch::usual(kind)
            })])
        })
    },
    claims: &["late", "never"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let limit = transcript.profile.limit;
        let expected = format!("an answer within {limit:?}");
        let found =
            |claim, actual: String| Finding::new(claim, 0, expected.clone(), actual).found();
        match (entry.answer(), entry.silence()) {
            (Some(answer), _) if answer.total > limit => {
                found("late", format!("the answer took {:.1?}", answer.total))
            }
            (None, Some(silence)) if silence.is_time_out() => found("never", silence.to_string()),
            (None, Some(_)) => Err(Miss::inconclusive(blocked(RuleId::FETCH_COMPLETE_HTTP))),
            _ => Ok(()),
        }
    },
};

pub(super) static COLD_START: Rule = Rule {
    id: RuleId::new("fetch/cold-start"),
    since: "0.1.0",
    level: Level::Info,
    source: "no page names a figure; one second is our own, about what a cold start takes",
    summary: "The server answers a prefetch before a cold start is over.",
    why: "The data come when the page has begun to fetch them by itself.",
    fix: "Prepare the data ahead, or cache them.",
    needs: &[Need::Prefetch, Need::FetchesAnswered],
    turn: Turn::Alone,
    scenarios: |_| {
        Cases::each([[Step::Fetch(Fetch::usual(
            wxcheck_protocol::fetch::FetchKind::Pre,
        ))]])
    },
    claims: &["slow"],
    judge: |transcript| {
        let entry = served(transcript, 0)?;
        let answer = entry.answer().map_or(Duration::ZERO, |answer| answer.total);
        let budget = cold_start_budget(transcript.profile.limit);
        if answer <= budget {
            return Ok(());
        }
        let actual = format!("the answer took {answer:.1?}");
        let expected = format!("an answer within {budget:?}");
        Err(Miss::Found(
            Finding::new("slow", 0, expected, actual).timing(),
        ))
    },
};

pub(super) static NO_REDIRECT: Rule = Rule {
    id: RuleId::FETCH_NO_REDIRECT,
    since: "0.1.0",
    level: Level::Should,
    source: "no page says that a redirect is followed; the body of this answer is what is cached",
    summary: "The server answers a fetch without a redirect.",
    why: LATE_PAGE,
    fix: "Configure the URL at which the data are, https and trailing slash included.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["redirect"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        let Some(answer) = entry.answer() else {
            return Err(not_answered(entry));
        };
        if !(300..400).contains(&answer.status) || answer.status == 304 {
            return Ok(());
        }
        let to = answer.header("location").unwrap_or("nowhere");
        let actual = format!("status {}, to {to}", answer.status);
        Finding::new("redirect", 0, "the data at this URL", actual).found()
    },
};

pub(super) static NOT_MODIFIED: Rule = Rule {
    id: RuleId::FETCH_NOT_MODIFIED,
    since: "0.1.0",
    level: Level::Info,
    source: "undocumented: no page says what becomes of the cached data after a 304, and fetches carry no If-None-Match",
    summary: "The server answers a fetch with data, not with 304.",
    why: "Whether the data of last time are kept is not known.",
    fix: "Answer 200 and the data each time; they are fetched twice a day at most.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["not-modified"],
    judge: |transcript| {
        let entry = entry(transcript, 0)?;
        match entry.answer().map(|answer| answer.status) {
            Some(304) => Finding::new(
                "not-modified",
                0,
                "status 200 and the data",
                describe(entry),
            )
            .found(),
            Some(_) => Ok(()),
            None => Err(not_answered(entry)),
        }
    },
};

pub(super) static AT_MOST_256_KB: Rule = Rule {
    id: RuleId::FETCH_AT_MOST_256_KB,
    since: "0.1.0",
    level: Level::Must,
    source: BOTH_PAGES,
    summary: "The server answers a fetch with at most 256 KB, counted decompressed.",
    why: "More cannot be cached: the page gets the data of long ago, or none.",
    fix: "Leave out what the first screen does not show; fetch the rest from the page.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: packed_or_not,
    claims: &["over-256-kb"],
    judge: |transcript| {
        let (_, length, excess) = measured(transcript)?;
        if length <= FETCH_LIMIT && !excess {
            return Ok(());
        }
        let more = if excess { "more than " } else { "" };
        let expected = format!("at most {FETCH_LIMIT} bytes (256 KB)");
        Finding::new("over-256-kb", 0, expected, format!("{more}{length} bytes")).found()
    },
};

pub(super) static BELOW_256000_BYTES: Rule = Rule {
    id: RuleId::new("fetch/below-256000-bytes"),
    since: "0.1.0",
    level: Level::Info,
    source: "both pages say 256KB and not how many bytes a KB has",
    summary: "The server answers a fetch with at most 256000 bytes.",
    why: "Should WeChat count a KB as 1000 bytes, the data cannot be cached.",
    fix: "Keep some distance from the limit.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["near-256-kb"],
    judge: |transcript| {
        let (_, length, excess) = measured(transcript)?;
        if excess || length > FETCH_LIMIT {
            return Err(Miss::inconclusive(blocked(RuleId::FETCH_AT_MOST_256_KB)));
        }
        if length <= FETCH_SAFE_LIMIT {
            return Ok(());
        }
        let expected = format!("at most {FETCH_SAFE_LIMIT} bytes, to be on the safe side");
        Finding::new("near-256-kb", 0, expected, format!("{length} bytes")).found()
    },
};

pub(super) static UTF_8: Rule = Rule {
    id: RuleId::FETCH_UTF_8,
    since: "0.1.0",
    level: Level::Should,
    source: "strong practice: both pages say that the data are a string, and name no charset; fetchedData of wx.getBackgroundFetchData is one",
    summary: "The server answers a fetch with text in UTF-8.",
    why: "What is no text reaches the page damaged, or not at all.",
    fix: "Encode the data as UTF-8; put binary data into base64.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["not-utf-8"],
    judge: |transcript| {
        let entry = served(transcript, 0)?;
        let content = decompressed(entry)?;
        let Err(error) = std::str::from_utf8(&content) else {
            return Ok(());
        };
        // What is too long was cut off, perhaps inside a character.
        let at = error.valid_up_to();
        if error.error_len().is_none() && content.len() > FETCH_LIMIT {
            return Ok(());
        }
        let bytes: Vec<String> = content[at..]
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let actual = format!("the bytes {} at {at} are no character", bytes.join(" "));
        Finding::new("not-utf-8", 0, "UTF-8", actual).found()
    },
};

pub(super) static NO_BOM: Rule = Rule {
    id: RuleId::new("fetch/no-bom"),
    since: "0.1.0",
    level: Level::Info,
    source: "wx.request is said to drop one byte order mark; nothing says so of fetches",
    summary: "The server answers a fetch without a byte order mark.",
    why: "JSON.parse refuses a text that begins with one.",
    fix: "Write UTF-8 without a byte order mark.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["bom"],
    judge: |transcript| {
        let entry = served(transcript, 0)?;
        if decompressed(entry)?.starts_with("\u{feff}".as_bytes()) {
            let expected = "text that begins at once";
            return Finding::new("bom", 0, expected, describe(entry)).found();
        }
        Ok(())
    },
};

pub(super) static WHOLE_JSON: Rule = Rule {
    id: RuleId::new("fetch/whole-json"),
    since: "0.1.0",
    level: Level::Should,
    source: "plain arithmetic: what begins as JSON and ends before its end cannot be parsed",
    summary: "The server answers a fetch with JSON that is whole, if with JSON.",
    why: "JSON.parse throws, and the page goes on without its data, or stops.",
    fix: "Count the Content-Length in bytes, not in characters, or let the framework count; write JSON with an encoder.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["broken-json"],
    judge: |transcript| {
        let entry = served(transcript, 0)?;
        let content = decompressed(entry)?;
        let Ok(text) = std::str::from_utf8(&content) else {
            return Err(Miss::inconclusive(blocked(RuleId::FETCH_UTF_8)));
        };
        let text = text.trim_start_matches('\u{feff}').trim();
        // What is too long was not read to its end.
        if !text.starts_with(['{', '[']) || content.len() > FETCH_LIMIT {
            return Ok(());
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            // Other mistakes may be a text that only begins like JSON.
            Err(error) if error.is_eof() => {
                let actual = format!("{error}: {}", describe(entry));
                Finding::new("broken-json", 0, "JSON to its end", actual).found()
            }
            _ => Ok(()),
        }
    },
};

pub(super) static CONTENT_ENCODING: Rule = Rule {
    id: RuleId::FETCH_CONTENT_ENCODING,
    since: "0.1.0",
    level: Level::Should,
    source: "HTTP (RFC 9110, 12.5.3); no page says what the client can decompress",
    summary: "The server compresses only if it was asked to, and as it says.",
    why: "A client that did not ask hands the page compressed bytes, or nothing.",
    fix: "Compress by Accept-Encoding, in one place: the application or the proxy.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: packed_or_not,
    claims: &["not-asked-for", "broken"],
    judge: |transcript| {
        let entry = served(transcript, 0)?;
        let Some(answer) = entry.answer() else {
            return Err(not_answered(entry));
        };
        let asked = asked_for_gzip(entry);
        let finding = |claim, actual: String| {
            let expected = if asked {
                "gzip, or the text itself"
            } else {
                "the text itself"
            };
            Finding::new(claim, 0, expected, actual).found()
        };
        match (
            decompress(answer),
            wxcheck_mock_server::fetched::packing(answer),
        ) {
            (Err(error @ PackingError::Unknown(_)), _) => {
                finding("not-asked-for", error.to_string())
            }
            (Err(error @ PackingError::Broken { .. }), _) => finding("broken", error.to_string()),
            (Ok(_), Some(packing)) if !(asked && packing.ends_with("gzip")) => {
                finding("not-asked-for", format!("Content-Encoding `{packing}`"))
            }
            (Ok(_), _) => Ok(()),
        }
    },
};

pub(super) static NO_COOKIES: Rule = Rule {
    id: RuleId::new("fetch/no-cookies"),
    since: "0.1.0",
    level: Level::Info,
    source: "no page says that cookies are kept; token and code tell the user",
    summary: "The server sets no cookie upon a fetch.",
    why: "Nobody sends it back; a session is made for each fetch and never used.",
    fix: "Switch sessions off for this URL.",
    needs: &[Need::FetchesAnswered],
    turn: Turn::Shared,
    scenarios: usual,
    claims: &["sets-cookie"],
    judge: |transcript| {
        let entry = served(transcript, 0)?;
        let cookie = entry
            .answer()
            .and_then(|answer| answer.header("set-cookie"));
        let Some(cookie) = cookie else { return Ok(()) };
        let name = cookie.split('=').next().unwrap_or_default();
        let actual = format!("Set-Cookie: {name}=…");
        Finding::new("sets-cookie", 0, "no Set-Cookie", actual).found()
    },
};

/// Each kind, for each user whose token is known: one user's data may be too long and another's not.
fn usual(profile: &Profile) -> Cases {
    let fetches = of_each_user(profile);
    Cases::each(fetches.into_iter().map(|fetch| [Step::Fetch(fetch)]))
}

fn of_each_user(profile: &Profile) -> Vec<Fetch> {
    let users = profile.fetch.tokens.clamp(1, 2);
    let kinds = profile.fetch.kinds.iter();
    kinds
        .flat_map(|kind| {
            let grants = [Grant::Owner(0), Grant::Owner(1)].into_iter().take(users);
            grants.map(|grant| Fetch::usual(*kind).granted(grant))
        })
        .collect()
}

/// One fetch without asking for compression, and one with.
fn packed_or_not(profile: &Profile) -> Cases {
    let fetches = of_each_user(profile).into_iter().flat_map(|fetch| {
        [false, true].map(|accepts_gzip| Fetch {
            accepts_gzip,
            ..fetch.clone()
        })
    });
    Cases::each(fetches.map(|fetch| [Step::Fetch(fetch)]))
}

fn not_answered(entry: &Entry) -> Miss {
    let by = fetch_blocked_by(&entry.outcome).unwrap_or(RuleId::FETCH_COMPLETE_HTTP);
    Miss::inconclusive(blocked(by))
}

/// The entry, the number of its bytes once decompressed, and whether there are more.
fn measured(transcript: &Transcript) -> Result<(&Entry, usize, bool), Miss> {
    let entry = served(transcript, 0)?;
    let content = answer(entry)
        .and_then(|answer| decompress(answer).map_err(|_| packing_stands_in_the_way()))?;
    Ok((entry, content.bytes.len(), content.excess))
}

fn decompressed(entry: &Entry) -> Result<Vec<u8>, Miss> {
    let content = decompress(answer(entry)?).map_err(|_| packing_stands_in_the_way())?;
    Ok(content.bytes)
}

fn answer(entry: &Entry) -> Result<&Answer, Miss> {
    entry.answer().ok_or_else(|| not_answered(entry))
}

fn packing_stands_in_the_way() -> Miss {
    Miss::inconclusive(blocked(RuleId::FETCH_CONTENT_ENCODING))
}

fn asked_for_gzip(entry: &Entry) -> bool {
    super::fetched(entry).is_some_and(|fetched| fetched.accepts_gzip)
}

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::Outcome;
    use wxcheck_protocol::fetch::FetchKind;

    use super::*;
    use crate::{
        finding::Judgement,
        hand_made::{fetched, transcript},
        reason::Reason,
    };

    fn judged(rule: &Rule, entry: Entry) -> Judgement {
        let mut transcript = transcript(vec![entry]);
        transcript.profile_mut().fetch.tokens = 1;
        (rule.judge)(&transcript)
    }

    fn found(rule: &Rule, entry: Entry) -> Option<&'static str> {
        match judged(rule, entry) {
            Err(Miss::Found(finding)) => Some(finding.claim),
            _ => None,
        }
    }

    #[test]
    fn the_edge_of_256_kb_is_noted_and_beyond_is_broken() {
        for (length, must, info) in [
            (FETCH_SAFE_LIMIT, None, None),
            (FETCH_SAFE_LIMIT + 1, None, Some("near-256-kb")),
            (FETCH_LIMIT, None, Some("near-256-kb")),
            (FETCH_LIMIT + 1, Some("over-256-kb"), None),
        ] {
            let entry = fetched(FetchKind::Pre, 200, &"x".repeat(length));
            assert_eq!(found(&AT_MOST_256_KB, entry.clone()), must, "{length}");
            assert_eq!(found(&BELOW_256000_BYTES, entry), info, "{length}");
        }
    }

    #[test]
    fn a_token_that_nobody_was_given_may_be_refused() {
        let refused = fetched(FetchKind::Pre, 401, "");
        assert_eq!(found(&ANSWERS_200, refused.clone()), Some("status"));
        let unknown = (ANSWERS_200.judge)(&transcript(vec![refused]));
        assert!(matches!(
            unknown,
            Err(Miss::Inconclusive(Reason::Missing(Missing::FetchToken)))
        ));
        let broken = fetched(FetchKind::Pre, 500, "");
        assert!(matches!(
            (ANSWERS_200.judge)(&transcript(vec![broken])),
            Err(Miss::Found(_))
        ));
    }

    #[test]
    fn an_answer_without_data_is_noted() {
        let unchanged = fetched(FetchKind::Pre, 304, "");
        assert_eq!(found(&NOT_MODIFIED, unchanged), Some("not-modified"));
        assert_eq!(found(&NOT_MODIFIED, fetched(FetchKind::Pre, 200, "")), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let mut entry = fetched(FetchKind::Periodic, 200, "");
        if let Outcome::Answered(answer) = &mut entry.outcome {
            answer.body = b"\xc4\xe3\xba\xc3".to_vec();
        }
        assert_eq!(found(&UTF_8, entry), Some("not-utf-8"));
        let fine = fetched(FetchKind::Periodic, 200, "你好");
        assert_eq!(judged(&UTF_8, fine), Ok(()));
    }
}
