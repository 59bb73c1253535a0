//! A user's chat: what is said in each kind of message, of either side.

use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};
use wxcheck_protocol::account::Account;

use crate::{
    serve_journal::{callback, success, write},
    served::{APPID, Served, USER, options},
};

/// A platform whose app is an official account, and the server that answers its pushes.
async fn official(answer: ResponseTemplate, mode: &str) -> (Served, MockServer) {
    let served = Served::standing(options()).await;
    let callback = callback(&served, answer, mode).await;
    served.server.hub().with(|state, _| {
        state.apps.get_mut(APPID).unwrap().settings.kind = Account::Official;
    });
    (served, callback)
}

/// The newest item of the chat, without what every item has.
async fn newest(served: &Served) -> Value {
    let chat = format!("/_wxcheck/apps/{APPID}/users/{USER}/chat");
    let (_, chat) = served.get(&chat).await;
    let mut item = chat["items"].as_array().unwrap().last().unwrap().clone();
    let members = item.as_object_mut().unwrap();
    assert!(members.remove("record").unwrap().is_u64());
    assert!(members.remove("time").unwrap().is_string());
    item
}

#[tokio::test]
async fn a_call_is_shown_with_all_that_a_phone_shows_of_it() {
    let (served, _callback) = official(success(), "plain").await;
    let article = json!({"title": "T", "description": "D", "url": "http://u.invalid", "picurl": "http://p.invalid"});
    for (sent, wanted) in [
        (
            json!({"msgtype": "image", "image": {"media_id": "M"}}),
            json!({"type": "image", "media": "M"}),
        ),
        (
            json!({"msgtype": "voice", "voice": {"media_id": "M"}}),
            json!({"type": "voice", "media": "M"}),
        ),
        (
            json!({"msgtype": "video", "video": {"media_id": "M", "thumb_media_id": "P", "title": "T", "description": "D"}}),
            json!({"type": "video", "media": "M", "thumb": "P", "title": "T", "text": "D"}),
        ),
        (
            json!({"msgtype": "music", "music": {"title": "T", "description": "D", "musicurl": "http://u.invalid", "thumb_media_id": "P"}}),
            json!({"type": "music", "title": "T", "text": "D", "url": "http://u.invalid", "thumb": "P"}),
        ),
        (
            json!({"msgtype": "news", "news": {"articles": [article]}}),
            json!({"type": "news", "articles": [{"title": "T", "text": "D", "url": "http://u.invalid", "picture": "http://p.invalid"}]}),
        ),
        (
            json!({"msgtype": "mpnews", "mpnews": {"media_id": "M"}}),
            json!({"type": "mpnews", "media": "M"}),
        ),
        (
            json!({"msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": "A"}}),
            json!({"type": "mpnewsarticle", "article": "A"}),
        ),
        (
            json!({"msgtype": "wxcard", "wxcard": {"card_id": "C"}}),
            json!({"type": "wxcard", "card": "C"}),
        ),
        (
            json!({"msgtype": "miniprogrampage", "miniprogrampage": {"title": "T", "appid": "wx0", "pagepath": "p", "thumb_media_id": "P"}}),
            json!({"type": "card", "title": "T", "page": "p", "thumb": "P"}),
        ),
        (
            json!({"msgtype": "msgmenu", "msgmenu": {"head_content": "H", "list": [{"id": "1", "content": "Yes"}], "tail_content": "E"}}),
            json!({"type": "menu", "menu": {"head_content": "H", "list": [{"id": "1", "content": "Yes"}], "tail_content": "E"}}),
        ),
    ] {
        // Each message of a user opens the window anew.
        write(&served, "hi").await;
        let mut body = sent;
        body["touser"] = json!(USER);
        let (_, answer) = served.post(&served.send_path().await, body).await;
        assert_eq!(answer["errcode"], 0, "{answer}");
        let mut wanted = wanted;
        wanted["from"] = json!("server");
        assert_eq!(newest(&served).await, wanted);
    }
}

#[tokio::test]
async fn a_passive_reply_is_shown_as_a_call_of_its_kind_is() {
    for (reply, wanted) in [
        (
            "<MsgType>image</MsgType><Image><MediaId>M</MediaId></Image>",
            json!({"type": "image", "media": "M"}),
        ),
        (
            "<MsgType>video</MsgType><Video><MediaId>M</MediaId><Title>T</Title></Video>",
            json!({"type": "video", "media": "M", "title": "T", "text": null}),
        ),
        (
            "<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>T</Title><Description>D</Description><PicUrl>http://p.invalid</PicUrl><Url>http://u.invalid</Url></item></Articles>",
            json!({"type": "news", "articles": [{"title": "T", "text": "D", "url": "http://u.invalid", "picture": "http://p.invalid"}]}),
        ),
    ] {
        let body = format!(
            "<xml><ToUserName>{USER}</ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime>{reply}</xml>"
        );
        let answer = ResponseTemplate::new(200).set_body_string(body);
        let (served, _callback) = official(answer, "safe").await;
        write(&served, "hi").await;
        let mut wanted = wanted;
        wanted["from"] = json!("server");
        assert_eq!(newest(&served).await, wanted);
    }
}

#[tokio::test]
async fn a_message_of_a_user_is_shown_with_what_stands_in_its_push() {
    let (served, _callback) = official(success(), "safe").await;
    let push = format!("/_wxcheck/apps/{APPID}/push");
    for (name, set, wanted) in [
        (
            "voice",
            json!({"MediaId": "M", "Recognition": "hi"}),
            json!({"type": "voice", "media": "M", "text": "hi"}),
        ),
        (
            "shortvideo",
            json!({"MediaId": "M", "ThumbMediaId": "P"}),
            json!({"type": "video", "media": "M", "thumb": "P"}),
        ),
        (
            "location",
            json!({"Location_X": "22.5", "Location_Y": "114.1", "Label": "Shenzhen"}),
            json!({"type": "location", "title": "Shenzhen", "text": "22.5, 114.1"}),
        ),
        (
            "link",
            json!({"Title": "T", "Description": "D", "Url": "http://u.invalid"}),
            json!({"type": "link", "title": "T", "text": "D", "url": "http://u.invalid"}),
        ),
        (
            "text.menu",
            json!({"Content": "Yes"}),
            json!({"type": "text", "text": "Yes"}),
        ),
    ] {
        let form = json!({"name": name, "from": USER, "set": set});
        let (status, sent) = served.post(&push, form).await;
        assert_eq!(status, 200, "{sent}");
        let mut wanted = wanted;
        wanted["from"] = json!("user");
        assert_eq!(newest(&served).await, wanted);
    }
}

#[tokio::test]
async fn a_push_that_names_no_user_is_nothing_that_a_user_did() {
    let (served, _callback) = official(success(), "safe").await;
    write(&served, "hi").await;
    let push = format!("/_wxcheck/apps/{APPID}/push");
    for (name, shown) in [
        ("PUBLISHJOBFINISH", "text"),
        ("MASSSENDJOBFINISH", "text"),
        // WeChat sends it too, about a user.
        ("user_authorization_revoke", "event"),
    ] {
        let (status, sent) = served
            .post(&push, json!({"name": name, "from": USER}))
            .await;
        assert_eq!(status, 200, "{sent}");
        assert_eq!(newest(&served).await["type"], shown, "{name}");
    }
}

#[tokio::test]
async fn a_line_of_a_menu_that_is_tapped_is_a_text_which_names_it() {
    let (served, callback) = official(success(), "plain").await;
    let acts = format!("/_wxcheck/apps/{APPID}/users/{USER}/acts?wait=true");
    let act = json!({"act": "send-text", "content": "Yes", "menu_id": "101"});
    let (_, told) = served.post(&acts, act.clone()).await;
    assert_eq!(told["outcome"], "acknowledged", "{told}");
    let pushed = callback.received_requests().await.unwrap();
    let body = String::from_utf8(pushed[0].body.clone()).unwrap();
    assert!(
        body.contains("<Content><![CDATA[Yes]]></Content>")
            && body.contains("<bizmsgmenuid><![CDATA[101]]></bizmsgmenuid>"),
        "{body}"
    );
    // It is a message of the user, so it opens the window.
    let (_, user) = served
        .get(&format!("/_wxcheck/apps/{APPID}/users/{USER}"))
        .await;
    assert_eq!(user["messages_left"], 5);
    let mini = Served::standing(options()).await;
    let (status, refused) = mini.post(&acts, act).await;
    assert_eq!(status, 400, "{refused}");
}

#[tokio::test]
async fn a_record_says_how_its_calls_are_bound_to_it() {
    let served = Served::standing(options()).await;
    let _callback = callback(&served, success(), "plain").await;
    let number = write(&served, "hi").await["number"].as_u64().unwrap();
    let send = served.send_path().await;
    served.post(&send, crate::served::text()).await;
    let (_, record) = served.get(&format!("/_wxcheck/journal/{number}")).await;
    assert_eq!(record["calls"][0]["bond"], "alone", "{record}");
}
