//! Apps: what stands in their settings, their templates, tokens, and the messages they sent.

use std::net::IpAddr;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use wxcheck_events::rfc3339;
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    domain::{Domains, faults_of_domain},
    push::{Credentials, Format, JsonType, Mode},
};

use crate::{
    bounds::{
        APPS, DOMAINS_BYTES, NAME_LETTERS, TEMPLATE_KEYS, TEMPLATES, TEMPLATES_IN_ALL, URL_BYTES,
    },
    cut::cut,
    state::{
        Moment,
        app::{App, AppSettings},
        sent::{Fate, FateName, Page, SentMessage},
        subscription::Template,
    },
    target::{Target, display_url, parse_url},
};

use super::{
    super::callback::Callback, Asked, ControlDesk, ControlError, ControlResult, DONE, Done, Given,
    Path,
};

/// The most messages or users that are returned at once.
pub(super) const PAGE_LIMIT: usize = 1000;
/// Letters of a Token, an AppSecret, an original id. WeChat's have at most 32.
const SECRET_LETTERS: usize = 128;
/// Addresses on an app's list. WeChat's page takes 200.
const ADDRESSES: usize = 200;
const ORIGINAL_ID: &str = "gh_0123456789ab";

/// An app as it is registered.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct AppForm {
    /// The AppSecret; without one, every secret is taken.
    #[serde(default)]
    secret: Option<String>,
    /// mini, official, minigame, platform, cloud-hosting, cloud-function, shop or app: which pushes it gets, and which API it has.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = String))]
    kind: Account,
    /// The addresses that may ask for tokens, as on the admin page; without any, all may.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Vec<String>))]
    ip_whitelist: Vec<IpAddr>,
    /// The callback that pushes go to; without it nothing is pushed.
    #[serde(default)]
    callback: Option<CallbackForm>,
    /// The domains that are configured: request, upload, download, socket, udp, tcp and business, a list each. Client
    /// requests are held to the first, the URLs of fetchdatasetting to the last; an empty list holds nobody to anything.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Object))]
    domains: Domains,
    /// Treat users and templates that nobody registered as registered.
    #[serde(default)]
    open: bool,
}

/// A callback URL and what is configured for it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CallbackForm {
    /// The URL.
    #[cfg_attr(test, schema(example = "http://127.0.0.1:8080/wechat"))]
    url: String,
    /// The Token.
    token: String,
    /// The EncodingAESKey; compat and safe mode need it.
    #[serde(default)]
    aes_key: Option<String>,
    /// plain, compat or safe; safe where a key is given.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    mode: Option<Mode>,
    /// xml or json.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    format: Option<Format>,
    /// The Content-Type of what is in JSON: application/json, or text/xml.
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<String>))]
    json_content_type: Option<JsonType>,
    /// The ToUserName of pushes.
    #[serde(default)]
    original_id: Option<String>,
    /// Make the verification GET that WeChat makes when a URL is saved, and refuse the app where it fails. With `false`
    /// the URL is taken unseen: for a server that starts later.
    #[serde(default = "yes")]
    verify: bool,
    /// The server for a mini game's payments and gifts, if they have one of their own.
    #[serde(default)]
    payments: Option<PaymentsForm>,
}

const fn yes() -> bool {
    true
}

/// The URL for a mini game's payments and what is configured for it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentsForm {
    /// The URL.
    url: String,
    /// The Token.
    token: String,
    /// The EncodingAESKey; with it payments are sealed, without it they come in clear.
    #[serde(default)]
    aes_key: Option<String>,
}

/// An app as it is shown: without secrets.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct AppView {
    appid: String,
    #[cfg_attr(test, schema(value_type = String))]
    kind: Account,
    open: bool,
    callback: Option<CallbackView>,
    templates: Vec<String>,
    users: usize,
    /// Access tokens issued so far.
    tokens_issued: u64,
    /// Messages accepted for users so far.
    messages_sent: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct CallbackView {
    url: String,
    #[cfg_attr(test, schema(value_type = String))]
    mode: Mode,
    #[cfg_attr(test, schema(value_type = String))]
    format: Format,
    original_id: String,
    /// True if it has an EncodingAESKey, so that pushes can be sealed.
    has_key: bool,
    /// The URL for payments, if they have one of their own.
    payments: Option<String>,
}

impl AppView {
    pub(super) fn of(app: &App) -> Self {
        Self {
            appid: app.settings.appid.clone(),
            kind: app.settings.kind,
            open: app.settings.open,
            callback: app.settings.callback.as_ref().map(|target| CallbackView {
                url: display_url(&target.url),
                mode: target.mode,
                format: target.format,
                original_id: target.original_id.clone(),
                has_key: target.credentials.key.is_some(),
                payments: target.payments.as_ref().map(|own| display_url(&own.url)),
            }),
            templates: app.templates.keys().cloned().collect(),
            users: app.users.len(),
            tokens_issued: app.tokens.issued(),
            messages_sent: app.sent.taken(),
        }
    }
}

impl CallbackForm {
    fn target(mut self, appid: &str) -> Result<Target, ControlError> {
        let payments = self.payments.take().map(|payments| {
            let form = Self {
                url: payments.url,
                token: payments.token,
                aes_key: payments.aes_key,
                mode: None,
                format: Some(Format::Json),
                json_content_type: self.json_content_type,
                original_id: self.original_id.clone(),
                payments: None,
                verify: false,
            };
            form.one_target(appid, "callback.payments")
        });
        Ok(Target {
            payments: payments.transpose()?.map(Box::new),
            ..self.one_target(appid, "callback")?
        })
    }

    /// The server that this form names, which stands at that place.
    fn one_target(self, appid: &str, place: &str) -> Result<Target, ControlError> {
        let bad = |error: String| ControlError::bad(format!("{place}.{error}"));
        if self.url.len() > URL_BYTES {
            let length = self.url.len();
            return Err(bad(format!(
                "url: give at most {URL_BYTES} bytes, not {length}"
            )));
        }
        let url = parse_url(&self.url).map_err(|error| bad(format!("url: {error}")))?;
        if self.token.is_empty() {
            return Err(bad(
                "token: empty; give the Token configured at WeChat".to_owned()
            ));
        }
        let original_id = self.original_id.unwrap_or_else(|| ORIGINAL_ID.to_owned());
        for (name, text) in [("token", &self.token), ("original_id", &original_id)] {
            if text.len() > SECRET_LETTERS {
                let length = text.len();
                return Err(bad(format!(
                    "{name}: give at most {SECRET_LETTERS} letters, not {length}"
                )));
            }
        }
        let key = self
            .aes_key
            .as_deref()
            .map(EncodingAesKey::parse)
            .transpose()
            .map_err(|error| bad(format!("aes_key: {error}")))?;
        let usual = if key.is_some() {
            Mode::Safe
        } else {
            Mode::Plain
        };
        let mode = self.mode.unwrap_or(usual);
        if mode.seals() && key.is_none() {
            return Err(bad(format!(
                "aes_key: {mode} mode needs the EncodingAESKey"
            )));
        }
        Ok(Target {
            url,
            credentials: Credentials {
                token: self.token,
                appid: appid.to_owned(),
                key,
            },
            mode,
            format: self.format.unwrap_or(Format::Xml),
            json_type: self.json_content_type.unwrap_or_default(),
            original_id,
            payments: None,
        })
    }
}

/// List the apps
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps", responses((status = 200, body = Vec<AppView>))))]
pub(super) async fn list(Shared(desk): Shared<ControlDesk>) -> Json<Vec<AppView>> {
    Json(
        desk.hub
            .with(|state, _| state.apps.values().map(AppView::of).collect()),
    )
}

/// Register an app, or change its settings; its history stays
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}", params(("appid" = String, Path)), request_body = AppForm, responses((status = 200, body = AppView), (status = 400, body = ControlError))))]
pub(super) async fn put(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Given(form): Given<AppForm>,
) -> ControlResult<AppView> {
    if appid.is_empty() || appid.len() > 64 || !appid.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(ControlError::bad(format!(
            "appid `{appid}`: an appid has 1 to 64 letters and digits, like wx0123456789abcdef"
        )));
    }
    let verifies = form
        .callback
        .as_ref()
        .is_some_and(|callback| callback.verify);
    let callback = form
        .callback
        .map(|callback| callback.target(&appid))
        .transpose()?;
    for target in callback.iter().flat_map(Target::all) {
        desk.pusher
            .check(target)
            .map_err(|error| ControlError::bad(error.to_string()))?;
    }
    check_domains(&form.domains)?;
    let secret = form.secret.filter(|secret| !secret.is_empty());
    if let Some(secret) = secret
        .as_ref()
        .filter(|secret| secret.len() > SECRET_LETTERS)
    {
        return Err(ControlError::bad(format!(
            "secret: give at most {SECRET_LETTERS} letters, not {}",
            secret.len()
        )));
    }
    if form.ip_whitelist.len() > ADDRESSES {
        return Err(ControlError::bad(format!(
            "ip_whitelist: give at most {ADDRESSES} addresses, not {}",
            form.ip_whitelist.len()
        )));
    }
    if let Some(target) = callback.clone().filter(|_| verifies) {
        let callback = Callback {
            target,
            account: form.kind,
        };
        let outcome = desk.pusher.verify(&callback).await;
        outcome.map_err(|reason| {
            ControlError::bad(format!(
                "callback.url: {reason}; `\"verify\": false` saves it all the same"
            ))
        })?;
    }
    let settings = AppSettings {
        appid: appid.clone(),
        secret,
        kind: form.kind,
        ip_whitelist: form.ip_whitelist,
        callback,
        open: form.open,
        domains: form.domains,
    };
    desk.hub.with(|state, _| {
        if !state.has_room_for_app(&appid) {
            return Err(ControlError::bad(format!(
                "appid `{appid}`: {APPS} apps are registered, and no more may be; DELETE one, or use it again"
            )));
        }
        state.register(settings);
        let app = state.apps.get(appid.as_str());
        app.map(|app| Json(AppView::of(app)))
            .ok_or_else(|| ControlError::no_app(&appid))
    })
}

/// Everything that WeChat's admin page would refuse, in one error.
fn check_domains(domains: &Domains) -> Result<(), ControlError> {
    let mut reasons = Vec::new();
    for (kind, list) in domains.lists() {
        if list.len() > kind.limit() {
            reasons.push(format!(
                "{}: at most {}, not {}",
                kind.name(),
                kind.limit(),
                list.len()
            ));
        }
        for domain in list {
            let refused = faults_of_domain(kind, domain).into_iter();
            let refused = refused.filter(|fault| fault.is_refused(kind));
            let told = refused.map(|fault| {
                let domain = cut(domain, NAME_LETTERS);
                format!("{}: `{domain}` {}", kind.name(), fault.description())
            });
            reasons.extend(told);
        }
    }
    if domains.bytes() > DOMAINS_BYTES {
        let bytes = domains.bytes();
        reasons.push(format!(
            "give at most {DOMAINS_BYTES} bytes in all, not {bytes}"
        ));
    }
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(ControlError::bad(format!(
            "domains: {}",
            reasons.join("; ")
        )))
    }
}

/// Show an app, without its secrets
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}", params(("appid" = String, Path)), responses((status = 200, body = AppView), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<AppView> {
    desk.hub.with(|state, _| {
        let app = state.apps.get(appid.as_str());
        app.map(|app| Json(AppView::of(app)))
            .ok_or_else(|| ControlError::no_app(&appid))
    })
}

/// Forget an app with its users, tokens and messages
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/apps/{appid}", params(("appid" = String, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn delete(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<Done> {
    if desk.hub.with(|state, _| state.forget(&appid)) {
        Ok(DONE)
    } else {
        Err(ControlError::no_app(&appid))
    }
}

/// Register a template for subscribe messages and the retired template messages
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/templates/{template}", params(("appid" = String, Path), ("template" = String, Path)), request_body = Template, responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn put_template(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, id)): Path<(String, String)>,
    Given(template): Given<Template>,
) -> ControlResult<Done> {
    let fits = |text: &String| (1..=NAME_LETTERS).contains(&text.len());
    if !fits(&id) {
        return Err(ControlError::bad(format!(
            "template `{}`: give an id of 1 to {NAME_LETTERS} letters, not {}",
            cut(&id, NAME_LETTERS),
            id.len()
        )));
    }
    if template.keys.len() > TEMPLATE_KEYS || !template.keys.iter().all(fits) {
        return Err(ControlError::bad(format!(
            "keys: give at most {TEMPLATE_KEYS}, each of 1 to {NAME_LETTERS} letters"
        )));
    }
    desk.hub.with(|state, _| {
        let in_all: usize = state.apps.values().map(|app| app.templates.len()).sum();
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        let is_new = !app.templates.contains_key(&id);
        if is_new && (app.templates.len() >= TEMPLATES || in_all >= TEMPLATES_IN_ALL) {
            return Err(ControlError::bad(format!(
                "template `{id}`: an app has at most {TEMPLATES} templates, all apps {TEMPLATES_IN_ALL}; use one again, or forget an app"
            )));
        }
        app.templates.insert(id, template);
        Ok(DONE)
    })
}

/// Revoke every access token of an app, before its time
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/apps/{appid}/tokens/revoke", params(("appid" = String, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn revoke_tokens(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<Done> {
    desk.hub.with(|state, _| {
        let app = state.apps.get_mut(appid.as_str());
        app.ok_or_else(|| ControlError::no_app(&appid))?
            .tokens
            .revoke_all();
        Ok(DONE)
    })
}

/// The messages to list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(super) struct Range {
    /// From this time on, in milliseconds since the Unix epoch.
    #[serde(default)]
    from: Moment,
    /// Before this time.
    #[serde(default = "for_ever")]
    to: Moment,
    /// To this user only.
    #[serde(default)]
    openid: Option<String>,
    /// Only those that were taken, refused, or shown by WeChat itself.
    #[serde(default)]
    fate: Option<FateName>,
    /// The number of messages to skip.
    #[serde(default)]
    offset: usize,
    /// At most so many, and never more than 1000.
    #[serde(default = "hundred")]
    count: usize,
}

const fn for_ever() -> Moment {
    Moment::MAX
}

pub(super) const fn hundred() -> usize {
    100
}

/// Part of a log of messages.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct MessagesView {
    /// The number of messages that match in all.
    total: usize,
    /// The messages asked for, oldest first.
    messages: Vec<MessageView>,
}

/// A message to a user, or one that was refused.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct MessageView {
    number: u64,
    /// Milliseconds since the Unix epoch.
    at: Moment,
    /// The same in RFC 3339.
    time: String,
    /// taken, refused, or shown: by WeChat itself, because a push was given up.
    fate: FateName,
    /// The endpoint that was called; none where WeChat shows a text.
    path: Option<&'static str>,
    /// The errcode of the answer: 0 where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    /// The HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// To whom; empty where a refused call names nobody.
    openid: String,
    /// The body of the call; a text where it was too long to be kept whole.
    #[cfg_attr(test, schema(value_type = Object))]
    message: serde_json::Value,
}

impl MessageView {
    fn of(message: &SentMessage) -> Self {
        let text = || String::from_utf8_lossy(&message.body).into_owned().into();
        let (path, errcode, status) = match message.fate {
            Fate::Taken { path } => (Some(path), Some(0), Some(200)),
            Fate::Refused {
                path,
                errcode,
                status,
            } => (Some(path), Some(errcode), Some(status)),
            Fate::Shown => (None, None, None),
        };
        Self {
            number: message.number,
            at: message.at,
            time: rfc3339(message.at),
            fate: message.fate.name(),
            path,
            errcode,
            status,
            openid: message.openid.to_string(),
            message: serde_json::from_slice(&message.body).unwrap_or_else(|_| text()),
        }
    }
}

/// List the messages to users: those taken, those refused, and what WeChat shows where a push was given up
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/messages", params(("appid" = String, Path), Range), responses((status = 200, body = MessagesView), (status = 404, body = ControlError))))]
pub(super) async fn messages(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Asked(range): Asked<Range>,
) -> ControlResult<MessagesView> {
    desk.hub.with(|state, _| {
        let app = state.apps.get(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        let count = range.count.min(PAGE_LIMIT);
        let Page { total, messages } = app.sent.page(
            range.from,
            range.to,
            |message| {
                let named = |openid: &String| *openid == *message.openid;
                range.openid.as_ref().is_none_or(named)
                    && range.fate.is_none_or(|fate| fate == message.fate.name())
            },
            range.offset,
            count,
        );
        Ok(Json(MessagesView {
            total,
            messages: messages.into_iter().map(MessageView::of).collect(),
        }))
    })
}
