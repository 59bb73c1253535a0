//! The two URLs from which data are fetched for the phone: the user, the question and the answer.

mod answer;
mod query;

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use crate::server::Server;

pub use answer::{DataStatus, GivesAway, Load, Packing};
pub use query::{Decoding, Demand};

use answer::AnswerDraft;
use query::Asked;

/// The answers of a server to fetches, as data. The default is correct in every field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Data {
    /// Tokens that are taken.
    pub tokens: FetchTokens,
    /// The owner of the data in the answer.
    pub owners: Owners,
    /// The use of a code.
    pub codes: Codes,
    /// The way the query is decoded.
    pub decoding: Decoding,
    /// The demands on the query.
    pub demand: Demand,
    /// The part of path and query that is shown.
    pub shown: Shown,
    /// The amount and the encoding of the data.
    pub load: Load,
    /// The way the data are compressed.
    pub packing: Packing,
    /// The status around the data, and their delivery.
    pub status: DataStatus,
    /// Secrets that the answer gives away.
    pub gives_away: GivesAway,
}

/// Tokens that are taken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FetchTokens {
    /// The tokens that were given out; others are refused.
    #[default]
    Known,
    /// The tokens that were given out; others get what everybody may see.
    KnownOrPublic,
    /// Any: the data are the first user's.
    Any,
    /// The tokens that begin like one that was given out.
    ByBeginning,
    /// The tokens that were given out; an empty one gets the first user's data.
    KnownOrEmpty,
    /// Tokens that were given out; an empty one and none are a guest's, who has data like a user.
    KnownOrGuest,
    /// The tokens that were given out; a fetch without one gets the first user's data.
    KnownOrNone,
    /// The tokens that were given out; any other gets the second user's data.
    OthersAreTheSecond,
    /// The tokens that were given out; an unknown one is looked up, nothing is found, and the server fails.
    UnknownFails,
}

/// The owner of the data in the answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Owners {
    /// The user who asked.
    #[default]
    OfToken,
    /// Everybody: all get the same data.
    Everybody,
    /// The user who asked last, as from a variable that requests share.
    Latest,
}

/// The use of a code.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Codes {
    /// It is exchanged for the user.
    #[default]
    Exchanged,
    /// Nothing: the request is refused.
    Refused,
    /// It is exchanged, and the server fails where that does not work.
    UnknownFails,
    /// It is exchanged, and the server fails where a token is there too.
    BothFail,
}

/// The part of path and query that the answer shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Shown {
    /// As they were read.
    #[default]
    Whole,
    /// The query in its parts, each decoded.
    InParts,
    /// Nothing.
    Nothing,
}

/// The state that the server keeps between fetches.
#[derive(Debug, Default)]
pub(crate) struct Latest(Mutex<Option<String>>);

/// The one who asked.
enum Asker {
    User(String),
    Nobody,
}

/// The reason why nothing is answered.
pub(crate) enum Refusal {
    Unauthorized,
    BadRequest,
    Failure,
}

impl Server {
    /// A prefetch or a periodic update.
    pub(crate) async fn fetch(&self, raw_query: &str, asks_for_gzip: bool) -> Response<Body> {
        let behaviour = self.behaviour.data;
        let asked = Asked::read(raw_query, behaviour.decoding);
        let draft = match self.answer_fetch(&asked).await {
            Ok(draft) => draft,
            Err(refusal) => AnswerDraft::refusal(&refusal),
        };
        behaviour.status.wait(self.settings.limit).await;
        draft.respond(behaviour, raw_query, asks_for_gzip)
    }

    async fn answer_fetch(&self, asked: &Asked) -> Result<AnswerDraft, Refusal> {
        let behaviour = self.behaviour.data;
        behaviour.demand.check(asked)?;
        if asked.named("appid").or(asked.named("appId")) != Some(self.settings.appid.as_str()) {
            return Err(Refusal::Unauthorized);
        }
        let mut told = json!({});
        let who = self.asker(asked, &mut told).await?;
        let user = match (behaviour.owners, who) {
            (Owners::Everybody, _) => Value::from("everybody"),
            (_, Asker::Nobody) => Value::Null,
            (Owners::OfToken, Asker::User(user)) => Value::from(user),
            (Owners::Latest, Asker::User(user)) => {
                self.latest.set(user);
                // Others come in while the data are looked up.
                tokio::time::sleep(self.settings.limit / 50).await;
                Value::from(self.latest.get())
            }
        };
        told["coins"] = json!(user.as_str().map(str::len));
        told["user"] = user;
        told["at"] = json!(asked.named("timestamp").or(asked.named("timeStamp")));
        match behaviour.shown {
            Shown::Nothing => {}
            Shown::Whole => {
                told["path"] = json!(asked.named("path"));
                told["query"] = json!(asked.named("query"));
            }
            Shown::InParts => {
                told["query"] = asked.parts_of_query();
            }
        }
        self.give_away(behaviour.gives_away, &mut told).await;
        Ok(AnswerDraft::data(&told, behaviour.load))
    }

    async fn asker(&self, asked: &Asked, told: &mut Value) -> Result<Asker, Refusal> {
        let behaviour = self.behaviour.data;
        let token = asked.named("token");
        let code = asked.named("code");
        if token.is_some() && code.is_some() && behaviour.codes == Codes::BothFail {
            return Err(Refusal::Failure);
        }
        match (token, code) {
            (Some(token), _) => self.owner_of(token),
            (None, Some(code)) => self.user_of(code, told).await,
            (None, None) => match behaviour.tokens {
                FetchTokens::Any | FetchTokens::KnownOrNone => Ok(first_user()),
                FetchTokens::KnownOrPublic => Ok(Asker::Nobody),
                FetchTokens::KnownOrGuest => Ok(guest()),
                _ => Err(Refusal::Unauthorized),
            },
        }
    }

    fn owner_of(&self, token: &str) -> Result<Asker, Refusal> {
        let tokens = &self.settings.fetch_tokens;
        if let Some(place) = tokens.iter().position(|known| known == token) {
            return Ok(Asker::User(user(place)));
        }
        let alike = tokens
            .iter()
            .position(|known| known.get(..4).is_some_and(|head| token.starts_with(head)));
        match self.behaviour.data.tokens {
            FetchTokens::Any => Ok(first_user()),
            FetchTokens::KnownOrEmpty if token.is_empty() => Ok(first_user()),
            FetchTokens::KnownOrGuest if token.is_empty() => Ok(guest()),
            FetchTokens::ByBeginning if alike.is_some() => {
                Ok(Asker::User(user(alike.unwrap_or(0))))
            }
            FetchTokens::OthersAreTheSecond => Ok(Asker::User(user(1))),
            FetchTokens::KnownOrPublic => Ok(Asker::Nobody),
            FetchTokens::UnknownFails => Err(Refusal::Failure),
            FetchTokens::Known
            | FetchTokens::ByBeginning
            | FetchTokens::KnownOrEmpty
            | FetchTokens::KnownOrGuest
            | FetchTokens::KnownOrNone => Err(Refusal::Unauthorized),
        }
    }

    async fn user_of(&self, code: &str, told: &mut Value) -> Result<Asker, Refusal> {
        let behaviour = self.behaviour.data;
        if behaviour.codes == Codes::Refused {
            return Err(Refusal::Unauthorized);
        }
        // Without the API no code can be exchanged, and whoever comes gets what everybody may see.
        let Some(worker) = &self.worker else {
            return match behaviour.codes {
                Codes::UnknownFails => Err(Refusal::Failure),
                _ => Ok(Asker::Nobody),
            };
        };
        match worker.exchange(code).await {
            Ok(session) => {
                if behaviour.gives_away == GivesAway::SessionKey {
                    told["session"] = json!(session.session_key);
                }
                Ok(Asker::User(session.openid))
            }
            Err(_) if behaviour.codes == Codes::UnknownFails => Err(Refusal::Failure),
            Err(_) => Err(Refusal::Unauthorized),
        }
    }

    async fn give_away(&self, what: GivesAway, told: &mut Value) {
        let Some(worker) = &self.worker else { return };
        match what {
            GivesAway::Nothing | GivesAway::SessionKey | GivesAway::Cookie => {}
            GivesAway::AppSecret => told["config"] = json!(worker.secret()),
            GivesAway::AccessToken => {
                told["config"] = json!(worker.token().await.ok().as_deref());
            }
        }
    }
}

impl Latest {
    fn set(&self, user: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(user);
    }

    fn get(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A caller that shows nothing.
fn guest() -> Asker {
    Asker::User("guest".to_owned())
}

fn first_user() -> Asker {
    Asker::User(user(0))
}

fn user(place: usize) -> String {
    format!("user {}", "I".repeat(place + 1))
}
