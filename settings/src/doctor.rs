//! Diagnoses from the settings by themselves. No value of a secret is repeated.

use url::Url;
use wxcheck_mock_server::target::parse_url;
use wxcheck_protocol::{account::Account, aes_key::EncodingAesKey, limits::KEY_LENGTH};
use wxcheck_suite::{
    doctor::{Bilingual, Diagnosis},
    place::{Address, Reach},
    redact::without_user,
};

use crate::Settings;

/// Diagnoses of each setting by itself, and of what does not go together.
pub fn look_at_settings(settings: &Settings) -> Vec<Diagnosis> {
    let mut seen = Vec::new();
    callback(settings, &mut seen);
    token(settings, &mut seen);
    key(settings, &mut seen);
    names(settings, &mut seen);
    for (about, url) in [
        ("periodic-url", &settings.fetch.periodic_url),
        ("prefetch-url", &settings.fetch.prefetch_url),
    ] {
        fetch_url(about, url.as_deref(), &mut seen);
    }
    fetch_tokens(settings, &mut seen);
    seen
}

fn callback(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    const ABOUT: &str = "url";
    let finclip = settings.kind.account == Some(Account::Finclip);
    let fetches = settings.fetch.periodic_url.is_some() || settings.fetch.prefetch_url.is_some();
    let Some(text) = &settings.callback.url else {
        if !fetches {
            seen.push(Diagnosis::wrong(
                ABOUT,
                ("no URL is given", "没有给出 URL"),
                (
                    "name the callback URL on the command line, in WXCHECK_URL or as `url` in wxcheck.toml; or --periodic-url, --prefetch-url",
                    "在命令行、环境变量 WXCHECK_URL 或 wxcheck.toml 的 `url` 中给出回调 URL；或使用 --periodic-url、--prefetch-url",
                ),
            ));
        }
        return;
    };
    if finclip {
        seen.push(Diagnosis::wrong(
            ABOUT,
            ("FinClip pushes no messages", "FinClip 不推送消息"),
            (
                "leave the URL out, or choose another --account",
                "去掉 URL，或换一个 --account",
            ),
        ));
    }
    let url = match settings.callback_url(text) {
        Ok(url) => url,
        Err(error) => {
            let fix = (
                "write it whole, as it stands at WeChat",
                "按微信后台的配置写出完整的 URL",
            );
            let told = (error.to_string(), format!("这不是可用的 URL：{error}"));
            seen.push(Diagnosis::wrong(ABOUT, told, fix));
            return;
        }
    };
    seen.push(described(ABOUT, &url));
    odd_parts(ABOUT, &url, seen);
    // Cloud hosting calls the container itself, whatever its port.
    if !settings.account().is_signed() {
        return;
    }
    let address = Address::of(&url);
    let usual = if address.scheme == "https" { 443 } else { 80 };
    if address.port != usual {
        let what = Bilingual {
            en: format!("port {} with {}", address.port, address.scheme),
            zh: format!("{} 使用端口 {}", address.scheme, address.port),
        };
        let fix = (
            "fine for staging; WeChat takes http at port 80 and https at 443 only, so put a proxy there for production",
            "测试环境没问题；微信只支持 http 的 80 端口和 https 的 443 端口，正式环境请在前面加反向代理",
        );
        seen.push(Diagnosis::doubtful("port", what, fix));
    }
    if address.reach == Reach::Loopback && settings.sending.env_proxy {
        seen.push(Diagnosis::doubtful(
            "env-proxy",
            (
                "a proxy is to be used for an address of this machine",
                "访问本机地址却要经过代理",
            ),
            ("leave --env-proxy out", "去掉 --env-proxy"),
        ));
    }
}

fn described(about: &'static str, url: &Url) -> Diagnosis {
    Diagnosis::fine(about, Bilingual::same(without_user(url.clone())))
}

fn odd_parts(about: &'static str, url: &Url, seen: &mut Vec<Diagnosis>) {
    if let Some(fragment) = url.fragment() {
        seen.push(Diagnosis::wrong(
            about,
            (
                format!("the URL has a fragment, `#{fragment}`, which is never sent"),
                format!("URL 带有 `#{fragment}`，这部分不会被发送"),
            ),
            (
                "take it away; if it belongs to the path, write # as %23",
                "去掉它；如果它是路径的一部分，请把 # 写成 %23",
            ),
        ));
    }
    if url.password().is_some() || !url.username().is_empty() {
        seen.push(Diagnosis::doubtful(
            about,
            (
                "the URL holds a user and a password",
                "URL 中带有用户名和密码",
            ),
            (
                "WeChat is not known to send them: let the callback in without",
                "没有资料表明微信会发送它们：请让回调地址不需要密码",
            ),
        ));
    }
}

fn token(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    const ABOUT: &str = "token";
    if settings.callback.url.is_none() || !settings.account().is_signed() {
        return;
    }
    let Some(token) = &settings.target.token else {
        let fix = (
            "use --token, WXCHECK_TOKEN or `token` in wxcheck.toml, with the Token configured at WeChat",
            "用 --token、WXCHECK_TOKEN 或 wxcheck.toml 的 `token` 给出微信后台配置的 Token",
        );
        seen.push(Diagnosis::wrong(ABOUT, ("none is given", "没有给出"), fix));
        return;
    };
    let length = token.chars().count();
    let strange = token.chars().find(|char| !char.is_ascii_alphanumeric());
    let as_at_wechat = (
        "copy it again; WeChat's Tokens have 3 to 32 letters and digits",
        "重新复制；微信的 Token 是 3 到 32 个字母和数字",
    );
    seen.push(match strange {
        Some(char) if char.is_whitespace() => Diagnosis::wrong(
            ABOUT,
            ("it holds white space", "含有空白字符"),
            as_at_wechat,
        ),
        Some(char) => {
            let told = (format!("it holds `{char}`"), format!("含有 `{char}`"));
            Diagnosis::wrong(ABOUT, told, as_at_wechat)
        }
        None if !(3..=32).contains(&length) => {
            let told = (
                format!("it has {length} characters"),
                format!("长度是 {length} 个字符"),
            );
            Diagnosis::wrong(ABOUT, told, as_at_wechat)
        }
        None => {
            let told = (
                format!("{length} letters and digits"),
                format!("{length} 个字母和数字"),
            );
            Diagnosis::fine(ABOUT, told)
        }
    });
}

/// The remark on an EncodingAESKey whose last character says more than its 32 bytes.
pub const STRAY_BITS: (&str, &str) = (
    "its last character has bits that mean nothing; strict decoders refuse such a key",
    "最后一个字符含有多余的位，严格的解码器会拒绝这样的密钥",
);

fn key(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    const ABOUT: &str = "aes-key";
    let mode = settings.mode();
    match &settings.target.aes_key {
        None if mode.seals() => seen.push(Diagnosis::wrong(
            ABOUT,
            (
                format!("none is given, and {mode} mode needs one"),
                format!("没有给出，而 {mode} 模式需要它"),
            ),
            (
                "use --aes-key, WXCHECK_AES_KEY or `aes-key` in wxcheck.toml",
                "用 --aes-key、WXCHECK_AES_KEY 或 wxcheck.toml 的 `aes-key` 给出",
            ),
        )),
        None => {}
        Some(key) => seen.push(match EncodingAesKey::parse(key) {
            Ok(_) if !settings.account().is_signed() => {
                let told = (
                    "it is given, and not used: nothing is sealed",
                    "已给出但不会用到：这种账号的推送不加密",
                );
                Diagnosis::fine(ABOUT, told)
            }
            Ok(_) if !mode.seals() => Diagnosis::doubtful(
                ABOUT,
                ("it is given, and the mode is plain", "已给出，但模式是明文"),
                (
                    "choose --mode safe or compat if that is what is configured at WeChat",
                    "如果微信后台配置的是安全模式或兼容模式，请加上 --mode safe 或 --mode compat",
                ),
            ),
            Ok(key) => {
                let (mut en, mut zh) = (
                    format!("{KEY_LENGTH} characters, {mode} mode"),
                    format!("{KEY_LENGTH} 个字符，{mode} 模式"),
                );
                if key.has_stray_bits() {
                    en = format!("{en}; {}", STRAY_BITS.0);
                    zh = format!("{zh}；{}", STRAY_BITS.1);
                }
                Diagnosis::fine(ABOUT, (en, zh))
            }
            Err(error) => {
                let length = key.chars().count();
                let zh = if length == KEY_LENGTH {
                    "EncodingAESKey 含有字母和数字以外的字符".to_owned()
                } else {
                    format!("EncodingAESKey 是 {length} 个字符，应为 {KEY_LENGTH} 个")
                };
                let fix = (
                    "copy it again from WeChat's settings: 43 letters and digits, without `=` at the end",
                    "从微信后台重新复制：43 个字母和数字，末尾没有 `=`",
                );
                Diagnosis::wrong(ABOUT, (error.to_string(), zh), fix)
            }
        }),
    }
}

fn names(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match &settings.target.appid {
        None if settings.mode().seals() => seen.push(Diagnosis::wrong(
            "appid",
            (
                "none is given, and every encrypted message ends with it",
                "没有给出，而每条加密消息的末尾都有它",
            ),
            (
                "use --appid, WXCHECK_APPID or `appid` in wxcheck.toml",
                "用 --appid、WXCHECK_APPID 或 wxcheck.toml 的 `appid` 给出",
            ),
        )),
        None => {}
        Some(appid) if appid.strip_prefix("wx").is_some_and(|rest| is_hex(rest, 16)) => {
            seen.push(Diagnosis::fine("appid", Bilingual::same(appid)));
        }
        // Those of other platforms look otherwise.
        Some(_) if settings.kind.account == Some(Account::Finclip) => {}
        Some(appid) => seen.push(Diagnosis::doubtful(
            "appid",
            (
                format!("`{appid}` is not `wx` and sixteen hex digits"),
                format!("`{appid}` 不是 `wx` 加 16 位十六进制数字"),
            ),
            (
                "compare it with the one on the admin page; the AppSecret and the original id (gh_…) are something else",
                "请与微信后台的 AppID 核对；AppSecret 和原始 ID（gh_…）不是它",
            ),
        )),
    }
    if let Some(id) = &settings.target.original_id {
        let usual = id.strip_prefix("gh_").is_some_and(|rest| is_hex(rest, 12));
        seen.push(if usual {
            Diagnosis::fine("original-id", Bilingual::same(id))
        } else {
            Diagnosis::doubtful(
                "original-id",
                (
                    format!("`{id}` is not `gh_` and twelve hex digits"),
                    format!("`{id}` 不是 `gh_` 加 12 位十六进制数字"),
                ),
                (
                    "compare it with the one on the admin page",
                    "请与微信后台的原始 ID 核对",
                ),
            )
        });
    }
    if let Some(secret) = &settings.target.secret
        && secret.trim() != secret
    {
        seen.push(Diagnosis::wrong(
            "secret",
            ("it begins or ends with white space", "首尾有空白字符"),
            ("copy it again", "重新复制"),
        ));
    }
}

fn fetch_url(about: &'static str, text: Option<&str>, seen: &mut Vec<Diagnosis>) {
    let Some(text) = text else { return };
    let url = match parse_url(text) {
        Ok(url) => url,
        Err(error) => {
            let told = (error.to_string(), format!("这不是可用的 URL：{error}"));
            let fix = ("write it whole", "写出完整的 URL");
            seen.push(Diagnosis::wrong(about, told, fix));
            return;
        }
    };
    seen.push(described(about, &url));
    odd_parts(about, &url, seen);
    let address = Address::of(&url);
    if address.scheme != "https" {
        seen.push(Diagnosis::doubtful(
            about,
            (
                format!("it begins with {}://", address.scheme),
                format!("以 {}:// 开头", address.scheme),
            ),
            (
                "fine for staging; WeChat takes https only",
                "测试环境没问题；微信只支持 https",
            ),
        ));
    }
    if address.is_ip && address.reach == Reach::Public {
        seen.push(Diagnosis::doubtful(
            about,
            ("its host is an IP address", "主机是 IP 地址"),
            (
                "fine for staging; WeChat takes domains only",
                "测试环境没问题；微信只支持域名",
            ),
        ));
    }
}

fn fetch_tokens(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    const ABOUT: &str = "fetch-token";
    let fetches = settings.fetch.periodic_url.is_some() || settings.fetch.prefetch_url.is_some();
    if !fetches {
        return;
    }
    seen.push(match settings.carried.fetch_token.as_slice() {
        [] => Diagnosis::doubtful(
            ABOUT,
            (
                "none is given, so the server may refuse every fetch",
                "没有给出，服务器可能会拒绝所有拉取请求",
            ),
            (
                "give what wx.setBackgroundFetchToken sets for a test user; twice for two users",
                "给出 wx.setBackgroundFetchToken 为测试用户设置的值；两个用户就给两次",
            ),
        ),
        tokens if tokens.iter().any(String::is_empty) => Diagnosis::wrong(
            ABOUT,
            ("one of them is empty", "其中一个是空的"),
            ("leave it out, or give it", "去掉它，或填上值"),
        ),
        [one, two, ..] if one == two => Diagnosis::wrong(
            ABOUT,
            ("both are the same", "两个值相同"),
            (
                "give the tokens of two users whose data differ",
                "请给出数据不同的两个用户的 token",
            ),
        ),
        tokens => Diagnosis::fine(
            ABOUT,
            (
                format!("{} given", tokens.len()),
                format!("已给出 {} 个", tokens.len()),
            ),
        ),
    });
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::Mode;
    use wxcheck_suite::doctor::Health;

    use super::*;
    use crate::groups::{Callback, Target};

    type Slip = fn(&mut Settings);

    fn sound() -> Settings {
        Settings {
            callback: Callback {
                url: Some("https://api.example.com/wechat".into()),
            },
            target: Target {
                token: Some("AAAAA".into()),
                appid: Some("wxba5fad812f8e6fb9".into()),
                aes_key: Some("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into()),
                ..Target::default()
            },
            ..Settings::default()
        }
    }

    #[test]
    fn sound_settings_are_fine() {
        let seen = look_at_settings(&sound());
        assert!(
            seen.iter().all(|one| one.health == Health::Fine),
            "{seen:?}"
        );
    }

    #[test]
    fn a_key_that_strict_decoders_refuse_is_remarked_upon() {
        let mut settings = sound();
        let remarked = |settings: &Settings| {
            let seen = look_at_settings(settings);
            let key = seen.iter().find(|one| one.about == "aes-key").unwrap();
            (key.health, key.seen.en.contains("strict decoders"))
        };
        assert_eq!(remarked(&settings), (Health::Fine, true));
        settings.target.aes_key = Some("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE".into());
        assert_eq!(remarked(&settings), (Health::Fine, false));
    }

    #[test]
    fn each_slip_is_named_with_its_fix_and_without_the_secret() {
        let slips: [(&str, Slip); 14] = [
            ("url", |c| {
                c.callback.url = Some("https://h/#/wechat".into());
            }),
            ("url", |c| {
                c.callback.url = Some("api.example.com/wechat".into());
            }),
            ("url", |c| c.callback.url = Some("https://me:pw@h/".into())),
            ("url", |c| c.callback.url = None),
            ("port", |c| c.callback.url = Some("https://h:8443/".into())),
            ("token", |c| c.target.token = Some("T0PS3CR3T ".into())),
            ("token", |c| c.target.token = Some("T0PS3CR3T-".into())),
            ("token", |c| c.target.token = None),
            ("aes-key", |c| c.target.aes_key = Some("T0PS3CR3T".into())),
            ("aes-key", |c| c.target.mode = Some(Mode::Plain)),
            ("appid", |c| c.target.appid = Some("gh_0123456789ab".into())),
            ("original-id", |c| c.target.original_id = Some("wx0".into())),
            ("secret", |c| c.target.secret = Some("T0PS3CR3T\n".into())),
            ("fetch-token", |c| {
                c.fetch.prefetch_url = Some("https://h/p".into());
            }),
        ];
        for (about, slip) in slips {
            let mut settings = sound();
            slip(&mut settings);
            let seen = look_at_settings(&settings);
            let is_it = |one: &&Diagnosis| one.about == about && one.health != Health::Fine;
            let complaint = seen.iter().find(is_it);
            assert!(
                complaint.is_some_and(|one| one.fix.is_some()),
                "{about}: {seen:?}"
            );
            assert!(!format!("{seen:?}").contains("T0PS3CR3T"), "{about}");
        }
    }
}
