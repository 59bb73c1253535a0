//! Authorisations: an app lets a third-party platform call the API for it.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};
use wxcheck_protocol::account::Account;

use crate::{bounds::AUTHORIZATIONS_IN_ALL, state::State};

use super::{ControlDesk, ControlError, ControlResult, DONE, Done, Offered, Path};

/// Permission sets that one authorisation can hold. There are some forty.
const SETS: usize = 100;

/// The permissions that the app gives.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct GrantForm {
    /// The permission sets, by their numbers; `fetchdatasetting` wants 18.
    permission_sets: BTreeSet<u32>,
}

impl Default for GrantForm {
    fn default() -> Self {
        Self {
            permission_sets: BTreeSet::from([18]),
        }
    }
}

/// The values that come back to the platform's redirect URL.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Granted {
    /// For `api_query_auth`, once within an hour.
    authorization_code: String,
}

/// Let an app authorise a third-party platform; what it gave before ends
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/authorizations/{authorizer}", params(("appid" = String, Path), ("authorizer" = String, Path)), request_body = GrantForm, responses((status = 200, body = Granted), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn put(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, authorizer)): Path<(String, String)>,
    Offered(form): Offered<GrantForm>,
) -> ControlResult<Granted> {
    if form.permission_sets.len() > SETS {
        return Err(ControlError::bad(format!(
            "permission_sets: give at most {SETS}"
        )));
    }
    desk.hub.with(|state, now| {
        let State { apps, draw, .. } = state;
        let known = apps.get_key_value(authorizer.as_str());
        let (authorizer, _) = known.ok_or_else(|| ControlError::no_app(&authorizer))?;
        let authorizer = Arc::clone(authorizer);
        let in_all: usize = apps.values().map(|app| app.authorizations.len()).sum();
        let platform = apps.get_mut(appid.as_str());
        let platform = platform.ok_or_else(|| ControlError::no_app(&appid))?;
        if platform.settings.kind != Account::Platform {
            return Err(ControlError::bad(format!(
                "appid `{appid}`: the app is no third-party platform; register it with `\"kind\": \"platform\"`"
            )));
        }
        if in_all >= AUTHORIZATIONS_IN_ALL && !platform.authorizations.has(&authorizer) {
            return Err(ControlError::bad(format!(
                "appid `{authorizer}`: all platforms together have {AUTHORIZATIONS_IN_ALL} authorisations already; DELETE one"
            )));
        }
        let sets = form.permission_sets;
        let code = platform.authorizations.grant(&authorizer, sets, now, draw);
        Ok(Json(Granted {
            authorization_code: code.to_string(),
        }))
    })
}

/// Let an app take its authorisation back
#[cfg_attr(test, utoipa::path(delete, path = "/_wxcheck/apps/{appid}/authorizations/{authorizer}", params(("appid" = String, Path), ("authorizer" = String, Path)), responses((status = 200, body = Done), (status = 404, body = ControlError))))]
pub(super) async fn delete(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, authorizer)): Path<(String, String)>,
) -> ControlResult<Done> {
    desk.hub.with(|state, _| {
        let platform = state.apps.get_mut(appid.as_str());
        let platform = platform.ok_or_else(|| ControlError::no_app(&appid))?;
        if platform.authorizations.take_back(&authorizer) {
            Ok(DONE)
        } else {
            Err(ControlError::not_found(format!(
                "appid `{authorizer}`: the app did not authorise `{appid}`"
            )))
        }
    })
}
