//! The SDKs that are known, and how each is pointed at another address than WeChat's.

/// The text that stands for the address in a snippet.
pub(crate) const PLACE: &str = "{base}";

/// The way in which it is known that it works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Known {
    /// Our own tests run that SDK against the platform.
    Run,
    /// Read in the SDK's source, not run.
    Read,
    /// Found in documents or discussions of the SDK, neither run nor read in its source.
    Told,
}

/// One SDK.
pub(crate) struct Sdk {
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    pub(crate) known: Known,
    pub(crate) snippet: &'static str,
    /// A remark in English and in Chinese; empty where there is none.
    pub(crate) note: [&'static str; 2],
}

pub(crate) const SDKS: [Sdk; 7] = [
    Sdk {
        name: "wechatpy",
        language: "Python",
        known: Known::Run,
        snippet: "class Client(WeChatClient):
    API_BASE_URL = \"{base}/cgi-bin/\"

    def fetch_access_token(self):
        return self._fetch_access_token(
            url=\"{base}/cgi-bin/token\",
            params={\"grant_type\": \"client_credential\", \"appid\": self.appid, \"secret\": self.secret},
        )

client = Client(appid, secret)
client.wxa.API_BASE_URL = \"{base}/\"
",
        note: [
            "The URL of the token stands in fetch_access_token, hence the subclass.",
            "获取 token 的地址写死在 fetch_access_token 里，所以要用子类覆盖。",
        ],
    },
    Sdk {
        name: "WxJava",
        language: "Java",
        known: Known::Read,
        snippet: "// mini program
WxMaDefaultConfigImpl config = new WxMaDefaultConfigImpl();
config.setApiHostUrl(\"{base}\");

// official account
WxMpHostConfig hosts = new WxMpHostConfig();
hosts.setApiHost(\"{base}\");
wxMpConfigStorage.setHostConfig(hosts);
",
        note: ["", ""],
    },
    Sdk {
        name: "EasyWeChat",
        language: "PHP",
        known: Known::Told,
        snippet: "$config = [
    // app_id, secret, token, aes_key …
    'http' => [
        'base_uri' => '{base}/',
    ],
];
",
        note: [
            "The setting of versions 5 and 6.",
            "适用于 5.x 和 6.x。",
        ],
    },
    Sdk {
        name: "silenceper/wechat",
        language: "Go",
        known: Known::Read,
        snippet: "type toMock struct{}

func (toMock) RoundTrip(r *http.Request) (*http.Response, error) {
    if r.URL.Host == \"api.weixin.qq.com\" {
        base, err := url.Parse(\"{base}\")
        if err != nil {
            return nil, err
        }
        r = r.Clone(r.Context())
        r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
    }
    return http.DefaultTransport.RoundTrip(r)
}

http.DefaultClient.Transport = toMock{}
",
        note: [
            "The SDK writes WeChat's URLs into its source and sends through http.DefaultClient.",
            "该 SDK 把微信地址写在源码里，并通过 http.DefaultClient 发送请求。",
        ],
    },
    Sdk {
        name: "PowerWeChat",
        language: "Go",
        known: Known::Told,
        snippet: "app, err := miniProgram.NewMiniProgram(&miniProgram.UserConfig{
    // AppID, Secret …
    Http: miniProgram.Http{BaseURI: \"{base}\"},
})
",
        note: [
            "Its client reads `http.base_uri`; older versions have no such field in UserConfig.",
            "客户端读取 `http.base_uri`；较旧版本的 UserConfig 没有这个字段。",
        ],
    },
    Sdk {
        name: "Senparc",
        language: "C#",
        known: Known::Read,
        snippet: "Senparc.Weixin.Config.ApiMpHost = \"{base}\";
",
        note: ["Since version 4.18.5.", "4.18.5 起支持。"],
    },
    Sdk {
        name: "co-wechat-api",
        language: "JavaScript",
        known: Known::Run,
        snippet: "const api = new API(appid, secret);
api.prefix = '{base}/cgi-bin/';
api.snsPrefix = '{base}/sns/';
api.wxaPrefix = '{base}/wxa/';
",
        note: ["", ""],
    },
];

/// The names of all.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SDKS.iter().map(|sdk| sdk.name)
}
