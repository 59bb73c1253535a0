//! Acts of users, and the pushes that WeChat sends because of them.

mod bounded;
mod error;
mod tapped;

use std::{collections::BTreeMap, sync::Arc};

use base64::{DecodeError, Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use wxcheck_protocol::{fetch::Launch, push::Format};

use crate::{
    bounds::MEDIUM_BYTES,
    catalogue::CatalogueEntry,
    composer::{Message, Setting},
    draw::Draw,
    state::{
        Moment, NoRoom, State,
        app::App,
        outbox::{DuePush, Ending},
        room::Elsewhere,
        user::{User, is_openid},
        window::Opening,
    },
};

pub(crate) use bounded::check_text;
pub use error::ActError;
use tapped::Tapped;

/// An act of a user.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// Writes a text; opens a window of five messages in 48 hours.
    SendText {
        /// The text of the message.
        content: String,
        /// The id of the line of a menu message that was tapped, whose text this is: bizmsgmenuid of the push.
        #[serde(default)]
        menu_id: Option<String>,
    },
    /// Sends an image; opens the same window.
    SendImage {
        /// An upload's media_id; one is made up where none is given.
        #[serde(default)]
        media_id: Option<String>,
        /// The URL from which the image can be fetched.
        #[serde(default)]
        pic_url: Option<String>,
    },
    /// Sends a mini-program card; opens the same window.
    SendCard {
        /// Its title.
        title: String,
        /// The page it opens.
        page_path: String,
    },
    /// Enters the customer-service session; opens a window of two messages in a minute.
    EnterSession {
        /// The text of the button's `session-from`.
        #[serde(default)]
        session_from: String,
    },
    /// Answers the popup that asks for subscribe messages.
    Subscribe {
        /// By template: `accept`, `always` or `reject`.
        templates: BTreeMap<String, Choice>,
        /// 0 in a page, 2 in the settings, as PopupScene counts.
        #[serde(default)]
        popup_scene: i64,
    },
    /// Switches a template off in the settings of the service notices.
    ChangeSubscription {
        /// The templates that are switched off.
        templates: Vec<String>,
    },
    /// Withdraws an authorisation.
    RevokeAuthorization {
        /// The code of the authorisation that is withdrawn, 1 to 20.
        #[serde(default = "nickname")]
        revoke_info: String,
    },
    /// Uploads a file that the mini program chose.
    Upload {
        /// Its Content-Type.
        content_type: String,
        /// Its bytes, in base64.
        base64: String,
    },
    /// Logs in: the code is for jscode2session.
    LogIn,
    /// Submits a form: its form_id is for the retired template messages.
    SubmitForm,
    /// Opens the mini program on a device, cold: data are prefetched where that is switched on.
    Open {
        /// The device's name; it is registered where it is new.
        #[serde(default = "phone")]
        device: String,
        /// The page that is opened.
        #[serde(default)]
        path: Option<String>,
        /// Its query.
        #[serde(default)]
        query: Option<String>,
        /// The scene.
        #[serde(default)]
        scene: Option<u32>,
    },
    /// Follows the official account; opens a window of three messages in a minute.
    Follow,
    /// Follows it no longer.
    Unfollow,
    /// Taps a menu of the official account. A click and a scan open the same window.
    TapMenu {
        /// The key of the button.
        #[serde(default)]
        key: Option<String>,
        /// The page of a button that is a link, in place of a key.
        #[serde(default)]
        url: Option<String>,
        /// The type of the button, like `scancode_push`; that of the menu's button where it is not given.
        #[serde(default, rename = "type")]
        kind: Option<String>,
    },
    /// Scans a code of the official account; opens the same window.
    Scan {
        /// The code's scene.
        scene: String,
    },
}

fn phone() -> String {
    "phone".to_owned()
}

fn nickname() -> String {
    "1".to_owned()
}

/// The user's choice for one template.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// One message.
    Accept,
    /// Messages without an end.
    Always,
    /// None.
    Reject,
}

/// The results of an act, besides the push that follows.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct Yield {
    /// The js_code of a login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub js_code: Option<String>,
    /// The form_id of a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_id: Option<String>,
    /// The media_id of an upload or an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// The push to the callback URL, like `text` or `subscribe_msg_popup_event`; nothing where the
    /// act does not concern the server, or no URL is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed: Option<String>,
    /// The reason why nothing is pushed, where the act concerns the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The push that would have followed, for the journal.
    #[serde(skip)]
    pub unsent: Option<(&'static str, Vec<Setting>)>,
    /// The text that the user sees because the push was given up; told where the request waited for its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_sees: Option<String>,
    /// `acknowledged`, `given-up` or `held`: the state of the push; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// The number of the push in the journal; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The push as `GET /_wxcheck/journal/{number}` tells it, with its deliveries and their answers; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<Object>))]
    pub record: Option<serde_json::Value>,
}

/// A user acts. An unregistered user is registered from now on.
pub fn act(
    state: &mut State,
    appid: &str,
    openid: &str,
    act: Act,
    now: Moment,
) -> Result<Yield, ActError> {
    act_until(state, appid, openid, act, now, Ending::default())
}

/// The same, for somebody who waits for the end of the push that follows.
pub(crate) fn act_until(
    state: &mut State,
    appid: &str,
    openid: &str,
    act: Act,
    now: Moment,
    ending: Ending,
) -> Result<Yield, ActError> {
    if !is_openid(openid) {
        return Err(ActError::Openid(openid.to_owned()));
    }
    act.check()?;
    let unknown = || NoRoom::App(appid.to_owned());
    let (appid, _) = state.apps.get_key_value(appid).ok_or_else(unknown)?;
    let appid = Arc::clone(appid);
    let elsewhere = state.elsewhere(&appid);
    match &act {
        Act::Open { device, .. } => state.with_room_for_phone(&appid, openid, device)?,
        _ => state.with_room_for(&appid, openid)?,
    };
    let Some(app) = state.apps.get_mut(&*appid) else {
        return Err(NoRoom::App(appid.to_string()).into());
    };
    act.check_kind(app.settings.kind)?;
    app.enrol(openid).visit(now);
    app.agree(openid, &act, elsewhere)?;
    let mut yielded = Yield::default();
    let scene = Scene {
        openid,
        now,
        elsewhere,
    };
    let push = perform(app, scene, act, &mut state.draw, &mut yielded)?;
    let Some((push, settings)) = push else {
        return Ok(yielded);
    };
    if app.settings.callback.is_none() {
        yielded.why = Some(format!(
            "the app has no callback: give a URL, or PUT /_wxcheck/apps/{appid} with one"
        ));
        yielded.unsent = Some((push, settings));
    } else {
        yielded.pushed = Some(push.to_owned());
        let push = DuePush {
            appid,
            openid: openid.to_owned(),
            push: push.into(),
            settings,
            about: None,
            begun: None,
            ending,
        };
        state.outbox.post(now, push);
    }
    Ok(yielded)
}

/// A push by its name in the catalogue, and what is set in it.
type ActPush = (&'static str, Vec<Setting>);

/// The user who acts, the time, and the amounts that other apps have.
#[derive(Clone, Copy)]
struct Scene<'a> {
    openid: &'a str,
    now: Moment,
    elsewhere: Elsewhere,
}

/// Changes what the app knows; the push that follows.
fn perform(
    app: &mut App,
    scene: Scene<'_>,
    act: Act,
    draw: &mut Draw,
    yielded: &mut Yield,
) -> Result<Option<ActPush>, ActError> {
    let Scene { openid, now, .. } = scene;
    let user = app.enrol(openid);
    let push = match act {
        Act::SendText { content, menu_id } => {
            user.write(now);
            let mut settings = set([("Content", content)]);
            settings.extend(menu_id.map(|id| Setting::value("bizmsgmenuid", id)));
            ("text", settings)
        }
        Act::SendImage { media_id, pic_url } => {
            user.write(now);
            let media_id = media_id.unwrap_or_else(|| draw.letters(64));
            let pic_url = pic_url.unwrap_or_else(|| "http://mmbiz.qpic.cn/wxcheck/0".to_owned());
            yielded.media_id = Some(media_id.clone());
            ("image", set([("PicUrl", pic_url), ("MediaId", media_id)]))
        }
        Act::SendCard { title, page_path } => {
            user.write(now);
            let values = [
                ("Title", title),
                ("PagePath", page_path),
                ("ThumbMediaId", draw.letters(64)),
            ];
            ("miniprogrampage", set(values))
        }
        Act::EnterSession { session_from } => {
            enter_session(user, now);
            (
                "user_enter_tempsession",
                set([("SessionFrom", session_from)]),
            )
        }
        Act::Subscribe {
            templates,
            popup_scene,
        } => answer_popup(user, templates, popup_scene)?,
        Act::ChangeSubscription { templates } => change_subscription(user, templates)?,
        Act::RevokeAuthorization { revoke_info } => {
            let values = [("RevokeInfo", revoke_info)];
            ("user_authorization_revoke", set(values))
        }
        Act::Upload {
            content_type,
            base64,
        } => {
            let id = upload(app, scene, &content_type, &base64, draw)?;
            yielded.media_id = Some(id);
            return Ok(None);
        }
        Act::LogIn => {
            user.log_in(now, draw);
            yielded.js_code = Some(app.login_codes.issue(openid, now, draw));
            return Ok(None);
        }
        Act::SubmitForm => {
            yielded.form_id = Some(app.form_ids.issue(openid, now, draw));
            return Ok(None);
        }
        Act::Open {
            device,
            path,
            query,
            scene,
        } => {
            let launch = Launch {
                path,
                query,
                scene,
                custom_miniprogram_version: None,
            };
            let begun = app.open_on(openid, &device, &launch, now, draw)?;
            app.fetching.begun.extend(begun);
            return Ok(None);
        }
        Act::Follow => {
            tap(user, now);
            ("subscribe", Vec::new())
        }
        Act::Unfollow => (unfollow(user), Vec::new()),
        Act::TapMenu { key, url, kind } => {
            let tapped = Tapped::of(&app.menu, key, url, kind)?;
            let Some(push) = tapped.push() else {
                return Ok(None);
            };
            let user = app.enrol(openid);
            user.contact(now);
            if tapped.opens_window() {
                user.windows.open(Opening::Menu, now);
            }
            (push, set([("EventKey", tapped.key)]))
        }
        Act::Scan { scene } => {
            tap(user, now);
            let values = [("EventKey", scene), ("Ticket", draw.letters(32))];
            ("SCAN", set(values))
        }
    };
    Ok(Some(push))
}

/// Keeps what a user uploads; its media_id.
fn upload(
    app: &mut App,
    scene: Scene<'_>,
    content_type: &str,
    base64: &str,
    draw: &mut Draw,
) -> Result<String, ActError> {
    let bytes = decode(base64)?;
    let most = scene.elsewhere.left_for_media(app);
    app.media
        .keep(content_type, None, &bytes, most, scene.now, draw)
        .ok_or_else(|| ActError::Upload("other apps' uploads leave no room for it".to_owned()))
}

/// The changes that the popup's choices make, and the event about them.
fn answer_popup(
    user: &mut User,
    templates: BTreeMap<String, Choice>,
    popup_scene: i64,
) -> Result<ActPush, ActError> {
    let mut entries = Vec::new();
    for (template, choice) in templates {
        let status = match choice {
            Choice::Accept => {
                user.subscriptions.accept(&template);
                "accept"
            }
            Choice::Always => {
                user.subscriptions.accept_always(&template);
                "accept"
            }
            Choice::Reject => {
                user.subscriptions.refuse(&template);
                "reject"
            }
        };
        entries.push([
            ("TemplateId", template),
            ("SubscribeStatusString", status.to_owned()),
            ("PopupScene", popup_scene.to_string()),
        ]);
    }
    subscription("subscribe_msg_popup_event", entries)
}

/// Switches templates off; the event about it.
fn change_subscription(user: &mut User, templates: Vec<String>) -> Result<ActPush, ActError> {
    let mut entries = Vec::new();
    for template in templates {
        user.subscriptions.refuse(&template);
        entries.push([
            ("TemplateId", template),
            ("SubscribeStatusString", "reject".to_owned()),
        ]);
    }
    subscription("subscribe_msg_change_event", entries)
}

/// Notes what a user did of whom somebody sends a push by its name: the same as after the act.
pub(crate) fn note_push(user: &mut User, entry: &CatalogueEntry, now: Moment) {
    match entry.name.split('.').next().unwrap_or_default() {
        "CLICK" | "scancode_push" | "scancode_waitmsg" | "SCAN" | "subscribe" => tap(user, now),
        "user_enter_tempsession" => enter_session(user, now),
        _ if Message::of(entry, Format::Xml).is_of_user() => user.write(now),
        _ => {}
    }
}

fn enter_session(user: &mut User, now: Moment) {
    user.contact(now);
    user.windows.open(Opening::EnterSession, now);
}

fn tap(user: &mut User, now: Moment) {
    user.contact(now);
    user.windows.open(Opening::Menu, now);
}

/// The event of a user who follows the account no longer, and may be sent nothing.
fn unfollow(user: &mut User) -> &'static str {
    user.windows.close();
    "unsubscribe"
}

fn subscription<const N: usize>(
    event: &'static str,
    entries: Vec<[(&str, String); N]>,
) -> Result<ActPush, ActError> {
    if entries.is_empty() {
        return Err(ActError::NoTemplates);
    }
    let owned = |entry: [(&str, String); N]| {
        let entry = entry.map(|(name, value)| (name.to_owned(), value));
        Vec::from(entry)
    };
    let entries = Setting::Entries {
        name: "List".to_owned(),
        entries: entries.into_iter().map(owned).collect(),
    };
    Ok((event, vec![entries]))
}

fn set<const N: usize>(values: [(&str, String); N]) -> Vec<Setting> {
    let set = |(name, value)| Setting::value(name, value);
    values.map(set).into()
}

fn no_base64(error: &DecodeError) -> String {
    match error {
        DecodeError::InvalidByte(at, _) => format!("the letter at {at} is none of Base64"),
        DecodeError::InvalidLength(_)
        | DecodeError::InvalidLastSymbol { .. }
        | DecodeError::InvalidPadding => {
            "cut short or padded wrongly; give the whole file, with padding".to_owned()
        }
    }
}

fn decode(base64: &str) -> Result<Vec<u8>, ActError> {
    let bytes = BASE64_STANDARD
        .decode(base64)
        .map_err(|error| ActError::Upload(no_base64(&error)))?;
    if bytes.is_empty() || bytes.len() > MEDIUM_BYTES {
        return Err(ActError::Upload(format!(
            "{} bytes; give 1 to {MEDIUM_BYTES}",
            bytes.len()
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
