use std::collections::BTreeMap;

use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    push::{Credentials, Format, JsonType, Mode},
};

use super::*;
use crate::{
    composer::Setting,
    fault::{Fault, FaultKind},
    state::{HOUR, MINUTE, app::AppSettings, quota::Quota},
    target::Target,
};

const NOW: Moment = 1_700_000_000_000;

fn settings() -> AppSettings {
    let target = Target {
        url: "http://127.0.0.1:9/wechat".parse().unwrap(),
        credentials: Credentials {
            token: "t0ken".into(),
            appid: "wx0".into(),
            key: Some(
                EncodingAesKey::parse("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG").unwrap(),
            ),
        },
        mode: Mode::Safe,
        format: Format::Json,
        json_type: JsonType::default(),
        original_id: "gh_0".into(),
        payments: None,
    };
    AppSettings {
        appid: "wx0".into(),
        secret: Some("s3cret".into()),
        kind: Account::Mini,
        ip_whitelist: vec!["10.0.0.1".parse().unwrap()],
        callback: Some(target),
        open: true,
        domains: wxcheck_protocol::domain::Domains::default(),
    }
}

/// The content of a store.
#[derive(Default)]
struct Shelf(BTreeMap<(&'static str, Arc<str>, Arc<str>), Row>);

impl Shelf {
    fn take(&mut self, state: &mut State) -> usize {
        let changes = state.take_changes();
        if changes.anew {
            self.0.clear();
        }
        self.0
            .retain(|(_, app, _), _| !changes.forgotten.contains(app));
        let rows: Vec<Row> = changes.rows().collect();
        let count = rows.len();
        for row in rows {
            let name = (row.kind.name(), Arc::clone(&row.app), Arc::clone(&row.key));
            if row.value.is_some() {
                self.0.insert(name, row);
            } else {
                self.0.remove(&name);
            }
        }
        count
    }

    fn state(&self, now: Moment) -> State {
        let mut state = State::new(99, true);
        for kind in RowKind::FIRST.iter().chain(&RowKind::REST) {
            for row in self.0.values().filter(|row| row.kind == *kind) {
                state.recall(row).unwrap();
            }
        }
        state.settle(now);
        state.note_changes();
        state
    }
}

fn eventful(state: &mut State) -> Arc<str> {
    state.note_changes();
    state.register(settings());
    let State {
        apps, tokens, draw, ..
    } = state;
    let app = apps.get_mut("wx0").unwrap();
    let appid = Arc::from("wx0");
    let token = app.tokens.stable(&appid, NOW, draw, tokens).text.clone();
    app.quotas
        .count("/cgi-bin/token", Quota::NONE, true, NOW)
        .unwrap();
    app.templates.insert(
        "t1".into(),
        Template {
            keys: vec!["thing1".into()],
        },
    );
    let user = app.enrol("o1");
    user.log_in(NOW, draw);
    user.write(NOW);
    user.subscriptions.accept("t1");
    app.hand_over("o1", "phone").unwrap();
    app.login_codes.issue("o1", NOW, draw);
    app.form_ids.issue("o1", NOW, draw);
    app.media
        .keep("image/png", None, b"png", 1000, NOW, draw)
        .unwrap();
    app.sent
        .append(NOW, "/cgi-bin/message/custom/send", Arc::from("o1"), b"{}");
    let fault = Fault {
        endpoint: "*".into(),
        kind: FaultKind::Errcode(-1),
        chance: 0.5,
        after: 3,
        times: None,
    };
    state.faults.set(fault, |_| true).unwrap();
    state.outbox.post(
        NOW + HOUR,
        DuePush {
            appid: Arc::from("wx0"),
            openid: "o1".into(),
            push: "CLICK".into(),
            settings: vec![Setting::value("EventKey", "k")],
            about: None,
            begun: None,
            ending: crate::state::outbox::Ending::default(),
        },
    );
    token
}

#[test]
fn everything_is_back_after_a_restart() {
    let (mut before, mut shelf) = (State::new(1, true), Shelf::default());
    let token = eventful(&mut before);
    shelf.take(&mut before);
    assert_eq!(shelf.take(&mut before), 0, "nothing changed since");
    let mut state = shelf.state(NOW + MINUTE);
    assert_eq!(shelf.take(&mut state), 0, "what was kept is kept");
    let State {
        apps, tokens, draw, ..
    } = &mut state;
    let app = apps.get_mut("wx0").unwrap();
    assert_eq!(
        tokens.owner(&token),
        Some(&(Arc::from("wx0"), TokenKind::Stable))
    );
    let appid = Arc::from("wx0");
    let again = app
        .tokens
        .stable(&appid, NOW + MINUTE, draw, tokens)
        .text
        .clone();
    assert_eq!(again, token);
    assert_eq!(app.quotas.used_today("/cgi-bin/token", NOW), 1);
    assert_eq!(app.templates["t1"].keys, ["thing1"]);
    let own = &app.settings;
    let target = own.callback.as_ref().unwrap();
    assert_eq!(
        (own.secret.as_deref(), &*target.credentials.token),
        (Some("s3cret"), "t0ken")
    );
    assert_eq!(
        target.credentials.key,
        settings().callback.unwrap().credentials.key
    );
    let (user, user_before) = (&app.users["o1"], &before.apps["wx0"].users["o1"]);
    assert_eq!(user.session_key(), user_before.session_key());
    assert_eq!(user.windows.left(NOW + MINUTE), 5);
    assert!(user.subscriptions.allows("t1") && user.is_present(NOW + MINUTE));
    assert_eq!((app.devices, app.agreements), (1, 1));
    let code = before.apps["wx0"]
        .login_codes
        .texts()
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(app.login_codes.take(&code, NOW + MINUTE), Ok("o1".into()));
    assert_eq!((app.form_ids.len(), app.media.bytes()), (1, 3));
    let page = app.sent.page(0, Moment::MAX, |_| true, 0, 9);
    assert_eq!((&*page.messages[0].body, app.sent.taken()), (&b"{}"[..], 1));
    let next = app
        .sent
        .append(NOW, "/cgi-bin/message/custom/send", Arc::from("o1"), b"{}");
    assert_eq!(next, 2, "numbers go on");
    assert_eq!(state.draw, before.draw);
    assert_eq!(state.next_msg_id(1), before.next_msg_id(1));
    let fault = &state.faults.all()[0];
    assert_eq!((fault.id, fault.fault.after), (1, 3));
    assert_eq!(state.outbox.next_due(|_| true), Some(NOW + HOUR));
}

#[test]
fn only_what_changed_is_kept_anew() {
    let (mut state, mut shelf) = (State::new(1, true), Shelf::default());
    eventful(&mut state);
    for number in 0..1000 {
        state
            .apps
            .get_mut("wx0")
            .unwrap()
            .enrol(&format!("oMany{number}"));
    }
    shelf.take(&mut state);
    let app = state.apps.get_mut("wx0").unwrap();
    app.enrol("oMany7").write(NOW);
    assert_eq!(shelf.take(&mut state), 1);
    let app = state.apps.get_mut("wx0").unwrap();
    app.users.remove("oMany8");
    assert_eq!(shelf.take(&mut state), 1);
    assert_eq!(shelf.state(NOW).apps["wx0"].users.len(), 1000);
    let due = state.outbox.take_due(NOW + HOUR, |_| 9);
    shelf.take(&mut state);
    assert_eq!(shelf.state(NOW).outbox.waiting(), 1, "it is not over");
    for (slip, _) in &due {
        state.outbox.finish(slip);
    }
    shelf.take(&mut state);
    assert_eq!(shelf.state(NOW).outbox.waiting(), 0);
}

#[test]
fn the_log_of_messages_is_kept_in_pieces_that_go_when_they_are_forgotten() {
    let (mut state, mut shelf) = (State::new(1, true), Shelf::default());
    eventful(&mut state);
    let app = state.apps.get_mut("wx0").unwrap();
    app.sent.keep(3);
    let pieces = |shelf: &Shelf| {
        shelf
            .0
            .keys()
            .filter(|(kind, ..)| *kind == "messages")
            .count()
    };
    for _ in 0..5 {
        let app = state.apps.get_mut("wx0").unwrap();
        app.sent
            .append(NOW, "/cgi-bin/message/custom/send", Arc::from("o1"), b"{}");
        shelf.take(&mut state);
    }
    assert_eq!(pieces(&shelf), 3);
    let mut back = shelf.state(NOW);
    let app = back.apps.get_mut("wx0").unwrap();
    assert_eq!(
        (
            app.sent.taken(),
            app.sent.page(0, Moment::MAX, |_| true, 0, 9).total
        ),
        (6, 3)
    );
    for _ in 0..100 {
        let app = back.apps.get_mut("wx0").unwrap();
        app.sent.keep(3);
        app.sent
            .append(NOW, "/cgi-bin/message/custom/send", Arc::from("o1"), b"{}");
    }
    shelf.take(&mut back);
    assert_eq!(pieces(&shelf), 1);
}

#[test]
fn what_is_reset_restored_or_forgotten_is_gone_from_what_is_kept() {
    let (mut state, mut shelf) = (State::new(1, true), Shelf::default());
    eventful(&mut state);
    shelf.take(&mut state);
    let snapshot = state.clone();
    state.reset(1);
    shelf.take(&mut state);
    let back = shelf.state(NOW);
    assert_eq!(
        (back.apps["wx0"].users.len(), back.apps["wx0"].sent.taken()),
        (0, 0)
    );
    assert!(back.outbox.waiting() == 0 && back.faults.all().is_empty());
    state.restore(snapshot, NOW);
    shelf.take(&mut state);
    let back = shelf.state(NOW);
    assert_eq!(
        (back.apps["wx0"].users.len(), back.apps["wx0"].sent.taken()),
        (1, 1)
    );
    assert_eq!(back.outbox.waiting(), 1);
    state.forget("wx0");
    state.register(settings());
    shelf.take(&mut state);
    let back = shelf.state(NOW);
    assert_eq!((back.apps.len(), back.apps["wx0"].users.len()), (1, 0));
}

#[test]
fn a_value_of_another_form_is_told_with_its_kind_and_key() {
    let mut state = State::new(1, true);
    state.register(settings());
    let row = Row {
        kind: RowKind::User,
        app: Arc::from("wx0"),
        key: Arc::from("o1"),
        value: Some(b"{\"windows\":3}".to_vec()),
    };
    let told = state.recall(&row).unwrap_err().to_string();
    assert!(told.starts_with("user `o1`: invalid type"), "{told}");
}
