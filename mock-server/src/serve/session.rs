//! Callers that the control API obeys where a token is set: one who shows the token, or a browser that has shown it once.
//!
//! A browser sends its cookie whichever page asked, so a cookie alone is worth less than the token: whatever changes
//! something needs a header that says that this page asked. `Gate` has refused the pages of others before.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::http::{
    HeaderMap, Method,
    header::{AUTHORIZATION, COOKIE, ORIGIN},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::gate::FETCH_SITE;

/// The cookie of a browser that has shown the token.
const COOKIE_NAME: &str = "wxcheck_session";
/// The paths and hosts to which the browser sends it.
const COOKIE_RULES: &str = "Path=/_wxcheck/; HttpOnly; SameSite=Strict";

/// The control token, and what the sessions are made of.
#[derive(Debug)]
pub(super) struct Sessions {
    token: String,
    /// Drawn for this process: a cookie of yesterday is worth nothing.
    key: [u8; 32],
    /// Counts the ends of sessions, each of which ends all of them.
    ended: AtomicU64,
    secure: bool,
}

/// The reason that a request is not let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unknown {
    /// Neither the token nor a session, or a wrong one.
    #[error(
        "show the control token: Authorization: Bearer TOKEN, or open /_wxcheck/ui/ and sign in with it"
    )]
    Nobody,
    /// A session, but nothing that says which page asked.
    #[error(
        "Origin: a request with the session cookie that changes something says where it comes from (Origin or Sec-Fetch-Site: same-origin); without a browser, show the token: Authorization: Bearer TOKEN"
    )]
    Unsaid,
}

impl Sessions {
    /// Sessions that begin with that token. `secure` is true where the browser comes by TLS.
    pub(super) fn new(token: String, key: [u8; 32], secure: bool) -> Self {
        Self {
            token,
            key,
            ended: AtomicU64::new(0),
            secure,
        }
    }

    /// Looks at whoever asks.
    pub(super) fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<(), Unknown> {
        let shown = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if let Some(shown) = shown {
            return if self.is_token(shown) {
                Ok(())
            } else {
                Err(Unknown::Nobody)
            };
        }
        let current = self.value();
        let mut cookies = headers.get_all(COOKIE).iter();
        if !cookies.any(|line| has_cookie(line.as_bytes(), current.as_bytes())) {
            return Err(Unknown::Nobody);
        }
        let is_reading = *method == Method::GET || *method == Method::HEAD;
        // The gate has compared what they say with the host.
        let is_said = headers.contains_key(ORIGIN)
            || headers
                .get(FETCH_SITE)
                .is_some_and(|site| site == "same-origin");
        if is_reading || is_said {
            Ok(())
        } else {
            Err(Unknown::Unsaid)
        }
    }

    /// True for the control token; takes as long for any other text of its length.
    pub(super) fn is_token(&self, shown: &str) -> bool {
        shown.as_bytes().ct_eq(self.token.as_bytes()).into()
    }

    /// The header that gives a browser its session.
    pub(super) fn begin(&self) -> String {
        format!(
            "{COOKIE_NAME}={}; {COOKIE_RULES}{}",
            self.value(),
            self.secure()
        )
    }

    /// Ends every session; the header that takes the cookie back.
    pub(super) fn end(&self) -> String {
        self.ended.fetch_add(1, Ordering::Relaxed);
        format!("{COOKIE_NAME}=; Max-Age=0; {COOKIE_RULES}{}", self.secure())
    }

    const fn secure(&self) -> &'static str {
        if self.secure { "; Secure" } else { "" }
    }

    /// The value of the cookie now: nobody gets from it to the token.
    fn value(&self) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            // A key of any length is taken; an empty value matches no cookie.
            return String::new();
        };
        mac.update(&self.ended.load(Ordering::Relaxed).to_be_bytes());
        mac.update(self.token.as_bytes());
        let mut value = String::with_capacity(64);
        for byte in mac.finalize().into_bytes() {
            let _ = write!(value, "{byte:02x}");
        }
        value
    }
}

/// True if a Cookie header has the session cookie with that value.
fn has_cookie(line: &[u8], value: &[u8]) -> bool {
    !value.is_empty()
        && line.split(|byte| *byte == b';').any(|cookie| {
            cookie
                .trim_ascii()
                .strip_prefix(COOKIE_NAME.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
                .is_some_and(|shown| shown.ct_eq(value).into())
        })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    const TOKEN: &str = "Zq7Xw2Vn9Kt4Rb6";

    fn sessions() -> Sessions {
        Sessions::new(TOKEN.into(), [7; 32], false)
    }

    fn asked(
        sessions: &Sessions,
        method: &Method,
        lines: &[(HeaderName, &str)],
    ) -> Result<(), Unknown> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        sessions.admit(method, &headers)
    }

    fn cookie(sessions: &Sessions) -> String {
        sessions.begin().split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_cookie_says_nothing_of_the_token_and_goes_to_nobody_else() {
        let begun = sessions().begin();
        assert!(!begun.contains(TOKEN), "{begun}");
        for rule in ["HttpOnly", "SameSite=Strict", "Path=/_wxcheck/"] {
            assert!(begun.contains(rule), "{begun}");
        }
        assert!(!begun.contains("Secure"));
        let secure = Sessions::new(TOKEN.into(), [7; 32], true);
        assert!(secure.begin().ends_with("; Secure") && secure.end().ends_with("; Secure"));
    }

    #[test]
    fn the_token_or_a_session_is_wanted() {
        let sessions = sessions();
        let get = |lines: &[(HeaderName, &str)]| asked(&sessions, &Method::GET, lines);
        assert_eq!(get(&[]), Err(Unknown::Nobody));
        assert_eq!(get(&[(AUTHORIZATION, "Bearer Zq7Xw2Vn9Kt4Rb6")]), Ok(()));
        for wrong in ["Bearer Zq7Xw2Vn9Kt4Rb7", "Bearer ", "Basic Zq7Xw2Vn9Kt4Rb6"] {
            assert_eq!(get(&[(AUTHORIZATION, wrong)]), Err(Unknown::Nobody));
        }
        let good = cookie(&sessions);
        assert_eq!(get(&[(COOKIE, &good)]), Ok(()));
        assert_eq!(get(&[(COOKIE, &format!("a=b; {good}; c=d"))]), Ok(()));
        // A wrong token is not made good by a cookie.
        let both = [(AUTHORIZATION, "Bearer no"), (COOKIE, good.as_str())];
        assert_eq!(get(&both), Err(Unknown::Nobody));
        let of_token = format!("{COOKIE_NAME}={TOKEN}");
        let of_another_process = cookie(&Sessions::new(TOKEN.into(), [8; 32], false));
        let of_another_token = cookie(&Sessions::new("another".into(), [7; 32], false));
        let empty = format!("{COOKIE_NAME}=");
        let longer = format!("{good}0");
        let renamed = good.replace(COOKIE_NAME, "session");
        for forged in [
            of_token,
            of_another_process,
            of_another_token,
            empty,
            longer,
            renamed,
        ] {
            assert_eq!(get(&[(COOKIE, &forged)]), Err(Unknown::Nobody), "{forged}");
        }
    }

    #[test]
    fn a_session_changes_nothing_unless_its_page_is_said() {
        let sessions = sessions();
        let good = cookie(&sessions);
        let post = |more: &[(HeaderName, &str)]| {
            let lines = [&[(COOKIE, good.as_str())], more].concat();
            asked(&sessions, &Method::POST, &lines)
        };
        assert_eq!(post(&[]), Err(Unknown::Unsaid));
        assert_eq!(post(&[(ORIGIN, "http://127.0.0.1:8900")]), Ok(()));
        let site = HeaderName::from_static(FETCH_SITE);
        assert_eq!(post(&[(site.clone(), "same-origin")]), Ok(()));
        assert_eq!(post(&[(site, "none")]), Err(Unknown::Unsaid));
    }

    #[test]
    fn the_end_of_a_session_is_its_end_also_for_whoever_kept_the_cookie() {
        let sessions = sessions();
        let kept = cookie(&sessions);
        assert!(sessions.end().contains("Max-Age=0"));
        let get = |cookie: &str| asked(&sessions, &Method::GET, &[(COOKIE, cookie)]);
        assert_eq!(get(&kept), Err(Unknown::Nobody));
        assert_eq!(get(&cookie(&sessions)), Ok(()));
    }
}
