//! The one place where a push is put together: what the catalogue says of it, what was set in it, whom it is for, and
//! what sets it apart from the next. Damage and forgeries are a layer of the suite on top.

mod event_object;
mod filling;
mod message;
mod setting;

use std::borrow::Cow;

use reqwest::Url;
use wxcheck_protocol::{
    account::Account,
    message::{Field, Value, scalar_of},
    push::{self, ComposeError, Push, cloud_hosting_headers},
    xml::CdataEnd,
};

use crate::{
    catalogue::Header,
    sender::{ConnectionHold, Method, Request},
    target::Target,
};

pub use event_object::event_object;
pub use message::Message;
pub use wxcheck_events::Setting;

/// The names by which a push calls the account that it is for.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// The account's original id, its ToUserName.
    pub original_id: &'a str,
    /// The app; a third-party platform's own.
    pub appid: &'a str,
    /// The app that a third-party platform acts for; elsewhere the app.
    pub authorizer: &'a str,
}

/// The server that a push goes to.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// Its kind of account, which decides whether it is signed.
    pub account: Account,
    /// Its address, mode, format and credentials.
    pub target: &'a Target,
    /// The app that a third-party platform acts for; elsewhere the app.
    pub authorizer: &'a str,
    /// The URL for platform notifications, where they have one of their own.
    pub authorization_url: Option<&'a Url>,
}

impl<'a> Recipient<'a> {
    /// The names that stand in its pushes.
    pub fn addressee(&self) -> Addressee<'a> {
        Addressee {
            original_id: &self.target.original_id,
            appid: &self.target.credentials.appid,
            authorizer: self.authorizer,
        }
    }
}

/// The way by which a push goes to its server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// The callback URL.
    Messages,
    /// The URL of platform notifications, if there is one.
    Authorization,
    /// The server for a mini game's payments and gifts.
    Payments,
}

impl Route {
    /// The way of a push with that header, which may be a payment.
    pub fn of(header: Header, payment: bool) -> Self {
        match header {
            _ if payment => Self::Payments,
            Header::Info => Self::Authorization,
            _ => Self::Messages,
        }
    }
}

/// All that sets a push apart from the next.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The user.
    pub openid: String,
    /// WeChat's own openid, the sender of what no user caused.
    pub wechat: String,
    /// The order.
    pub trade: String,
    /// The CreateTime, in Unix seconds.
    pub create_time: u64,
    /// The MsgId of a message.
    pub msg_id: i64,
    /// Timestamp, nonce and random bytes of the request.
    pub request: push::Stamp,
}

/// A push that is ready to go.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The server it goes to, without the parameters of the push.
    pub target: Target,
    /// Query and body.
    pub push: Push,
    /// The further headers, which only unsigned pushes have.
    pub headers: Vec<(&'static str, String)>,
}

/// Puts a push together as WeChat does, of fields that hold every name already.
pub fn compose(
    fields: &[Field],
    route: Route,
    recipient: &Recipient<'_>,
    stamp: &push::Stamp,
) -> Result<Composed, ComposeError> {
    let target = recipient.target_of(route);
    let Target {
        mode,
        format,
        ref credentials,
        ..
    } = target;
    let sender = sender(fields);
    let push = if recipient.account.is_signed() {
        push::compose(mode, format, credentials, stamp, sender.as_deref(), fields)?
    } else {
        Push {
            query: Vec::new(),
            body: push::write_message(format, fields, CdataEnd::Split),
            encrypt: None,
        }
    };
    Ok(Composed {
        target,
        push,
        headers: recipient.headers(sender.as_deref()),
    })
}

/// Counts one retry more where a push says how many there were. Documented: virtual payments, `RetryTimes`, from 0.
pub fn count_retry(fields: &mut [Field]) {
    for field in fields.iter_mut().filter(|field| field.name == "RetryTimes") {
        if let Value::Number(times) = &mut field.value {
            *times += 1;
        }
    }
}

/// The user whom query or headers name: the sender. A platform notification has none.
pub fn sender(fields: &[Field]) -> Option<Cow<'_, str>> {
    scalar_of(fields, "FromUserName")
}

impl Recipient<'_> {
    /// The server to which pushes go by that way.
    pub fn target_of(&self, route: Route) -> Target {
        let usual = self.target;
        match route {
            Route::Messages => usual.clone(),
            Route::Authorization => Target {
                url: self.authorization_url.unwrap_or(&usual.url).clone(),
                ..usual.clone()
            },
            Route::Payments => usual.for_payments(),
        }
    }

    /// The headers of a push that is not signed; one that is has no further ones.
    pub fn headers(&self, sender: Option<&str>) -> Vec<(&'static str, String)> {
        if self.account.is_signed() {
            return Vec::new();
        }
        cloud_hosting_headers(sender.unwrap_or_default(), &self.target.credentials.appid)
    }
}

impl Composed {
    /// The request, which is cut after five seconds.
    pub fn request(self) -> Request {
        Request {
            method: Method::Post,
            url: self.target.url_with(&self.push.query),
            content_type: Some(self.target.content_type()),
            headers: self.headers,
            body: self.push.body.into(),
            accepts_gzip: false,
            hold: ConnectionHold::Cut,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use wxcheck_protocol::push::Format;

    use super::*;
    use crate::{
        catalogue::{Catalogue, PLATFORM_OPENID},
        target::tests::target,
    };

    pub(crate) const ADDRESSEE: Addressee<'static> = Addressee {
        original_id: "gh_0123456789ab",
        appid: "wx0123456789abcdef",
        authorizer: "wx0123456789abcdef",
    };

    pub(crate) fn stamp() -> Stamp {
        Stamp {
            openid: "oAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
            wechat: PLATFORM_OPENID.into(),
            trade: "T1".into(),
            create_time: 1_700_000_000,
            msg_id: 23_893_347_810_211_482,
            request: push::Stamp {
                timestamp: 1_700_000_001,
                nonce: "1234567890".into(),
                random: *b"0123456789abcdef",
            },
        }
    }

    fn composed(name: &str, account: Account) -> Composed {
        let target = target("http://127.0.0.1:8080/wechat");
        let own = Url::parse("http://127.0.0.1:8080/authorization").unwrap();
        let recipient = Recipient {
            account,
            target: &target,
            authorizer: "wxfedcba9876543210",
            authorization_url: Some(&own),
        };
        let entry = Catalogue::built_in().unwrap().find(name, account).unwrap();
        let message = Message::of(&entry, Format::Xml);
        let fields = message.addressed(&recipient.addressee(), &stamp());
        compose(&fields, message.route(), &recipient, &stamp().request).unwrap()
    }

    #[test]
    fn a_push_names_its_sender_and_a_notification_to_a_platform_goes_elsewhere() {
        let names = |composed: &Composed| -> Vec<String> {
            let query = composed.push.query.iter();
            query.map(|(name, _)| name.clone()).collect()
        };
        let text = composed("text", Account::Platform);
        assert_eq!(
            names(&text)[..4],
            ["signature", "timestamp", "nonce", "openid"]
        );
        assert_eq!(text.target.url.path(), "/wechat");
        let ticket = composed("component_verify_ticket", Account::Platform);
        assert!(!names(&ticket).contains(&"openid".to_owned()));
        assert_eq!(ticket.target.url.path(), "/authorization");
    }

    #[test]
    fn a_payment_of_a_mini_game_is_json_whatever_is_configured() {
        let payment = composed("minigame_deliver_goods", Account::Minigame);
        assert_eq!(payment.target.format, Format::Json);
        assert!(payment.push.body.starts_with('{'), "{}", payment.push.body);
        assert_eq!(
            payment.request().content_type.as_deref(),
            Some("application/json")
        );
        assert!(
            composed("text", Account::Minigame)
                .push
                .body
                .starts_with("<xml>")
        );
    }

    #[test]
    fn what_is_not_signed_names_its_sender_in_a_header() {
        let hosted = composed("text", Account::CloudHosting);
        assert!(hosted.push.query.is_empty());
        let openid = ("X-WX-OPENID", stamp().openid);
        assert!(hosted.headers.contains(&openid), "{:?}", hosted.headers);
    }
}
