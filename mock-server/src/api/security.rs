//! Content security: texts at once, media later by a push, users by a rank.
//!
//! The content itself decides what is risky: whatever holds `wxcheck-risky` is, whatever holds
//! `wxcheck-review` is to be looked at, and all the rest passes.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    bounds::URL_BYTES,
    composer::Setting,
    state::{
        SECOND,
        outbox::{DuePush, Ending},
    },
};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

/// The longest text, in characters.
const TEXT_LIMIT: usize = 2500;
/// The delay after which the result of a check is pushed. WeChat says within thirty minutes.
const CHECKED_AFTER: u64 = SECOND;

/// The result of a check: the suggestion and the label of the content security pages.
#[derive(Clone, Copy)]
struct Risk {
    suggest: &'static str,
    label: i64,
}

const PASS: Risk = Risk {
    suggest: "pass",
    label: 100,
};

fn judge(content: &str) -> Risk {
    if content.contains("wxcheck-risky") {
        Risk {
            suggest: "risky",
            label: 20_001,
        }
    } else if content.contains("wxcheck-review") {
        Risk {
            suggest: "review",
            label: 21_000,
        }
    } else {
        PASS
    }
}

pub(super) fn msg_sec_check(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let content = body["content"].as_str().unwrap_or_default();
    if content.is_empty() || content.chars().count() > TEXT_LIMIT {
        return Err(ApiError::of(Errcode::DATA_FORMAT));
    }
    let finding = judge(content);
    if body["version"].as_i64() != Some(2) {
        // The first version knows two answers.
        return if finding.suggest == "pass" {
            Ok(Reply::Ok)
        } else {
            Err(ApiError::of(Errcode::RISKY_CONTENT))
        };
    }
    check_scene_and_user(desk, body)?;
    let trace_id = desk.trace_id();
    Ok(Reply::Json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": finding.suggest, "label": finding.label},
        "detail": [{
            "strategy": "content_model",
            "errcode": 0,
            "suggest": finding.suggest,
            "label": finding.label,
            "prob": 90,
        }],
        "trace_id": trace_id,
    })))
}

pub(super) fn media_check_async(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let url = body["media_url"].as_str().unwrap_or_default();
    let is_url = url.starts_with("http://") || url.starts_with("https://");
    if !is_url || url.len() > URL_BYTES {
        return Err(ApiError::of(Errcode::DATA_FORMAT));
    }
    if !matches!(body["media_type"].as_i64(), Some(1 | 2)) {
        return Err(ApiError::of(Errcode::INVALID_MEDIA_TYPE));
    }
    let openid = check_scene_and_user(desk, body)?;
    let checked_media = format!("media_check {url}");
    let already = desk.outbox.is_waiting(desk.appid, &checked_media);
    if already {
        return Err(ApiError::of(Errcode::REPEATED_REQUEST));
    }
    let trace_id = desk.trace_id();
    let finding = judge(url);
    let push = DuePush {
        appid: Arc::clone(desk.appid),
        openid: openid.to_string(),
        push: "wxa_media_check".into(),
        settings: vec![
            Setting::value("trace_id", &trace_id),
            Setting::value("suggest", finding.suggest),
            Setting::value("label", finding.label.to_string()),
        ],
        about: Some(checked_media),
        begun: None,
        ending: Ending::default(),
    };
    desk.outbox.post(desk.call.now + CHECKED_AFTER, push);
    Ok(Reply::Json(
        json!({"errcode": 0, "errmsg": "ok", "trace_id": trace_id}),
    ))
}

/// 40129, then 40003 or 43104, then 61010.
fn check_scene_and_user(desk: &mut Desk<'_>, body: &Value) -> Result<Arc<str>, ApiError> {
    if !matches!(body["scene"].as_i64(), Some(1..=4)) {
        return Err(ApiError::of(Errcode::INVALID_SCENE));
    }
    present_user(desk, body)
}

/// A user of this app who was in the mini program within two hours.
fn present_user(desk: &mut Desk<'_>, body: &Value) -> Result<Arc<str>, ApiError> {
    let openid = body["openid"].as_str().unwrap_or_default();
    let mismatch = !openid.is_empty() && openid.starts_with('o');
    let openid = desk.user(Some(openid)).map_err(|error| {
        if mismatch {
            ApiError::of(Errcode::OPENID_APPID_MISMATCH)
        } else {
            error
        }
    })?;
    let (now, open) = (desk.now(), desk.app.settings.open);
    if open || desk.app.enrol(&openid).is_present(now) {
        Ok(openid)
    } else {
        Err(ApiError::of(Errcode::CODE_EXPIRED))
    }
}

pub(super) fn getuserriskrank(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    if body["appid"].as_str() != Some(&**desk.appid) {
        return Err(ApiError::of(Errcode::UNAUTHORIZED));
    }
    if !matches!(body["scene"].as_i64(), Some(0..=2)) {
        return Err(ApiError::of(Errcode::INVALID_SCENE));
    }
    let openid = present_user(desk, body)?;
    let risk_rank = desk.app.enrol(&openid).risk_rank;
    let unoin_id = desk.draw.next() >> 1;
    // The name is misspelt on the page, and on the wire.
    Ok(Reply::Json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "unoin_id": unoin_id,
        "risk_rank": risk_rank,
    })))
}
