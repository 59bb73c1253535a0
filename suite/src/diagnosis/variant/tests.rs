//! The configured push beside that of the composer.

use wxcheck_mock_server::{
    composer::{Recipient, Route, compose},
    target::{Target, parse_url},
};
use wxcheck_protocol::{account::Account, push::Credentials};

use super::*;

const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

#[test]
fn the_configured_push_is_the_one_that_the_composer_makes() {
    let url = parse_url("http://127.0.0.1:8080/wechat?own=1").unwrap();
    let stamp = Stamp {
        timestamp: "1795000000".into(),
        nonce: "1234567890".into(),
        echostr: "4131902134579556871".into(),
        encrypt: None,
    };
    for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
        for format in [Format::Xml, Format::Json] {
            let known = Known {
                token: "token".into(),
                appid: Some("wx0123456789abcdef".into()),
                secret: None,
                aes_key: Some(KEY.into()),
                original_id: "gh_0123456789ab".into(),
                mode,
                format,
                account: Account::Official,
            };
            let target = Target {
                url: url.clone(),
                credentials: Credentials {
                    token: known.token.clone(),
                    appid: known.appid.clone().unwrap(),
                    key: EncodingAesKey::parse(KEY).ok(),
                },
                mode,
                format,
                json_type: JsonType::Json,
                original_id: known.original_id.clone(),
                payments: None,
            };
            let recipient = Recipient {
                account: known.account,
                target: &target,
                authorizer: &target.credentials.appid,
                authorization_url: None,
            };
            for is_event in [false, true] {
                let variant = Variant {
                    is_event,
                    ..Variant::of(&known)
                };
                let made = variant.request(&known, &url, &stamp).unwrap();
                let fields = fields(is_event, &known, &stamp).unwrap();
                let request = composing(&stamp).unwrap().request;
                let composed = compose(&fields, Route::Messages, &recipient, &request);
                let composed = composed.unwrap().request();
                assert_eq!(made.url, composed.url);
                assert_eq!(made.body, composed.body);
                assert_eq!(made.content_type, composed.content_type);
                assert_eq!(made.headers, composed.headers);
            }
        }
    }
}
