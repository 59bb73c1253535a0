//! `wxcheck sign`: how WeChat signs a request, step by step, beside the signature that came.

use anyhow::Result;
use wxcheck_protocol::signature::Signing;
use wxcheck_settings::Origins;

use crate::{
    cli::SignArgs,
    exit::{Exit, usage},
    language::{Language, told},
    pasted::{self, MASKED, NoEncrypt, Query, Steps},
    screen, settings,
};

pub(crate) fn run(args: &SignArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let token = settings.token_given()?;
    let query = Query::of(args.query.as_deref().unwrap_or_default());
    let timestamp = wanted(args.timestamp.as_deref(), &query, "timestamp")?;
    let nonce = wanted(args.nonce.as_deref(), &query, "nonce")?;
    let encrypt = match &args.body {
        Some(body) => {
            let encrypt = pasted::encrypt_of(&pasted::read(body)?);
            Some(encrypt.map_err(NoEncrypt::of_usage)?)
        }
        None => None,
    };
    let mut signed = vec![
        ("Token", &*token),
        ("timestamp", timestamp),
        ("nonce", nonce),
    ];
    let mut text = String::new();
    let of_query = Signing::of(signed.clone());
    let mut exit = explain(&mut text, "signature", &of_query, &query, lang);
    if let Some(encrypt) = &encrypt {
        signed.push(("Encrypt", encrypt.as_str()));
        let of_body = Signing::of(signed);
        text.push('\n');
        exit = worse(
            exit,
            explain(&mut text, "msg_signature", &of_body, &query, lang),
        );
    } else if query.get("msg_signature").is_some() {
        text.push_str(lang.of(
            "\nmsg_signature covers the Encrypt of the body too: give the body with --body\n",
            "\nmsg_signature 还要加上请求体中的 Encrypt：请用 --body 给出请求体\n",
        ));
    }
    screen::show(&pasted::page(&settings, &text));
    Ok(exit)
}

/// A parameter, from its option or from the query.
fn wanted<'a>(given: Option<&'a str>, query: &'a Query, name: &str) -> Result<&'a str> {
    given.or_else(|| query.get(name)).ok_or_else(|| {
        usage((
            format!(
                "{name} is missing: paste the URL or the query of the request, or give --{name}"
            ),
            format!("缺少 {name}：请粘贴请求的 URL 或查询参数，或给出 --{name}"),
        ))
    })
}

/// The steps of one signature, and how it compares with that of the query.
fn explain(
    text: &mut String,
    name: &str,
    signing: &Signing<'_>,
    query: &Query,
    lang: Language,
) -> Exit {
    let shown = |(name, value): &(&str, &str)| match *name {
        "Token" => MASKED.to_owned(),
        "Encrypt" => abridged(value),
        _ => (*value).to_owned(),
    };
    let mut steps = Steps::below(name, lang);
    let parts = signing.sorted();
    let named: Vec<String> = ["Token", "timestamp", "nonce", "Encrypt"]
        .into_iter()
        .filter_map(|wanted| parts.iter().find(|(name, _)| *name == wanted))
        .map(|part| format!("{} = {}", part.0, shown(part)))
        .collect();
    steps.step(("take", "取出"), named.join("\n"));
    let sorted: Vec<String> = parts.iter().map(shown).collect();
    steps.step(("sort by bytes", "字典序排序"), sorted.join(", "));
    steps.step(("join", "拼接"), sorted.concat());
    let digest = signing.sha1();
    steps.step(("SHA-1, in hex", "SHA-1 十六进制"), &digest);
    let exit = match query.get(name) {
        None => Exit::Fine,
        Some(given) if given == digest => {
            steps.end(told!(
                lang,
                "  The request has the same {name}: it was signed with this Token.",
                "  请求中的 {name} 与此相同：它是用这个 Token 签名的。"
            ));
            Exit::Fine
        }
        Some(given) => {
            steps.more(("in the request", "请求中"), given);
            steps.end(format!("  {}", reason(given, &digest, parts, lang)));
            Exit::Broken
        }
    };
    text.push_str(&steps.text);
    exit
}

/// The reason why a signature is another one, as far as it can be told.
fn reason(given: &str, digest: &str, parts: &[(&str, &str)], lang: Language) -> String {
    let without_encrypt = || {
        let parts = parts.iter().filter(|(name, _)| *name != "Encrypt");
        Signing::of(parts.copied().collect()).sha1()
    };
    if given.eq_ignore_ascii_case(digest) {
        told!(
            lang,
            "They differ in letter case only: WeChat writes lower-case hex.",
            "只有大小写不同：微信使用小写十六进制。"
        )
    } else if parts.len() > 3 && given == without_encrypt() {
        told!(
            lang,
            "That is the signature, which does not cover the body; msg_signature has Encrypt as a fourth string.",
            "那是 signature，它不包含请求体；msg_signature 要把 Encrypt 作为第四个字符串。"
        )
    } else {
        told!(
            lang,
            "They differ: another Token was used, or a parameter was changed or decoded on the way.",
            "两者不同：使用了另一个 Token，或参数在途中被改动或解码过。"
        )
    }
}

/// The ends of a long text.
fn abridged(text: &str) -> String {
    let letters = text.chars().count();
    if letters <= 32 {
        return text.to_owned();
    }
    let front: String = text.chars().take(12).collect();
    let back: String = text.chars().skip(letters - 6).collect();
    format!("{front}…{back}({letters})")
}

const fn worse(one: Exit, other: Exit) -> Exit {
    match one {
        Exit::Fine => other,
        broken => broken,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use wxcheck_fixtures::{ENVELOPES, SIGNATURES};

    use super::*;

    fn vectors(text: &str) -> Vec<Value> {
        serde_json::from_str(text).unwrap()
    }

    fn explained(vector: &Value, query: &str, with_body: bool) -> (String, Exit) {
        let of = |name: &str| vector[name].as_str().unwrap_or_default();
        let mut parts = vec![
            ("Token", of("token")),
            ("timestamp", of("timestamp")),
            ("nonce", of("nonce")),
        ];
        let mut name = "signature";
        if with_body {
            parts.push(("Encrypt", of("encrypt")));
            name = "msg_signature";
        }
        let mut text = String::new();
        let signing = Signing::of(parts);
        let exit = explain(
            &mut text,
            name,
            &signing,
            &Query::of(query),
            Language::English,
        );
        (text, exit)
    }

    #[test]
    fn each_known_signature_is_what_the_steps_lead_to() {
        let vectors = vectors(SIGNATURES);
        assert!(vectors.len() > 3);
        for vector in vectors {
            let signature = vector["signature"].as_str().unwrap();
            let (text, exit) = explained(&vector, &format!("signature={signature}"), false);
            assert!(text.contains(signature), "{text}");
            assert_eq!(exit, Exit::Fine, "{text}");
        }
    }

    #[test]
    fn the_signature_of_a_body_has_its_ciphertext_and_shows_no_token() {
        for vector in vectors(ENVELOPES) {
            let signature = vector["msg_signature"].as_str().unwrap();
            let (text, exit) = explained(&vector, &format!("msg_signature={signature}"), true);
            assert_eq!(exit, Exit::Fine, "{text}");
            let token = vector["token"].as_str().unwrap();
            assert!(!text.contains(&format!("= {token}")), "{text}");
            let plain = vector["signature"].as_str().unwrap();
            let (text, exit) = explained(&vector, &format!("msg_signature={plain}"), true);
            assert_eq!(exit, Exit::Broken);
            assert!(text.contains("does not cover the body"), "{text}");
        }
    }
}
