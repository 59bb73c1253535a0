//! Error codes and their texts, as WeChat writes them.
//!
//! The texts are those of the error tables of the endpoints' pages and of the global table. Where a page
//! names a code without its text, the text here is plain English and marked so.

use std::borrow::Cow;

/// A code, its text, and whether a `rid` follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Errcode {
    /// The `errcode`.
    pub code: i64,
    /// The `errmsg`, without a rid.
    pub text: &'static str,
    /// True if the `errmsg` ends in a rid.
    pub has_rid: bool,
    /// True if a comma stands in front of it.
    comma: bool,
}

const fn plain(code: i64, text: &'static str) -> Errcode {
    Errcode {
        code,
        text,
        has_rid: false,
        comma: false,
    }
}

const fn with_rid(code: i64, text: &'static str) -> Errcode {
    Errcode {
        code,
        text,
        has_rid: true,
        comma: false,
    }
}

const fn with_comma(code: i64, text: &'static str) -> Errcode {
    Errcode {
        code,
        text,
        has_rid: true,
        comma: true,
    }
}

/// Codes of the endpoints' pages for errors that never happen here by themselves: only a fault answers with them.
const BY_FAULT_ALONE: [Errcode; 13] = [
    with_rid(-1, "system error"),
    with_rid(40014, "invalid access_token"),
    plain(
        40243,
        "appsecret is frozen, please unfreeze it on mp.weixin.qq.com",
    ),
    with_rid(43107, "subscribe message is forbidden"),
    with_rid(43108, "concurrent messages to one user"),
    with_rid(45168, "sensitive words in the message"),
    plain(50004, "forbid to use token interface"),
    plain(50007, "account is frozen"),
    plain(61004, "access clientip is not registered"),
    plain(70000, "system error of customer messages"),
    plain(
        89503,
        "this IP address needs to be confirmed by an administrator",
    ),
    plain(
        89506,
        "this IP address was refused by an administrator within 24 hours",
    ),
    plain(
        89507,
        "this IP address was refused by an administrator within 1 hour",
    ),
];

macro_rules! errcodes {
    ($($(#[doc = $doc:literal])* $name:ident = $value:expr;)*) => {
        impl Errcode {
            $($(#[doc = $doc])* pub const $name: Self = $value;)*

            /// Every code that a call can be answered with.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

errcodes! {
    /// A code that could not be drawn, in `getwxacodeunlimit`.
    SYSTEM = with_rid(-1, "system error");
    /// A token that is unknown, superseded or revoked, at paths below `/cgi-bin/`.
    INVALID_CREDENTIAL = with_rid(40001, "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r");
    /// The same at other paths.
    INVALID_CREDENTIAL_SHORT = with_rid(40001, "invalid credential, access_token is invalid or not latest");
    /// Another grant_type than the endpoint's.
    INVALID_GRANT_TYPE = with_rid(40002, "invalid grant_type");
    /// Not a user of this app.
    INVALID_OPENID = with_rid(40003, "invalid openid");
    /// Not a kind of media.
    INVALID_MEDIA_TYPE = with_rid(40004, "invalid media type");
    /// Not an upload of this app, or one that is older than three days.
    INVALID_MEDIA_ID = with_rid(40007, "invalid media_id");
    /// Not a msgtype of this kind of account.
    INVALID_MESSAGE_TYPE = with_rid(40008, "invalid message type");
    /// Not an app, below `/cgi-bin/`.
    INVALID_APPID = with_rid(40013, "invalid appid");
    /// Not an app, below `/sns/`.
    INVALID_APPID_SNS = with_comma(40013, "invalid appid");
    /// A login code that is unknown or too old.
    INVALID_CODE = with_comma(40029, "invalid code");
    /// Not a template of this app.
    INVALID_TEMPLATE_ID = with_rid(40037, "invalid template_id");
    /// No such endpoint.
    INVALID_URL = with_rid(40066, "invalid url");
    /// Parameters that do not fit.
    INVALID_ARGS = with_rid(40097, "invalid args");
    /// Not this app's AppSecret.
    INVALID_SECRET = with_rid(40125, "invalid appsecret");
    /// Not a scene of this endpoint.
    INVALID_SCENE = with_rid(40129, "invalid scene");
    /// A login code that was taken before.
    CODE_USED = with_comma(40163, "code been used");
    /// An address that is not on the app's list; the detail names it.
    IP_NOT_LISTED = with_rid(40164, "invalid ip");
    /// A user of the highest risk may not log in.
    CODE_BLOCKED = with_rid(40226, "code blocked");
    /// The other kind of account has this path (plain English).
    INVALID_ACCOUNT_TYPE = with_rid(40200, "invalid account type");
    /// Pushing has no URL to check.
    CHECK_URL = with_rid(40201, "invalid url");
    /// Not an action of `callback/check`.
    CHECK_ACTION = with_rid(40202, "invalid action");
    /// Not an operator of `callback/check`.
    CHECK_OPERATOR = with_rid(40203, "invalid check_operator");
    /// The caller is not a mini program.
    NOT_A_WEAPP = with_rid(40166, "invalid weapp appid");
    /// No token.
    TOKEN_MISSING = with_rid(41001, "access_token missing");
    /// No appid.
    APPID_MISSING = with_rid(41002, "appid missing");
    /// No secret.
    SECRET_MISSING = with_rid(41004, "appsecret missing");
    /// No file in an upload.
    MEDIA_MISSING = with_rid(41005, "media data missing");
    /// A form id that is unknown, another user's or too old.
    INVALID_FORM_ID = with_rid(41028, "invalid form id hint: [ wxcheck ]");
    /// A form id that was taken before (plain English).
    FORM_ID_USED = with_rid(41029, "form id been used");
    /// A page that the mini program cannot have.
    INVALID_PAGE = with_rid(41030, "invalid page");
    /// A token whose two hours are over.
    TOKEN_EXPIRED = with_rid(42001, "access_token expired");
    /// A POST to an endpoint that wants a GET.
    REQUIRE_GET = with_rid(43001, "require GET method");
    /// A GET to an endpoint that wants a POST.
    REQUIRE_POST = with_rid(43002, "require POST method");
    /// The user did not agree, or has no agreement left.
    USER_REFUSES = with_rid(43101, "user refuse to accept the msg");
    /// Not a user of this app, at the endpoints of content security.
    OPENID_APPID_MISMATCH = with_rid(43104, "The openid does not match the appid");
    /// A POST without a body.
    EMPTY_POST = with_rid(44002, "empty post data");
    /// The minute's calls of content security are used up.
    MINUTE_FREQUENCY = with_rid(44991, "reach max api minute frequence");
    /// A text message without text (global table).
    EMPTY_CONTENT = with_rid(44004, "empty content");
    /// A text that is too long (global table).
    CONTENT_TOO_LONG = with_rid(45002, "content size out of limit");
    /// More than one article (plain English).
    TOO_MANY_ARTICLES = with_rid(45008, "article size out of limit");
    /// The day's calls are used up.
    DAILY_QUOTA = with_rid(45009, "reach max api daily quota limit");
    /// The minute's calls are used up.
    MINUTE_QUOTA = with_rid(45011, "api minute-quota reach limit, must slower, retry next minute");
    /// No window is open.
    OUT_OF_TIME = with_rid(45015, "response out of time limit or subscription is canceled");
    /// The window's messages are used up.
    OUT_OF_COUNT = with_rid(45047, "out of response count limit");
    /// Not a command of the typing state (plain English).
    TYPING_COMMAND = with_rid(45072, "invalid command");
    /// The user was not in contact within thirty seconds (plain English).
    TYPING_NO_CONTACT = with_rid(45080, "no contact with the user in the last 30 seconds");
    /// Somebody is typing already (plain English).
    TYPING_ALREADY = with_rid(45081, "the typing state is shown already");
    /// Not JSON, or not an object.
    DATA_FORMAT = with_rid(47001, "data format error");
    /// A value of a template does not obey its rule.
    ARGUMENT_INVALID = with_rid(47003, "argument invalid!");
    /// The account may not call this.
    UNAUTHORIZED = with_comma(48001, "api unauthorized");
    /// Quotas were cleared too often this month.
    CLEARED_TOO_OFTEN = with_rid(48006, "forbid to clear quota because of reaching the limit");
    /// The app did not authorise the platform.
    NOT_AUTHORIZED = with_rid(61003, "component is not authorized by this account");
    /// No component_verify_ticket.
    INVALID_TICKET = with_rid(61006, "component ticket is invalid");
    /// The authorisation has no permission set for the endpoint.
    NOT_PERMITTED = with_rid(61007, "api is unauthorized to component");
    /// An authorization code that is unknown, taken before, or older than an hour.
    INVALID_AUTH_CODE = with_rid(61009, "code is invalid");
    /// Not the refresh token of that app.
    INVALID_REFRESH_TOKEN = with_rid(61023, "refresh_token is invalid");
    /// The user was not in the mini program within two hours.
    CODE_EXPIRED = with_rid(61010, "code is expired");
    /// No such rid is remembered (plain English).
    RID_UNKNOWN = plain(76001, "rid not found");
    /// Not the form of a rid (plain English).
    RID_MALFORMED = plain(76002, "rid is error");
    /// Another app's rid (plain English).
    RID_OF_ANOTHER = plain(76003, "rid not belong to this account");
    /// A rid older than seven days (plain English).
    RID_TOO_OLD = plain(76004, "rid is expired");
    /// No such cgi_path.
    CGI_PATH_NOT_FOUND = with_rid(76021, "cgi_path not found, please check");
    /// The user never logged in (plain English).
    NO_SESSION_KEY = with_rid(87007, "session_key is not existed or expired");
    /// Not hmac_sha256 (plain English).
    INVALID_SIG_METHOD = with_rid(87008, "invalid sig_method");
    /// Not the signature of the session key (plain English).
    INVALID_SIGNATURE = with_rid(87009, "invalid signature");
    /// Risky content, where the first version of the check is asked for.
    RISKY_CONTENT = with_rid(87014, "risky content");
    /// The media are under check already.
    REPEATED_REQUEST = with_rid(87020, "repeat request limit exceeded");
    /// Not an action of `fetchdatasetting`.
    FETCH_ACTION = with_rid(9_410_013, "invalid action");
    /// Not a type of `fetchdatasetting`.
    FETCH_TYPE = with_rid(9_410_014, "invalid fetch type");
    /// A URL that cannot be fetched from.
    FETCH_URL = with_rid(9_410_016, "invalid url");
    /// No environment or function name.
    FETCH_FUNCTION = with_rid(9_410_017, "invalid env or function name");
}

impl Errcode {
    /// The code of that number; the text of an unknown one says that wxcheck was told to answer it.
    pub fn of(code: i64) -> Self {
        Self::ALL
            .iter()
            .chain(&BY_FAULT_ALONE)
            .copied()
            .find(|known| known.code == code)
            .unwrap_or(with_rid(code, "an error injected by wxcheck"))
    }

    pub(super) const fn before_rid(&self) -> &'static str {
        if self.comma { ", " } else { " " }
    }
}

/// An error of a call.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The code.
    pub errcode: Errcode,
    /// The detail behind its text, like `data.time2.value is empty`.
    detail: Option<String>,
}

impl ApiError {
    pub(super) const fn of(errcode: Errcode) -> Self {
        Self {
            errcode,
            detail: None,
        }
    }

    pub(super) const fn with(errcode: Errcode, detail: String) -> Self {
        Self {
            errcode,
            detail: Some(detail),
        }
    }

    pub(super) fn text(&self) -> Cow<'static, str> {
        match &self.detail {
            Some(detail) => Cow::Owned(format!("{} {detail}", self.errcode.text)),
            None => Cow::Borrowed(self.errcode.text),
        }
    }
}
