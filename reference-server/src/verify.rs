//! The GET with which WeChat checks that the URL belongs to whoever knows the Token. Documented: message push page.

use wxcheck_protocol::json;
use wxcheck_protocol::message::Field;

use crate::answer::{Answer, HTML, JSON};
use crate::behaviour::Behaviour;
use crate::query::Query;
use crate::refuse::{Refused, stack_trace};
use crate::settings::Settings;

/// The check of the GET's signature.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Verify {
    /// Nothing is echoed without a right one.
    #[default]
    Signed,
    /// Everything is echoed.
    Unsigned,
}

/// The way the parameters of the GET are found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Parameters {
    /// By name.
    #[default]
    ByName,
    /// By place: signature, echostr, timestamp, nonce, as in the sample URL.
    ByPlace,
    /// By name, and any other name is refused.
    OnlyDocumented,
}

/// The answer to a right GET.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Echo {
    /// The echostr byte for byte, as plain text.
    #[default]
    Verbatim,
    /// With a byte order mark in front.
    Bom,
    /// With status 201.
    Created,
    /// With every `+` that came out of the query turned into a space.
    DecodedTwice,
    /// With `&`, `<`, `>` and quotes as HTML entities.
    HtmlEscaped,
    /// After one and a half times the limit.
    Late,
    /// With a line feed behind.
    NewLine,
    /// Through a double, when it is a number.
    Number,
    /// As `{"echostr":"…"}`.
    Object,
    /// As a JSON string.
    Quoted,
    /// A redirect to the same URL with a slash behind the path.
    Redirect,
    /// `ok` in its place.
    SaysOk,
    /// With status 500.
    ServerError,
}

/// The answer to a GET without the four parameters: from a person with a browser, or a health check.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BareGet {
    /// 400 and a short text.
    #[default]
    BadRequest,
    /// It waits for ever.
    Hangs,
    /// 404.
    NotFound,
    /// 500 and a stack trace.
    StackTrace,
}

/// Answers a GET.
pub(crate) async fn verify(
    settings: &Settings,
    behaviour: &Behaviour,
    query: &Query,
) -> Result<Answer, Refused> {
    let Some(asked) = Asked::find(behaviour.parameters, query) else {
        return Ok(bare(behaviour.bare_get).await);
    };
    let expected = behaviour
        .sort
        .signature(&settings.token, asked.timestamp, asked.nonce);
    if behaviour.verify == Verify::Signed
        && !behaviour.echo_compare.passes(asked.signature, &expected)
    {
        return match asked.signature {
            Some(_) => Err(Refused::Forged),
            None => Ok(bare(behaviour.bare_get).await),
        };
    }
    if behaviour.echo == Echo::Late {
        tokio::time::sleep(settings.limit.mul_f32(1.5)).await;
    }
    Ok(echo(behaviour.echo, asked.echostr))
}

/// The four parameters. `signature` may be missing here, so that a comparison can decide what that means.
struct Asked<'a> {
    signature: Option<&'a str>,
    echostr: &'a str,
    timestamp: &'a str,
    nonce: &'a str,
}

impl<'a> Asked<'a> {
    fn find(parameters: Parameters, query: &'a Query) -> Option<Self> {
        let documented = ["signature", "echostr", "timestamp", "nonce"];
        let [signature, echostr, timestamp, nonce] = match parameters {
            Parameters::ByName => documented.map(|name| query.named(name)),
            Parameters::ByPlace => [0, 1, 2, 3].map(|place| query.at(place)),
            Parameters::OnlyDocumented => {
                let known = query
                    .0
                    .iter()
                    .all(|(name, _)| documented.contains(&name.as_str()));
                documented.map(|name| query.named(name).filter(|_| known))
            }
        };
        Some(Self {
            signature,
            echostr: echostr?,
            timestamp: timestamp?,
            nonce: nonce?,
        })
    }
}

async fn bare(bare_get: BareGet) -> Answer {
    match bare_get {
        BareGet::BadRequest => {
            Answer::text(400, "signature, timestamp, nonce and echostr are needed")
        }
        BareGet::Hangs => std::future::pending().await,
        BareGet::NotFound => Answer::text(404, "not found"),
        BareGet::StackTrace => Answer::text(500, stack_trace("missing 'signature'")),
    }
}

fn echo(echo: Echo, echostr: &str) -> Answer {
    match echo {
        Echo::Verbatim | Echo::Late => Answer::text(200, echostr.to_owned()),
        Echo::Bom => Answer::text(200, format!("\u{feff}{echostr}")),
        Echo::Created => Answer::text(201, echostr.to_owned()),
        Echo::DecodedTwice => Answer::text(200, echostr.replace('+', " ")),
        Echo::HtmlEscaped => Answer::ok(HTML, html_escaped(echostr)),
        Echo::NewLine => Answer::text(200, format!("{echostr}\n")),
        Echo::Number => match echostr.parse::<f64>() {
            Ok(number) => Answer::text(200, format!("{number:.0}")),
            Err(_) => Answer::text(200, echostr.to_owned()),
        },
        Echo::Object => Answer::ok(JSON, json::write(&[Field::text("echostr", echostr)])),
        Echo::Quoted => Answer::ok(
            JSON,
            format!("\"{}\"", echostr.replace('\\', "\\\\").replace('"', "\\\"")),
        ),
        Echo::Redirect => Answer {
            location: Some("/wechat/".to_owned()),
            ..Answer::text(302, "")
        },
        Echo::SaysOk => Answer::text(200, "ok"),
        Echo::ServerError => Answer::text(500, echostr.to_owned()),
    }
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_echo_says_what_it_is_named_for() {
        let body =
            |strategy, echostr| String::from_utf8(echo(strategy, echostr).body.to_vec()).unwrap();
        assert_eq!(body(Echo::Verbatim, "43751 +<\"&"), "43751 +<\"&");
        assert_eq!(body(Echo::Bom, "1"), "\u{feff}1");
        assert_eq!(body(Echo::DecodedTwice, "a+b"), "a b");
        assert_eq!(
            body(Echo::HtmlEscaped, "<b>\"'&"),
            "&lt;b&gt;&#34;&#39;&amp;"
        );
        assert_eq!(
            body(Echo::Number, "4375120948345356249"),
            "4375120948345356288"
        );
        assert_eq!(body(Echo::Number, "abc"), "abc");
        assert_eq!(body(Echo::Object, "1"), r#"{"echostr":"1"}"#);
        assert_eq!(body(Echo::Quoted, "a\"b"), r#""a\"b""#);
    }

    #[test]
    fn parameters_are_found_by_name_or_by_place() {
        let query = |names: &[&str]| {
            Query(
                names
                    .iter()
                    .map(|name| ((*name).into(), format!("v-{name}")))
                    .collect(),
            )
        };
        let moved = query(&["nonce", "timestamp", "echostr", "signature"]);
        assert_eq!(
            Asked::find(Parameters::ByName, &moved).unwrap().nonce,
            "v-nonce"
        );
        assert_eq!(
            Asked::find(Parameters::ByPlace, &moved).unwrap().nonce,
            "v-signature"
        );
        assert!(Asked::find(Parameters::OnlyDocumented, &moved).is_some());
        let more = query(&["id", "signature", "echostr", "timestamp", "nonce"]);
        assert_eq!(
            Asked::find(Parameters::ByName, &more).unwrap().echostr,
            "v-echostr"
        );
        assert!(Asked::find(Parameters::OnlyDocumented, &more).is_none());
        assert!(Asked::find(Parameters::ByName, &query(&["signature", "nonce"])).is_none());
    }
}
