//! The domains of the configuration, list by list.

use wxcheck_protocol::domain::{DomainKind, Domains, faults_of_domain};

use crate::{
    finding::{Finding, Judgement, Miss},
    reason::Unjudged,
    rule::{Cases, Level, Rule, RuleId, Turn},
    step::Scenario,
};

/// Lines that a finding has besides its first.
const LINES: usize = 40;
/// Domains that one list could have until 2019, as some pages still have it.
const DOMAINS_ONCE: usize = 20;

pub(super) static DOMAIN_LIST: Rule = Rule {
    id: RuleId::new("network/domain-list"),
    since: "0.1.0",
    level: Level::Must,
    source: "pages on network use (domain settings), on business domains, and on modifyServerDomain",
    summary: "The domains of the configuration can be set at WeChat: the list's own scheme, a registered domain, at most 200 a list (300 business domains).",
    why: "The admin page refuses the list, or the mini program is refused the connection.",
    fix: "Take the domain out of the list that the finding names, or gather interfaces under fewer domains.",
    needs: &[],
    turn: Turn::First,
    scenarios: |profile| {
        if profile.domains.is_empty() {
            return Cases::None(Unjudged::NoDomains.into());
        }
        Cases::each([Scenario::default()])
    },
    claims: &[
        "too-many",
        "many",
        "duplicate",
        "not-a-url",
        "scheme",
        "userinfo",
        "path",
        "wildcard",
        "underscore",
        "single-label",
        "localhost",
        "international",
        "letters",
        "ip-address",
        "api-weixin",
        "not-a-port",
        "slash",
        "usual-port",
        "socket-port",
    ],
    judge: |transcript| judge_lists(&transcript.profile.domains),
};

/// Everything that is wrong with the lists, in one finding.
fn judge_lists(lists: &Domains) -> Judgement {
    let (mut faults, mut notes) = (Vec::new(), Vec::new());
    for (kind, domains) in lists.lists() {
        let list = kind.name();
        if domains.len() > kind.limit() {
            let line = format!(
                "{list}: {} domains, at most {}",
                domains.len(),
                kind.limit()
            );
            faults.push(("too-many", line));
        } else if kind != DomainKind::Business && domains.len() > DOMAINS_ONCE {
            let line = format!(
                "{list}: {} domains; some pages still say at most {DOMAINS_ONCE}",
                domains.len()
            );
            notes.push(("many", line));
        }
        for (at, domain) in domains.iter().enumerate() {
            for fault in faults_of_domain(kind, domain) {
                let line = format!("{list}: `{domain}` {}", fault.description());
                let told = (fault.claim(), line);
                if fault.is_refused(kind) {
                    faults.push(told);
                } else {
                    notes.push(told);
                }
            }
            let same = |other: &String| other.eq_ignore_ascii_case(domain);
            if domains[..at].iter().filter(|other| same(other)).count() == 1 {
                notes.push((
                    "duplicate",
                    format!("{list}: `{domain}` stands there twice"),
                ));
            }
        }
    }
    let wrong = faults.len();
    let mut lines = faults.into_iter().chain(notes);
    let Some((claim, first)) = lines.next() else {
        return Ok(());
    };
    let mut story: Vec<String> = lines.map(|(_, line)| line).collect();
    if story.len() > LINES {
        let rest = story.len() - LINES;
        story.truncate(LINES);
        story.push(format!("and {rest} more"));
    }
    let expected = "domains that the admin page takes: scheme, host, and a port where one is used";
    let finding = Finding::new(claim, 0, expected, first).with_story(story);
    Err(if wrong > 0 {
        Miss::Found(finding)
    } else {
        Miss::Remark(finding)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand_made::transcript;

    fn said(domains: Domains) -> &'static str {
        let mut play = transcript(Vec::new());
        play.profile_mut().domains = domains;
        match (DOMAIN_LIST.judge)(&play) {
            Ok(()) => "fine",
            Err(Miss::Found(finding)) => finding.claim,
            Err(Miss::Remark(_)) => "remark",
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_list_of_domains_is_looked_through() {
        let requests = |domains: &[&str]| Domains {
            request: domains.iter().map(|domain| (*domain).to_owned()).collect(),
            ..Domains::default()
        };
        let many = |count| Domains {
            request: numbered("https", count),
            ..Domains::default()
        };
        assert_eq!(said(requests(&["https://a.example.com:8443"])), "fine");
        assert_eq!(said(requests(&["https://192.168.0.2"])), "fine");
        assert_eq!(said(requests(&["http://a.example.com"])), "scheme");
        assert_eq!(said(requests(&["https://*.example.com"])), "wildcard");
        assert_eq!(said(requests(&["https://a.example.com:443"])), "remark");
        assert_eq!(said(requests(&["https://a_b.example.com"])), "remark");
        assert_eq!(said(requests(&["https://a.example.com"; 2])), "remark");
        assert_eq!(said(many(20)), "fine");
        assert_eq!(said(many(200)), "remark");
        assert_eq!(said(many(201)), "too-many");
        let business = |count| Domains {
            business: numbered("https", count),
            ..Domains::default()
        };
        assert_eq!(said(business(300)), "fine");
        assert_eq!(said(business(301)), "too-many");
        let sockets = |udp: &str, tcp: &str| Domains {
            socket: vec!["wss://a.example.com".into()],
            udp: vec![udp.into()],
            tcp: vec![tcp.into()],
            ..Domains::default()
        };
        assert_eq!(
            said(sockets("udp://a.example.com", "tcp://b.example.com")),
            "fine"
        );
        assert_eq!(
            said(sockets("udp://a.example.com", "udp://b.example.com")),
            "scheme"
        );
    }

    fn numbered(scheme: &str, count: usize) -> Vec<String> {
        let numbers = 0..count;
        numbers
            .map(|n| format!("{scheme}://a{n}.example.com"))
            .collect()
    }

    #[test]
    fn every_fault_is_reported_in_one_finding() {
        let lists = Domains {
            request: ["https://a.example.com/v1", "https://b", "https://b"]
                .map(str::to_owned)
                .into(),
            tcp: vec!["https://c.example.com".to_owned()],
            business: vec!["https://d_e.example.com".to_owned()],
            ..Domains::default()
        };
        let Err(Miss::Found(finding)) = judge_lists(&lists) else {
            panic!("the lists are broken");
        };
        assert_eq!(finding.claim, "path");
        let told = finding.story.join("\n");
        for part in [
            "request: `https://b` has a host of one word",
            "request: `https://b` stands there twice",
            "tcp: `https://c.example.com` has the wrong scheme",
            "business: `https://d_e.example.com` has a `_`",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
