//! A line for bash or zsh that signs as a wrong server does, with `$WXCHECK_TOKEN`, and asks it to verify.

use url::Url;
use wxcheck_mock_server::shell;

use super::signing::{Hash, Joint, Order, Output, Parts, Signing, Time, Token};
use crate::redact::without_user;

/// The line; `None` where a shell has no short way to sign so.
pub(super) fn curl(url: &Url, signing: Signing) -> Option<String> {
    let token = match signing.token {
        Token::Configured => "$WXCHECK_TOKEN".to_owned(),
        Token::Within(before, "") if is_plain(before) => format!("{before}$WXCHECK_TOKEN"),
        Token::Within("", behind) if is_plain(behind) => format!("$WXCHECK_TOKEN{behind}"),
        Token::Word(word) if is_plain(word) => word.to_owned(),
        // A line feed, for one, would be a line of its own for sort.
        _ => return None,
    };
    if signing.parts != Parts::All || signing.time != Time::Sent {
        return None;
    }
    let parts = [token.as_str(), "$t", "$n"].map(|part| format!("\"{part}\""));
    let (parts, sort) = match signing.order {
        Order::Sorted => (parts.join(" "), " | LC_ALL=C sort"),
        Order::Numeric => (parts.join(" "), " | LC_ALL=C sort -n"),
        Order::Reversed => (parts.join(" "), " | LC_ALL=C sort -r"),
        Order::Fixed(places) => (places.map(|place| parts[place].clone()).join(" "), ""),
        Order::Characters | Order::WithoutCase => return None,
    };
    let join = match signing.joint {
        Joint::Nothing => "tr -d '\\n'".to_owned(),
        Joint::Text(text) if text.len() == 1 && text != "\n" => {
            format!("paste -sd{} - | tr -d '\\n'", shell::word(text))
        }
        _ => return None,
    };
    let hash = match signing.hash {
        Hash::Sha1 => "sha1sum | cut -d' ' -f1",
        Hash::Md5 => "md5sum | cut -d' ' -f1",
        Hash::Sha256 => "sha256sum | cut -d' ' -f1",
        Hash::Sha512 => "sha512sum | cut -d' ' -f1",
        _ => return None,
    };
    let output = match signing.output {
        Output::Hex => String::new(),
        Output::Upper => " | tr a-f A-F".to_owned(),
        Output::Cut(length) => format!(" | cut -c1-{length}"),
        Output::Base64 | Output::Bytes => return None,
    };
    let url = without_user(url.clone());
    let joint = if url.query().is_some() { '&' } else { '?' };
    let shown = shell::in_double_quotes(url.as_str());
    Some(format!(
        "t=$(date +%s); n=2000000001; s=$(printf '%s\\n' {parts}{sort} | {join} | {hash}{output}); \
         curl -sS -i \"{shown}{joint}signature=$s&timestamp=$t&nonce=$n&echostr=4375120948345356249\""
    ))
}

/// Words that mean nothing to a shell within double quotes.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|char| char.is_ascii_alphanumeric() || " _-".contains(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_no_signature_and_signs_the_wrong_way() {
        let url = Url::parse("http://me:pw@h/wechat?a=1").unwrap();
        let signing = Signing {
            order: Order::Fixed([0, 1, 2]),
            hash: Hash::Md5,
            ..Signing::default()
        };
        let line = curl(&url, signing).unwrap();
        assert!(
            line.contains("printf '%s\\n' \"$WXCHECK_TOKEN\" \"$t\" \"$n\" | tr -d '\\n' | md5sum"),
            "{line}"
        );
        assert!(
            line.contains("\"http://h/wechat?a=1&signature=$s"),
            "{line}"
        );
    }
}
