//! The query of a fetch: the way it is decoded, and the demands on it.

use serde_json::{Map, Value};
use url::Url;

use super::Refusal;

/// The way the query is decoded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Decoding {
    /// Name by name and value by value, once.
    #[default]
    Once,
    /// Path and query are decoded twice.
    Twice,
    /// Path and query are not decoded.
    NotAtAll,
    /// The query is decoded as a whole and then split.
    BeforeSplitting,
    /// Each byte of path and query becomes a character of its own.
    AsLatin1,
    /// A `+` in path and query stays one, as where only `%20` is a space.
    PlusKept,
}

/// The demands on the query.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Demand {
    /// An appid, and a token or a code.
    #[default]
    None,
    /// A parameter of that name where any tells how the mini program was opened.
    Launch(&'static str),
    /// No empty parameter but those that tell the user.
    NothingEmpty,
    /// No parameter that is not documented.
    NothingUnknown,
    /// The parameters in the order of the documents.
    InOrder,
    /// A timestamp of ten digits.
    Seconds,
    /// Nothing encoded as `+`.
    NoPlus,
    /// A token or a code, or the server fails.
    GrantOrFails,
    /// A value for each parameter that tells the user, or the server fails.
    FilledOrFails,
    /// Only letters that a code page of one byte has, or the server fails.
    Latin1OrFails,
}

/// The names that the documents know.
const KNOWN: [&str; 10] = [
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
];

/// Names of the parameters that tell how the mini program was opened.
const LAUNCH: [&str; 4] = ["path", "query", "scene", "customMiniprogramVersion"];

/// The query that was asked.
pub(super) struct Asked {
    raw: String,
    pairs: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn read(raw: &str, decoding: Decoding) -> Self {
        let once = decoded(raw);
        let pairs = match decoding {
            Decoding::Once => once,
            Decoding::Twice => with_raw(raw, once, |value| {
                let once = String::from_utf8_lossy(&decoded_bytes(value)).into_owned();
                String::from_utf8_lossy(&decoded_bytes(&once)).into_owned()
            }),
            Decoding::NotAtAll => with_raw(raw, once, str::to_owned),
            Decoding::AsLatin1 => with_raw(raw, once, |value| {
                let bytes = decoded_bytes(value);
                bytes.into_iter().map(char::from).collect()
            }),
            Decoding::PlusKept => with_raw(raw, once, |value| {
                let bytes = decoded_bytes(&value.replace('+', "%2B"));
                String::from_utf8_lossy(&bytes).into_owned()
            }),
            Decoding::BeforeSplitting => {
                let whole = String::from_utf8_lossy(&decoded_bytes(raw)).into_owned();
                whole
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect()
            }
        };
        Self {
            raw: raw.to_owned(),
            pairs,
        }
    }

    pub(super) fn named(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The parts of `query`, each decoded: what a page would read.
    pub(super) fn parts_of_query(&self) -> Value {
        let parts = decoded(self.named("query").unwrap_or_default());
        let parts = parts
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)));
        Value::Object(parts.collect::<Map<_, _>>())
    }
}

impl Demand {
    pub(super) fn check(self, asked: &Asked) -> Result<(), Refusal> {
        let demand = |met: bool| {
            if met {
                Ok(())
            } else {
                Err(Refusal::BadRequest)
            }
        };
        let survive = |met: bool| if met { Ok(()) } else { Err(Refusal::Failure) };
        let told_user = |name: &str| name == "token" || name == "code";
        match self {
            Self::None => Ok(()),
            Self::Launch(name) => {
                let launched = LAUNCH.iter().any(|name| asked.named(name).is_some());
                demand(!launched || asked.named(name).is_some())
            }
            Self::NothingEmpty => demand(
                asked
                    .pairs
                    .iter()
                    .all(|(name, value)| told_user(name) || !value.is_empty()),
            ),
            Self::NothingUnknown => demand(
                asked
                    .pairs
                    .iter()
                    .all(|(name, _)| KNOWN.contains(&name.as_str())),
            ),
            Self::InOrder => demand(
                asked
                    .pairs
                    .first()
                    .is_some_and(|(name, _)| name.starts_with("app")),
            ),
            Self::Seconds => demand(
                asked
                    .named("timestamp")
                    .is_some_and(|text| text.len() == 10),
            ),
            Self::NoPlus => demand(!asked.raw.contains('+')),
            Self::GrantOrFails => survive(asked.pairs.iter().any(|(name, _)| told_user(name))),
            Self::FilledOrFails => survive(
                asked
                    .pairs
                    .iter()
                    .all(|(name, value)| !told_user(name) || !value.is_empty()),
            ),
            Self::Latin1OrFails => {
                let texts = [asked.named("path"), asked.named("query")];
                survive(
                    texts
                        .into_iter()
                        .flatten()
                        .all(|text| text.chars().all(|char| char <= '\u{ff}')),
                )
            }
        }
    }
}

fn decoded(raw: &str) -> Vec<(String, String)> {
    // A URL of any kind takes a query apart as forms are; a `#` would end it.
    let Ok(mut url) = Url::parse("http://h/") else {
        return Vec::new();
    };
    url.set_query(Some(raw));
    url.query_pairs().into_owned().collect()
}

/// Path and query out of the raw query, the others as they are.
fn with_raw(
    raw: &str,
    pairs: Vec<(String, String)>,
    read: impl Fn(&str) -> String,
) -> Vec<(String, String)> {
    let raw_value = |wanted: &str| {
        raw.split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| read(value))
    };
    let pairs = pairs.into_iter().map(|(name, value)| match name.as_str() {
        "path" | "query" => {
            let value = raw_value(&name).unwrap_or(value);
            (name, value)
        }
        _ => (name, value),
    });
    pairs.collect()
}

fn decoded_bytes(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "appid=wx0&path=p%2F%252B&query=a%3D1%26b%3D%E4%BD%A0";

    fn read(decoding: Decoding) -> (String, String) {
        let asked = Asked::read(RAW, decoding);
        let text = |name| asked.named(name).unwrap_or_default().to_owned();
        (text("path"), text("query"))
    }

    #[test]
    fn each_way_of_decoding_reads_something_else() {
        let pair = |path: &str, query: &str| (path.to_owned(), query.to_owned());
        assert_eq!(read(Decoding::Once), pair("p/%2B", "a=1&b=你"));
        assert_eq!(read(Decoding::Twice), pair("p/+", "a=1&b=你"));
        assert_eq!(
            read(Decoding::NotAtAll),
            pair("p%2F%252B", "a%3D1%26b%3D%E4%BD%A0")
        );
        assert_eq!(read(Decoding::BeforeSplitting), pair("p/%2B", "a=1"));
        assert_eq!(read(Decoding::AsLatin1), pair("p/%2B", "a=1&b=ä½\u{a0}"));
    }
}
