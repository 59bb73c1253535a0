//! The GET with which WeChat checks that the URL belongs to whoever knows the Token. Documented: message push page.

use base64::{Engine, prelude::BASE64_STANDARD};
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
    /// Wrong ones are echoed, and right ones refused.
    Inverted,
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
    /// By name, but one of them is looked for under another.
    Alias(&'static str, &'static str),
    /// In the body, which is a form.
    InForm,
    /// In the body, which is JSON.
    InJson,
    /// In the headers.
    InHeaders,
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
    /// Between tags.
    Page,
    /// As Python shows bytes.
    Bytes,
    /// All parameters.
    Query,
    /// With words in front.
    Labelled,
    /// The nonce in its place.
    Nonce,
    /// The word `echostr`.
    Literal,
    /// Nothing.
    Empty,
    /// Behind a warning of PHP.
    Warned,
    /// Still percent-encoded.
    Encoded,
    /// In Base64, as a function hands it to a gateway.
    Base64,
    /// Never: the right branch has no response.
    Never,
    /// 500 in its place.
    Fails,
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
    /// 200 and a greeting.
    Greets,
    /// 500 and a stack trace.
    StackTrace,
}

/// The text of a callback that greets whoever brings no parameters.
pub(crate) const GREETING: &str = "This is the callback of our account.";

/// Answers a GET.
pub(crate) async fn verify(
    settings: &Settings,
    behaviour: &Behaviour,
    query: &Query,
    elsewhere: &Query,
) -> Result<Answer, Refused> {
    let query = match behaviour.parameters {
        Parameters::InForm | Parameters::InJson | Parameters::InHeaders => elsewhere,
        _ => query,
    };
    let Some(asked) = Asked::find(behaviour.parameters, query) else {
        return Ok(bare(behaviour.bare_get).await);
    };
    let expected = behaviour.signing.signature(
        behaviour.sort,
        settings,
        query,
        [asked.timestamp, asked.nonce, asked.echostr],
    );
    let passes = behaviour.echo_compare.passes(asked.signature, &expected);
    let is_let_in = match behaviour.verify {
        Verify::Signed => passes,
        Verify::Unsigned => true,
        Verify::Inverted => !passes,
    };
    if !is_let_in {
        return match asked.signature {
            Some(_) => Err(Refused::Forged),
            None => Ok(bare(behaviour.bare_get).await),
        };
    }
    if behaviour.echo == Echo::Late {
        tokio::time::sleep(settings.limit.mul_f32(1.5)).await;
    }
    if behaviour.echo == Echo::Never {
        std::future::pending::<()>().await;
    }
    Ok(echo(behaviour.echo, &asked))
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
            Parameters::ByName
            | Parameters::InForm
            | Parameters::InJson
            | Parameters::InHeaders => documented.map(|name| query.named(name)),
            Parameters::Alias(name, alias) => {
                documented.map(|known| query.named(if known == name { alias } else { known }))
            }
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
        BareGet::Greets => Answer::text(200, GREETING),
        BareGet::NotFound => Answer::text(404, "not found"),
        BareGet::StackTrace => Answer::text(500, stack_trace("missing 'signature'")),
    }
}

fn echo(echo: Echo, asked: &Asked<'_>) -> Answer {
    let echostr = asked.echostr;
    match echo {
        Echo::Page => Answer::ok(HTML, format!("<html><body>{echostr}</body></html>")),
        Echo::Bytes => Answer::text(200, format!("b'{echostr}'")),
        Echo::Query => Answer::text(
            200,
            format!(
                "timestamp={}&nonce={}&echostr={echostr}",
                asked.timestamp, asked.nonce
            ),
        ),
        Echo::Labelled => Answer::text(200, format!("echostr: {echostr}")),
        Echo::Nonce => Answer::text(200, asked.nonce.to_owned()),
        Echo::Literal => Answer::text(200, "echostr"),
        Echo::Empty | Echo::Never => Answer::text(200, ""),
        Echo::Warned => Answer::ok(
            HTML,
            format!(
                "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/wx.php</b> on line <b>7</b><br />\n{echostr}"
            ),
        ),
        Echo::Encoded => Answer::text(200, echostr.replace('+', "%2B").replace('/', "%2F")),
        Echo::Base64 => Answer::text(200, BASE64_STANDARD.encode(echostr)),
        Echo::Fails => Answer::text(500, "Internal Server Error"),
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
        let body = |strategy, echostr| {
            let asked = Asked {
                signature: None,
                echostr,
                timestamp: "1",
                nonce: "2",
            };
            String::from_utf8(echo(strategy, &asked).body.to_vec()).unwrap()
        };
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
