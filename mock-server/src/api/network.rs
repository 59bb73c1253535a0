//! Addresses: where pushes come from, where the API is, and whether the callback URL can be reached.

use serde_json::{Value, json};

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

/// wxcheck pushes from the machine it runs on.
const OUR_ADDRESS: &str = "127.0.0.1";

#[expect(
    clippy::unnecessary_wraps,
    reason = "every handler of the table has this form"
)]
pub(super) fn our_address(_desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    Ok(Reply::Json(json!({"ip_list": [OUR_ADDRESS]})))
}

/// Nothing is resolved or pinged: a host that is an address is answered as that, a name as this machine.
pub(super) fn callback_check(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let action = body["action"].as_str().unwrap_or("all");
    if !matches!(action, "dns" | "ping" | "all") {
        return Err(ApiError::of(Errcode::CHECK_ACTION));
    }
    let operator = body["check_operator"].as_str().unwrap_or("DEFAULT");
    if !matches!(operator, "CHINANET" | "UNICOM" | "CAP" | "DEFAULT") {
        return Err(ApiError::of(Errcode::CHECK_OPERATOR));
    }
    let target = desk
        .app
        .settings
        .callback
        .as_ref()
        .ok_or(ApiError::of(Errcode::CHECK_URL))?;
    let host = target.url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host
        .parse::<std::net::IpAddr>()
        .map_or_else(|_| OUR_ADDRESS.to_owned(), |address| address.to_string());
    let mut reply = json!({});
    if action != "ping" {
        reply["dns"] = json!([{"ip": address, "real_operator": operator}]);
    }
    if action != "dns" {
        let ping: Value = json!([{
            "ip": address,
            "from_operator": operator,
            "package_loss": "0%",
            "time": "0.079ms",
        }]);
        reply["ping"] = ping;
    }
    Ok(Reply::Json(reply))
}
