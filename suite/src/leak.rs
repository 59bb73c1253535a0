//! What an answer gives away that nobody outside should see: stack traces and secrets.

use std::fmt;

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

/// Everything that a body gives away; `handed` is what the mock API handed out.
pub fn find(body: &str, secrets: &Secrets, handed: &[(Leak, String)]) -> Vec<Leak> {
    let trace = STACK_MARKS
        .iter()
        .find(|(mark, _)| body.contains(mark))
        .map(|(_, of)| Leak::StackTrace(of));
    let setting = SETTING_MARKS
        .iter()
        .find(|mark| body.contains(**mark))
        .map(|_| Leak::Secret("application's settings"));
    let ours = secrets.named_in(body).map(Leak::Secret);
    let mut given: Vec<Leak> = Vec::new();
    for (leak, text) in handed {
        // JSON may write the slashes of a key as `\/`.
        let shown = body.contains(text.as_str()) || body.contains(&text.replace('/', "\\/"));
        if shown && !given.contains(leak) {
            given.push(leak.clone());
        }
    }
    trace
        .into_iter()
        .chain(setting)
        .chain(ours)
        .chain(given)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_traces_and_secrets_from_plain_refusals() {
        let secrets = Secrets::new([("Token", "s3cr3t-token")]);
        assert_eq!(find("<h1>403 Forbidden</h1>", &secrets, &[]), []);
        assert_eq!(
            find("Traceback (most recent call last):\n File", &secrets, &[]),
            [Leak::StackTrace("Python")]
        );
        assert_eq!(
            find("token=s3cr3t-token", &secrets, &[]),
            [Leak::Secret("Token")]
        );
        let handed = [(Leak::SessionKey, "ab/c==".to_owned())];
        assert_eq!(
            find(r#"{"key":"ab\/c=="}"#, &secrets, &handed),
            [Leak::SessionKey]
        );
    }
}
