//! The command that sends: `push`, and the catalogue that it sends from.

use serde_json::Value;
use wiremock::{Mock, ResponseTemplate, matchers::method};
use wxcheck_protocol::{
    push::{Format, Mode},
    signature::signature,
};
use wxcheck_reference_server::{Account, Setting};

use crate::program::{
    AES_KEY, APPID, CLOSED_PORT, Folder, Ran, TOKEN, correct, installed, received, runtime,
    scripted,
};

#[test]
fn push_lists_the_catalogue() {
    let folder = Folder::new();
    let list = folder.run(&["push", "--list"]).exits(0).out;
    let json = folder.run(&["push", "--list", "--json"]).exits(0).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    let entries = json.as_array().unwrap();
    assert_eq!(entries.len(), list.lines().count());
    for (entry, line) in entries.iter().zip(list.lines()) {
        assert!(
            line.starts_with(entry["name"].as_str().unwrap()),
            "{entry} is not {line}"
        );
        for key in ["summary", "account", "source"] {
            assert!(entry[key].is_string(), "{key} of {entry}");
        }
    }
}

#[test]
fn push_repeats_the_same_bytes() {
    let server = scripted();
    runtime().block_on(
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200).set_body_string("success"))
            .mount(&server),
    );
    let url = format!("{}/wechat?id=7", server.uri());
    let args = [
        "--set",
        "Content=hi",
        "--set",
        "Extra=x",
        "--force",
        "--times",
        "3",
    ];
    push(&url, &args)
        .exits(0)
        .says("status 200")
        .says("`success`");
    let requests = received(&server);
    assert_eq!(requests.len(), 3);
    let body = String::from_utf8(requests[0].body.clone()).unwrap();
    for part in [
        "<MsgType><![CDATA[text]]></MsgType>",
        "<Content><![CDATA[hi]]></Content>",
        "<Extra><![CDATA[x]]></Extra>",
    ] {
        assert!(body.contains(part), "no {part} in {body}");
    }
    let query = requests[0].url.query().unwrap();
    assert!(query.starts_with("id=7&signature="), "{query}");
    for request in &requests {
        assert_eq!(request.body, requests[0].body);
        assert_eq!(request.url, requests[0].url);
        assert_eq!(request.headers, requests[0].headers);
    }
}

#[test]
fn push_retries_as_wechat_does() {
    let server = scripted();
    runtime().block_on(
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(500))
            .mount(&server),
    );
    let ran = push(&server.uri(), &["--retry", "observed"]).exits(1);
    assert_eq!(ran.out.matches("status 500").count(), 4, "{}", ran.out);
    assert_eq!(received(&server).len(), 4);
    push(CLOSED_PORT, &[]).exits(3).says("refused");
    push(&server.uri(), &["--retry", "twice"])
        .exits(2)
        .complains("once, observed or documented");
    push(&server.uri(), &["--set", "Content"])
        .exits(2)
        .complains("FIELD=VALUE");
}

#[test]
fn push_keeps_the_pauses_of_a_payment_until_it_is_accepted() {
    let server = scripted();
    let answers = |body: &str| {
        let answer = ResponseTemplate::new(200).set_body_string(body);
        Mock::given(method("POST")).respond_with(answer)
    };
    runtime().block_on(async {
        answers("whatever").up_to_n_times(3).mount(&server).await;
        answers("success").mount(&server).await;
    });
    let uri = server.uri();
    let payment = ["push", "xpay_refund_notify", &uri, "--token", TOKEN];
    let more = ["--retry", "documented", "--format", "json"];
    // Pauses of 0.1, 0.2 and 0.4 s.
    let patience = ["--patience", "0.05"];
    Folder::new()
        .run(&[&payment[..], &more, &patience].concat())
        .exits(0);
    let requests = received(&server);
    let times = requests.iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["RetryTimes"].as_u64().unwrap()
    });
    let times: Vec<u64> = times.collect();
    assert!(times.len() >= 4, "{times:?}");
    assert!(times.iter().copied().eq(0..times.len() as u64), "{times:?}");
    // Each is signed afresh.
    assert_ne!(requests[0].url.query(), requests[1].url.query());
}

#[test]
fn push_says_what_wechat_does_not_take_and_goes_by_the_status() {
    let server = scripted();
    let answer = ResponseTemplate::new(200).set_body_string(r#"{"errcode":-1}"#);
    let mounted = Mock::given(method("POST")).respond_with(answer);
    runtime().block_on(mounted.mount(&server));
    let uri = server.uri();
    let push = |name, lang| {
        let args = [
            "push", name, &uri, "--token", TOKEN, "--format", "json", "--lang", lang,
        ];
        Folder::new().run(&args).exits(0)
    };
    push("text", "en").says("WeChat does not take this: an object of your own, where `success`");
    push("text", "zh").says("微信不接受这样的回包：自定义的状态对象；应为");
    push("xpay_refund_notify", "en").says("WeChat takes this code for a failure");
}

#[test]
fn push_sends_payments_of_a_mini_game_to_where_they_go() {
    let server = scripted();
    let answer = ResponseTemplate::new(200).set_body_string(r#"{"ErrCode":0,"ErrMsg":"ok"}"#);
    runtime().block_on(
        Mock::given(method("POST"))
            .respond_with(answer)
            .mount(&server),
    );
    let (url, payments) = (
        format!("{}/wechat", server.uri()),
        format!("{}/pay", server.uri()),
    );
    let with = |name: &str, more: &[&str]| {
        let args = [
            "push",
            name,
            &url,
            "--token",
            TOKEN,
            "--account",
            "minigame",
        ];
        Folder::new().run(&[&args[..], more].concat())
    };
    let own = ["--payment-url", &payments, "--payment-token", "another"];
    with("minigame_deliver_goods", &own).exits(0).says("/pay");
    with("text", &own).exits(0);
    with("minigame_deliver_goods", &[]).exits(0);
    let requests = received(&server);
    let paths: Vec<&str> = requests.iter().map(|request| request.url.path()).collect();
    assert_eq!(paths, ["/pay", "/wechat", "/wechat"]);
    for (number, begins) in [(0, b'{'), (1, b'<'), (2, b'{')] {
        assert_eq!(requests[number].body[0], begins, "{number}");
    }
    let query = |number: usize, name: &str| {
        let mut pairs = requests[number].url.query_pairs();
        let pair = pairs.find(|(key, _)| key == name);
        pair.map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    for (number, token) in [(0, "another"), (1, TOKEN), (2, TOKEN)] {
        let signed = signature(token, &query(number, "timestamp"), &query(number, "nonce"));
        assert_eq!(query(number, "signature"), signed, "{number}");
    }
    with("text", &own[..2])
        .exits(2)
        .complains("payments have a Token of their own");
    let elsewhere = ["push", "text", &url, "--token", TOKEN];
    Folder::new()
        .run(&[&elsewhere[..], &own].concat())
        .exits(2)
        .complains("give --account minigame");
}

#[test]
fn push_has_the_content_type_and_the_connection_that_are_asked_for() {
    let server = scripted();
    runtime().block_on(
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(200).set_body_string("success"))
            .mount(&server),
    );
    let json = ["--format", "json"];
    push(&server.uri(), &json).exits(0);
    let as_xml = ["--json-content-type", "text/xml", "--connection-close"];
    push(&server.uri(), &[&json[..], &as_xml].concat()).exits(0);
    let header = |number: usize, name: &str| {
        let requests = received(&server);
        let value = requests[number].headers.get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let wanted = ["application/json", "text/xml"];
    for (number, wanted) in wanted.into_iter().enumerate() {
        assert_eq!(header(number, "content-type").as_deref(), Some(wanted));
    }
    assert_eq!(header(0, "connection"), None);
    assert_eq!(header(1, "connection").as_deref(), Some("close"));
    push(&server.uri(), &as_xml[..2])
        .exits(2)
        .complains("--json-content-type text/xml: it is the Content-Type of JSON pushes");
    push(&server.uri(), &["--json-content-type", "json"])
        .exits(2)
        .complains("application/json, text/xml");
}

#[test]
fn push_is_taken_and_its_answer_opened_in_safe_mode() {
    let server = correct(Setting {
        mode: Mode::Safe,
        format: Format::Xml,
        account: Account::Official,
        api: false,
    });
    let keys = ["--aes-key", AES_KEY, "--appid", APPID];
    push(
        server.url(),
        &[&keys[..], &["--set", "Content=一二"]].concat(),
    )
    .exits(0)
    .says("opened: ")
    .says("一二");
    let wrong_key = AES_KEY.replace("abc", "xyz");
    let keys = ["--aes-key", &wrong_key, "--appid", APPID];
    push(server.url(), &keys).exits(1);
}

#[test]
fn push_of_an_unknown_name_lists_the_catalogue() {
    Folder::new()
        .run(&["push", "txt", CLOSED_PORT, "--token", TOKEN])
        .exits(2)
        .complains("did you mean `text`?");
    Folder::new()
        .run(&["push", "text", "--token", TOKEN])
        .exits(2)
        .complains("no URL is given");
}

fn push(url: &str, more: &[&str]) -> Ran {
    let args = [&["push", "text", url, "--token", TOKEN], more].concat();
    Folder::new().run(&args)
}

#[test]
fn push_shows_what_it_would_send() {
    let folder = Folder::new();
    let name = "subscribe_msg_popup_event";
    let keys = ["--aes-key", AES_KEY, "--appid", APPID, "--token", TOKEN];
    let show = [
        "push",
        name,
        "--show",
        "--set",
        "PopupScene=2",
        "--format",
        "json",
    ];
    let ran = folder
        .run(&[&show[..], &keys].concat())
        .exits(0)
        .says("safe mode, json")
        .says(r#""PopupScene":"2""#)
        .says(r#""Encrypt":""#)
        .says("msg_signature=[computed]")
        .says("$WXCHECK_TOKEN");
    assert!(!ran.out.contains(TOKEN), "{}", ran.out);
    folder
        .run(&["push", "subscribe_msg_popup_event.many", "--show"])
        .exits(0)
        .says("<SubscribeMsgPopupEvent><List>");
}

#[test]
fn push_goes_out_for_many_users_and_again_signed_afresh() {
    let server = scripted();
    let success = ResponseTemplate::new(200).set_body_string("success");
    runtime().block_on(
        Mock::given(method("POST"))
            .respond_with(success)
            .mount(&server),
    );
    let push = [
        "push",
        "xpay_refund_notify",
        &server.uri(),
        "--token",
        TOKEN,
    ];
    let more = ["--to-users", "3", "--repeat-events", "--format", "json"];
    Folder::new().run(&[&push[..], &more].concat()).exits(0);
    let bodies: Vec<Value> = received(&server)
        .iter()
        .map(|request| serde_json::from_slice(&request.body).unwrap())
        .collect();
    assert_eq!(bodies.len(), 6);
    assert_eq!(bodies[0]["OpenId"], bodies[1]["OpenId"]);
    assert_ne!(bodies[1]["OpenId"], bodies[2]["OpenId"]);
    assert_eq!(
        bodies[1]["RetryTimes"].as_i64(),
        bodies[0]["RetryTimes"].as_i64().map(|times| times + 1)
    );
    let urls: std::collections::BTreeSet<String> = received(&server)
        .iter()
        .map(|request| request.url.to_string())
        .collect();
    assert_eq!(urls.len(), 6, "each with a nonce of its own");
}

#[test]
fn push_takes_a_message_from_standard_input() {
    use std::{io::Write as _, process::Stdio};

    let folder = Folder::new();
    let told = |text: &str| {
        let mut child = folder
            .wxcheck(&["push", "-", "--show"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, out, _) = told(r#"{"Event":"my_event","Deep":{"Key":[1,2]}}"#);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("my_event in plain mode, xml"), "{out}");
    assert!(out.contains("<Deep><Key>1</Key>"), "{out}");
    let (code, _, err) = told("[]");
    assert!(code == Some(2) && err.contains("one JSON object"), "{err}");
}

/// Answers by what it is pushed, in each of the ways that are told apart.
const FUNCTION: &str = r"
const cloud = require('wx-server-sdk');
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV });
exports.main = async event => {
  if (event.Event === 'xpay_goods_deliver_notify') return { errcode: 0, ErrMsg: 'ok' };
  if (event.Event === 'user_enter_tempsession') return undefined;
  if (event.Content === 'data') return cloud.database();
  if (event.Content === 'throw') throw new Error('out of order');
  await cloud.openapi.customerServiceMessage.send({ touser: cloud.getWXContext().OPENID });
  return 'success';
};
";

#[test]
fn a_cloud_function_is_called_and_its_return_judged() {
    if !installed("node") {
        return;
    }
    let folder = Folder::new();
    folder.write("callback/index.js", FUNCTION);
    let push = |name: &str, more: &[&str]| {
        // Node takes a while to start on a busy machine, and nothing here is about time.
        let push = ["push", name, "--function", "callback", "--patience", "6"];
        folder.run(&[&push[..], more].concat())
    };
    push("text", &[])
        .exits(0)
        .says("right     'success'")
        .says("called    cloud.openapi.customerServiceMessage.send({\"touser\":\"o");
    push("xpay_goods_deliver_notify", &[])
        .exits(1)
        .says("wrong     `errcode`, where `ErrCode` should be");
    push("user_enter_tempsession", &[])
        .exits(0)
        .says("open      nothing was returned");
    push("text", &["--set", "Content=throw"])
        .exits(1)
        .says("out of order");
    push("text", &["--set", "Content=data"])
        .exits(3)
        .complains("cloud.database is not there");
    let shown = push("text", &["--show", "--set", "Content=hi"])
        .exits(0)
        .out;
    assert!(
        shown.contains(r#""ToUserName":"wx"#) && shown.contains(r#""Content":"hi","CreateTime":"#),
        "{shown}"
    );
    folder
        .run(&["push", "text", "--function", "nowhere"])
        .exits(2)
        .complains("index.js");
}

#[test]
fn fixtures_add_to_the_catalogue_and_take_the_place_of_its_entries() {
    let folder = Folder::new();
    let entry = |name: &str, summary: &str| {
        format!(
            "name = '{name}'\nsummary = '{summary}'\nmsg-type = 'event'\nevent = '{name}'\nfrom = 'user'\n\
             dedup = 'FromUserName + CreateTime'\nreplies = ['success']\nsource = 'ours'\nconfidence = 'low'\n\
             [[field]]\nname = 'Own'\ntype = 'text'\nvalue = 'mine'\n"
        )
    };
    folder.write("own/mini/my_event.toml", entry("my_event", "Ours."));
    folder.write(
        "own/mini/check_biz.toml",
        entry("check_biz", "Ours instead."),
    );
    let own = ["--fixtures", "own"];
    folder
        .run(&[&["push", "--list"], &own[..]].concat())
        .exits(0)
        .says("Ours.")
        .says("Ours instead.");
    folder
        .run(&[&["push", "my_event", "--show"], &own[..]].concat())
        .exits(0)
        .says("<Own><![CDATA[mine]]></Own>");
    folder
        .run(&[&["explain", "push/my_event"], &own[..]].concat())
        .exits(0)
        .says("Own");
    folder
        .run(&["explain", "push/my_event"])
        .exits(2)
        .complains("push --list");
    let broken = entry("my_event", "Ours.").replace("dedup", "dedupp");
    folder.write("own/mini/my_event.toml", &broken);
    folder
        .run(&[&["push", "--list"], &own[..]].concat())
        .exits(2)
        .complains("mini/my_event.toml, line 6: unknown field `dedupp`; write `dedup`");
    folder
        .run(&["push", "--list", "--fixtures", "nowhere"])
        .exits(2)
        .complains("cannot read the folder nowhere");
    folder.write("flat/my_event.toml", entry("my_event", "Ours."));
    folder
        .run(&["push", "--list", "--fixtures", "flat"])
        .exits(2)
        .complains("mini/my_event.toml");
}

#[test]
fn nobody_writes_to_a_shop_or_an_app() {
    for account in ["app", "shop"] {
        let account_of = ["--account", account, "--aes-key", AES_KEY];
        let push = ["push", "text", "--show", "--appid", "wx0123456789abcdef"];
        let refused = Folder::new().run(&[&push[..], &account_of].concat());
        let told = format!("WeChat does not push that to --account {account}, which receives only");
        refused.exits(2).complains(&told);
    }
}

#[test]
fn an_account_says_what_it_has_no_choice_of() {
    let folder = Folder::new();
    let check = |more: &[&str]| folder.check("http://127.0.0.1:1/$APPID$/cb", more).exits(2);
    check(&["--account", "platform", "--mode", "plain"]).complains("has safe mode only");
    check(&["--account", "platform", "--format", "json"]).complains("are xml only");
    check(&["--account", "cloud-function"]).complains("push NAME --function DIR");
    check(&["--account", "finclip"]).complains("FinClip pushes no messages");
    let sealed = [
        "--account",
        "platform",
        "--aes-key",
        AES_KEY,
        "--appid",
        APPID,
    ];
    check(&sealed).complains("--authorizer-appid");
    check(&["--authorization-url", "http://127.0.0.1:1/"]).complains("--account platform");
    check(&["--handles", "xpay_good"]).complains("did you mean `xpay_goods_deliver_notify`?");
}
