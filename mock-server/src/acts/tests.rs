//! Acts of users, and the pushes that follow.

use wxcheck_protocol::{
    account::Account,
    push::{Format, write_message},
    xml::CdataEnd,
};

use super::*;
use crate::{
    catalogue::Catalogue,
    composer::{
        Message, Stamp,
        tests::{ADDRESSEE, stamp},
    },
    state::app::AppSettings,
    target::tests::target,
};

fn state() -> State {
    let mut state = State::new(1, true);
    state.register(AppSettings {
        appid: "wx0".into(),
        secret: None,
        kind: Account::Mini,
        ip_whitelist: Vec::new(),
        callback: Some(target("http://127.0.0.1:1/")),
        open: false,
        domains: wxcheck_protocol::domain::Domains::default(),
    });
    state
}

fn set_kind(state: &mut State, kind: Account) {
    state.apps.get_mut("wx0").unwrap().settings.kind = kind;
}

fn does(state: &mut State, json: &str) -> Result<Yield, ActError> {
    act(state, "wx0", "o1", serde_json::from_str(json).unwrap(), 5)
}

#[test]
fn a_text_opens_a_window_and_is_pushed() {
    let mut state = state();
    let yielded = does(&mut state, r#"{"act":"send-text","content":"hi"}"#).unwrap();
    assert_eq!(yielded.pushed.as_deref(), Some("text"));
    assert_eq!(state.apps["wx0"].users["o1"].windows.left(5), 5);
    let due = state.outbox.take_due(5, |_| 9);
    let due = &due[0].1;
    assert_eq!((due.openid.as_str(), &*due.push), ("o1", "text"));
    assert_eq!(due.settings, [Setting::value("Content", "hi")]);
}

/// Every act that is pushed, with texts that must be found in the push.
const PUSHED: [(&str, &[&str]); 11] = [
    (r#"{"act":"send-text","content":"X1"}"#, &["X1"]),
    (
        r#"{"act":"send-image","media_id":"X1","pic_url":"http://x.invalid/X2"}"#,
        &["X1", "X2"],
    ),
    (
        r#"{"act":"send-card","title":"X1","page_path":"X2"}"#,
        &["X1", "X2"],
    ),
    (r#"{"act":"enter-session","session_from":"X1"}"#, &["X1"]),
    (
        r#"{"act":"subscribe","templates":{"X1":"accept","X2":"reject"},"popup_scene":2}"#,
        &["X1", "X2", "accept", "reject"],
    ),
    (
        r#"{"act":"change-subscription","templates":["X1","X2"]}"#,
        &["X1", "X2", "reject"],
    ),
    (
        r#"{"act":"revoke-authorization","revoke_info":"X1"}"#,
        &["X1", "o1"],
    ),
    (r#"{"act":"follow"}"#, &["subscribe"]),
    (r#"{"act":"unfollow"}"#, &["unsubscribe"]),
    (r#"{"act":"tap-menu","key":"X1"}"#, &["CLICK", "X1"]),
    (r#"{"act":"scan","scene":"X1"}"#, &["SCAN", "X1"]),
];

#[test]
fn every_act_says_what_it_should_to_every_kind_of_account_in_both_formats() {
    let catalogue = Catalogue::built_in().unwrap();
    for (json, wanted) in PUSHED {
        let mut state = state();
        // One kind of account or the other has it.
        let yielded = does(&mut state, json).unwrap_or_else(|_| {
            set_kind(&mut state, Account::Official);
            does(&mut state, json).unwrap()
        });
        let (_, due) = state.outbox.take_due(5, |_| 9).remove(0);
        assert_eq!(yielded.pushed.as_deref(), Some(&*due.push));
        for account in Account::ALL {
            if account.pushed_as().is_empty() {
                continue;
            }
            let entry = catalogue.find(&due.push, account).unwrap();
            for format in [Format::Xml, Format::Json] {
                let message = Message::of(&entry, format).setting(due.settings.clone());
                let stamp = Stamp {
                    openid: due.openid.clone(),
                    ..stamp()
                };
                let written = message.addressed(&ADDRESSEE, &stamp);
                let written = write_message(format, &written, CdataEnd::Split);
                for text in wanted {
                    assert!(written.contains(text), "{account} {format}: {written}");
                }
                assert!(!written.contains("TPL1"), "{account} {format}: {written}");
            }
        }
    }
}

#[test]
fn a_deleted_subscription_is_pushed_and_holds() {
    let mut state = state();
    does(
        &mut state,
        r#"{"act":"subscribe","templates":{"T1":"accept","T2":"reject"}}"#,
    )
    .unwrap();
    let yielded = does(
        &mut state,
        r#"{"act":"change-subscription","templates":["T1"]}"#,
    );
    assert_eq!(
        yielded.unwrap().pushed.as_deref(),
        Some("subscribe_msg_change_event")
    );
    assert!(!state.apps["wx0"].users["o1"].subscriptions.allows("T1"));
    let due = state.outbox.take_due(5, |_| 9);
    let names: Vec<&str> = due.iter().map(|(_, push)| &*push.push).collect();
    assert_eq!(
        names,
        ["subscribe_msg_popup_event", "subscribe_msg_change_event"]
    );
}

#[test]
fn what_an_act_yields_is_reported() {
    let mut state = state();
    let mut yields = |json| does(&mut state, json).unwrap();
    assert!(yields(r#"{"act":"log-in"}"#).js_code.is_some());
    assert!(yields(r#"{"act":"submit-form"}"#).form_id.is_some());
    let upload = yields(r#"{"act":"upload","content_type":"image/png","base64":"aGk="}"#);
    let id = upload.media_id.unwrap();
    assert_eq!(&*state.apps["wx0"].media.find(&id, 5).unwrap().bytes, b"hi");
    assert_eq!(upload.pushed, None);
}

#[test]
fn impossible_acts_are_explained() {
    let mut state = state();
    for (json, word) in [
        (r#"{"act":"subscribe","templates":{}}"#, "templates"),
        (
            r#"{"act":"upload","content_type":"a/b","base64":"?"}"#,
            "base64",
        ),
        (
            r#"{"act":"upload","content_type":"a/b","base64":""}"#,
            "0 bytes",
        ),
        (
            r#"{"act":"send-text","content":""}"#,
            "content: the text is empty",
        ),
        (r#"{"act":"follow"}"#, "nobody follows a mini program"),
        (
            r#"{"act":"tap-menu","key":"K"}"#,
            "tap-menu: a mini program has no menu; this app is of the kind mini",
        ),
    ] {
        let error = does(&mut state, json).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    set_kind(&mut state, Account::Official);
    let error = does(&mut state, r#"{"act":"enter-session"}"#);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("no customer-service button"), "{error}");
    let stranger = act(&mut state, "wx1", "o1", Act::LogIn, 0);
    assert_eq!(stranger, Err(NoRoom::App("wx1".into()).into()));
    let nobody = act(&mut state, "wx0", "o 1", Act::LogIn, 0);
    assert_eq!(nobody, Err(ActError::Openid("o 1".into())));
}

#[test]
fn an_act_that_cannot_be_pushed_says_why() {
    let mut state = state();
    state.apps.get_mut("wx0").unwrap().settings.callback = None;
    let yielded = does(&mut state, r#"{"act":"send-text","content":"hi"}"#).unwrap();
    assert_eq!(yielded.pushed, None);
    assert!(yielded.why.unwrap().starts_with("the app has no callback"));
    let set = vec![Setting::value("Content", "hi")];
    assert_eq!(yielded.unsent, Some(("text", set)));
    assert_eq!(state.outbox.waiting(), 0);
}

#[test]
fn a_push_by_its_name_opens_the_window_that_the_act_opens() {
    let catalogue = Catalogue::built_in().unwrap();
    for (name, account, left) in [
        ("text", Account::Mini, 5),
        ("user_enter_tempsession", Account::Mini, 2),
        ("CLICK", Account::Official, 3),
        ("subscribe_msg_popup_event", Account::Mini, 0),
    ] {
        let mut user = User::default();
        let entry = catalogue.find(name, account).unwrap();
        note_push(&mut user, &entry, 5);
        assert_eq!(user.windows.left(5), left, "{name}");
    }
}
