//! Hosts that the platform may push to and fetch from: this machine, and those configured or allowed at the start.
//!
//! Destinations can be set later, through the control API and through `fetchdatasetting`. Without a list, whoever
//! reaches either could have wxcheck send requests to any machine that it reaches.

use std::collections::BTreeSet;

use reqwest::Url;

use crate::{
    reach::Reach,
    state::{State, fetch_setting::FetchSource},
    target::Target,
};

/// The hosts to which requests may go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets(BTreeSet<String>);

/// A host that is none of them.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "host `{0}` is neither this machine's nor configured at the start; start wxcheck with --allow-target {0}"
)]
pub(crate) struct Untargeted(String);

impl Targets {
    /// The hosts that the state names as it is now, and those that are allowed besides.
    pub(crate) fn of(state: &State, allowed: &[String]) -> Self {
        let mut hosts: BTreeSet<String> = allowed.iter().map(|host| bare(host)).collect();
        for app in state.apps.values() {
            let callbacks = app.settings.callback.iter().flat_map(Target::all);
            hosts.extend(
                callbacks
                    .filter_map(|target| target.url.host_str())
                    .map(bare),
            );
            for setting in [&app.fetch.pre, &app.fetch.period] {
                if let FetchSource::Server { url } = &setting.source
                    && let Ok(url) = Url::parse(url)
                {
                    hosts.extend(url.host_str().map(bare));
                }
            }
        }
        Self(hosts)
    }

    /// Checks that requests may go there.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Untargeted> {
        let host = bare(url.host_str().unwrap_or_default());
        if Reach::of_url(url) == Reach::Loopback || self.0.contains(&host) {
            Ok(())
        } else {
            Err(Untargeted(host))
        }
    }
}

/// As hosts are compared: in small letters, without brackets, without the dot at the end.
fn bare(host: &str) -> String {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::account::Account;

    use super::*;
    use crate::{state::app::AppSettings, target::tests::target};

    #[test]
    fn this_machine_the_configured_and_the_allowed_are_targets() {
        let mut state = State::new(1, true);
        state.register(AppSettings {
            appid: "wx0".into(),
            secret: None,
            kind: Account::Mini,
            ip_whitelist: Vec::new(),
            callback: Some(target("https://callback.example/wechat")),
            open: false,
            domains: wxcheck_protocol::domain::Domains::default(),
        });
        let source = "https://Data.example/x".to_owned();
        if let Some(app) = state.apps.get_mut("wx0") {
            app.fetch.pre.source = FetchSource::Server { url: source };
        }
        let targets = Targets::of(&state, &["Allowed.example.".into(), "192.168.1.7".into()]);
        let check = |url: &str| targets.check(&Url::parse(url).unwrap());
        for url in [
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://localhost/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0/",
            "https://callback.example:8443/other",
            "https://data.example/",
            "http://allowed.example/",
            "http://192.168.1.7/",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "http://169.254.169.254/latest/meta-data",
            "http://192.168.1.8/",
            "http://other.example/",
            "http://localhost.other.example/",
        ] {
            let error = check(url).unwrap_err().to_string();
            assert!(error.contains("--allow-target"), "{error}");
        }
    }
}
