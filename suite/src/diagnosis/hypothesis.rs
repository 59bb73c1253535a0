//! Hypotheses about the verification GET: for each mistake, the request that a server with it would take.

use wxcheck_mock_server::Method;

use super::{
    cause::Values,
    known::Known,
    signing::{Hash, Joint, Order, Output, Parts, Signing, Stamp, Time, Token},
};

/// A mistake, and the request that a server with it would take.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hypothesis {
    /// The id of the cause; nothing for a server without a mistake. Two for a server with two.
    pub(super) causes: Vec<(&'static str, Values)>,
    pub(super) ask: Ask,
}

/// The difference from the documented request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ask {
    /// Another signature.
    Sign(Signing),
    /// One parameter under another name: as documented it holds a wrong value, under the other name the right one.
    Alias {
        name: &'static str,
        alias: &'static str,
    },
    /// The same under every other name at once.
    AnyAlias(&'static str),
    /// All parameters in the body of a GET, as a form; the query holds a wrong signature.
    Form,
    /// The same in a POST, for languages that read no other body.
    Post,
    /// The same as a JSON object.
    Json,
    /// The same as headers.
    Headers,
    /// A Token of ours in the query, and a signature by that.
    TokenInQuery,
    /// The present second of the server's own clock, so many seconds after ours, is signed, and an old one sent.
    OwnClock(i64),
}

/// A request without its host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Shape {
    pub(super) method: Method,
    pub(super) query: Vec<(String, String)>,
    /// Its Content-Type and text.
    pub(super) body: Option<(&'static str, String)>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// A Token that nobody configured.
const OURS: &str = "wxcheckAsksWhichToken";
/// Pairs of common mistakes that are tried with the single ones, at most.
const MOST_PAIRS: usize = 6;
/// The age of a timestamp that stands in the place of the server's own, in seconds.
const OLD: u64 = 700;

impl Ask {
    /// The request; `None` where it cannot be made for this account.
    pub(super) fn shape(self, known: &Known, stamp: &Stamp) -> Option<Shape> {
        let right = Signing::default().sign(known, stamp)?;
        let documented = |signature: String, timestamp: &str| {
            let pairs = [
                ("signature", signature.as_str()),
                ("echostr", &stamp.echostr),
                ("timestamp", timestamp),
                ("nonce", &stamp.nonce),
            ];
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec()
        };
        let mut shape = Shape {
            method: Method::Get,
            query: documented(right.clone(), &stamp.timestamp),
            body: None,
            headers: Vec::new(),
        };
        let wrong = forged(known, stamp)?;
        match self {
            Self::Sign(signing) => {
                shape.query = documented(signing.sign(known, stamp)?, &stamp.timestamp);
            }
            Self::Alias { name, alias } => {
                let at = shape.query.iter().position(|(known, _)| known == name)?;
                let value = shape.query[at].1.clone();
                shape.query[at].1 = decoy(name, stamp, &wrong);
                shape.query.push((alias.to_owned(), value));
            }
            Self::AnyAlias(name) => {
                let at = shape.query.iter().position(|(known, _)| known == name)?;
                let value = shape.query[at].1.clone();
                shape.query[at].1 = decoy(name, stamp, &wrong);
                let others = ALIASES.iter().filter(|(known, _)| *known == name);
                shape
                    .query
                    .extend(others.map(|(_, alias)| ((*alias).to_owned(), value.clone())));
            }
            Self::Form | Self::Post => {
                if self == Self::Post {
                    shape.method = Method::Post;
                }
                let pairs = wxcheck_protocol::push::encode_query(&shape.query);
                shape.body = Some(("application/x-www-form-urlencoded", pairs));
                shape.query = documented(wrong, &stamp.timestamp);
            }
            Self::Json => {
                let object: serde_json::Map<_, _> = shape
                    .query
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone().into()))
                    .collect();
                let text = serde_json::Value::from(object).to_string();
                shape.body = Some(("application/json", text));
                shape.query = documented(wrong, &stamp.timestamp);
            }
            Self::Headers => {
                shape.headers = ["signature", "echostr", "timestamp", "nonce"]
                    .into_iter()
                    .zip(shape.query.iter().map(|(_, value)| value.clone()))
                    .collect();
                shape.query = documented(wrong, &stamp.timestamp);
            }
            Self::TokenInQuery => {
                let other = Known {
                    token: OURS.to_owned(),
                    ..known.clone()
                };
                let signature = Signing::default().sign(&other, stamp)?;
                shape.query = documented(signature, &stamp.timestamp);
                shape.query.push(("token".to_owned(), OURS.to_owned()));
            }
            Self::OwnClock(ahead) => {
                let now: u64 = stamp.timestamp.parse().ok()?;
                let old = now.saturating_sub(OLD).to_string();
                let theirs = Stamp {
                    timestamp: now.saturating_add_signed(ahead).to_string(),
                    ..stamp.clone()
                };
                shape.query = documented(Signing::default().sign(known, &theirs)?, &old);
            }
        }
        Some(shape)
    }
}

impl Shape {
    /// The same with the signature changed in one digit, wherever it stands: what is refused if the signature counts.
    pub(super) fn altered(&self, signature: &str) -> Self {
        let changed: String = match signature.chars().last() {
            Some('0') => format!("{}1", &signature[..signature.len() - 1]),
            Some(last) => format!("{}0", &signature[..signature.len() - last.len_utf8()]),
            None => "0".to_owned(),
        };
        let change = |text: &String| text.replace(signature, &changed);
        Self {
            method: self.method,
            query: self
                .query
                .iter()
                .map(|(name, value)| (name.clone(), change(value)))
                .collect(),
            body: self.body.as_ref().map(|(kind, text)| (*kind, change(text))),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| (*name, change(value)))
                .collect(),
        }
    }
}

/// A signature by another Token, as long as a right one.
pub(super) fn forged(known: &Known, stamp: &Stamp) -> Option<String> {
    let signing = Signing {
        token: Token::Within("not-", ""),
        ..Signing::default()
    };
    signing.sign(known, stamp)
}

/// A wrong value for a parameter whose right one stands elsewhere.
fn decoy(name: &str, stamp: &Stamp, wrong: &str) -> String {
    match name {
        "signature" => wrong.to_owned(),
        "timestamp" => stamp.timestamp.bytes().rev().map(char::from).collect(),
        _ => "0".to_owned(),
    }
}

/// Names under which beginners look for parameters.
const ALIASES: [(&str, &str); 21] = [
    ("signature", "msg_signature"),
    ("echostr", "echoStr"),
    ("echostr", "echo_str"),
    ("echostr", "echo"),
    ("timestamp", "timeStamp"),
    ("timestamp", "time_stamp"),
    ("timestamp", "timestemp"),
    ("timestamp", "time"),
    ("timestamp", "ts"),
    ("timestamp", "Timestamp"),
    ("nonce", "Nonce"),
    ("nonce", "nonceStr"),
    ("nonce", "noncestr"),
    ("nonce", "nonce_str"),
    ("nonce", "once"),
    ("signature", "sign"),
    ("signature", "sig"),
    ("signature", "Signature"),
    ("signature", "signiture"),
    ("signature", "singature"),
    ("echostr", "echoString"),
];

/// Tokens of samples, and what unset variables read like.
const PLACEHOLDERS: [&str; 14] = [
    "weixin",
    "token",
    "undefined",
    "None",
    "TOKEN",
    "your_token",
    "wechat",
    "null",
    "test",
    "your-token",
    "YOUR_TOKEN",
    "mytoken",
    "xxx",
    "123456",
];

const ORDERS: [([usize; 3], &str); 6] = [
    ([0, 1, 2], "token + timestamp + nonce"),
    ([1, 2, 0], "timestamp + nonce + token"),
    ([2, 1, 0], "nonce + timestamp + token"),
    ([1, 0, 2], "timestamp + token + nonce"),
    ([0, 2, 1], "token + nonce + timestamp"),
    ([2, 0, 1], "nonce + token + timestamp"),
];

fn value(name: &str, value: &str) -> Values {
    Values::from([(name.to_owned(), value.to_owned())])
}

/// The hypotheses about one decision, cheap and common first. The first is the server without a mistake.
#[expect(clippy::too_many_lines, reason = "a list, whose order is what counts")]
pub(super) fn single() -> Vec<Hypothesis> {
    let with = |id: &'static str, values: Values, ask: Ask| Hypothesis {
        causes: vec![(id, values)],
        ask,
    };
    let plain = |id: &'static str, ask: Ask| with(id, Values::new(), ask);
    let d = Signing::default();
    let signs = |id: &'static str, signing: Signing| plain(id, Ask::Sign(signing));
    let token = |id: &'static str, token: Token| signs(id, Signing { token, ..d });
    let joint = |id: &'static str, joint: Joint| signs(id, Signing { joint, ..d });
    let hash = |id: &'static str, hash: Hash| signs(id, Signing { hash, ..d });
    let output = |id: &'static str, output: Output| signs(id, Signing { output, ..d });
    let parts = |id: &'static str, values: Values, parts: Parts| {
        with(id, values, Ask::Sign(Signing { parts, ..d }))
    };
    let orders = ORDERS.map(|(places, name)| {
        let signing = Signing {
            order: Order::Fixed(places),
            ..d
        };
        with("order-unsorted", value("order", name), Ask::Sign(signing))
    });
    let order = |id: &'static str, order: Order| signs(id, Signing { order, ..d });
    let mut all = vec![Hypothesis {
        causes: Vec::new(),
        ask: Ask::Sign(d),
    }];
    all.push(joint("joint-comma", Joint::Text(",")));
    all.extend(orders.iter().take(2).cloned());
    all.extend([
        token("token-line-feed", Token::Within("", "\n")),
        token("token-space", Token::Within("", " ")),
        plain("token-in-query", Ask::TokenInQuery),
        token("token-empty", Token::Word("")),
        hash("hash-md5", Hash::Md5),
        plain("names-body", Ask::Form),
        plain("names-body", Ask::Post),
        output("output-upper", Output::Upper),
        order("order-numeric", Order::Numeric),
    ]);
    all.extend(orders.iter().skip(2).cloned());
    all.extend([
        hash("hash-sha256", Hash::Sha256),
        order("order-reversed", Order::Reversed),
    ]);
    all.extend(["timestamp", "nonce", "signature", "echostr"].map(|name| {
        let values = value("name", name);
        with("names-alias", values, Ask::AnyAlias(name))
    }));
    all.extend(PLACEHOLDERS.iter().take(4).map(|word| placeholder(word)));
    all.extend(pairs(&all));
    all.extend([
        token("token-case", Token::Lower),
        token("token-case", Token::Upper),
        token("token-line-feed", Token::Within("", "\r\n")),
        token("token-space", Token::Within(" ", "")),
        token("token-quoted", Token::Within("\"", "\"")),
        token("token-quoted", Token::Within("'", "'")),
        token("token-is-appid", Token::Appid),
        token("token-is-secret", Token::Secret),
        token("token-is-aes-key", Token::AesKey),
        output("output-base64", Output::Base64),
        joint("joint-space", Joint::Text(" ")),
        joint("joint-key-value", Joint::KeyValue),
        hash("hash-hmac", Hash::HmacOfAll),
        hash("hash-hmac", Hash::HmacOfOthers),
        parts("parts-no-timestamp", Values::new(), Parts::NoTimestamp),
        parts("parts-no-nonce", Values::new(), Parts::NoNonce),
        parts("parts-echostr", Values::new(), Parts::Echostr),
        joint("joint-list", Joint::PythonList),
        joint("joint-list", Joint::JsonArray),
        order("order-characters", Order::Characters),
        signs(
            "timestamp-milliseconds",
            Signing {
                time: Time::Milliseconds,
                ..d
            },
        ),
        token("token-bom", Token::Within("\u{feff}", "")),
    ]);
    all.extend(mixed_up().map(|(values, mixed)| parts("parts-mixed-up", values, mixed)));
    all.extend(
        ["&", "\n", "+", "|", ", ", "_", "-"].map(|between| match between {
            "\n" => joint("joint-line-feed", Joint::Text("\n")),
            other => with(
                "joint-other",
                value("joint", other),
                Ask::Sign(Signing {
                    joint: Joint::Text(other),
                    ..d
                }),
            ),
        }),
    );
    all.extend([
        plain("names-json", Ask::Json),
        plain("names-headers", Ask::Headers),
        hash("hash-sha512", Hash::Sha512),
        hash("hash-hmac", Hash::HmacSha256),
        hash("hash-utf-16", Hash::Utf16),
        output("output-bytes", Output::Bytes),
        token("token-decoded", Token::Decoded),
    ]);
    all.extend([32, 16, 20].map(|length| {
        let signing = Signing {
            output: Output::Cut(length),
            ..d
        };
        with(
            "output-cut",
            value("length", &length.to_string()),
            Ask::Sign(signing),
        )
    }));
    all.extend(unset_words().map(|(values, word)| parts("parts-word", values, word)));
    all.extend(PLACEHOLDERS.iter().skip(4).map(|word| placeholder(word)));
    all
}

/// Two mistakes that are often made together.
fn pairs(singles: &[Hypothesis]) -> Vec<Hypothesis> {
    let usual = [
        "order-unsorted",
        "hash-md5",
        "joint-comma",
        "output-upper",
        "hash-sha256",
    ];
    let of = |id: &str| {
        let is_it =
            |single: &&Hypothesis| single.causes.first().is_some_and(|(known, _)| *known == id);
        singles.iter().find(is_it).cloned()
    };
    let first = usual.iter().filter_map(|id| of(id)).collect::<Vec<_>>();
    let both = double(&first);
    both.into_iter().take(MOST_PAIRS).collect()
}

/// Hypotheses about two decisions at once, of those that go well together.
pub(super) fn double(singles: &[Hypothesis]) -> Vec<Hypothesis> {
    let signings: Vec<(&Hypothesis, Signing)> = singles
        .iter()
        .filter_map(|hypothesis| match hypothesis.ask {
            Ask::Sign(signing) if !hypothesis.causes.is_empty() => Some((hypothesis, signing)),
            _ => None,
        })
        .collect();
    let mut all = Vec::new();
    for (place, (one, first)) in signings.iter().enumerate() {
        for (other, second) in &signings[place + 1..] {
            if let Some(both) = first.and(*second) {
                all.push(Hypothesis {
                    causes: one.causes.iter().chain(&other.causes).cloned().collect(),
                    ask: Ask::Sign(both),
                });
            }
        }
    }
    // Common mistakes stand in front, and so do their pairs.
    let rank = |hypothesis: &Hypothesis| {
        let of = |id: &str| {
            singles
                .iter()
                .position(|single| single.causes.first().is_some_and(|(known, _)| *known == id))
        };
        hypothesis
            .causes
            .iter()
            .map(|(id, _)| of(id).unwrap_or(usize::MAX))
            .sum::<usize>()
    };
    all.sort_by_key(rank);
    all
}

/// Each other name of a parameter by itself.
pub(super) fn aliases_of(name: &str) -> Vec<Hypothesis> {
    let pairs = ALIASES.iter().filter(|(known, _)| *known == name);
    pairs.map(|pair| alias(*pair)).collect()
}

fn alias((name, alias): (&'static str, &'static str)) -> Hypothesis {
    let values = Values::from([
        ("name".to_owned(), name.to_owned()),
        ("alias".to_owned(), alias.to_owned()),
    ]);
    Hypothesis {
        causes: vec![("names-alias", values)],
        ask: Ask::Alias { name, alias },
    }
}

fn placeholder(word: &'static str) -> Hypothesis {
    Hypothesis {
        causes: vec![("token-placeholder", value("token", word))],
        ask: Ask::Sign(Signing {
            token: Token::Word(word),
            ..Signing::default()
        }),
    }
}

fn mixed_up() -> impl Iterator<Item = (Values, Parts)> {
    let pairs = [
        ("echostr", "nonce"),
        ("echostr", "timestamp"),
        ("timestamp", "nonce"),
        ("nonce", "timestamp"),
    ];
    pairs.into_iter().map(|(wrong, right)| {
        let values = Values::from([
            ("wrong".to_owned(), wrong.to_owned()),
            ("name".to_owned(), right.to_owned()),
        ]);
        (values, Parts::Mixed { wrong, right })
    })
}

fn unset_words() -> impl Iterator<Item = (Values, Parts)> {
    let names = ["timestamp", "nonce"];
    let words = ["undefined", "None", "null"];
    words.into_iter().flat_map(move |word| {
        names.into_iter().map(move |right| {
            let values = Values::from([
                ("word".to_owned(), word.to_owned()),
                ("name".to_owned(), right.to_owned()),
            ]);
            (values, Parts::Word { word, right })
        })
    })
}

impl Signing {
    /// Both mistakes at once; `None` where they are about the same decision.
    fn and(self, other: Self) -> Option<Self> {
        fn one<T: Default + PartialEq + Copy>(first: T, second: T) -> Option<T> {
            let untouched = T::default();
            match (first == untouched, second == untouched) {
                (true, _) => Some(second),
                (false, true) => Some(first),
                (false, false) => None,
            }
        }
        Some(Self {
            token: one(self.token, other.token)?,
            parts: one(self.parts, other.parts)?,
            order: one(self.order, other.order)?,
            joint: one(self.joint, other.joint)?,
            hash: one(self.hash, other.hash)?,
            output: one(self.output, other.output)?,
            time: one(self.time, other.time)?,
        })
    }
}
