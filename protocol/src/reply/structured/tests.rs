use super::super::{ReplyContext, read};
use super::*;

fn pushed() -> Vec<Field> {
    vec![
        Field::text("ToUserName", "gh_0"),
        Field::text("FromUserName", "o1"),
        Field::number("CreateTime", 1_700_000_000),
        Field::text("MsgType", "event"),
        Field::text("Event", "add_waybill"),
        Field::text("BizID", "b"),
    ]
}

fn answered(structured: Structured, format: Format, body: &str) -> StructuredReply {
    let context = ReplyContext {
        key: None,
        token: "t",
        appid: "wx0",
    };
    let object = read(body.as_bytes(), &context).object.unwrap();
    let (fields, echoes) = (pushed(), ["BizID".to_owned()]);
    let push = AnsweredPush {
        format,
        fields: &fields,
        echoes: if structured == Structured::Courier {
            &echoes
        } else {
            &[]
        },
        needs: &[],
    };
    structured.read(&object, &push)
}

fn kinds(structured: Structured, format: Format, body: &str) -> Vec<&'static str> {
    let faults = answered(structured, format, body).faults;
    faults.into_iter().map(|fault| fault.kind).collect()
}

const COURIER: &str = r#"{"ToUserName":"o1","FromUserName":"gh_0","CreateTime":1700000001,"MsgType":"event","Event":"ADD_WAYBILL","BizID":"b","ResultCode":0,"ResultMsg":"success"}"#;

#[test]
fn a_member_is_named_with_an_identity() {
    let json = |body: &str| kinds(Structured::MemberQuery, Format::Json, body);
    let none: Vec<&str> = Vec::new();
    let member = r#"{"errcode":0,"errmsg":"ok","info":{"is_vip":true,"identity":"V1"}}"#;
    assert_eq!(json(member), none);
    assert_eq!(
        json(r#"{"errcode":0,"errmsg":"ok","info":{"is_vip":false}}"#),
        none
    );
    assert_eq!(
        json(r#"{"errcode":0,"errmsg":"ok","info":{"is_vip":true}}"#),
        ["member"]
    );
    assert_eq!(json(r#"{"errcode":0,"errmsg":"ok","info":{}}"#), ["member"]);
    assert_eq!(json(r#"{"errcode":0,"errmsg":"ok"}"#), ["missing-field"]);
    // Who is asked may fail.
    assert_eq!(json(r#"{"errcode":1,"errmsg":"no"}"#), none);
    let xml = "<xml><errcode>0</errcode><errmsg>ok</errmsg><info><is_vip>true</is_vip>\
               <identity>V1</identity></info></xml>";
    assert_eq!(kinds(Structured::MemberQuery, Format::Xml, xml), none);
    assert_eq!(
        kinds(Structured::MemberQuery, Format::Json, xml),
        ["format"]
    );
}

#[test]
fn a_discount_is_confirmed_with_1_or_2() {
    let json = |body: &str| kinds(Structured::DiscountConfirmation, Format::Json, body);
    for result in [1, 2] {
        let body = format!(r#"{{"errcode":0,"errmsg":"ok","result":{result}}}"#);
        assert_eq!(json(&body), Vec::<&str>::new());
    }
    assert_eq!(
        json(r#"{"errcode":0,"errmsg":"ok","result":0}"#),
        ["result"]
    );
    assert_eq!(json(r#"{"errcode":0,"errmsg":"ok"}"#), ["missing-field"]);
}

#[test]
fn the_documented_answers_have_no_fault() {
    for (structured, format, body) in [
        (
            Structured::ErrorCode,
            Format::Xml,
            "<xml><ErrCode>0</ErrCode><ErrMsg><![CDATA[ok]]></ErrMsg></xml>",
        ),
        (
            Structured::ErrorCode,
            Format::Json,
            r#"{"ErrCode":0,"ErrMsg":"success"}"#,
        ),
        (
            Structured::RefundQuery,
            Format::Json,
            r#"{"result_code":1,"result_info":"used","evidence":"x"}"#,
        ),
        (
            Structured::ChapterPermission,
            Format::Xml,
            r#"{"ErrCode":0,"ErrMsg":"","ChapterPerms":[{"StartChapterIndex":1,"EndChapterIndex":2,"Perm":1}]}"#,
        ),
        (
            Structured::ChapterPermission,
            Format::Xml,
            "<xml><ErrCode>0</ErrCode><ErrMsg></ErrMsg><ChapterPerms><StartChapterIndex>1</StartChapterIndex><EndChapterIndex>2</EndChapterIndex><Perm>1</Perm></ChapterPerms></xml>",
        ),
        (
            Structured::Voip,
            Format::Xml,
            r#"{"errcode":0,"errmsg":"ok"}"#,
        ),
        (Structured::Courier, Format::Json, COURIER),
        (
            Structured::InstantDelivery,
            Format::Json,
            r#"{"ToUserName":"o1","FromUserName":"gh_0","CreateTime":1700000001,"MsgType":"event","Event":"add_waybill","resultcode":0,"resultmsg":"ok"}"#,
        ),
    ] {
        let reply = answered(structured, format, body);
        assert_eq!(reply.faults, [], "{body}");
        assert_eq!(reply.outcome, StructuredOutcome::Done, "{body}");
    }
}

#[test]
fn each_mistake_is_a_fault_of_its_own() {
    let cases = [
        (
            Structured::ErrorCode,
            r#"{"ErrCode":0,"ErrMsg":"ok"}"#,
            Format::Xml,
            "format",
        ),
        (
            Structured::ErrorCode,
            r#"{"errcode":0,"ErrMsg":"ok"}"#,
            Format::Json,
            "letter-case",
        ),
        (
            Structured::ErrorCode,
            r#"{"ErrCode":"none","ErrMsg":"ok"}"#,
            Format::Json,
            "code",
        ),
        (
            Structured::ErrorCode,
            r#"{"ErrCode":"0","ErrMsg":"ok"}"#,
            Format::Json,
            "code-type",
        ),
        (
            Structured::ErrorCode,
            "<response><ErrCode>0</ErrCode><ErrMsg>k</ErrMsg></response>",
            Format::Xml,
            "root",
        ),
        (
            Structured::RefundQuery,
            r#"{"result_code":0,"result_info":""}"#,
            Format::Json,
            "missing-field",
        ),
        (
            Structured::ChapterPermission,
            r#"{"ErrCode":0,"ErrMsg":"","ChapterPerms":[{"StartChapterIndex":1}]}"#,
            Format::Json,
            "chapters",
        ),
        (
            Structured::ChapterPermission,
            "<xml><ErrCode>1</ErrCode><ErrMsg>no</ErrMsg></xml>",
            Format::Json,
            "format",
        ),
        (
            Structured::Courier,
            &COURIER.replace("\"o1\"", "\"gh_0\""),
            Format::Json,
            "names",
        ),
        (
            Structured::Courier,
            &COURIER.replace("\"b\"", "\"c\""),
            Format::Json,
            "echo",
        ),
        (
            Structured::Courier,
            &COURIER.replace("ADD_", "GET_"),
            Format::Json,
            "header",
        ),
        (
            Structured::Courier,
            &COURIER.replace("\"CreateTime\":1700000001", "\"CreateTime\":\"now\""),
            Format::Json,
            "header",
        ),
        (
            Structured::InstantDelivery,
            &COURIER.replace("ResultMsg", "resultmsg"),
            Format::Json,
            "letter-case",
        ),
    ];
    for (structured, body, format, kind) in cases {
        assert_eq!(kinds(structured, format, body), [kind], "{body}");
    }
}

#[test]
fn what_a_server_could_not_do_is_no_fault() {
    let body = r#"{"ErrCode":-1,"ErrMsg":"no such order"}"#;
    let reply = answered(Structured::ErrorCode, Format::Json, body);
    assert_eq!(reply.faults, []);
    assert_eq!(reply.outcome, StructuredOutcome::Refused("-1".into()));
    let refused = r#"{"ErrCode":7,"ErrMsg":"no such book"}"#;
    assert_eq!(
        kinds(Structured::ChapterPermission, Format::Json, refused),
        [""; 0]
    );
}
