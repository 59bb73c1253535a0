//! `wxcheck sdk NAME`: how an SDK is pointed at the served platform in place of WeChat's API.

use std::fmt::Write as _;

use crate::{
    cli::SdkArgs,
    exit::{Exit, usage},
    known_sdks::{Known, PLACE, SDKS, Sdk, names},
    language::{Language, both},
    screen,
};
use wxcheck_settings::no_secrets;

/// The address in place of WeChat's, unless another is given.
const BASE: &str = "http://127.0.0.1:8900";
pub(crate) fn run(args: &SdkArgs, lang: Language) -> anyhow::Result<Exit> {
    let base = args.base.as_deref().unwrap_or(BASE).trim_end_matches('/');
    let text = match &args.name {
        None => list(lang),
        Some(name) => explain(find(name)?, base, lang),
    };
    screen::show(&no_secrets().page(&text));
    Ok(Exit::Fine)
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
        let names: Vec<&str> = names().collect();
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
