//! The server that is pushed to: its URL and what its owner configured at WeChat.

use reqwest::Url;
use wxcheck_protocol::push::{Credentials, Format, JsonType, Mode, content_type, encode_query};

/// A developer's callback server as it stands in WeChat's settings.
#[derive(Clone, Debug)]
pub struct Target {
    /// The callback URL; a query in it is kept, a fragment is never sent.
    pub url: Url,
    /// Token, appid and EncodingAESKey.
    pub credentials: Credentials,
    /// Plain, compatible or safe mode.
    pub mode: Mode,
    /// XML or JSON.
    pub format: Format,
    /// The Content-Type of what is in JSON.
    pub json_type: JsonType,
    /// The account's original id (`gh_…`), the `ToUserName` of every push.
    pub original_id: String,
    /// The server to which a mini game's payments and gifts go, where they have one of their own.
    pub payments: Option<Box<Self>>,
}

/// A fault in a callback URL, as its owner wrote it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL at all.
    #[error("`{url}` is not a URL ({reason}); write it whole, like http://127.0.0.1:8080/wechat")]
    NotAUrl {
        /// The URL that was given.
        url: String,
        /// The parser's message.
        reason: String,
    },
    /// Neither http nor https.
    #[error("`{url}` starts with `{scheme}:`; WeChat calls http:// and https:// URLs only")]
    Scheme {
        /// The URL that was given.
        url: String,
        /// Its scheme.
        scheme: String,
    },
}

/// Reads a callback URL and refuses what WeChat could never call.
pub fn parse_url(text: &str) -> Result<Url, TargetError> {
    let not_a_url = |reason| TargetError::NotAUrl {
        url: without_user(text),
        reason,
    };
    // What looks like a scheme then is a user's name.
    if text.contains('@') && scheme(text).is_none() {
        return Err(not_a_url("http:// is missing".to_owned()));
    }
    let url = Url::parse(text).map_err(|error| not_a_url(error.to_string()))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(TargetError::Scheme {
            url: without_user(text),
            scheme: url.scheme().to_owned(),
        })
    }
}

/// A URL as it was given, to be shown although it is none: without what may be a user and a password.
pub fn without_user(text: &str) -> String {
    let Some(sign) = text.rfind('@') else {
        return text.to_owned();
    };
    let (before, host) = text.split_at(sign);
    let scheme = scheme(before).map_or_else(String::new, |scheme| format!("{scheme}://"));
    format!("{scheme}…{host}")
}

/// The part before `://`; nothing where that is more than a word.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_word = scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_word.then_some(scheme)
}

impl Target {
    /// The server itself, and the one for payments.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.payments.as_deref())
    }

    /// The server to which a mini game's payments and gifts go. Documented: virtual payment of mini games; they are JSON, in
    /// plain or safe mode.
    #[must_use]
    pub fn for_payments(&self) -> Self {
        if let Some(own) = &self.payments {
            return Self::clone(own);
        }
        Self {
            mode: if self.mode.seals() {
                Mode::Safe
            } else {
                Mode::Plain
            },
            format: Format::Json,
            ..self.clone()
        }
    }

    /// The Content-Type of pushes.
    pub fn content_type(&self) -> String {
        content_type(self.format, self.json_type)
    }

    /// The callback URL with WeChat's parameters behind those it already has
    /// (observed: `?id=743&signature=…`).
    pub fn url_with(&self, query: &[(String, String)]) -> Url {
        append_query(self.url.clone(), &encode_query(query))
    }
}

/// A configured URL with WeChat's parameters, encoded, behind those it already has; without its fragment.
pub fn append_query(mut url: Url, ours: &str) -> Url {
    url.set_fragment(None);
    let whole = match url.query().filter(|own| !own.is_empty()) {
        Some(own) if ours.is_empty() => own.to_owned(),
        Some(own) => format!("{own}&{ours}"),
        None => ours.to_owned(),
    };
    url.set_query((!whole.is_empty()).then_some(whole.as_str()));
    url
}

/// A URL as it may be shown: without user and password.
pub fn display_url(url: &Url) -> String {
    let mut url = url.clone();
    // Neither can fail for http and https, which always have a host.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn target(url: &str) -> Target {
        Target {
            url: parse_url(url).unwrap(),
            credentials: Credentials {
                token: "t".into(),
                appid: "wx0".into(),
                key: None,
            },
            mode: Mode::Plain,
            format: Format::Xml,
            json_type: JsonType::Json,
            original_id: "gh_0".into(),
            payments: None,
        }
    }

    #[test]
    fn keeps_the_query_of_the_configured_url_and_drops_its_fragment() {
        let query = [("signature".to_owned(), "a b".to_owned())];
        assert_eq!(
            target("http://h/p?id=743#top").url_with(&query).as_str(),
            "http://h/p?id=743&signature=a%20b"
        );
        assert_eq!(
            target("http://h/p").url_with(&query).as_str(),
            "http://h/p?signature=a%20b"
        );
        assert_eq!(
            target("http://h/p?x=1").url_with(&[]).as_str(),
            "http://h/p?x=1"
        );
        assert_eq!(target("http://h/p").url_with(&[]).as_str(), "http://h/p");
    }

    #[test]
    fn payments_are_json_and_never_in_compat_mode() {
        let mut target = target("http://h/p");
        for (mode, wanted) in [
            (Mode::Plain, Mode::Plain),
            (Mode::Compat, Mode::Safe),
            (Mode::Safe, Mode::Safe),
        ] {
            target.mode = mode;
            let payments = target.for_payments();
            assert_eq!((payments.mode, payments.format), (wanted, Format::Json));
        }
        let own = tests::target("http://pay/");
        target.payments = Some(Box::new(own));
        assert_eq!(target.for_payments().url.as_str(), "http://pay/");
    }

    #[test]
    fn names_what_is_wrong_with_a_url() {
        assert!(matches!(
            parse_url("localhost"),
            Err(TargetError::NotAUrl { .. })
        ));
        assert!(matches!(
            parse_url("ftp://h/"),
            Err(TargetError::Scheme { .. })
        ));
    }

    #[test]
    fn a_mistake_in_a_url_tells_no_password() {
        for (secret, shown) in [
            ("ftp://me:pass@h/", "`ftp://…@h/`"),
            ("http://me:pass@h:port/", "`http://…@h:port/`"),
            ("http://me:pa/ss@h/", "`http://…@h/`"),
            ("me:pass@host/wechat", "`…@host/wechat`"),
            ("pass:me@host/wechat", "`…@host/wechat`"),
            ("pass@host", "`…@host`"),
            ("htp:me:pass@host://x", "`…@host://x`"),
            ("pass:me://x@host", "`…@host`"),
        ] {
            let error = parse_url(secret).unwrap_err().to_string();
            assert!(
                error.starts_with(shown) && !error.contains("pass"),
                "{error}"
            );
        }
    }
}
