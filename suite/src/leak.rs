//! Leaks in an answer: stack traces and secrets that nobody outside should see.

use std::{collections::BTreeMap, fmt};

use crate::redact::Secrets;

/// Marks of stack traces and debug pages, by the frameworks that print them.
const STACK_MARKS: [(&str, &str); 16] = [
    ("Traceback (most recent call last)", "Python"),
    ("Werkzeug Debugger", "Flask"),
    (
        "You're seeing this error because you have <code>DEBUG = True",
        "Django",
    ),
    ("Exception in thread", "Java"),
    ("\tat org.", "Java"),
    ("\tat com.", "Java"),
    ("\tat java.", "Java"),
    ("org.springframework.", "Spring"),
    ("goroutine ", "Go"),
    ("panicked at ", "Rust"),
    ("Stack trace:", "PHP"),
    ("vendor/laravel/framework", "Laravel"),
    ("node_modules", "Node.js"),
    ("\n    at ", "Node.js"),
    ("&nbsp;at ", "Node.js"),
    ("   at System.", ".NET"),
];

/// Names of settings whose values a debug page may print.
const SETTING_MARKS: [&str; 4] = [
    "APP_KEY",
    "DB_PASSWORD",
    "SECRET_KEY=",
    "AWS_SECRET_ACCESS_KEY",
];

/// One thing given away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Leak {
    /// A stack trace, as this kind of program prints it.
    StackTrace(&'static str),
    /// A secret of the configuration, by its name; never its value.
    Secret(&'static str),
    /// An access token that the mock API handed out.
    AccessToken,
    /// A user's session key.
    SessionKey,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StackTrace(of) => write!(f, "a stack trace ({of})"),
            Self::Secret(name) => write!(f, "the {name}"),
            Self::AccessToken => f.write_str("an access token"),
            Self::SessionKey => f.write_str("the user's session_key"),
        }
    }
}

/// The secrets that the mock API handed out.
#[derive(Clone, Debug, Default)]
pub struct Handed {
    /// Access tokens: a serial number, `_`, and letters.
    pub tokens: Vec<String>,
    /// The session key of the user whom a push is from.
    pub session_key: Option<String>,
}

impl Handed {
    /// True if one of the tokens stands in a text: each place that looks like one is compared with its nearest, so that
    /// many take no longer than one.
    fn holds_token(&self, text: &str) -> bool {
        let tokens: BTreeMap<&str, &str> = self
            .tokens
            .iter()
            .filter_map(|token| token.split_once('_'))
            .map(|(serial, letters)| (letters, serial))
            .collect();
        places(text).any(|(before, behind)| {
            // What a text begins with is the greatest of those that are no greater than it: none begins another.
            let nearest = tokens.range(..=behind).next_back();
            nearest.is_some_and(|(letters, serial)| {
                behind.starts_with(letters) && before.ends_with(serial)
            })
        })
    }

    fn holds_session_key(&self, text: &str) -> bool {
        // JSON may write the slashes of a key as `\/`.
        self.session_key.as_ref().is_some_and(|key| {
            text.contains(key) || key.contains('/') && text.contains(&key.replace('/', "\\/"))
        })
    }
}

/// Places where a token may stand: the text before the `_` that follows a serial number, and the text after it.
fn places(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let signs = text.match_indices('_');
    let parts = signs.map(|(at, sign)| (&text[..at], &text[at + sign.len()..]));
    parts.filter(|(before, _)| before.ends_with(|last: char| last.is_ascii_digit()))
}

/// The place in a body where a stack trace shows.
pub(crate) fn place_of_trace(body: &str, leak: &Leak) -> Option<usize> {
    let Leak::StackTrace(language) = leak else {
        return None;
    };
    let marks = STACK_MARKS.iter().filter(|(_, of)| of == language);
    marks.filter_map(|(mark, _)| body.find(mark)).min()
}

/// Everything that a body gives away.
pub fn find(body: &str, secrets: &Secrets, handed: &Handed) -> Vec<Leak> {
    let trace = STACK_MARKS
        .iter()
        .find(|(mark, _)| body.contains(mark))
        .map(|(_, of)| Leak::StackTrace(of));
    let setting = SETTING_MARKS
        .iter()
        .find(|mark| body.contains(**mark))
        .map(|_| Leak::Secret("application's settings"));
    let ours = secrets.named_in(body).map(Leak::Secret);
    let token = handed.holds_token(body).then_some(Leak::AccessToken);
    let key = handed.holds_session_key(body).then_some(Leak::SessionKey);
    trace
        .into_iter()
        .chain(setting)
        .chain(ours)
        .chain(token)
        .chain(key)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_traces_and_secrets_from_plain_refusals() {
        let secrets = Secrets::new([("Token", "s3cr3t-token")]);
        let nothing = Handed::default();
        assert_eq!(find("<h1>403 Forbidden</h1>", &secrets, &nothing), []);
        assert_eq!(
            find(
                "Traceback (most recent call last):\n File",
                &secrets,
                &nothing
            ),
            [Leak::StackTrace("Python")]
        );
        assert_eq!(
            find("token=s3cr3t-token", &secrets, &nothing),
            [Leak::Secret("Token")]
        );
        let handed = Handed {
            session_key: Some("ab/c==".to_owned()),
            ..nothing
        };
        assert_eq!(
            find(r#"{"key":"ab\/c=="}"#, &secrets, &handed),
            [Leak::SessionKey]
        );
    }

    #[test]
    fn one_of_many_tokens_is_found_and_what_is_like_one_is_not() {
        let letters = |number: usize| format!("{number:03}_x-").repeat(20);
        let tokens = (0..512).map(|number| format!("{}_{}", 100 + number, letters(number)));
        let handed = Handed {
            tokens: tokens.collect(),
            session_key: Some("ab_c==".to_owned()),
        };
        let secrets = Secrets::default();
        for number in [0, 1, 255, 511] {
            let token = &handed.tokens[number];
            for body in [
                token.clone(),
                format!("{{\"token\":\"{token}\"}}"),
                format!("1_7_{token}x"),
                format!("你{}{token}", &token[..50]),
            ] {
                assert_eq!(
                    find(&body, &secrets, &handed),
                    [Leak::AccessToken],
                    "{body}"
                );
            }
            let whole = token.len();
            for body in [&token[..whole - 1], &token[1..], &token.replace('x', "X")] {
                assert_eq!(find(body, &secrets, &handed), [], "{body}");
            }
        }
        let both = format!("{} ab_c==", handed.tokens[3]);
        assert_eq!(
            find(&both, &secrets, &handed),
            [Leak::AccessToken, Leak::SessionKey]
        );
    }

    #[test]
    fn tokens_are_looked_for_only_where_one_may_be() {
        let page = "a_b 12 x_1 \n".repeat(1000);
        assert_eq!(places(&page).count(), 0);
        assert_eq!(places("17_a 你_b 8_").count(), 2);
    }
}
