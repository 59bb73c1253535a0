//! The table of endpoints: routing, the table of the books and `wxcheck serve`'s list all come from it.

use crate::{sending, state::quota::Quota};

use super::{
    Desk, access_token, component, custom_message,
    errcode::{ApiError, Errcode},
    fetch_setting, login, media, network, openapi,
    reply::Reply,
    security, subscribe_message, template_message, wxacode,
};

/// One endpoint of the API.
pub struct Endpoint {
    /// The method it wants.
    pub method: EndpointMethod,
    /// Its path.
    pub path: &'static str,
    /// The credential that proves who calls.
    pub credential: Credential,
    /// The number of calls that an app may make.
    pub quota: Quota,
    /// The code that is answered when the minute's calls are used up.
    pub minute_code: MinuteCode,
    /// True if its body holds a credential, which no journal may keep.
    pub confidential: bool,
    /// The permission set with which a third-party platform may call it; any where no page names one.
    pub permission_set: Option<u32>,
    /// Its purpose, in one sentence.
    pub summary: &'static str,
    /// The same in Chinese.
    pub summary_zh: &'static str,
    /// The page that documents it.
    pub source: &'static str,
    pub(super) handle: fn(&mut Desk<'_>) -> Result<Reply, ApiError>,
}

/// The method an endpoint wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EndpointMethod {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl EndpointMethod {
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

/// The credential that proves who calls.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Credential {
    /// appid and secret, in the query or in the body.
    Secret,
    /// An access token in the query: the app's own, or that of a third-party platform for the app.
    Token,
    /// component_appid, component_appsecret and component_verify_ticket in the body.
    ComponentSecret,
    /// A component_access_token in the query.
    ComponentToken,
}

/// The code that says that a minute's calls are used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MinuteCode {
    /// 45011, as most endpoints.
    SlowDown,
    /// 44991, as the endpoints of content security.
    Frequency,
}

impl Endpoint {
    /// It hands out a token, and asks nothing of users or messages.
    pub(crate) fn is_about_tokens(&self) -> bool {
        let by_secret = matches!(
            self.credential,
            Credential::Secret | Credential::ComponentSecret
        );
        by_secret && self.path.ends_with("token")
    }

    /// True if it sends a message to a user, taken or refused.
    pub(crate) fn sends(&self) -> bool {
        sending::find(self.path).is_some()
    }

    /// The documented limits on how often it may be called, like `2000/day`; nothing where there are none.
    pub fn limits(&self) -> String {
        let limits = [
            (self.quota.per_minute, "minute"),
            (self.quota.per_day, "day"),
        ];
        let told = limits
            .iter()
            .filter_map(|(limit, each)| limit.map(|limit| format!("{limit}/{each}")));
        told.collect::<Vec<String>>().join(", ")
    }
}

/// The endpoint of that path.
pub fn find(path: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.path == path)
}

const PLAIN: Endpoint = Endpoint {
    method: EndpointMethod::Post,
    path: "",
    credential: Credential::Token,
    quota: Quota::NONE,
    minute_code: MinuteCode::SlowDown,
    confidential: false,
    permission_set: None,
    summary: "",
    summary_zh: "",
    source: "",
    handle: |_| Ok(Reply::Ok),
};

const TOKENS: &str = "mini program server API, interface credentials";
const LOGIN: &str = "mini program server API, login";
const CUSTOMER: &str = "mini program server API, customer messages";
const SUBSCRIBE: &str = "mini program server API, subscribe messages";
const TEMPLATE: &str = "official account server API, template messages";
const RETIRED: &str = "older mini program server API, template messages (retired in January 2020)";
const SECURITY: &str = "mini program server API, content security";
const MANAGEMENT: &str = "mini program server API, openApi management";
const PLATFORM: &str = "third-party platform API, authorisation";
const FETCH: &str = "third-party platform API, fetch data settings";

/// Every endpoint. The two that are called most stand first, for routing goes through in order.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: sending::CUSTOMER_MESSAGE,
        summary: "Sends a customer-service message, within the windows that the user's acts open.",
        summary_zh: "发送客服消息，须在用户行为打开的时间窗口之内。",
        source: CUSTOMER,
        handle: custom_message::send,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/cgi-bin/token",
        credential: Credential::Secret,
        quota: Quota::daily(2000),
        confidential: true,
        summary: "Issues an access token; the one before is good for five more minutes.",
        summary_zh: "签发 access_token；旧的还可使用五分钟。",
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
        summary_zh: "在更新之前一直返回同一个 access_token 及其剩余时间。",
        source: TOKENS,
        handle: access_token::stable_token,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/sns/jscode2session",
        credential: Credential::Secret,
        confidential: true,
        summary: "Takes a login code, once within five minutes, for openid and session_key.",
        summary_zh: "用登录 code（五分钟内一次有效）换取 openid 和 session_key。",
        source: LOGIN,
        handle: login::jscode2session,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/wxa/checksession",
        summary: "Checks a session_key by a signature made with it.",
        summary_zh: "用签名校验 session_key。",
        source: LOGIN,
        handle: login::checksession,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/wxa/resetusersessionkey",
        quota: Quota::per_minute(60_000),
        confidential: true,
        summary: "Replaces a session_key.",
        summary_zh: "更换 session_key。",
        source: LOGIN,
        handle: login::resetusersessionkey,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/custom/business/typing",
        summary: "Shows a mini program's user that somebody is typing, for fifteen seconds.",
        summary_zh: "向小程序用户显示“正在输入”，持续十五秒。",
        source: CUSTOMER,
        handle: custom_message::mini_typing,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/message/custom/typing",
        summary: "Shows an official account's user that somebody is typing, for fifteen seconds.",
        summary_zh: "向公众号用户显示“正在输入”，持续十五秒。",
        source: CUSTOMER,
        handle: custom_message::official_typing,
        ..PLAIN
    },
    Endpoint {
        path: sending::SUBSCRIBE_MESSAGE,
        quota: Quota::daily(30_000_000),
        summary: "Sends a subscribe message, once for each agreement; the result is pushed.",
        summary_zh: "发送订阅消息，每次授权一条；结果以推送告知。",
        source: SUBSCRIBE,
        handle: subscribe_message::send,
        ..PLAIN
    },
    Endpoint {
        path: sending::TEMPLATE_MESSAGE,
        summary: "Sends a template message of an official account; its result is pushed.",
        summary_zh: "发送公众号模板消息，并推送发送结果。",
        source: TEMPLATE,
        handle: template_message::official_send,
        ..PLAIN
    },
    Endpoint {
        path: sending::FORM_MESSAGE,
        summary: "Sends a template message for a form_id, as once documented.",
        summary_zh: "凭 form_id 发送模板消息（已下线，按当年的文档）。",
        source: RETIRED,
        handle: template_message::send,
        ..PLAIN
    },
    Endpoint {
        path: sending::UNIFORM_MESSAGE,
        summary: "Sends a template message of a mini program or its official account, as once documented.",
        summary_zh: "发送小程序或公众号的模板消息（已下线，按当年的文档）。",
        source: RETIRED,
        handle: template_message::uniform_send,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/msg_sec_check",
        quota: Quota::both(4000, 2_000_000),
        minute_code: MinuteCode::Frequency,
        summary: "Checks a text; one with `wxcheck-risky` or `wxcheck-review` in it is found so.",
        summary_zh: "检查文本；含 `wxcheck-risky` 或 `wxcheck-review` 的判为有风险或需人工审核。",
        source: SECURITY,
        handle: security::msg_sec_check,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/media_check_async",
        quota: Quota::both(2000, 200_000),
        minute_code: MinuteCode::Frequency,
        summary: "Takes media for a check, whose result is pushed as wxa_media_check.",
        summary_zh: "受理媒体检查，结果以 wxa_media_check 推送。",
        source: SECURITY,
        handle: security::media_check_async,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/getuserriskrank",
        summary: "Answers a user's risk rank.",
        summary_zh: "返回用户的风险等级。",
        source: SECURITY,
        handle: security::getuserriskrank,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/fetchdatasetting",
        permission_set: Some(18),
        summary: "Reads and sets where data prefetch and periodic update get their data.",
        summary_zh: "读取和设置数据预拉取、周期性更新的来源。",
        source: FETCH,
        handle: fetch_setting::fetchdatasetting,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/component/api_component_token",
        credential: Credential::ComponentSecret,
        confidential: true,
        summary: "Issues a third-party platform's component_access_token.",
        summary_zh: "签发第三方平台的 component_access_token。",
        source: PLATFORM,
        handle: component::component_token,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/component/api_query_auth",
        credential: Credential::ComponentToken,
        confidential: true,
        summary: "Takes an authorization code, once within an hour, for an app's authorizer_access_token.",
        summary_zh: "用授权码（一小时内一次有效）换取 authorizer_access_token。",
        source: PLATFORM,
        handle: component::query_auth,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/component/api_authorizer_token",
        credential: Credential::ComponentToken,
        confidential: true,
        summary: "Renews an authorizer_access_token with its refresh token.",
        summary_zh: "用刷新令牌更新 authorizer_access_token。",
        source: PLATFORM,
        handle: component::authorizer_token,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/cgi-bin/getcallbackip",
        summary: "Lists the addresses from which wxcheck pushes.",
        summary_zh: "列出 wxcheck 推送所用的地址。",
        source: MANAGEMENT,
        handle: network::our_address,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/cgi-bin/get_api_domain_ip",
        summary: "Lists the addresses of the API.",
        summary_zh: "列出接口的地址。",
        source: MANAGEMENT,
        handle: network::our_address,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/callback/check",
        summary: "Checks name resolution and reachability of the callback URL.",
        summary_zh: "检查回调 URL 的解析和连通性。",
        source: MANAGEMENT,
        handle: network::callback_check,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/clear_quota",
        summary: "Clears every quota of the app, ten times a month.",
        summary_zh: "清零全部调用次数，每月十次。",
        source: MANAGEMENT,
        handle: openapi::clear_quota,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/clear_quota/v2",
        credential: Credential::Secret,
        confidential: true,
        summary: "The same, with appid and secret in place of a token.",
        summary_zh: "同上，凭 appid 和 AppSecret。",
        source: MANAGEMENT,
        handle: openapi::clear_quota_v2,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/openapi/quota/get",
        summary: "Answers what is used of an endpoint's quota.",
        summary_zh: "查询某个接口的调用次数。",
        source: MANAGEMENT,
        handle: openapi::quota_get,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/openapi/quota/clear",
        summary: "Clears the quota of one endpoint, fifty times a month.",
        summary_zh: "清零某个接口的调用次数，每月五十次。",
        source: MANAGEMENT,
        handle: openapi::quota_clear,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/openapi/rid/get",
        summary: "Tells about a failed request by the rid in its error, for a week.",
        summary_zh: "凭错误信息中的 rid 查询失败的请求，一周内有效。",
        source: MANAGEMENT,
        handle: openapi::rid_get,
        ..PLAIN
    },
    Endpoint {
        path: "/cgi-bin/media/upload",
        summary: "Keeps an upload for three days.",
        summary_zh: "上传临时素材，保存三天。",
        source: CUSTOMER,
        handle: media::upload,
        ..PLAIN
    },
    Endpoint {
        method: EndpointMethod::Get,
        path: "/cgi-bin/media/get",
        summary: "Answers an upload; JSON only on error.",
        summary_zh: "取回上传的素材；只有出错时才是 JSON。",
        source: CUSTOMER,
        handle: media::get,
        ..PLAIN
    },
    Endpoint {
        path: "/wxa/getwxacodeunlimit",
        quota: Quota::per_minute(5000),
        summary: "Answers a code for a page and a scene, as an image; JSON only on error.",
        summary_zh: "返回页面和 scene 的码（图片）；只有出错时才是 JSON。",
        source: "mini program server API, mini program codes",
        handle: wxacode::getwxacodeunlimit,
        ..PLAIN
    },
];
