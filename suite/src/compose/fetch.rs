//! From a fetch to the request on the wire.

use wxcheck_mock_server::{Method, Request, sender, target::append_query};
use wxcheck_protocol::{
    fetch::{self, Launch, TimestampUnit},
    push::encode_query,
};

use super::{Context, Outgoing, without_password};
use crate::{
    fetching::Fetching,
    recipe::{Param, ParamValue, Recipe},
    shared_text::SharedText,
    step::{Fetch, Grant},
    transcript::{Fetched, Sent},
};

/// A code that WeChat never handed out.
const UNKNOWN_CODE: &str = "0wxcheckNeverHandedThisOut000001";

/// The request of a fetch; `None` where no such URL is configured. `code` is one of a login that just happened.
pub(crate) fn fetch(
    step: &Fetch,
    code: Option<String>,
    context: Context<'_>,
    number: usize,
) -> Option<Outgoing> {
    let fetching = context.fetching;
    let url = fetching.url(step.kind)?.clone();
    let marks = [context.cast.mark(number, 1), context.cast.mark(number, 2)];
    let unit = match (fetching.unit(), step.other_unit) {
        (unit, false) => unit,
        (unit, true) => unit.other(),
    };
    let launch = marked(&step.launch, &marks);
    let (token, code) = granted(step.grant, fetching, code);
    let wanted = fetch::Fetch {
        kind: step.kind,
        appid: context.target.credentials.appid.clone(),
        token,
        code,
        sent_at: context.now * 1000 + context.cast.millisecond(number),
        launch: launch.clone(),
    };
    let mut pairs = wanted.pairs(fetching.dialect, unit);
    if step.unknown_parameter {
        pairs.push(("wxcheck_unknown".to_owned(), "1".to_owned()));
    }
    if step.reversed {
        pairs.reverse();
    }
    let mut query = encode_query(&pairs);
    if step.spaces_as_plus {
        query = query.replace("%20", "+");
    }
    Some(Outgoing {
        request: Request {
            accepts_gzip: step.accepts_gzip,
            hold: if step.linger {
                sender::ConnectionHold::Linger
            } else {
                sender::ConnectionHold::Cut
            },
            ..Request::get(append_query(url.clone(), &query))
        },
        sent: Sent::Fetch(Fetched {
            kind: step.kind,
            grant: step.grant,
            openid: by_code(step.grant, context).then(|| context.cast.openid(0)),
            launch,
            accepts_gzip: step.accepts_gzip,
            marks,
        }),
        recipe: Recipe {
            method: Method::Get,
            url: without_password(url),
            params: params(&pairs, step.grant, unit),
            nonce: String::new(),
            content_type: None,
            headers: Vec::new(),
            body: SharedText::default(),
            pasteable: true,
        },
        origin: number,
        credentials: context.target.credentials.clone(),
        raw: None,
    })
}

/// True if the server is to know the user by a code.
pub(crate) fn by_code(grant: Grant, context: Context<'_>) -> bool {
    match grant {
        Grant::Code | Grant::Both => true,
        Grant::Owner(_) => context.profile.fetch.by_code,
        Grant::WrongToken
        | Grant::AlteredToken
        | Grant::TruncatedToken
        | Grant::EmptyToken
        | Grant::UnknownCode
        | Grant::Neither => false,
    }
}

fn granted(
    grant: Grant,
    fetching: &Fetching,
    code: Option<String>,
) -> (Option<String>, Option<String>) {
    let unknown = || UNKNOWN_CODE.to_owned();
    match grant {
        Grant::Owner(_) if code.is_some() => (None, code),
        Grant::Owner(user) => (Some(fetching.token(user).to_owned()), None),
        Grant::WrongToken => (Some(fetching.wrong_token()), None),
        Grant::AlteredToken => (Some(fetching.altered_token()), None),
        Grant::TruncatedToken => (Some(fetching.truncated_token()), None),
        Grant::EmptyToken => (Some(String::new()), None),
        Grant::Code => (None, Some(code.unwrap_or_else(unknown))),
        Grant::UnknownCode => (None, Some(unknown())),
        Grant::Neither => (None, None),
        Grant::Both => (
            Some(fetching.token(0).to_owned()),
            Some(code.unwrap_or_else(unknown)),
        ),
    }
}

fn marked(launch: &Launch, marks: &[String; 2]) -> Launch {
    let mark = |text: &Option<String>| {
        text.as_ref()
            .map(|text| text.replace("{one}", &marks[0]).replace("{two}", &marks[1]))
    };
    Launch {
        path: mark(&launch.path),
        query: mark(&launch.query),
        scene: launch.scene,
        custom_miniprogram_version: mark(&launch.custom_miniprogram_version),
    }
}

/// Tokens and codes are left open in what a reader is shown.
fn params(pairs: &[(String, String)], grant: Grant, unit: TimestampUnit) -> Vec<Param> {
    let param = |(name, value): &(String, String)| {
        let value = match (name.as_str(), grant) {
            ("timestamp" | "timeStamp", _) => ParamValue::TimestampIn(unit),
            ("token", Grant::EmptyToken) => ParamValue::Literal(String::new()),
            ("token", Grant::WrongToken | Grant::AlteredToken | Grant::TruncatedToken) => {
                ParamValue::Literal("a-token-that-nobody-was-given".to_owned())
            }
            ("token", Grant::Owner(user)) => ParamValue::FetchToken(user),
            ("token", _) => ParamValue::FetchToken(0),
            ("code", _) => ParamValue::Literal("a-code-of-wx.login".to_owned()),
            _ => ParamValue::Literal(value.clone()),
        };
        Param {
            name: known_name(name),
            value,
        }
    };
    pairs.iter().map(param).collect()
}

fn known_name(name: &str) -> &'static str {
    const NAMES: [&str; 11] = [
        "appid",
        "appId",
        "token",
        "code",
        "timestamp",
        "timeStamp",
        "path",
        "query",
        "scene",
        "customMiniprogramVersion",
        "wxcheck_unknown",
    ];
    NAMES
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or_default()
}
