//! A push as no documented sender sends it: what is put into its body, query and headers, and how its bytes are written.

use wxcheck_mock_server::{
    Request,
    sender::{Part, Raw},
};
use wxcheck_protocol::push::Format;

use super::{RequestDraft, literal};
use crate::{
    recipe::{Param, ParamValue},
    step::Abuse,
};

/// Enough for the stack of any recursive parser, and below the 100 kB that some frameworks take by default in JSON.
const LEVELS: usize = 50_000;
const QUARTER_MEBIBYTE: usize = 256 * 1024;
const MEBIBYTE: usize = 1024 * 1024;
/// Below the 64 KiB beyond which HTTP libraries make no URL.
const LONG_QUERY: usize = 48 * 1024;
const LONG_HEADER: usize = 64 * 1024;
const MANY_HEADERS: usize = 200;
/// Stands where a parameter is sent a second time.
const WRONG: &str = "0000000000";

/// Changes a push that is signed and sealed already.
pub(super) fn spoil(draft: &mut RequestDraft, abuse: Abuse, format: Format) {
    match abuse {
        Abuse::Deep => insert(&mut draft.body, format, &deep(format)),
        Abuse::DeepInOtherFormat => draft.body = deep(other(format)).into_bytes(),
        Abuse::QuarterMebibyte => fill(&mut draft.body, format, QUARTER_MEBIBYTE),
        Abuse::Mebibyte => fill(&mut draft.body, format, MEBIBYTE),
        Abuse::InvalidUtf8 => {
            insert_bytes(&mut draft.body, format, b"\xff\xfe\xc0\x80\xed\xa0\x80");
        }
        Abuse::Nul => insert_bytes(&mut draft.body, format, b"a\0b"),
        Abuse::ParametersTwice => double(draft, |true_one, wrong| [true_one, wrong]),
        Abuse::WrongParametersFirst => double(draft, |true_one, wrong| [wrong, true_one]),
        Abuse::ParametersAsLists => double(draft, |true_one, wrong| {
            let name = as_list(wrong.name);
            [true_one, Param { name, ..wrong }]
        }),
        Abuse::LongQuery => {
            let long = literal("wxcheck_unknown", &"x".repeat(LONG_QUERY));
            draft.params.push(long);
        }
        Abuse::LongHeader => draft.headers.push((HEADER, "x".repeat(LONG_HEADER))),
        Abuse::ManyHeaders => {
            let many = (0..MANY_HEADERS).map(|number| (HEADER, number.to_string()));
            draft.headers.extend(many);
        }
        Abuse::HalfSent
        | Abuse::LengthTooLong
        | Abuse::LengthTooShort
        | Abuse::FollowedByPush
        | Abuse::FollowedByHalf
        | Abuse::HeldUnused
        | Abuse::HeldInHead
        | Abuse::HeldInBody => {}
    }
}

/// The way to write the bytes, where HTTP would not write them. `next` makes the request that comes after it.
pub(super) fn raw(abuse: Abuse, next: impl FnOnce() -> Request) -> Option<Raw> {
    match abuse {
        Abuse::HalfSent => Some(Raw::HalfSent),
        Abuse::LengthTooLong => Some(Raw::LengthTooLong),
        Abuse::LengthTooShort => Some(Raw::LengthTooShort),
        Abuse::FollowedByPush => Some(Raw::Followed(Box::new(next()))),
        Abuse::FollowedByHalf => Some(Raw::FollowedByHalf(Box::new(next()))),
        Abuse::HeldUnused => Some(Raw::Held(Part::Nothing)),
        Abuse::HeldInHead => Some(Raw::Held(Part::HalfOfHead)),
        Abuse::HeldInBody => Some(Raw::Held(Part::HalfOfBody)),
        _ => None,
    }
}

const HEADER: &str = "x-wxcheck";

const fn other(format: Format) -> Format {
    match format {
        Format::Xml => Format::Json,
        Format::Json => Format::Xml,
    }
}

fn deep(format: Format) -> String {
    let (open, close) = match format {
        Format::Xml => ("<a>", "</a>"),
        Format::Json => ("[", "]"),
    };
    open.repeat(LEVELS) + &close.repeat(LEVELS)
}

/// Fills the body up to so many bytes.
fn fill(body: &mut Vec<u8>, format: Format, bytes: usize) {
    let mut empty = body.clone();
    insert_bytes(&mut empty, format, b"");
    let missing = bytes.saturating_sub(empty.len());
    insert_bytes(body, format, "x".repeat(missing).as_bytes());
}

/// Puts a field with that text, as it is, behind the others.
fn insert_bytes(body: &mut Vec<u8>, format: Format, text: &[u8]) {
    let (before, after): (&[u8], &[u8]) = match format {
        Format::Xml => (b"<![CDATA[", b"]]>"),
        Format::Json => (b"\"", b"\""),
    };
    insert_value(body, format, &[before, text, after].concat());
}

fn insert(body: &mut Vec<u8>, format: Format, value: &str) {
    insert_value(body, format, value.as_bytes());
}

/// Behind the last field: in front of the root's end.
fn insert_value(body: &mut Vec<u8>, format: Format, value: &[u8]) {
    let (end, before, after): (&[u8], &[u8], &[u8]) = match format {
        Format::Xml => (b"</xml>", b"<Wxcheck>", b"</Wxcheck>"),
        Format::Json => (b"}", b",\"Wxcheck\":", b""),
    };
    let place = body
        .windows(end.len())
        .rposition(|window| window == end)
        .unwrap_or(body.len());
    let field = [before, value, after].concat();
    body.splice(place..place, field);
}

fn double(draft: &mut RequestDraft, pair: impl Fn(Param, Param) -> [Param; 2]) {
    let params = std::mem::take(&mut draft.params);
    draft.params = params
        .into_iter()
        .flat_map(|param| {
            let wrong = Param {
                name: param.name,
                value: ParamValue::Literal(WRONG.to_owned()),
            };
            pair(param, wrong)
        })
        .collect();
}

/// The name of a parameter as PHP and others write it for an item of a list.
fn as_list(name: &'static str) -> &'static str {
    match name {
        "signature" => "signature[]",
        "timestamp" => "timestamp[]",
        "nonce" => "nonce[]",
        "openid" => "openid[]",
        "encrypt_type" => "encrypt_type[]",
        "msg_signature" => "msg_signature[]",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::{json, xml};

    use super::*;

    fn filled(body: &str, format: Format) -> String {
        let mut body = body.as_bytes().to_vec();
        fill(&mut body, format, 1000);
        assert_eq!(body.len(), 1000, "{format}");
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn a_body_is_filled_up_to_the_byte_and_stays_a_message() {
        let text = filled("<xml><A>1</A>\n</xml>\n", Format::Xml);
        let root = xml::read(&text).unwrap().root;
        assert!(root.child("Wxcheck").unwrap().text.starts_with("xxx"));
        let text = filled(r#"{"A":1}"#, Format::Json);
        assert!(json::read(&text).is_ok(), "{text}");
    }

    #[test]
    fn deep_values_are_closed_again() {
        assert!(deep(Format::Json).starts_with("[[") && deep(Format::Json).ends_with("]]"));
        assert_eq!(deep(Format::Xml).matches("</a>").count(), LEVELS);
    }
}
