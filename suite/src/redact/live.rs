//! The secrets of a run as they are known at a moment: the mock API hands out more while the run goes on.

use std::sync::{Arc, Mutex, PoisonError};

use wxcheck_mock_server::{Hub, draw::Draw};

use super::Secrets;

/// The configured secrets, and those that the API has handed out. Its copies share what they know.
#[derive(Clone, Debug)]
pub(crate) struct LiveSecrets {
    configured: Secrets,
    api: Option<Api>,
    known: Arc<Mutex<Option<Known>>>,
}

/// The API that hands out credentials, and the app to which.
#[derive(Clone, Debug)]
struct Api {
    hub: Arc<Hub>,
    appid: String,
}

/// All secrets, and the draw that they were true for: a credential is drawn, so there is none more while that stands.
#[derive(Debug)]
struct Known {
    drawn: Draw,
    secrets: Secrets,
}

/// The credentials that an app remembers.
#[derive(Default)]
struct HandedOut {
    tokens: Vec<String>,
    codes_and_keys: Vec<String>,
}

impl LiveSecrets {
    /// The configured secrets, and what that API hands out to that app.
    pub(crate) fn of(configured: Secrets, hub: Option<&Arc<Hub>>, appid: &str) -> Self {
        let api = hub.map(|hub| Api {
            hub: Arc::clone(hub),
            appid: appid.to_owned(),
        });
        Self {
            configured,
            api,
            known: Arc::default(),
        }
    }

    /// All that are known now.
    pub(crate) fn now(&self) -> Secrets {
        let Some(api) = &self.api else {
            return self.configured.clone();
        };
        // What is put there is put there whole.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let news = api.handed_out(known.as_ref().map(|known| &known.drawn));
        if let Some((drawn, handed_out)) = news {
            let tokens = self.configured.and("access token", handed_out.tokens);
            let secrets = tokens.besides(handed_out.codes_and_keys);
            *known = Some(Known { drawn, secrets });
        }
        let known = known.as_ref();
        known.map_or_else(|| self.configured.clone(), |known| known.secrets.clone())
    }
}

impl Api {
    /// The credentials that were handed out; nothing where none is new since that draw.
    fn handed_out(&self, since: Option<&Draw>) -> Option<(Draw, HandedOut)> {
        self.hub.with(|state, _| {
            if since == Some(&state.draw) {
                return None;
            }
            let app = state.apps.get(self.appid.as_str());
            let handed_out = app.map_or_else(HandedOut::default, |app| {
                let keys = app.users.values().filter_map(|user| user.session_key());
                let codes = app.login_codes.texts();
                HandedOut {
                    tokens: app.tokens.texts().collect(),
                    codes_and_keys: keys.chain(codes).map(str::to_owned).collect(),
                }
            });
            Some((state.draw.clone(), handed_out))
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use wxcheck_events::{Called, Event, Kind};
    use wxcheck_mock_server::{
        Journal,
        clock::Clock,
        state::{State, app::AppSettings},
    };
    use wxcheck_protocol::{account::Account, domain::Domains};

    use super::*;
    use crate::log;

    const APPID: &str = "wx0123456789abcdef";

    fn hub() -> Arc<Hub> {
        let mut state = State::new(1, true);
        state.register(AppSettings {
            appid: APPID.into(),
            secret: None,
            kind: Account::Mini,
            ip_whitelist: Vec::new(),
            callback: None,
            open: false,
            domains: Domains::default(),
        });
        let began = Instant::now();
        let journal = Arc::new(Journal::new(began, 10));
        Arc::new(Hub::new(state, 1, Clock::standing_at(0), journal))
    }

    fn message(text: &str) -> Event {
        Event {
            number: 0,
            at_micros: 0,
            kind: Kind::Called(Box::new(Called {
                method: "POST".into(),
                path: "/cgi-bin/message/custom/send".into(),
                planned: true,
                appid: None,
                token: None,
                openid: None,
                sent: true,
                errcode: 0,
                status: 200,
                time: None,
                fault: None,
                unknown_media: None,
                query: "".into(),
                answer: None,
                body: format!("{{\"content\":\"you are {text}\"}}").into(),
            })),
        }
    }

    #[tokio::test]
    async fn a_session_key_or_code_of_a_moment_ago_stands_in_no_line() {
        let hub = hub();
        let secrets = LiveSecrets::of(Secrets::default(), Some(&hub), APPID);
        let shared = secrets.clone();
        for openid in ["oA", "oB"] {
            let handed_out = hub.with(|state, now| {
                let app = state.apps.get_mut(APPID).unwrap();
                let code = app.login_codes.issue(openid, now, &mut state.draw);
                let key = app.enrol(openid).renew_session_key(&mut state.draw);
                [code, key.to_owned()]
            });
            for secret in handed_out {
                let line = log::line(&message(&secret), &shared.now());
                let line = line.as_str();
                assert!(line.contains("you are [redacted]"), "{line}");
                assert!(!line.contains(&secret), "{line}");
            }
        }
        let line = log::line(&message("welcome"), &secrets.now());
        assert!(line.as_str().contains("you are welcome"), "{line:?}");
    }

    #[test]
    fn without_an_api_there_are_the_configured_ones() {
        let configured = Secrets::new([("Token", "wxcheck-secret")]);
        let live = LiveSecrets::of(configured, None, APPID);
        assert_eq!(live.now().redact("a wxcheck-secret"), "a [redacted]");
    }
}
