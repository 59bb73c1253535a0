//! A platform's beginnings, from a TOML file: apps, their templates, users and menus. Each is registered by the same request of
//! the control API that a test would send, so that nothing is checked twice.

use std::sync::Arc;

use serde_json::Value;
use wxcheck_protocol::push::percent_encoded;

use crate::{
    hub::Hub,
    state::{State, subscription::Template},
};

use super::local::Local;

/// A file that cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// It is no TOML.
    #[error("{0}")]
    Toml(String),
    /// A key that means nothing there.
    #[error("{place}: unknown key; {known}")]
    Unknown {
        /// The key, with those above it.
        place: String,
        /// The keys that there are.
        known: &'static str,
    },
    /// A table is expected.
    #[error("{0}: give a table, like [{0}]")]
    NoTable(String),
    /// The control API refuses it.
    #[error("{place}: {reason}")]
    Refused {
        /// The table.
        place: String,
        /// The words of the control API.
        reason: String,
    },
}

/// The outcome of applying a seed file.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Sown {
    /// Things that were registered.
    pub registered: usize,
    /// Places of the file that the store knows otherwise: they stay as they are there.
    pub known: Vec<String>,
    /// The place of a callback in whose place the command line has given another.
    pub overruled: Option<String>,
}

impl Sown {
    /// Sentences about what was not taken from the file.
    pub fn notes(&self) -> Vec<String> {
        let known = (!self.known.is_empty()).then(|| {
            format!(
                "{}: the store has another one, and it stays as it is there",
                self.known.join(", ")
            )
        });
        let overruled = self.overruled.as_ref();
        let overruled = overruled.map(|place| format!("{place}: the URL that is given here wins"));
        known.into_iter().chain(overruled).collect()
    }
}

/// One request.
#[derive(Debug, PartialEq)]
struct Step {
    place: String,
    appid: String,
    /// `templates`, `users` or `menu`, and the name there; nothing for the app itself.
    thing: Option<(&'static str, String)>,
    path: String,
    body: Value,
}

/// Applies a file, but for what a store knows. `stored` are the apps that were in the store; `own_callback` is the app whose
/// callback is given elsewhere.
pub(super) async fn sow(
    local: &Local,
    hub: &Hub,
    text: &str,
    stored: &[Arc<str>],
    own_callback: Option<&str>,
) -> Result<Sown, SeedError> {
    let mut sown = Sown::default();
    for mut step in steps(text)? {
        let is_stored = stored.iter().any(|appid| **appid == *step.appid);
        if is_stored && hub.with(|state, _| is_known(state, &step)) {
            if !is_same(local, hub, &step).await {
                sown.known.push(step.place);
            }
            continue;
        }
        if step.thing.is_none() && own_callback == Some(&*step.appid) {
            let body = step.body.as_object_mut();
            let callback = body.and_then(|body| body.remove("callback"));
            sown.overruled = callback.map(|_| format!("{}.callback", step.place));
        }
        let asked = local.ask("PUT", &step.path, Some(&step.body)).await;
        asked.map_err(|reason| SeedError::Refused {
            place: step.place,
            reason,
        })?;
        sown.registered += 1;
    }
    Ok(sown)
}

/// True if the state has it, wherever it is from.
fn is_known(state: &State, step: &Step) -> bool {
    let app = state.apps.get(step.appid.as_str());
    app.is_some_and(|app| match &step.thing {
        None => true,
        Some(("menu", _)) => !app.menu.button.is_empty(),
        Some(("templates", name)) => app.templates.contains_key(name),
        Some((_, name)) => app.users.contains_key(name.as_str()),
    })
}

/// True if the platform has what the file says, as far as the control API shows it: it shows no secrets.
async fn is_same(local: &Local, hub: &Hub, step: &Step) -> bool {
    if let Some(("templates", name)) = &step.thing {
        return hub.with(|state, _| {
            let app = state.apps.get(step.appid.as_str());
            let template = app.and_then(|app| app.templates.get(name));
            let given = serde_json::from_value::<Template>(step.body.clone());
            template.is_some_and(|template| given.is_ok_and(|given| given.keys == template.keys))
        });
    }
    let shown = local.ask("GET", &step.path, None).await;
    shown.is_ok_and(|shown| covers(&shown, &step.body))
}

/// True if every member that both have is the same.
fn covers(shown: &Value, given: &Value) -> bool {
    match (shown, given) {
        (Value::Object(shown), Value::Object(given)) => given.iter().all(|(name, given)| {
            let shown = shown.get(name);
            shown.is_none_or(|shown| covers(shown, given))
        }),
        (Value::Array(shown), Value::Array(given)) => {
            shown.len() == given.len()
                && shown
                    .iter()
                    .zip(given)
                    .all(|(shown, given)| covers(shown, given))
        }
        (shown, given) => shown == given,
    }
}

fn steps(text: &str) -> Result<Vec<Step>, SeedError> {
    let file: toml::Table = toml::from_str(text).map_err(|error| syntax(&error, text))?;
    let mut steps = Vec::new();
    for (key, value) in file {
        if key != "apps" {
            return Err(SeedError::Unknown {
                place: key,
                known: "apps is the only table",
            });
        }
        for (appid, app) in table(value, "apps")? {
            let place = format!("apps.{appid}");
            let mut app = table(app, &place)?;
            let path = format!("/_wxcheck/apps/{}", percent_encoded(&appid));
            let below: Vec<_> = ["templates", "users"]
                .into_iter()
                .filter_map(|kind| Some((kind, app.remove(kind)?)))
                .collect();
            let menu = app.remove("menu");
            steps.push(Step {
                place: place.clone(),
                appid: appid.clone(),
                thing: None,
                path: path.clone(),
                body: json(toml::Value::Table(app)),
            });
            if let Some(menu) = menu {
                steps.push(Step {
                    place: format!("{place}.menu"),
                    appid: appid.clone(),
                    thing: Some(("menu", String::new())),
                    path: format!("{path}/menu"),
                    body: json(menu),
                });
            }
            for (kind, things) in below {
                let place = format!("{place}.{kind}");
                for (name, thing) in table(things, &place)? {
                    steps.push(Step {
                        place: format!("{place}.{name}"),
                        appid: appid.clone(),
                        thing: Some((kind, name.clone())),
                        path: format!("{path}/{kind}/{}", percent_encoded(&name)),
                        body: json(thing),
                    });
                }
            }
        }
    }
    Ok(steps)
}

/// The place of a mistake; what stands there may be a secret.
fn syntax(error: &toml::de::Error, text: &str) -> SeedError {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    SeedError::Toml(format!("line {line}: {}", error.message()))
}

fn table(value: toml::Value, place: &str) -> Result<toml::Table, SeedError> {
    match value {
        toml::Value::Table(table) => Ok(table),
        _ => Err(SeedError::NoTable(place.to_owned())),
    }
}

/// The same value as JSON has it; a date as its text.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(members) => members
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = r#"
[apps.wx1]
secret = "s"
kind = "official"
callback = { url = "http://127.0.0.1:8080/wechat", token = "t", verify = false }

[[apps.wx1.menu.button]]
type = "click"
name = "Songs"
key = "V1"

[apps.wx1.templates."order paid"]
keys = ["thing1"]

[apps.wx1.users.oUser1]
risk_rank = 2
"#;

    #[test]
    fn an_app_comes_before_what_belongs_to_it() {
        let steps = steps(FILE).unwrap();
        let paths: Vec<&str> = steps.iter().map(|step| step.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/_wxcheck/apps/wx1",
                "/_wxcheck/apps/wx1/menu",
                "/_wxcheck/apps/wx1/templates/order%20paid",
                "/_wxcheck/apps/wx1/users/oUser1",
            ]
        );
        let menu = json!({"button": [{"type": "click", "name": "Songs", "key": "V1"}]});
        assert_eq!(steps[1].body, menu);
        assert_eq!(steps[3].body, json!({"risk_rank": 2}));
        assert_eq!(steps[0].body["callback"]["verify"], json!(false));
        assert!(steps[0].body.get("users").is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            ("app = 1", "app: unknown key; apps is the only table"),
            ("apps = 1", "apps: give a table, like [apps]"),
            ("[apps]\nwx1 = 1", "apps.wx1: give a table, like [apps.wx1]"),
        ] {
            assert_eq!(steps(text).unwrap_err().to_string(), said);
        }
        let error = steps("apps = [").unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
