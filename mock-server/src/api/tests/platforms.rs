//! Calls of third-party platforms.

use std::collections::BTreeSet;

use super::*;

const PLATFORM: &str = "wxplatform";
const COMPONENT: &str = "POST /cgi-bin/component/api_component_token";
const QUERY_AUTH: &str = "POST /cgi-bin/component/api_query_auth?component_access_token=$T";
const RENEW: &str = "POST /cgi-bin/component/api_authorizer_token?component_access_token=$T";

fn authorize(bench: &mut Bench, sets: &[u32]) -> String {
    let State { apps, draw, .. } = &mut bench.state;
    let (authorizer, _) = apps.get_key_value(MINI).unwrap();
    let authorizer = Arc::clone(authorizer);
    let platform = apps.get_mut(PLATFORM).unwrap();
    let sets = sets.iter().copied().collect::<BTreeSet<u32>>();
    let code = platform
        .authorizations
        .grant(&authorizer, sets, bench.now, draw);
    format!(r#"{{"component_appid":"{PLATFORM}","authorization_code":"{code}"}}"#)
}

/// Each call's answer and each of its errors.
pub(super) fn all(bench: &mut Bench) {
    let own = bench.token.clone();
    let settings = AppSettings::clone(&bench.state.apps[MINI].settings);
    bench.state.register(AppSettings {
        appid: PLATFORM.into(),
        kind: Account::Platform,
        callback: None,
        ..settings
    });
    let component = |appid: &str, secret: &str, ticket: &str| {
        format!(
            r#"{{"component_appid":"{appid}","component_appsecret":"{secret}","component_verify_ticket":"{ticket}"}}"#
        )
    };
    bench.fails(COMPONENT, "{}", 41002);
    bench.fails(COMPONENT, &component(MINI, "s3cret", "t"), 40013);
    bench.fails(COMPONENT, &component(PLATFORM, "", "t"), 41004);
    bench.fails(COMPONENT, &component(PLATFORM, "x", "t"), 40125);
    bench.fails(COMPONENT, &component(PLATFORM, "s3cret", ""), 61006);
    let reply = bench.ok(COMPONENT, &component(PLATFORM, "s3cret", "t"));
    assert_eq!(reply["expires_in"], 7200);

    let code = authorize(bench, &[1]);
    bench.fails(QUERY_AUTH, &code, 40001);
    bench.token = reply["component_access_token"].as_str().unwrap().to_owned();
    bench.fails(FETCH, r#"{"action":"get"}"#, 40001);
    bench.fails(QUERY_AUTH, r#"{"component_appid":"wx1"}"#, 40013);
    bench.fails(QUERY_AUTH, r#"{"authorization_code":"x"}"#, 61009);
    let reply = bench.ok(QUERY_AUTH, &code);
    bench.fails(QUERY_AUTH, &code, 61009);
    let info = &reply["authorization_info"];
    let renewal = |token: &str, authorizer: &str| {
        format!(r#"{{"authorizer_appid":"{authorizer}","authorizer_refresh_token":"{token}"}}"#)
    };
    bench.fails(RENEW, &renewal("x", OFFICIAL), 61003);
    bench.fails(RENEW, &renewal("x", MINI), 61023);
    let refresh = info["authorizer_refresh_token"].as_str().unwrap();
    let renewed = bench.ok(RENEW, &renewal(refresh, MINI));
    bench.token = renewed["authorizer_access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.fails(FETCH, r#"{"action":"get"}"#, 61007);
    // No page names the set of this one.
    bench.ok("GET /cgi-bin/getcallbackip?access_token=$T", "");
    bench.token = own;
}
