//! Scheme, port, name and certificate of the configured URLs: what production demands before anything is sent.
//!
//! These are rules about production. A loopback or local address is no concern of theirs; on a port that WeChat does
//! not call, they only note.

mod domain_list;

use wxcheck_mock_server::tls_probe::{CertificateFacts, Chain, Found, ProbeError, TlsFacts};
use wxcheck_protocol::domain::lists_host;

use crate::{
    finding::{Finding, Miss},
    place::{Address, Inspection, Place, Reach},
    profile::Profile,
    reason::Unjudged,
    rule::{Cases, Level, Rule, RuleId, Turn},
    step::Step,
    transcript::Transcript,
};

const NETWORK_PAGE: &str = "page on network use (domain settings and HTTPS certificates)";
const UNREACHABLE: &str = "The connection is refused, in production and only there: development tools may skip the check.";

pub(super) const RULES: &[&Rule] = &[
    &PORTS,
    &FETCH_HTTPS,
    &DOMAIN,
    &domain_list::DOMAIN_LIST,
    &TLS_VERSION,
    &CERTIFICATE_NAME,
    &CERTIFICATE_DATE,
    &CERTIFICATE_CHAIN,
    &CERTIFICATE_TRUSTED,
];

static PORTS: Rule = Rule {
    id: RuleId::new("network/ports"),
    since: "0.1.0",
    level: Level::Must,
    source: "message push page: the URL begins with http:// or https://, which are ports 80 and 443",
    summary: "The callback URL is at port 80 with http, or 443 with https.",
    why: "WeChat does not take a URL with another port.",
    fix: "Put a proxy on port 80 or 443 in front of the application.",
    needs: &[],
    turn: Turn::First,
    scenarios: |profile| inspect(profile, &[Place::Callback]),
    claims: &["port"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        let address = &seen.address;
        let usual = if address.scheme == "https" { 443 } else { 80 };
        if address.port == usual {
            return Ok(());
        }
        let actual = format!("{} at port {}", address.scheme, address.port);
        let finding = Finding::new("port", 0, "http at port 80, or https at port 443", actual);
        Err(settled(seen, finding))
    },
};

static FETCH_HTTPS: Rule = Rule {
    id: RuleId::new("network/fetch-https"),
    since: "0.1.0",
    level: Level::Must,
    source: "pages on data prefetch and periodic update: the data's URL is an HTTPS one; at a private address or another port it is not what production is configured with",
    summary: "The URLs from which data are fetched begin with https://.",
    why: "The admin page takes no other.",
    fix: "Configure the https URL at WeChat; for staging nothing is to be done.",
    needs: &[],
    turn: Turn::First,
    scenarios: |profile| inspect(profile, &[Place::Periodic, Place::Prefetch]),
    claims: &["plain-http"],
    judge: |transcript| {
        let seen = seen(transcript)?;
        if seen.address.scheme == "https" {
            return Ok(());
        }
        let actual = format!(
            "the {} begins with {}://",
            seen.place.name(),
            seen.address.scheme
        );
        let finding = Finding::new("plain-http", 0, "https", actual);
        let is_for_production =
            seen.address.reach == Reach::Public && seen.address.is_on_usual_port();
        Err(if is_for_production {
            Miss::Found(finding)
        } else {
            Miss::Remark(finding)
        })
    },
};

static DOMAIN: Rule = Rule {
    id: RuleId::new("network/domain"),
    since: "0.1.0",
    level: Level::Must,
    source: NETWORK_PAGE,
    summary: "The URLs from which data are fetched have a domain of one's own, and no IP address.",
    why: "The domain cannot be configured, and so the URL cannot either.",
    fix: "Use a domain that is registered to you.",
    needs: &[],
    turn: Turn::First,
    scenarios: |profile| inspect(profile, &[Place::Periodic, Place::Prefetch]),
    claims: &["ip-address", "localhost", "api-weixin", "not-business"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        if let Some((claim, actual)) = fault_of_domain(&seen.address) {
            let finding = Finding::new(claim, 0, "a domain of one's own", actual);
            return Err(settled(seen, finding));
        }
        let business = &transcript.profile.domains.business;
        let host = &seen.address.host;
        if business.is_empty() || lists_host(business, host) {
            return Ok(());
        }
        let actual =
            format!("{host}, which is not among the business domains of the configuration");
        let finding = Finding::new("not-business", 0, "a business domain", actual);
        Err(settled(seen, finding))
    },
};

static TLS_VERSION: Rule = Rule {
    id: RuleId::TLS_VERSION,
    since: "0.1.0",
    level: Level::Must,
    source: NETWORK_PAGE,
    summary: "The server speaks TLS 1.2 or newer.",
    why: UNREACHABLE,
    fix: "Allow TLS 1.2 and 1.3 in the web server's settings.",
    needs: &[],
    turn: Turn::First,
    scenarios: inspect_all,
    claims: &["version"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        match &seen.tls {
            Some(Err(ProbeError::Version(reason))) => {
                let finding = Finding::new("version", 0, "TLS 1.2 or newer", reason.clone());
                Err(settled(seen, finding))
            }
            _ => tls(seen).map(|_| ()),
        }
    },
};

static CERTIFICATE_NAME: Rule = Rule {
    id: RuleId::new("network/certificate-name"),
    since: "0.1.0",
    level: Level::Must,
    source: NETWORK_PAGE,
    summary: "The server's certificate is for the name in the URL.",
    why: UNREACHABLE,
    fix: "Have a certificate made that names the host, or configure the host that it names.",
    needs: &[],
    turn: Turn::First,
    scenarios: inspect_all,
    claims: &["name"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        let tls = tls(seen)?;
        if tls.name_matches {
            return Ok(());
        }
        let names = tls
            .sent
            .first()
            .map_or_else(String::new, |own| own.names.join(", "));
        let finding = Finding::new(
            "name",
            0,
            format!("a certificate for {}", seen.address.host),
            format!(
                "one for {}",
                if names.is_empty() { "no name" } else { &names }
            ),
        );
        Err(settled(seen, finding))
    },
};

static CERTIFICATE_DATE: Rule = Rule {
    id: RuleId::new("network/certificate-date"),
    since: "0.1.0",
    level: Level::Must,
    source: NETWORK_PAGE,
    summary: "The server's certificate is valid today.",
    why: UNREACHABLE,
    fix: "Renew the certificate, and let that happen by itself from now on.",
    needs: &[],
    turn: Turn::First,
    scenarios: inspect_all,
    claims: &["expired", "not-yet-valid"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        let now = i64::try_from(seen.now).unwrap_or(i64::MAX);
        for certificate in &tls(seen)?.sent {
            let CertificateFacts {
                subject,
                not_before,
                not_after,
                ..
            } = certificate;
            let (claim, actual) = if now > *not_after {
                let days = (now - not_after) / 86_400;
                ("expired", format!("`{subject}` expired {days} days ago"))
            } else if now < *not_before {
                let days = (not_before - now) / 86_400;
                (
                    "not-yet-valid",
                    format!("`{subject}` is valid in {days} days"),
                )
            } else {
                continue;
            };
            return Err(settled(
                seen,
                Finding::new(claim, 0, "certificates in date", actual),
            ));
        }
        Ok(())
    },
};

static CERTIFICATE_CHAIN: Rule = Rule {
    id: RuleId::new("network/certificate-chain"),
    since: "0.1.0",
    level: Level::Must,
    source: NETWORK_PAGE,
    summary: "The server sends its certificate with those between it and the authority's.",
    why: "Browsers fetch what is missing, other clients do not: it works in a browser and not for WeChat.",
    fix: "Configure the full chain (often called fullchain.pem), not the server's certificate alone.",
    needs: &[],
    turn: Turn::First,
    scenarios: inspect_all,
    claims: &["missing-intermediate"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        let Chain::MissingIntermediate { issuer, found } = &tls(seen)?.chain else {
            return Ok(());
        };
        let how = match found {
            Found::Proven => {
                "with it, fetched from where the certificate says it is, the chain is whole"
                    .to_owned()
            }
            Found::Named => {
                "it stands in ⟦ca-cert⟧, and whoever trusts the root alone needs it".to_owned()
            }
            Found::Nowhere => {
                "the certificate does not say where it is; if that is an authority itself, name it with ⟦ca-cert⟧".to_owned()
            }
            Found::NotAsked => {
                "whether the chain is whole with it was not tried; ⟦fetch-issuers⟧ does".to_owned()
            }
            Found::Unreachable { reason } => {
                format!("it could not be fetched from where the certificate says it is: {reason}")
            }
        };
        let finding = Finding::new(
            "missing-intermediate",
            0,
            "the whole chain up to an authority's",
            format!("the certificate of `{issuer}` is not sent; {how}"),
        );
        Err(settled(seen, finding))
    },
};

static CERTIFICATE_TRUSTED: Rule = Rule {
    id: RuleId::new("network/certificate-trusted"),
    since: "0.1.0",
    level: Level::Must,
    source: NETWORK_PAGE,
    summary: "The server's certificate comes from an authority that this system trusts.",
    why: UNREACHABLE,
    fix: "Have the certificate made by a public authority and send the whole chain; for staging, name your own authority with ⟦ca-cert⟧.",
    needs: &[],
    turn: Turn::First,
    scenarios: inspect_all,
    claims: &["self-signed", "untrusted"],
    judge: |transcript| {
        let seen = inspection(transcript)?;
        let (claim, actual) = match &tls(seen)?.chain {
            Chain::SelfSigned => ("self-signed", "the server signed it itself".to_owned()),
            Chain::Untrusted { reason } => ("untrusted", reason.clone()),
            Chain::Trusted | Chain::MissingIntermediate { .. } => return Ok(()),
        };
        let expected = "a certificate from an authority that is trusted";
        Err(settled(seen, Finding::new(claim, 0, expected, actual)))
    },
};

fn inspect_all(profile: &Profile) -> Cases {
    inspect(
        profile,
        &[Place::Callback, Place::Periodic, Place::Prefetch],
    )
}

fn inspect(profile: &Profile, places: &[Place]) -> Cases {
    let configured: Vec<Place> = profile
        .places()
        .into_iter()
        .filter(|place| places.contains(place))
        .collect();
    if configured.is_empty() {
        return Cases::None(Unjudged::NoSuchUrl.into());
    }
    Cases::each(configured.into_iter().map(|place| [Step::Inspect(place)]))
}

fn seen(transcript: &Transcript) -> Result<&Inspection, Miss> {
    let nothing = || Miss::inconclusive(Unjudged::NoUrlInspected);
    transcript.inspections.first().ok_or_else(nothing)
}

/// The inspection of a URL that production could be configured with.
fn inspection(transcript: &Transcript) -> Result<&Inspection, Miss> {
    let seen = seen(transcript)?;
    let loopback = match seen.address.reach {
        Reach::Loopback => true,
        Reach::Local => false,
        Reach::Public => return Ok(seen),
    };
    Err(Miss::not_applicable(Unjudged::NotPublic {
        url: seen.place.name().to_owned(),
        loopback,
    }))
}

fn tls(seen: &Inspection) -> Result<&TlsFacts, Miss> {
    match &seen.tls {
        Some(Ok(facts)) => Ok(facts),
        Some(Err(ProbeError::Version(_))) => Err(Miss::inconclusive(crate::rule::blocked(
            RuleId::TLS_VERSION,
        ))),
        Some(Err(error)) => Err(Miss::inconclusive(Unjudged::Observed {
            what: error.to_string(),
        })),
        None => Err(Miss::not_applicable(Unjudged::NoCertificate {
            url: seen.place.name().to_owned(),
            scheme: seen.address.scheme.clone(),
        })),
    }
}

/// On a port that WeChat does not call nothing is wrong yet. Of the callback URL, the pages say no more than its ports.
fn settled(seen: &Inspection, finding: Finding) -> Miss {
    let finding = Finding {
        actual: format!("the {}: {}", seen.place.name(), finding.actual),
        ..finding
    };
    if !seen.address.is_on_usual_port() {
        Miss::Remark(finding)
    } else if seen.place == Place::Callback && finding.claim != "port" {
        Miss::Doubtful(finding)
    } else {
        Miss::Found(finding)
    }
}

fn fault_of_domain(address: &Address) -> Option<(&'static str, String)> {
    let host = &address.host;
    if address.is_ip {
        return Some(("ip-address", format!("the IP address {host}")));
    }
    if host == "localhost" {
        return Some(("localhost", "localhost".to_owned()));
    }
    (host == "api.weixin.qq.com").then(|| ("api-weixin", format!("WeChat's own {host}")))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::hand_made::transcript;

    fn facts(chain: Chain) -> TlsFacts {
        TlsFacts {
            version: "TLS 1.3",
            sent: vec![CertificateFacts {
                subject: "CN=h".into(),
                issuer: "CN=i".into(),
                names: vec!["h.example.com".into()],
                not_before: 1000,
                not_after: 2000,
            }],
            name_matches: true,
            chain,
        }
    }

    fn play(place: Place, url: &str, tls: Option<Result<TlsFacts, ProbeError>>) -> Transcript {
        let mut play = transcript(Vec::new());
        play.inspections.push(Inspection {
            place,
            address: Address::of(&Url::parse(url).unwrap()),
            tls,
            now: 1500,
        });
        play
    }

    fn said(rule: &Rule, play: &Transcript) -> &'static str {
        match (rule.judge)(play) {
            Ok(()) => "fine",
            Err(Miss::Found(finding)) => finding.claim,
            Err(Miss::Doubtful(_)) => "doubtful",
            Err(Miss::Remark(_)) => "remark",
            Err(Miss::NotApplicable(_)) => "not applicable",
            Err(Miss::Inconclusive(_)) => "inconclusive",
        }
    }

    #[test]
    fn a_port_is_wrong_where_wechat_would_call_it() {
        let said = |url| said(&PORTS, &play(Place::Callback, url, None));
        assert_eq!(said("https://h.example.com/"), "fine");
        assert_eq!(said("http://h.example.com:80/"), "fine");
        assert_eq!(said("http://h.example.com:443/"), "port");
        assert_eq!(said("https://h.example.com:8443/"), "remark");
        assert_eq!(said("http://127.0.0.1:8080/"), "not applicable");
    }

    #[test]
    fn a_domain_is_ones_own() {
        let said = |url| said(&DOMAIN, &play(Place::Prefetch, url, None));
        assert_eq!(said("https://h.example.com/"), "fine");
        assert_eq!(said("https://203.0.113.7/"), "ip-address");
        assert_eq!(said("https://203.0.113.7:8443/"), "remark");
        assert_eq!(said("https://api.weixin.qq.com/x"), "api-weixin");
        assert_eq!(said("https://192.168.0.2/"), "not applicable");
    }

    #[test]
    fn each_fault_of_a_certificate_is_one_rules_affair() {
        let untrusted = Chain::Untrusted {
            reason: "unknown".into(),
        };
        let missing = Chain::MissingIntermediate {
            issuer: "CN=i".into(),
            found: Found::Proven,
        };
        for (chain, of_chain, of_trust) in [
            (Chain::Trusted, "fine", "fine"),
            (missing, "missing-intermediate", "fine"),
            (Chain::SelfSigned, "fine", "self-signed"),
            (untrusted, "fine", "untrusted"),
        ] {
            let at = |place| {
                play(
                    place,
                    "https://h.example.com/",
                    Some(Ok(facts(chain.clone()))),
                )
            };
            assert_eq!(said(&CERTIFICATE_CHAIN, &at(Place::Prefetch)), of_chain);
            assert_eq!(said(&CERTIFICATE_TRUSTED, &at(Place::Prefetch)), of_trust);
            assert_eq!(said(&CERTIFICATE_DATE, &at(Place::Prefetch)), "fine");
            assert_eq!(said(&CERTIFICATE_NAME, &at(Place::Prefetch)), "fine");
            if of_trust != "fine" {
                assert_eq!(said(&CERTIFICATE_TRUSTED, &at(Place::Callback)), "doubtful");
            }
        }
    }

    #[test]
    fn data_come_from_a_business_domain_where_those_are_given() {
        let said = |business: &str, url| {
            let mut play = play(Place::Prefetch, url, None);
            play.profile_mut().domains.business = vec![business.to_owned()];
            said(&DOMAIN, &play)
        };
        assert_eq!(
            said("https://h.example.com", "https://H.example.com/x"),
            "fine"
        );
        assert_eq!(
            said("https://example.com", "https://h.example.com/x"),
            "not-business"
        );
        assert_eq!(
            said("https://example.com", "https://h.example.com:8443/x"),
            "remark"
        );
    }
}
