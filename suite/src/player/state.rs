//! Changes of a play on the mock platform: users who write or open the mini program, and what happens to the API.

use wxcheck_mock_server::{
    fault::{Fault, FaultKind},
    sending,
    state::State,
};

use super::{Player, percent_of};
use crate::step::ApiAct;

/// The event of a user who follows the account no longer.
const UNFOLLOWS: &str = "unsubscribe";

impl Player<'_> {
    /// The users of a play have just written, so that every window is open for answers; but for one who has just gone.
    pub(super) fn register(&self, openid: &str, push: &str) {
        let Some(api) = self.platform.api() else {
            return;
        };
        let appid = &self.platform.target().credentials.appid;
        api.hub().with(|state, now| {
            if let Some(app) = state.apps.get_mut(appid.as_str()) {
                let user = app.enrol(openid);
                user.write(now);
                if push == UNFOLLOWS {
                    user.windows.close();
                }
            }
        });
    }

    /// The user opens the mini program, and WeChat makes a login code: what a prefetch carries where no token was
    /// set. `None` where nobody could exchange it.
    pub(super) fn log_in(&self, openid: &str) -> Option<String> {
        let appid = &self.platform.target().credentials.appid;
        self.platform.api()?.hub().with(|state, now| {
            let State { apps, draw, .. } = state;
            let app = apps.get_mut(appid.as_str())?;
            app.enrol(openid).log_in(now, draw);
            Some(app.login_codes.issue(openid, now, draw))
        })
    }

    /// Something happens to the API.
    pub(super) fn happen(&self, act: ApiAct) {
        let Some(api) = self.platform.api() else {
            return;
        };
        let appid = &self.platform.target().credentials.appid;
        let limit = self.profile().limit;
        api.hub().with(|state, now| match act {
            ApiAct::RevokeTokens => {
                if let Some(app) = state.apps.get_mut(appid.as_str()) {
                    app.tokens.revoke_all();
                }
            }
            ApiAct::ExpireTokens => {
                if let Some(app) = state.apps.get_mut(appid.as_str()) {
                    app.tokens.expire_all(now);
                }
            }
            ApiAct::RefuseMessages { errcode } => {
                for path in sending::PATHS {
                    go_wrong(state, path, FaultKind::Errcode(errcode));
                }
            }
            ApiAct::Slow { percent } => {
                let millis = percent_of(limit, percent).as_millis();
                let millis = u64::try_from(millis).unwrap_or(u64::MAX);
                go_wrong(state, "*", FaultKind::SlowMillis(millis));
            }
            ApiAct::Recover => state.faults.clear(),
        });
    }
}

/// From now on the calls of an endpoint go wrong in that way.
fn go_wrong(state: &mut State, endpoint: &str, kind: FaultKind) {
    let fault = Fault {
        endpoint: endpoint.to_owned(),
        kind,
        chance: 1.0,
        after: 0,
        times: None,
    };
    // Refused only where the patience makes an answer slower than any may be.
    let _ = state.faults.set(fault, |_| true);
}
