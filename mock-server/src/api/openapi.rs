//! Management of the API itself: quotas, and the fate of a request.

use serde_json::json;

use crate::state::rid::NotShown;

use super::{
    Desk,
    endpoint::{self, Endpoint},
    errcode::{ApiError, Errcode},
    reply::Reply,
};

pub(super) fn clear_quota(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    if body["appid"].as_str() != Some(&**desk.appid) {
        return Err(ApiError::of(Errcode::INVALID_APPID));
    }
    clear(desk)
}

pub(super) fn clear_quota_v2(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    clear(desk)
}

fn clear(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    if desk.app.quotas.clear_all(desk.call.now) {
        Ok(Reply::Ok)
    } else {
        Err(ApiError::of(Errcode::CLEARED_TOO_OFTEN))
    }
}

pub(super) fn quota_get(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let endpoint = named(desk)?;
    let used = desk.app.quotas.used_today(endpoint.path, desk.call.now);
    // Where no limit is documented, 0 stands for none.
    let daily_limit = endpoint.quota.per_day.unwrap_or(0);
    let mut reply = json!({
        "errcode": 0,
        "errmsg": "ok",
        "quota": {
            "daily_limit": daily_limit,
            "used": used,
            "remain": daily_limit.saturating_sub(used),
        },
    });
    if let Some(per_minute) = endpoint.quota.per_minute {
        reply["rate_limit"] = json!({"call_count": per_minute, "refresh_second": 60});
    }
    Ok(Reply::Json(reply))
}

pub(super) fn quota_clear(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let endpoint = named(desk)?;
    if desk.app.quotas.clear_one(endpoint.path, desk.call.now) {
        Ok(Reply::Ok)
    } else {
        Err(ApiError::of(Errcode::CLEARED_TOO_OFTEN))
    }
}

/// The endpoint of `cgi_path`, with or without the slash in front.
fn named(desk: &Desk<'_>) -> Result<&'static Endpoint, ApiError> {
    let body = desk.call.json()?;
    let path = body["cgi_path"].as_str().unwrap_or_default();
    let path = format!("/{}", path.trim_start_matches('/'));
    endpoint::find(&path).ok_or(ApiError::of(Errcode::CGI_PATH_NOT_FOUND))
}

pub(super) fn rid_get(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let rid = body["rid"].as_str().unwrap_or_default();
    let request = desk
        .requests
        .find(rid, desk.appid, desk.call.now)
        .map_err(|untold| {
            ApiError::of(match untold {
                NotShown::Unknown => Errcode::RID_UNKNOWN,
                NotShown::Malformed => Errcode::RID_MALFORMED,
                NotShown::OfAnother => Errcode::RID_OF_ANOTHER,
                NotShown::TooOld => Errcode::RID_TOO_OLD,
            })
        })?;
    Ok(Reply::Json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "request": {
            "invoke_time": request.at / 1000,
            "cost_in_ms": 1,
            "request_url": request.url,
            "request_body": request.body,
            "response_body": request.answer,
            "client_ip": request.client.to_string(),
        },
    })))
}
