//! The server's answers: the cause of what is wrong with its callback, the data that are fetched, certificates, and
//! the time.

use std::time::Duration;

use wxcheck_mock_server::{
    Answer, SenderError, Silence,
    fetched::{Uncacheable, cacheable},
};
use wxcheck_protocol::limits::EXCHANGE_LIMIT;

use super::Diagnosis;
use crate::{
    diagnosis::{self, Contact, Examined, Forged, Limits, SLOW, in_chinese},
    expect,
    place::Place,
    player::Player,
    rule::RuleId,
    rules,
    server::Server,
    setup,
    step::{Fetch, Scenario, Step},
    transcript::{Entry, Transcript},
    words,
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
    let examined = diagnosis::examine(&player, limits, salt).await?;
    let mut dates: Vec<String> = examined.date.iter().cloned().collect();
    if server.callback {
        seen.extend(of_callback(server, &examined));
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
        // What no connection leads to has no certificate, and a broken one is told already.
        if place == Place::Callback && examined.contact == Contact::None {
            continue;
        }
        let transcript = play(&player, vec![Step::Inspect(place)]).await?;
        seen.extend(of_certificate(place, &transcript));
    }
    seen.extend(of_clock(&dates, now));
    Ok(examined)
}

/// The things that are as they should be at the callback; a mistake is told by its cause.
fn of_callback(server: &Server, examined: &Examined) -> Vec<Diagnosis> {
    let mut seen = Vec::new();
    if examined.contact == Contact::Answers {
        seen.push(Diagnosis::fine(
            "contact",
            ("the server answers", "服务器有响应"),
        ));
        seen.extend(of_speed(examined.slowest));
    }
    if examined.verifies && !examined.takes_everything() && server.account.is_verified() {
        seen.push(Diagnosis::fine(
            "verification",
            ("echostr comes back as it was sent", "echostr 原样返回"),
        ));
    }
    if examined.serves && examined.opens_unseen {
        seen.push(Diagnosis::doubtful(
            "mode",
            (
                "nothing shows that a push was opened: a signed one that nobody can decrypt is answered alike; EncodingAESKey or AppID may be wrong in your code",
                "看不出推送被解密：签名正确但无法解密的推送得到同样的响应；你的代码里的 EncodingAESKey 或 AppID 可能不对",
            ),
            (
                "compare both with WeChat's settings, letter by letter; answer 400 or log an error where decrypting fails",
                "把两者与微信后台的配置逐字核对；解密失败时返回 400 或写错误日志",
            ),
        ));
    } else if examined.serves {
        let (mode, format) = (server.target.mode, server.target.format);
        seen.push(Diagnosis::fine(
            "mode",
            (
                format!("a push is taken in {mode} mode, {format}"),
                format!("{mode} 模式、{format} 格式的推送被接受"),
            ),
        ));
    }
    seen.extend(of_forgery(server, examined));
    if examined.is_cut {
        seen.push(Diagnosis::doubtful(
            "limits",
            (
                format!(
                    "not everything was tried: {} requests were sent",
                    examined.requests
                ),
                format!("没有全部尝试：已发送 {} 个请求", examined.requests),
            ),
            (
                "`wxcheck doctor ⟦thorough⟧` tries the rest",
                "用 `wxcheck doctor ⟦thorough⟧` 尝试其余的情况",
            ),
        ));
    }
    seen
}

/// The server's way with a push whose signature is wrong, where right ones are taken.
fn of_forgery(server: &Server, examined: &Examined) -> Option<Diagnosis> {
    const ABOUT: &str = "forgery";
    if !examined.serves || examined.takes_everything() || !server.account.is_signed() {
        return None;
    }
    let rule = if server.target.mode.seals() {
        RuleId::REJECTS_FORGED_SEALED
    } else {
        RuleId::REJECTS_FORGED
    };
    let english = rules::find(rule.as_str()).map_or("", |rule| rule.fix);
    let chinese = words::chinese(rule.as_str()).map_or(english, |words| words.fix);
    Some(match examined.forged {
        Some(Forged::Refused) => Diagnosis::fine(
            ABOUT,
            (
                "a push with a wrong signature is not taken",
                "签名错误的推送没有被接受",
            ),
        ),
        Some(Forged::Taken) => Diagnosis::wrong(
            ABOUT,
            (
                "a push with a wrong signature is taken like a right one: anyone who knows the URL can speak as any user",
                "签名错误的推送和正确的一样被接受：任何知道 URL 的人都能冒充任意用户",
            ),
            (english, chinese),
        ),
        Some(Forged::Untold) => Diagnosis::doubtful(
            ABOUT,
            (
                "a push with a wrong signature is answered like a right one; the answer does not tell whether it was acted on",
                "签名错误的推送得到与正确推送一样的响应；仅凭响应看不出它有没有被处理",
            ),
            (
                "make sure that your code checks the signature on every POST; `wxcheck check ⟦api-listen⟧` sees what the server does",
                "请确认代码对每个 POST 都校验签名；`wxcheck check ⟦api-listen⟧` 能看到服务器做了什么",
            ),
        ),
        None => Diagnosis::doubtful(
            ABOUT,
            (
                "a push with a wrong signature was not tried here",
                "这里没有尝试签名错误的推送",
            ),
            ("`wxcheck check` tries it", "`wxcheck check` 会尝试"),
        ),
    })
}

/// A remark on a server that answers slowly.
fn of_speed(slowest: Duration) -> Option<Diagnosis> {
    let limit = EXCHANGE_LIMIT.as_secs();
    let took = format!("{:.1}", slowest.as_secs_f64());
    (slowest >= SLOW).then(|| {
        Diagnosis::doubtful(
            "speed",
            (
                format!(
                    "the server takes up to {took} s to answer; WeChat waits {limit} s and then sends the message again"
                ),
                format!("服务器的响应最长用了 {took} 秒；微信只等 {limit} 秒，超时会重推"),
            ),
            (
                "answer `success` at once and do slow work afterwards; send the result by the customer service API",
                "先立即返回 `success`，耗时的工作放到之后做，再用客服消息接口发送结果",
            ),
        )
    })
}

async fn play(player: &Player<'_>, steps: Vec<Step>) -> Result<Transcript, SenderError> {
    player.play(&Scenario::of(steps)).await
}

fn of_fetch(about: &'static str, entry: &Entry, no_token: bool) -> Diagnosis {
    let Some(answer) = entry.answer() else {
        let zh = entry.silence().map_or_else(String::new, in_chinese);
        let fix = if entry.silence().is_some_and(Silence::is_absence) {
            (
                "start the server, or correct the URL",
                "启动服务，或检查 URL",
            )
        } else {
            (
                "see in the server's log what becomes of the request",
                "在服务器日志中查看该请求的处理情况",
            )
        };
        return Diagnosis::wrong(about, (expect::describe(entry), zh), fix);
    };
    let reason = match cacheable(answer) {
        Ok(data) => {
            let bytes = data.text.len();
            let told = (
                format!("{bytes} bytes that would be cached"),
                format!("{bytes} 字节，可以缓存"),
            );
            return Diagnosis::fine(about, told);
        }
        Err(reason) => reason,
    };
    let zh = match &reason {
        Uncacheable::Status(status) => format!("状态码 {status}"),
        Uncacheable::TooLong { bytes, .. } => {
            format!("至少 {bytes} 字节，超过可以缓存的 256 KB")
        }
        Uncacheable::Packing(reason) => format!("无法解压：{reason}"),
        Uncacheable::NotText(reason) => format!("不是可用的文本：{reason}"),
    };
    // A token that is missing is no reason to hide the path.
    if answer.status == 404 {
        let told = (
            "status 404: nothing is at that path",
            "状态码 404：没有这个路径",
        );
        let fix = (
            "correct the path in the URL, or register a GET handler for it",
            "检查 URL 中的路径，或为它注册 GET 处理函数",
        );
        return Diagnosis::wrong(about, told, fix);
    }
    if no_token && (400..500).contains(&answer.status) {
        let told = (
            format!("{reason}, for a token that nobody was given"),
            format!("{zh}，因为没有给出 token"),
        );
        return Diagnosis::doubtful(about, told, ("give ⟦fetch-token⟧", "加上 ⟦fetch-token⟧"));
    }
    let fix = (
        "`wxcheck check ⟦only⟧ fetch` tells more",
        "用 `wxcheck check ⟦only⟧ fetch` 查看详情",
    );
    Diagnosis::wrong(about, (reason.to_string(), zh), fix)
}

fn of_certificate(place: Place, transcript: &Transcript) -> Option<Diagnosis> {
    let inspection = transcript.inspections.first()?;
    let Some(Err(error)) = &inspection.tls else {
        return None;
    };
    let zh = match place {
        Place::Callback => "回调 URL",
        Place::Periodic => "周期性更新 URL",
        Place::Prefetch => "预拉取 URL",
    };
    Some(Diagnosis::wrong(
        "tls",
        (
            format!("the {}: {error}", place.name()),
            format!("{zh}：{}", words::in_chinese(&error.to_string())),
        ),
        (
            "`wxcheck check ⟦only⟧ network` tells more",
            "用 `wxcheck check ⟦only⟧ network` 查看详情",
        ),
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
        0.. => (
            format!("the server's clock is {ahead} s ahead of this machine's"),
            format!("服务器的时钟比本机快 {ahead} 秒"),
        ),
        _ => (
            format!("the server's clock is {} s behind this machine's", -ahead),
            format!("服务器的时钟比本机慢 {} 秒", -ahead),
        ),
    };
    let fix = (
        "set both clocks by NTP: a server that checks the age of a push would refuse fresh ones",
        "用 NTP 校准两边的时钟：检查推送时间的服务器会拒绝刚发出的推送",
    );
    Some(match ahead.abs() {
        SKEW_WRONG.. => Diagnosis::wrong(ABOUT, seen, fix),
        SKEW_DOUBTFUL.. => Diagnosis::doubtful(ABOUT, seen, fix),
        _ => Diagnosis::fine(
            ABOUT,
            (
                "the server's is right within half a minute",
                "服务器的时间误差在半分钟之内",
            ),
        ),
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
