use wxcheck_protocol::message::Field;
use wxcheck_protocol::push::{Format, Mode, Push};
use wxcheck_reference_server::behaviour::{
    Marking, Memory, Recipient, RefusedWork, Sends, Timing, Trades,
};
use wxcheck_reference_server::{Account, Behaviour, Setting};

use crate::client::{Target, happened, said};
use crate::mock_api::{Call, MINI, MockApi};

const USER: &str = "oAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER: &str = "oBBBBBBBBBBBBBBBBBBBBBBBBBBB";
const MSG_ID: i64 = 23_893_347_810_211_482;

/// The users and the words they are told when these messages are pushed in turn; each is acknowledged at once.
async fn sent_after(behaviour: Behaviour, messages: &[Vec<Field>]) -> Vec<(String, String)> {
    let api = MockApi::start().await;
    let target = api.target(MINI, behaviour).await;
    for (nonce, message) in messages.iter().enumerate() {
        let answer = target
            .push(&target.compose(&nonce.to_string(), message))
            .await;
        assert_eq!(answer.status(), 200);
        assert!(answer.text().contains("success"), "{}", answer.text());
    }
    api.sent_at_last(&target).await
}

fn words(user: &str, words: &str) -> (String, String) {
    (user.to_owned(), words.to_owned())
}

fn delivered(second: i64, trade: &str) -> Vec<Field> {
    vec![
        Field::text("FromUserName", "oWeChatWeChatWeChatWeChat000"),
        Field::number("CreateTime", second),
        Field::text("MsgType", "event"),
        Field::text("Event", "xpay_goods_deliver_notify"),
        Field::text("OpenId", USER),
        Field::text("OutTradeNo", trade),
        Field::number("RetryTimes", second % 7),
    ]
}

fn forged(push: &Push) -> Push {
    let mut forged = push.clone();
    for (name, value) in &mut forged.query {
        if name.ends_with("signature") {
            *value = "0".repeat(40);
        }
    }
    forged
}

#[tokio::test]
async fn a_message_leads_to_words_and_its_push_is_acknowledged() {
    for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
        for format in [Format::Xml, Format::Json] {
            for account in [Account::Mini, Account::Official] {
                let api = MockApi::start().await;
                let setting = Setting {
                    mode,
                    format,
                    account,
                    api: true,
                };
                let target = api.target(setting, Behaviour::default()).await;
                let push = target.compose("1", &said(USER, MSG_ID, "hello"));
                let answer = target.push(&push).await;
                assert_eq!((answer.status(), answer.text().as_str()), (200, "success"));
                let told = api.sent_at_last(&target).await;
                assert_eq!(told, [words(USER, "echo: hello · 收到")]);
            }
        }
    }
}

#[tokio::test]
async fn a_repeat_leads_to_nothing_unless_nothing_is_remembered() {
    let text = said(USER, MSG_ID, "hello");
    let event = happened(USER, "user_enter_tempsession");
    for (memory, texts, events) in [
        (Memory::TenThousand, 1, 1),
        (Memory::NoEvents, 1, 2),
        (Memory::Nothing, 2, 2),
    ] {
        let behaviour = Behaviour {
            memory,
            ..Behaviour::default()
        };
        let twice = [text.clone(), text.clone()];
        assert_eq!(
            sent_after(behaviour, &twice).await.len(),
            texts,
            "{memory:?}"
        );
        let twice = [event.clone(), event.clone()];
        assert_eq!(
            sent_after(behaviour, &twice).await.len(),
            events,
            "{memory:?}"
        );
    }
}

#[tokio::test]
async fn a_sender_who_hangs_up_has_its_message_worked_on_once() {
    for timing in [Timing::AtOnce, Timing::BeforeAnswering, Timing::FromQueue] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            timing,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        let push = target.compose("1", &said(USER, MSG_ID, "hello"));
        target.drop_after(&push).await;
        assert_eq!(target.push(&push).await.text(), "success");
        let told = api.sent_at_last(&target).await;
        assert_eq!(told.len(), 1, "{timing:?}");
    }
}

#[tokio::test]
async fn an_event_nobody_waits_on_leads_to_nothing() {
    let events = ["unsubscribe", "VIEW", "brand_new_event"];
    let events = events.map(|event| happened(USER, event));
    assert_eq!(sent_after(Behaviour::default(), &events).await, []);
}

#[tokio::test]
async fn goods_are_delivered_once_for_each_trade() {
    let retried = [delivered(9, "T1"), delivered(24, "T1")];
    let to_user = words(USER, "got your xpay_goods_deliver_notify · 收到");
    let behaviour = Behaviour::default();
    assert_eq!(sent_after(behaviour, &retried).await, [to_user]);
    let two = [delivered(9, "T1"), delivered(9, "T2")];
    assert_eq!(sent_after(behaviour, &two).await.len(), 2);
    let by_second = Behaviour {
        trades: Trades::ByUserAndSecond,
        ..behaviour
    };
    assert_eq!(sent_after(by_second, &retried).await.len(), 2);
}

#[tokio::test]
async fn a_forged_push_is_refused_and_leads_to_nothing_unless_it_is_worked_on() {
    let safe = Setting {
        mode: Mode::Safe,
        format: Format::Json,
        ..MINI
    };
    for setting in [MINI, safe] {
        for (refused_work, expected) in [(RefusedWork::Dropped, 0), (RefusedWork::Done, 1)] {
            let api = MockApi::start().await;
            let behaviour = Behaviour {
                refused_work,
                ..Behaviour::default()
            };
            let target = api.target(setting, behaviour).await;
            let push = target.compose("1", &said(USER, MSG_ID, "hello"));
            assert_eq!(target.push(&forged(&push)).await.status(), 403);
            let told = api.sent_at_last(&target).await;
            assert_eq!(told.len(), expected, "{refused_work:?} in {setting:?}");
        }
    }
}

#[tokio::test]
async fn a_body_nobody_can_read_is_refused_like_any_forged_push() {
    let api = MockApi::start().await;
    let behaviour = Behaviour {
        refused_work: RefusedWork::Done,
        ..Behaviour::default()
    };
    let target = api.target(MINI, behaviour).await;
    let mut push = forged(&target.compose("1", &said(USER, MSG_ID, "hello")));
    push.body = "<xml><a></xml>".into();
    assert_eq!(target.push(&push).await.status(), 403);
}

#[tokio::test]
async fn a_forged_push_does_not_stand_in_the_way_of_the_true_one_unless_it_is_marked() {
    for (marking, expected) in [(Marking::AtOnce, 1), (Marking::BeforeVerifying, 0)] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            marking,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        let push = target.compose("1", &said(USER, MSG_ID, "hello"));
        assert_eq!(target.push(&forged(&push)).await.status(), 403);
        assert_eq!(target.push(&push).await.text(), "success");
        let told = api.sent_at_last(&target).await;
        assert_eq!(told.len(), expected, "{marking:?}");
    }
}

#[tokio::test]
async fn a_user_hears_once_unless_told_twice() {
    let first = words(USER, "echo: hello · 收到");
    let more = words(USER, "anything else? · 还有吗");
    for (sends, second) in [
        (Sends::SameTwice, first.clone()),
        (Sends::TwoDifferent, more),
    ] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            sends,
            ..Behaviour::default()
        };
        let target: Target = api.target(MINI, behaviour).await;
        let push = target.compose("1", &said(USER, MSG_ID, "hello"));
        assert_eq!(target.push(&push).await.text(), "success");
        let told: Vec<_> = api
            .sends(2)
            .await
            .iter()
            .map(Call::user_and_words)
            .collect();
        assert_eq!(told, [first.clone(), second]);
    }
}

#[tokio::test]
async fn the_wrong_user_is_told_by_a_shared_variable() {
    let behaviour = Behaviour {
        recipient: Recipient::PreviousSender,
        ..Behaviour::default()
    };
    let api = MockApi::start().await;
    let target = api.target(MINI, behaviour).await;
    for (user, msg_id) in [(USER, 1), (OTHER, 2)] {
        let push = target.compose("1", &said(user, msg_id, "hello"));
        assert_eq!(target.push(&push).await.text(), "success");
    }
    let told: Vec<_> = api
        .sends(2)
        .await
        .iter()
        .map(|call| call.user_and_words().0)
        .collect();
    assert!(told.contains(&USER.to_owned()));
    assert!(!told.contains(&OTHER.to_owned()));
}
