use futures_util::future::{join, join_all};
use futures_util::{FutureExt, pin_mut};
use wxcheck_network::Network;
use wxcheck_protocol::push::Mode;
use wxcheck_reference_server::behaviour::{
    Acknowledgement, JsonText, Renewal, Timing, TokenCall, Tokens,
};
use wxcheck_reference_server::{Api, Behaviour, Settings, spawn};

use crate::client::{APPID, Answer, Target, happened, said};
use crate::mock_api::{MINI, MockApi, SECRET};

const USERS: [&str; 3] = [
    "oAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "oBBBBBBBBBBBBBBBBBBBBBBBBBBB",
    "oCCCCCCCCCCCCCCCCCCCCCCCCCCC",
];

/// Each of three users says something.
async fn all_say(target: &Target, msg_id: i64) {
    let pushes = USERS.map(|user| target.compose("1", &said(user, msg_id, "hello")));
    let answers = join_all(pushes.iter().map(|push| target.push(push))).await;
    for answer in answers {
        assert_eq!((answer.status(), answer.text().as_str()), (200, "success"));
    }
}

async fn one_says(target: &Target, msg_id: i64) -> Answer {
    let push = target.compose("1", &said(USERS[0], msg_id, "hello"));
    target.push(&push).await
}

#[tokio::test]
async fn the_token_is_asked_for_as_documented() {
    for (token_call, method, path) in [
        (TokenCall::Token, "GET", "/cgi-bin/token"),
        (TokenCall::StableToken, "POST", "/cgi-bin/stable_token"),
    ] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            token_call,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        one_says(&target, 1).await;
        let sent = &api.sends(1).await[0];
        assert_eq!(sent.query, [("access_token".into(), "Token1".into())]);
        let asked = &api.token_calls(1).await[0];
        assert_eq!((asked.method.as_str(), asked.path.as_str()), (method, path));
        let pairs = [
            ("grant_type", "client_credential"),
            ("appid", APPID),
            ("secret", SECRET),
        ];
        if token_call == TokenCall::Token {
            assert_eq!(asked.query, pairs.map(|(a, b)| (a.into(), b.into())));
        } else {
            let json = asked.json();
            assert!(pairs.iter().all(|(name, value)| json[name] == *value));
            assert_eq!(json["force_refresh"], false);
        }
    }
}

#[tokio::test]
async fn one_token_serves_all_unless_each_fetches_its_own() {
    for (tokens, expected) in [(Tokens::Shared, 1), (Tokens::PerMessage, 3)] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            tokens,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        for msg_id in 1..=3 {
            one_says(&target, msg_id).await;
        }
        api.sends(3).await;
        assert_eq!(api.token_calls(1).await.len(), expected, "{tokens:?}");
    }
}

#[tokio::test]
async fn one_fetches_for_all_who_wait_unless_it_is_a_stampede() {
    for (tokens, expected) in [(Tokens::Shared, 1), (Tokens::Stampede, 3)] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            tokens,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        api.close();
        all_say(&target, 1).await;
        // A stampede is complete before anybody is answered.
        api.token_calls(expected).await;
        api.open();
        api.sends(3).await;
        assert_eq!(api.token_calls(1).await.len(), expected, "{tokens:?}");
        all_say(&target, 2).await;
        api.sends(6).await;
        assert_eq!(api.token_calls(1).await.len(), expected, "{tokens:?}");
    }
}

#[tokio::test]
async fn one_renews_for_all_whose_token_fails() {
    let api = MockApi::start().await;
    let target = api.target(MINI, Behaviour::default()).await;
    one_says(&target, 1).await;
    api.sends(1).await;
    api.end_tokens();
    api.close();
    all_say(&target, 2).await;
    api.sends(4).await;
    api.open();
    let sends = api.sends(7).await;
    let with = |token: &str| {
        let token = ("access_token".to_owned(), token.to_owned());
        sends
            .iter()
            .filter(|call| call.query.contains(&token))
            .count()
    };
    assert_eq!((with("Token1"), with("Token2")), (4, 3));
    assert_eq!(api.token_calls(1).await.len(), 2);
}

#[tokio::test]
async fn a_token_that_fails_is_renewed_as_named() {
    for (renewal, tokens, sends) in [
        // The message that fails, sent again, and the one after it.
        (
            Renewal::SendsAgain,
            2,
            ["Token1", "Token2", "Token2"].as_slice(),
        ),
        (Renewal::Never, 1, &["Token1", "Token1"]),
        (Renewal::ForThoseToCome, 2, &["Token1", "Token2"]),
    ] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            renewal,
            // The answer waits, so that what one message leads to ends before the next.
            timing: Timing::BeforeAnswering,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        one_says(&target, 1).await;
        api.end_tokens();
        one_says(&target, 2).await;
        one_says(&target, 3).await;
        let used: Vec<_> = api.sends(0).await[1..]
            .iter()
            .map(|call| call.query[0].1.clone())
            .collect();
        assert_eq!(used, sends, "{renewal:?}");
        assert_eq!(api.token_calls(0).await.len(), tokens, "{renewal:?}");
    }
}

#[tokio::test]
async fn a_token_of_an_earlier_run_is_renewed() {
    let api = MockApi::start().await;
    let behaviour = Behaviour {
        tokens: Tokens::OfAnEarlierRun,
        ..Behaviour::default()
    };
    let target = api.target(MINI, behaviour).await;
    one_says(&target, 1).await;
    let sends = api.sends(2).await;
    assert_ne!(sends[0].query[0].1, "Token1");
    assert_eq!(sends[1].query[0].1, "Token1");
    assert_eq!(sends[0].user_and_words(), sends[1].user_and_words());
}

#[tokio::test]
async fn a_push_is_answered_while_its_call_is_not() {
    let api = MockApi::start().await;
    let target = api.target(MINI, Behaviour::default()).await;
    api.close();
    assert_eq!(one_says(&target, 1).await.text(), "success");
    api.token_calls(1).await;
    assert_eq!(api.sends(0).await.len(), 0);
    api.open();
    api.sends(1).await;
}

#[tokio::test]
async fn an_answer_that_waits_comes_after_the_call() {
    let api = MockApi::start().await;
    let behaviour = Behaviour {
        timing: Timing::BeforeAnswering,
        ..Behaviour::default()
    };
    let target = api.target(MINI, behaviour).await;
    api.close();
    let answered = one_says(&target, 1);
    pin_mut!(answered);
    let called = api.token_calls(1);
    pin_mut!(called);
    tokio::select! {
        answer = &mut answered => panic!("answered before it called: {answer:?}"),
        _ = &mut called => {}
    }
    assert!((&mut answered).now_or_never().is_none());
    api.open();
    let (answer, sends) = join(answered, api.sends(1)).await;
    assert_eq!((answer.text().as_str(), sends.len()), ("success", 1));
}

#[tokio::test]
async fn a_queue_comes_to_its_work_after_the_answer() {
    let api = MockApi::start().await;
    let behaviour = Behaviour {
        timing: Timing::FromQueue,
        ..Behaviour::default()
    };
    let target = api.target(MINI, behaviour).await;
    assert_eq!(one_says(&target, 1).await.text(), "success");
    api.sends(1).await;
}

#[tokio::test]
async fn words_are_utf_8_unless_they_are_escaped() {
    for (json_text, written) in [
        (JsonText::Utf8, "收到"),
        (JsonText::Escaped, r"\u6536\u5230"),
    ] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            json_text,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        let push = target.compose("1", &happened(USERS[0], "CLICK"));
        target.push(&push).await;
        let sent = &api.sends(1).await[0];
        assert!(sent.body.contains(written), "{}", sent.body);
        assert_eq!(sent.body.is_ascii(), json_text == JsonText::Escaped);
        assert_eq!(sent.user_and_words().1, "got your CLICK · 收到");
    }
}

#[tokio::test]
async fn an_acknowledgement_shows_the_secret_it_is_named_for() {
    for (acknowledgement, shown) in [
        (Acknowledgement::ShowsToken, " access_token=Token1".into()),
        (
            Acknowledgement::ShowsAppSecret,
            format!(" appsecret={SECRET}"),
        ),
    ] {
        let api = MockApi::start().await;
        let behaviour = Behaviour {
            acknowledgement,
            ..Behaviour::default()
        };
        let target = api.target(MINI, behaviour).await;
        let answer = one_says(&target, 1).await;
        assert_eq!(answer.text(), format!("success{shown}"));
        let bare = Target::new(MINI, behaviour).await;
        let event = bare.compose("1", &happened(USERS[0], "CLICK"));
        assert_eq!(bare.push(&event).await.text(), "success");
    }
}

#[tokio::test]
async fn an_api_without_a_url_does_not_start() {
    let settings = Settings {
        token: "T".into(),
        appid: APPID.into(),
        key: None,
        mode: Mode::Plain,
        format: MINI.format,
        account: MINI.account,
        limit: std::time::Duration::from_secs(1),
        api: Some(Api {
            base: "127.0.0.1".into(),
            secret: SECRET.into(),
        }),
        fetch_tokens: Vec::new(),
        network: Network::Machine,
    };
    let started = spawn(settings, Behaviour::default()).await;
    assert_eq!(
        started.map(|_| ()).map_err(|error| error.kind()),
        Err(std::io::ErrorKind::InvalidInput)
    );
}
