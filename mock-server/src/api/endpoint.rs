//! The table of endpoints: routing, the README's table and `wxcheck serve`'s list all come from it.

use crate::state::quota::Quota;

use super::{
    Desk, access_token, custom_message,
    errcode::{ApiError, Errcode},
    fetch_setting, login, media, network, openapi,
    reply::Reply,
    security, subscribe_message, template_message, wxacode,
};

/// One endpoint of the API.
pub struct Endpoint {
    /// The method it wants.
    pub method: Method,
    /// Its path.
    pub path: &'static str,
    /// What proves who calls.
    pub credential: Credential,
    /// How often an app may call it.
    pub quota: Quota,
    /// What is answered when the minute's calls are used up.
    pub minute_code: MinuteCode,
    /// Whether its body holds a credential, which no journal may keep.
    pub confidential: bool,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The page that documents it.
    pub source: &'static str,
    pub(super) handle: fn(&mut Desk<'_>) -> Result<Reply, ApiError>,
}

/// The method an endpoint wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// As it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    pub(super) const fn required(self) -> Errcode {
        match self {
            Self::Get => Errcode::REQUIRE_GET,
            Self::Post => Errcode::REQUIRE_POST,
        }
    }
}

/// What proves who calls.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Credential {
    /// appid and secret, in the query or in the body.
    Secret,
    /// An access token in the query.
    Token,
}

/// Which code says that a minute's calls are used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MinuteCode {
    /// 45011, as most endpoints.
    SlowDown,
    /// 44991, as the endpoints of content security.
    Frequency,
}

/// The endpoint of that path.
pub fn find(path: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.path == path)
}

const PLAIN: Endpoint = Endpoint {
    method: Method::Post,
    path: "",
    credential: Credential::Token,
    quota: Quota::NONE,
    minute_code: MinuteCode::SlowDown,
    confidential: false,
    summary: "",
    source: "",
    handle: |_| Ok(Reply::Ok),
};

const TOKENS: &str = "mini program server API, interface credentials";
const LOGIN: &str = "mini program server API, login";
const CUSTOMER: &str = "mini program server API, customer messages";
const SUBSCRIBE: &str = "mini program server API, subscribe messages";
const RETIRED: &str = "older mini program server API, template messages (retired in January 2020)";
const SECURITY: &str = "mini program server API, content security";
const MANAGEMENT: &str = "mini program server API, openApi management";
const FETCH: &str = "third-party platform API, fetch data settings";

/// Every endpoint. The two that are called most stand first, for routing goes through in order.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/cgi-bin/message/custom/send",
        summary: "Sends a customer-service message, within the windows that the user's acts open.",
        source: CUSTOMER,
        handle: custom_message::send,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/cgi-bin/token",
        credential: Credential::Secret,
        quota: Quota::daily(2000),
        confidential: true,
        summary: "Issues an access token; the one before is good for five more minutes.",
        source: TOKENS,
        handle: access_token::token,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/stable_token",
        credential: Credential::Secret,
        quota: Quota::both(10_000, 500_000),
        confidential: true,
        summary: "Answers the same access token, with the time it has left, until it is renewed.",
        source: TOKENS,
        handle: access_token::stable_token,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/sns/jscode2session",
        credential: Credential::Secret,
        confidential: true,
        summary: "Takes a login code, once within five minutes, for openid and session_key.",
        source: LOGIN,
        handle: login::jscode2session,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/wxa/checksession",
        summary: "Checks a session_key by a signature made with it.",
        source: LOGIN,
        handle: login::checksession,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/wxa/resetusersessionkey",
        quota: Quota::per_minute(60_000),
        confidential: true,
        summary: "Replaces a session_key.",
        source: LOGIN,
        handle: login::resetusersessionkey,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/custom/business/typing",
        summary: "Shows a mini program's user that somebody is typing, for fifteen seconds.",
        source: CUSTOMER,
        handle: custom_message::mini_typing,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/custom/typing",
        summary: "Shows an official account's user that somebody is typing, for fifteen seconds.",
        source: CUSTOMER,
        handle: custom_message::official_typing,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/subscribe/send",
        quota: Quota::daily(30_000_000),
        summary: "Sends a subscribe message, once for each agreement; the result is pushed.",
        source: SUBSCRIBE,
        handle: subscribe_message::send,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/wxopen/template/send",
        summary: "Sends a template message for a form_id, as once documented.",
        source: RETIRED,
        handle: template_message::send,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/wxopen/template/uniform_send",
        summary: "Sends a template message of a mini program or its official account, as once documented.",
        source: RETIRED,
        handle: template_message::uniform_send,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/msg_sec_check",
        quota: Quota::both(4000, 2_000_000),
        minute_code: MinuteCode::Frequency,
        summary: "Checks a text; one with `wxcheck-risky` or `wxcheck-review` in it is found so.",
        source: SECURITY,
        handle: security::msg_sec_check,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/media_check_async",
        quota: Quota::both(2000, 200_000),
        minute_code: MinuteCode::Frequency,
        summary: "Takes media for a check, whose result is pushed as wxa_media_check.",
        source: SECURITY,
        handle: security::media_check_async,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/getuserriskrank",
        summary: "Answers a user's risk rank.",
        source: SECURITY,
        handle: security::getuserriskrank,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/fetchdatasetting",
        summary: "Reads and sets where data prefetch and periodic update get their data.",
        source: FETCH,
        handle: fetch_setting::fetchdatasetting,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/cgi-bin/getcallbackip",
        summary: "Lists the addresses from which wxcheck pushes.",
        source: MANAGEMENT,
        handle: network::our_address,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/cgi-bin/get_api_domain_ip",
        summary: "Lists the addresses of the API.",
        source: MANAGEMENT,
        handle: network::our_address,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/callback/check",
        summary: "Checks name resolution and reachability of the callback URL.",
        source: MANAGEMENT,
        handle: network::callback_check,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/clear_quota",
        summary: "Clears every quota of the app, ten times a month.",
        source: MANAGEMENT,
        handle: openapi::clear_quota,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/clear_quota/v2",
        credential: Credential::Secret,
        confidential: true,
        summary: "The same, with appid and secret in place of a token.",
        source: MANAGEMENT,
        handle: openapi::clear_quota_v2,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/openapi/quota/get",
        summary: "Answers what is used of an endpoint's quota.",
        source: MANAGEMENT,
        handle: openapi::quota_get,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/openapi/quota/clear",
        summary: "Clears the quota of one endpoint, fifty times a month.",
        source: MANAGEMENT,
        handle: openapi::quota_clear,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/openapi/rid/get",
        summary: "Tells about a failed request by the rid in its error, for a week.",
        source: MANAGEMENT,
        handle: openapi::rid_get,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/media/upload",
        summary: "Keeps an upload for three days.",
        source: CUSTOMER,
        handle: media::upload,
        ..PLAIN
    },
    Endpoint {
        method: Method::Get,
        path: "/cgi-bin/media/get",
        summary: "Answers an upload; JSON only on error.",
        source: CUSTOMER,
        handle: media::get,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/getwxacodeunlimit",
        quota: Quota::per_minute(5000),
        summary: "Answers a code for a page and a scene, as an image; JSON only on error.",
        source: "mini program server API, mini program codes",
        handle: wxacode::getwxacodeunlimit,
        ..PLAIN
    },
];
