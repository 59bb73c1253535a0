//! The server and the plan of a test.

use url::Url;
use wxcheck_load::{
    aim::{Aim, Fetched},
    mix,
    pace::Asked,
    part::Part,
    plan::{Form, Plan},
};
use wxcheck_mock_server::{Target, catalogue::Catalogue, clock, connecting::SharedConnecting};
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    push::{Credentials, Format, JsonType, Mode},
};

pub(crate) const TOKEN: &str = "aTokenOfYourOwn";

/// The server at that URL, with everything that is known of it.
pub(crate) fn aim(url: &str, mode: Mode) -> Aim {
    Aim {
        account: Account::Mini,
        target: Target {
            url: Url::parse(url).unwrap(),
            credentials: Credentials {
                token: TOKEN.into(),
                appid: "wx0123456789abcdef".into(),
                key: EncodingAesKey::parse(&"abcde".repeat(9)[..43]).ok(),
            },
            mode,
            format: Format::Xml,
            json_type: JsonType::Json,
            original_id: "gh_0123456789ab".into(),
            payments: None,
        },
        authorizer: "wx0123456789abcdef".into(),
        authorization_url: None,
        catalogue: Catalogue::built_in().unwrap().of(Account::Mini),
        fetched: Fetched {
            pre: Url::parse(&url.replace("wechat", "prefetch")).ok(),
            ..Fetched::default()
        },
        connecting: SharedConnecting::default(),
    }
}

/// A plan of what is asked, with 8 connections.
pub(crate) fn plan(asked: &Asked, mixed: &str) -> Plan {
    Plan {
        seed: 11,
        begins: clock::unix_seconds() + 1,
        pace: asked.pace().unwrap(),
        count: asked.count,
        mix: mix::read(mixed, Catalogue::built_in().unwrap(), Account::Mini).unwrap(),
        users: None,
        redelivered: Part::NONE,
        forged: Part::NONE,
        shards: 1,
        connections: 8,
        keeps: true,
        limit_millis: 2000,
        form: Form {
            url: String::new(),
            account: Account::Mini,
            mode: Mode::Plain,
            format: Format::Xml,
        },
    }
}

/// So many requests, as fast as they are answered.
pub(crate) fn closed(count: u64) -> Asked {
    Asked {
        count: Some(count),
        ..Asked::default()
    }
}
