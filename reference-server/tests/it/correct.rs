use wxcheck_protocol::push::{Format, Mode};
use wxcheck_protocol::reply::{Passive, ReplyKind};
use wxcheck_reference_server::behaviour::Doctype;
use wxcheck_reference_server::{Account, Behaviour};

use crate::client::{Answer, Target, happened, now, said, setting, verify_query};

const USER: &str = "oAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const MSG_ID: i64 = 23_893_347_810_211_482;

const ALL: [(Mode, Format); 6] = [
    (Mode::Plain, Format::Xml),
    (Mode::Plain, Format::Json),
    (Mode::Compat, Format::Xml),
    (Mode::Compat, Format::Json),
    (Mode::Safe, Format::Xml),
    (Mode::Safe, Format::Json),
];

async fn correct(mode: Mode, format: Format, account: Account) -> Target {
    Target::new(setting(mode, format, account), Behaviour::default()).await
}

/// The passive reply in an answer, out of its envelope if it has one.
fn passive(target: &Target, answer: &Answer) -> Passive {
    match target.read(answer).kind {
        ReplyKind::Passive(passive) => passive,
        ReplyKind::Sealed(sealed) => {
            assert_eq!(sealed.faults, []);
            match sealed.inner.map(|inner| inner.kind) {
                Some(ReplyKind::Passive(passive)) => passive,
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_signed_check_gets_its_echostr_byte_for_byte() {
    let target = correct(Mode::Plain, Format::Xml, Account::Mini).await;
    for echostr in ["4375120948345356249", "007", "a+b %2B <&\"' 你好 "] {
        let answer = target.check(&verify_query(echostr)).await;
        assert_eq!((answer.status(), answer.text().as_str()), (200, echostr));
        assert!(
            answer
                .head
                .to_ascii_lowercase()
                .contains("content-type: text/plain")
        );
        let mut reversed = verify_query(echostr);
        reversed.reverse();
        reversed.insert(0, ("id".into(), "743".into()));
        assert_eq!(target.check(&reversed).await.text(), echostr);
    }
}

#[tokio::test]
async fn a_check_that_is_forged_or_bare_gets_no_echostr() {
    let target = correct(Mode::Safe, Format::Xml, Account::Mini).await;
    let mut forged = verify_query("4375120948345356249");
    for pair in &mut forged {
        if pair.0 == "signature" {
            pair.1.replace_range(..1, "x");
        }
    }
    let answer = target.check(&forged).await;
    assert_eq!(
        (answer.status(), answer.text().as_str()),
        (403, "bad signature")
    );
    let unsigned: Vec<_> = forged
        .into_iter()
        .filter(|(name, _)| name != "signature")
        .collect();
    assert_eq!(target.check(&unsigned).await.status(), 400);
    assert_eq!(target.check(&[]).await.status(), 400);
}

#[tokio::test]
async fn an_official_account_echoes_words_in_every_mode_and_format() {
    for (mode, format) in ALL {
        let target = correct(mode, format, Account::Official).await;
        let words = "你好 😀 <b>&amp; ]]> \"";
        let answer = target
            .push(&target.compose("1320562132", &said(USER, MSG_ID, words)))
            .await;
        assert_eq!(answer.status(), 200);
        let reply = passive(&target, &answer);
        assert_eq!(reply.format, format);
        assert_eq!(reply.content, Some(format!("echo: {words}")));
        assert_eq!(reply.to_user.as_deref(), Some(USER));
        assert_eq!(reply.from_user.as_deref(), Some("gh_0123456789ab"));
        assert_eq!(reply.faults, []);
        assert!(
            reply
                .create_time
                .unwrap()
                .parse::<u64>()
                .unwrap()
                .abs_diff(now())
                < 60
        );
    }
}

#[tokio::test]
async fn a_mini_program_passes_words_on_and_acknowledges_the_rest() {
    for (mode, format) in ALL {
        let target = correct(mode, format, Account::Mini).await;
        let answer = target
            .push(&target.compose("1", &said(USER, MSG_ID, "hello")))
            .await;
        assert_eq!(
            passive(&target, &answer).msg_type.as_deref(),
            Some("transfer_customer_service")
        );
        let answer = target
            .push(&target.compose("2", &happened(USER, "user_enter_tempsession")))
            .await;
        assert_eq!(target.read(&answer).kind, ReplyKind::Success);
        let answer = target
            .push(&target.compose("3", &happened(USER, "brand_new_event")))
            .await;
        assert_eq!(target.read(&answer).kind, ReplyKind::Success);
        let answer = target.push(&target.compose("4", &[])).await;
        assert_eq!(target.read(&answer).kind, ReplyKind::Success);
    }
}

#[tokio::test]
async fn one_thing_wrong_and_a_push_is_refused() {
    for (mode, format) in ALL {
        let target = correct(mode, format, Account::Official).await;
        let signed = if mode.seals() {
            "msg_signature"
        } else {
            "signature"
        };
        let intact = target.compose("1320562132", &said(USER, MSG_ID, "hello"));
        let given = intact
            .query
            .iter()
            .find(|(name, _)| name == signed)
            .unwrap()
            .1
            .clone();
        let signature = intact.query[0].1.clone();
        let mut forgeries = vec![
            Some(String::new()),
            Some(given[..39].to_owned()),
            Some(given.to_uppercase()),
            None,
        ];
        if mode.seals() {
            forgeries.push(Some(signature));
        }
        for forgery in forgeries {
            let mut forged = intact.clone();
            forged.query.retain(|(name, _)| name != signed);
            forged
                .query
                .extend(forgery.clone().map(|value| (signed.to_owned(), value)));
            let answer = target.push(&forged).await;
            assert_eq!(
                (answer.status(), answer.text().as_str()),
                (403, "bad signature"),
                "{mode} {forgery:?}"
            );
        }
        assert_eq!(target.push(&intact).await.status(), 200);
    }
}

#[tokio::test]
async fn sealing_modes_refuse_plain_bodies_old_ciphertexts_and_other_appids() {
    let plain = correct(Mode::Plain, Format::Xml, Account::Official).await;
    let plain_body = plain.compose("1", &said(USER, MSG_ID, "hello"));
    let safe = correct(Mode::Safe, Format::Xml, Account::Official).await;
    assert_eq!(safe.push(&plain_body).await.status(), 403);
    let mut replayed = safe.compose("2", &said(USER, MSG_ID, "hello"));
    replayed.query = safe.compose("3", &said(USER, MSG_ID, "hello")).query;
    replayed.body = safe.compose("4", &said(USER, MSG_ID, "other")).body;
    assert_eq!(safe.push(&replayed).await.status(), 403);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_without_detail() {
    let target = correct(Mode::Plain, Format::Xml, Account::Mini).await;
    let mut garbage = target.compose("1", &said(USER, MSG_ID, "hello"));
    for body in [
        "",
        "<xml><a>",
        "{\"a\":",
        "[1]",
        "\u{0}",
        "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><a>&a;</a></xml>",
    ] {
        garbage.body = body.to_owned();
        let answer = target.push(&garbage).await;
        assert_eq!(
            (answer.status(), answer.text().as_str()),
            (400, "unreadable body"),
            "{body:?}"
        );
    }
    garbage.body = "x".repeat(3 * 1024 * 1024);
    assert_eq!(target.push(&garbage).await.status(), 413);
    assert_eq!(
        target
            .push(&target.compose("1", &said(USER, MSG_ID, "hello")))
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn text_with_a_raw_section_end_is_text() {
    let target = correct(Mode::Plain, Format::Xml, Account::Official).await;
    let mut push = target.compose("1", &said(USER, MSG_ID, "x"));
    push.body = push.body.replace("[x]", "[a]]>b]");
    let answer = target.push(&push).await;
    assert_eq!(
        passive(&target, &answer).content.as_deref(),
        Some("echo: a]]>b")
    );
}

#[tokio::test]
async fn json_is_known_by_its_first_byte() {
    let target = correct(Mode::Plain, Format::Xml, Account::Official).await;
    let json = correct(Mode::Plain, Format::Json, Account::Official).await;
    let push = json.compose("1", &said(USER, MSG_ID, "hello"));
    let answer = target.push(&push).await;
    assert_eq!(passive(&target, &answer).format, Format::Json);
}

#[tokio::test]
async fn a_repeat_gets_the_same_bytes_and_another_user_does_not() {
    let target = correct(Mode::Safe, Format::Json, Account::Official).await;
    let push = target.compose("1320562132", &said(USER, MSG_ID, "hello"));
    let (first, second) = tokio::join!(target.push(&push), target.push(&push));
    // The Date header may differ; the sealed body, made of fresh random bytes, may not.
    assert_eq!(first.body, second.body);
    assert_eq!(target.push(&push).await.body, first.body);
    let other = target
        .push(&target.compose("7", &said("oBBBBBBBBBBBBBBBBBBBBBBBBBBB", MSG_ID, "hello")))
        .await;
    assert_eq!(
        passive(&target, &other).to_user.as_deref(),
        Some("oBBBBBBBBBBBBBBBBBBBBBBBBBBB")
    );
}

#[tokio::test]
async fn a_forgery_cannot_take_the_place_of_the_true_message() {
    let target = correct(Mode::Plain, Format::Xml, Account::Official).await;
    let mut forged = target.compose("1", &said(USER, MSG_ID, "forged"));
    forged.query.retain(|(name, _)| name != "signature");
    assert_eq!(target.push(&forged).await.status(), 403);
    let answer = target
        .push(&target.compose("2", &said(USER, MSG_ID, "true")))
        .await;
    assert_eq!(
        passive(&target, &answer).content.as_deref(),
        Some("echo: true")
    );
}

#[tokio::test]
async fn entities_show_in_the_echo_of_a_server_that_expands_them() {
    let behaviour = Behaviour {
        doctype: Doctype::Expanded,
        ..Behaviour::default()
    };
    let target = Target::new(
        setting(Mode::Plain, Format::Xml, Account::Official),
        behaviour,
    )
    .await;
    let mut push = target.compose("1", &said(USER, MSG_ID, "x"));
    push.body = push.body.replace("<![CDATA[x]]>", "&secret;");
    push.body
        .insert_str(0, "<!DOCTYPE xml [<!ENTITY secret \"opened\">]>");
    let answer = target.push(&push).await;
    assert_eq!(
        passive(&target, &answer).content.as_deref(),
        Some("echo: opened")
    );
}
