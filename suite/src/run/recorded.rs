//! The first and the last event of a run.

use wxcheck_events::{FetchUrl, Kind, RunBegun, VERSION};
use wxcheck_protocol::fetch::FetchKind;

use crate::{
    log::{Log, hiding::Hiding, micros},
    plan::{Ended, Plan},
    player::Player,
    redact::Secrets,
};

impl Log<'_> {
    /// A run begins.
    pub(crate) fn begin(self, player: &Player<'_>, url: &str, plan: &Plan) {
        let profile = player.profile();
        let secrets = player.secrets();
        let hiding = Hiding(&secrets);
        let fetch_url = |(kind, url): (FetchKind, String)| FetchUrl {
            kind: kind.name().to_owned(),
            url: hiding.own(&url),
        };
        let begun = RunBegun {
            log: VERSION,
            wxcheck: env!("CARGO_PKG_VERSION").to_owned(),
            seed: plan.seed,
            url: hiding.own(url),
            mode: profile.mode.to_string(),
            format: profile.format.to_string(),
            account: profile.account.to_string(),
            limit_micros: micros(profile.limit),
            callback: profile.callback,
            fail_on: plan.gate.words(),
            fetch_urls: player.fetch_urls().into_iter().map(fetch_url).collect(),
            authorization_url: player.authorization_url().map(|url| hiding.own(&url)),
            rules: plan.rules.iter().map(|rule| rule.id.to_string()).collect(),
        };
        self.note(Kind::RunBegun(Box::new(begun)));
    }
}

/// The end of a run, for its last event.
pub(crate) fn ended(ended: &Ended, secrets: &Secrets) -> wxcheck_events::Ended {
    match ended {
        Ended::Whole => wxcheck_events::Ended::Whole,
        Ended::Stopped(by) => wxcheck_events::Ended::Stopped { by: by.clone() },
        Ended::OutOfTime => wxcheck_events::Ended::OutOfTime,
        Ended::NoContact(reason) => wxcheck_events::Ended::NoContact {
            reason: Hiding(secrets).answer(&reason.to_string()),
        },
    }
}
