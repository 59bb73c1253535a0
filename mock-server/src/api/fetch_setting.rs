//! `fetchdatasetting`: where data prefetch and periodic update get their data.

use serde_json::{Value, json};
use wxcheck_protocol::domain::{DomainFault, DomainKind, faults_of_domain, lists_host};

use crate::{
    bounds::{NAME_LETTERS, URL_BYTES},
    state::fetch_setting::{FetchSetting, FetchSource},
};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

pub(super) fn fetchdatasetting(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    if !desk.app.settings.kind.is_mini() {
        return Err(ApiError::of(Errcode::NOT_A_WEAPP));
    }
    match body["action"].as_str() {
        Some("get") => Ok(Reply::Json(read(desk))),
        Some("set_pre_fetch") => {
            desk.app.fetch.pre = setting(desk, body, "pre", &desk.app.fetch.pre)?;
            Ok(Reply::Ok)
        }
        Some("set_period_fetch") => {
            desk.app.fetch.period = setting(desk, body, "period", &desk.app.fetch.period)?;
            Ok(Reply::Ok)
        }
        _ => Err(ApiError::of(Errcode::FETCH_ACTION)),
    }
}

fn read(desk: &Desk<'_>) -> Value {
    let mut reply = json!({"errcode": 0, "errmsg": "ok"});
    let settings = &desk.app.fetch;
    for (kind, setting) in [("pre", &settings.pre), ("period", &settings.period)] {
        reply[format!("is_{kind}_fetch_open")] = json!(setting.open);
        match &setting.source {
            FetchSource::Server { url } => {
                reply[format!("{kind}_fetch_type")] = json!(0);
                reply[format!("{kind}_fetch_url")] = json!(url);
            }
            FetchSource::CloudFunction { env, function } => {
                reply[format!("{kind}_fetch_type")] = json!(1);
                reply[format!("{kind}_env")] = json!(env);
                reply[format!("{kind}_function_name")] = json!(function);
            }
        }
    }
    reply
}

/// The settings of a request. The page demands both whether it is open and the type, and what belongs to the type, also where it
/// is switched off.
fn setting(
    desk: &Desk<'_>,
    body: &Value,
    kind: &str,
    before: &FetchSetting,
) -> Result<FetchSetting, ApiError> {
    let missing = |name: &str| {
        ApiError::with(
            Errcode::DATA_FORMAT,
            format!("{name} is missing or no boolean"),
        )
    };
    let name = format!("is_{kind}_fetch_open");
    let open = body[&name].as_bool().ok_or_else(|| missing(&name))?;
    let text = |name: String| body[name].as_str().unwrap_or_default().trim().to_owned();
    let source = match body[format!("{kind}_fetch_type")].as_i64() {
        Some(0) => {
            let url = text(format!("{kind}_fetch_url"));
            let reasons = faults_of_url(
                &url,
                &desk.app.settings.domains.business,
                desk.platform_domains.as_deref(),
            );
            if !reasons.is_empty() {
                return Err(ApiError::with(Errcode::FETCH_URL, reasons.join("; ")));
            }
            FetchSource::Server { url }
        }
        Some(1) => {
            let (env, function) = (
                text(format!("{kind}_env")),
                text(format!("{kind}_function_name")),
            );
            let fits = |name: &String| (1..=NAME_LETTERS).contains(&name.len());
            if !fits(&env) || !fits(&function) {
                return Err(ApiError::of(Errcode::FETCH_FUNCTION));
            }
            FetchSource::CloudFunction { env, function }
        }
        _ => return Err(ApiError::of(Errcode::FETCH_TYPE)),
    };
    // Another source than before ends what was released to part of the users.
    let grey = before.grey.clone().filter(|_| source == before.source);
    Ok(FetchSetting { open, source, grey })
}

/// Every reason why data cannot be fetched from there. This machine, where developers test, is taken as it is. Where no
/// business domains are known, any domain that could be one is taken. `platform` are those of the third-party platform
/// that calls.
fn faults_of_url(text: &str, business: &[String], platform: Option<&[String]>) -> Vec<String> {
    if text.is_empty() {
        return vec!["the url is missing".to_owned()];
    }
    if text.len() > URL_BYTES {
        return vec!["the url is too long".to_owned()];
    }
    let Ok(url) = url::Url::parse(text) else {
        return vec!["the url is not one".to_owned()];
    };
    let host = url.host_str().unwrap_or_default();
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]")
        && matches!(url.scheme(), "http" | "https")
    {
        return Vec::new();
    }
    let end = text.find("://").map_or(0, |at| at + 3);
    let rest = text[end..]
        .find(['/', '?', '#'])
        .map_or(text.len(), |at| end + at);
    let faults = faults_of_domain(DomainKind::Business, &text[..rest]);
    let refused = faults
        .into_iter()
        .filter(|fault| fault.is_refused(DomainKind::Business));
    let mut reasons: Vec<String> = refused
        .map(|fault| match fault {
            DomainFault::Scheme => "the url must begin with https://".to_owned(),
            fault => format!("`{host}` {}", fault.description()),
        })
        .collect();
    let whose = [
        ("the mini program", business),
        ("the third-party platform", platform.unwrap_or_default()),
    ];
    for (whose, list) in whose {
        if !list.is_empty() && !lists_host(list, host) {
            reasons.push(format!("`{host}` is no business domain of {whose}"));
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_against_a_url_is_reported() {
        let own = ["https://data.example.com".to_owned()];
        let faults = |url| faults_of_url(url, &own, None).join("; ");
        for url in [
            "https://data.example.com/prefetch?v=1",
            "http://127.0.0.1:8080/prefetch",
            "http://localhost/x",
        ] {
            assert_eq!(faults(url), "", "{url}");
        }
        for (url, parts) in [
            ("", &["missing"] as &[&str]),
            ("data.example.com", &["not one"]),
            (
                "https://203.0.113.7/x",
                &["is an IP address", "no business domain of the mini program"],
            ),
            (
                "http://a_b.example.com/x",
                &["https://", "has a `_`", "no business domain"],
            ),
            ("https://example.com/", &["no business domain"]),
        ] {
            for part in parts {
                assert!(faults(url).contains(part), "{url}: {part}: {}", faults(url));
            }
        }
        let platform = ["https://platform.example.com".to_owned()];
        let told = faults_of_url("https://data.example.com/", &own, Some(&platform));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("third-party platform"), "{told:?}");
        assert_eq!(
            faults_of_url("https://any.example.com/", &[], None),
            [""; 0]
        );
    }
}
