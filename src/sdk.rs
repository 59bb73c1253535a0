//! `wxcheck sdk NAME`: how an SDK is pointed at the served platform in place of WeChat's API.

use std::fmt::Write as _;

use crate::{
    cli::SdkArgs,
    exit::{Exit, usage},
    language::{Language, both},
    screen,
};
use wxcheck_settings::no_secrets;

/// The address in place of WeChat's, unless another is given.
const BASE: &str = "http://127.0.0.1:8900";
/// The text that stands for it in a snippet.
const PLACE: &str = "{base}";

/// The way in which it is known that it works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Known {
    /// Our own tests run that SDK against the platform.
    Run,
    /// Read in the SDK's source, not run.
    Read,
    /// Found in documents or discussions of the SDK, neither run nor read in its source.
    Told,
}

/// One SDK.
struct Sdk {
    name: &'static str,
    language: &'static str,
    known: Known,
    snippet: &'static str,
    /// A remark in English and in Chinese; empty where there is none.
    note: [&'static str; 2],
}

const SDKS: [Sdk; 7] = [
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

pub(crate) fn run(args: &SdkArgs, lang: Language) -> anyhow::Result<Exit> {
    let base = args.base.as_deref().unwrap_or(BASE).trim_end_matches('/');
    let text = match &args.name {
        None => list(lang),
        Some(name) => explain(find(name)?, base, lang),
    };
    screen::show(&no_secrets().page(&text));
    Ok(Exit::Fine)
}

/// The names of all.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SDKS.iter().map(|sdk| sdk.name)
}

/// The SDK of that name, in whatever letter case; the part behind a slash will do, and so will the name of the package beside
/// it that answers pushes.
fn find(name: &str) -> anyhow::Result<&'static Sdk> {
    let is_it = |sdk: &&Sdk| {
        let short = sdk.name.split('/').next().unwrap_or(sdk.name);
        let beside = sdk.name.strip_suffix("-api").unwrap_or(sdk.name);
        [sdk.name, short, beside]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    };
    SDKS.iter().find(is_it).ok_or_else(|| {
        let names: Vec<&str> = SDKS.iter().map(|sdk| sdk.name).collect();
        let names = names.join(", ");
        usage(both!(
            "NAME `{name}`: choose one of {names}",
            "没有名为 `{name}` 的 SDK；可用的有 {names}"
        ))
    })
}

fn list(lang: Language) -> String {
    let mut text = String::new();
    for sdk in &SDKS {
        let _ = writeln!(
            text,
            "{:<18} {:<10} {}",
            sdk.name,
            sdk.language,
            known(sdk.known, lang)
        );
    }
    text
}

fn explain(sdk: &Sdk, base: &str, lang: Language) -> String {
    let [english, chinese] = sdk.note;
    let note = match lang {
        Language::English => english,
        Language::Chinese => chinese,
    };
    let mut text = format!(
        "{} ({}): {}\n\n",
        sdk.name,
        sdk.language,
        known(sdk.known, lang)
    );
    text.push_str(&sdk.snippet.replace(PLACE, base));
    if !note.is_empty() {
        let _ = writeln!(text, "\n{note}");
    }
    if base.starts_with("https:") {
        let trust = match lang {
            Language::English => format!(
                "The SDK must trust the certificate: GET {base}/_wxcheck/certificate.pem is the one that wxcheck made itself."
            ),
            Language::Chinese => format!(
                "SDK 必须信任该证书：wxcheck 自签的证书可从 {base}/_wxcheck/certificate.pem 下载。"
            ),
        };
        let _ = writeln!(text, "\n{trust}");
    }
    text
}

fn known(known: Known, lang: Language) -> &'static str {
    match (known, lang) {
        (Known::Run, Language::English) => "run against wxcheck in its tests",
        (Known::Run, Language::Chinese) => "已在 wxcheck 的测试中实际运行",
        (Known::Read, Language::English) => "read in its source, not run here",
        (Known::Read, Language::Chinese) => "已对照其源码，未在此运行",
        (Known::Told, Language::English) => "from its documents, not run here",
        (Known::Told, Language::Chinese) => "来自其文档，未在此运行",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_leads_to_the_address_that_is_given() {
        for sdk in &SDKS {
            let text = explain(sdk, "http://10.0.0.1:1", Language::English);
            assert!(text.contains("http://10.0.0.1:1"), "{text}");
            assert!(!text.contains(PLACE), "{text}");
        }
    }

    #[test]
    fn an_address_with_tls_wants_a_certificate_that_is_trusted() {
        let sdk = find("wechatpy").unwrap();
        let told = |base| explain(sdk, base, Language::English).contains("_wxcheck/certificate");
        assert!(told("https://127.0.0.1:1") && !told("http://127.0.0.1:1"));
    }

    #[test]
    fn names_are_found_in_any_letter_case_and_listed_where_they_are_wrong() {
        assert_eq!(find("wxjava").unwrap().name, "WxJava");
        assert_eq!(find("silenceper").unwrap().name, "silenceper/wechat");
        assert_eq!(find("co-wechat").unwrap().name, "co-wechat-api");
        let error = find("nothing").err().unwrap().to_string();
        assert!(error.contains("co-wechat-api"), "{error}");
    }
}
