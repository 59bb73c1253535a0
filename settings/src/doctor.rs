//! Diagnoses from the settings by themselves. No value of a secret is repeated.

use url::Url;
use wxcheck_mock_server::target::parse_url;
use wxcheck_protocol::{account::Account, aes_key::EncodingAesKey, limits::KEY_LENGTH};
use wxcheck_suite::{
    doctor::Diagnosis,
    place::{Address, Reach},
    server::without_user,
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
                "no URL is given",
                "name the callback URL on the command line, in WXCHECK_URL or as `url` in wxcheck.toml; or --periodic-url, --prefetch-url",
            ));
        }
        return;
    };
    if finclip {
        seen.push(Diagnosis::wrong(
            ABOUT,
            "FinClip pushes no messages",
            "leave the URL out, or choose another --account",
        ));
    }
    let url = match settings.callback_url(text) {
        Ok(url) => url,
        Err(error) => {
            let fix = "write it whole, as it stands at WeChat";
            seen.push(Diagnosis::wrong(ABOUT, error.to_string(), fix));
            return;
        }
    };
    seen.push(Diagnosis::fine(ABOUT, without_user(url.clone())));
    odd_parts(ABOUT, &url, seen);
    // Cloud hosting calls the container itself, whatever its port.
    if !settings.account().is_signed() {
        return;
    }
    let address = Address::of(&url);
    let usual = if address.scheme == "https" { 443 } else { 80 };
    if address.port != usual {
        let what = format!("port {} with {}", address.port, address.scheme);
        let fix = "fine for staging; WeChat takes http at port 80 and https at 443 only, so put a proxy there for production";
        seen.push(Diagnosis::doubtful("port", what, fix));
    }
    if address.reach == Reach::Loopback && settings.sending.env_proxy {
        seen.push(Diagnosis::doubtful(
            "env-proxy",
            "a proxy is to be used for an address of this machine",
            "leave --env-proxy out",
        ));
    }
}

fn odd_parts(about: &'static str, url: &Url, seen: &mut Vec<Diagnosis>) {
    if let Some(fragment) = url.fragment() {
        seen.push(Diagnosis::wrong(
            about,
            format!("the URL has a fragment, `#{fragment}`, which is never sent"),
            "take it away; if it belongs to the path, write # as %23",
        ));
    }
    if url.password().is_some() || !url.username().is_empty() {
        seen.push(Diagnosis::doubtful(
            about,
            "the URL holds a user and a password",
            "WeChat is not known to send them: let the callback in without",
        ));
    }
}

fn token(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    const ABOUT: &str = "token";
    if settings.callback.url.is_none() || !settings.account().is_signed() {
        return;
    }
    let Some(token) = &settings.target.token else {
        let fix = "use --token, WXCHECK_TOKEN or `token` in wxcheck.toml, with the Token configured at WeChat";
        seen.push(Diagnosis::wrong(ABOUT, "none is given", fix));
        return;
    };
    let length = token.chars().count();
    let strange = token.chars().find(|char| !char.is_ascii_alphanumeric());
    let as_at_wechat = "copy it again; WeChat's Tokens have 3 to 32 letters and digits";
    seen.push(match strange {
        Some(char) if char.is_whitespace() => {
            Diagnosis::wrong(ABOUT, "it holds white space", as_at_wechat)
        }
        Some(char) => Diagnosis::wrong(ABOUT, format!("it holds `{char}`"), as_at_wechat),
        None if !(3..=32).contains(&length) => {
            Diagnosis::wrong(ABOUT, format!("it has {length} characters"), as_at_wechat)
        }
        None => Diagnosis::fine(ABOUT, format!("{length} letters and digits")),
    });
}

fn key(settings: &Settings, seen: &mut Vec<Diagnosis>) {
    const ABOUT: &str = "aes-key";
    let mode = settings.mode();
    match &settings.target.aes_key {
        None if mode.seals() => seen.push(Diagnosis::wrong(
            ABOUT,
            format!("none is given, and {mode} mode needs one"),
            "use --aes-key, WXCHECK_AES_KEY or `aes-key` in wxcheck.toml",
        )),
        None => {}
        Some(key) => seen.push(match EncodingAesKey::parse(key) {
            Ok(_) if !settings.account().is_signed() => {
                Diagnosis::fine(ABOUT, "it is given, and not used: nothing is sealed")
            }
            Ok(_) if !mode.seals() => Diagnosis::doubtful(
                ABOUT,
                "it is given, and the mode is plain",
                "choose --mode safe or compat if that is what is configured at WeChat",
            ),
            Ok(_) => Diagnosis::fine(ABOUT, format!("{KEY_LENGTH} characters, {mode} mode")),
            Err(error) => {
                let fix = "copy it again from WeChat's settings: 43 letters and digits, without `=` at the end";
                Diagnosis::wrong(ABOUT, error.to_string(), fix)
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
            "none is given, and it stands in every envelope",
            "use --appid, WXCHECK_APPID or `appid` in wxcheck.toml",
        )),
        None => {}
        Some(appid) if appid.strip_prefix("wx").is_some_and(|rest| is_hex(rest, 16)) => {
            seen.push(Diagnosis::fine("appid", appid));
        }
        // Those of other platforms look otherwise.
        Some(_) if settings.kind.account == Some(Account::Finclip) => {}
        Some(appid) => seen.push(Diagnosis::doubtful(
            "appid",
            format!("`{appid}` is no `wx` with sixteen hex digits"),
            "compare it with the one on the admin page; the AppSecret and the original id (gh_…) are something else",
        )),
    }
    if let Some(id) = &settings.target.original_id {
        let usual = id.strip_prefix("gh_").is_some_and(|rest| is_hex(rest, 12));
        seen.push(if usual {
            Diagnosis::fine("original-id", id)
        } else {
            Diagnosis::doubtful(
                "original-id",
                format!("`{id}` is no `gh_` with twelve hex digits"),
                "compare it with the one on the admin page",
            )
        });
    }
    if let Some(secret) = &settings.target.secret
        && secret.trim() != secret
    {
        seen.push(Diagnosis::wrong(
            "secret",
            "it begins or ends with white space",
            "copy it again",
        ));
    }
}

fn fetch_url(about: &'static str, text: Option<&str>, seen: &mut Vec<Diagnosis>) {
    let Some(text) = text else { return };
    let url = match parse_url(text) {
        Ok(url) => url,
        Err(error) => {
            seen.push(Diagnosis::wrong(about, error.to_string(), "write it whole"));
            return;
        }
    };
    seen.push(Diagnosis::fine(about, without_user(url.clone())));
    odd_parts(about, &url, seen);
    let address = Address::of(&url);
    if address.scheme != "https" {
        seen.push(Diagnosis::doubtful(
            about,
            format!("it begins with {}://", address.scheme),
            "fine for staging; WeChat takes https only",
        ));
    }
    if address.is_ip && address.reach == Reach::Public {
        seen.push(Diagnosis::doubtful(
            about,
            "its host is an IP address",
            "fine for staging; WeChat takes domains only",
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
            "none is given, so that the server may refuse every fetch",
            "give what wx.setBackgroundFetchToken sets for a test user; twice for two users",
        ),
        tokens if tokens.iter().any(String::is_empty) => {
            Diagnosis::wrong(ABOUT, "one of them is empty", "leave it out, or give it")
        }
        [one, two, ..] if one == two => Diagnosis::wrong(
            ABOUT,
            "both are the same",
            "give the tokens of two users whose data differ",
        ),
        tokens => Diagnosis::fine(ABOUT, format!("{} given", tokens.len())),
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
    fn each_slip_is_named_with_its_mend_and_without_the_secret() {
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
