//! The sources of fetched data, as a server sets them.

use super::*;

pub(super) fn all(bench: &mut Bench) {
    let reply = bench.ok(FETCH, r#"{"action":"get"}"#);
    assert_eq!(reply["is_pre_fetch_open"], false);
    bench.ok(
        FETCH,
        r#"{"action":"set_pre_fetch","is_pre_fetch_open":true,"pre_fetch_type":0,"pre_fetch_url":"https://x.cn/pre"}"#,
    );
    bench.ok(
        FETCH,
        r#"{"action":"set_period_fetch","is_period_fetch_open":true,"period_fetch_type":1,"period_env":"e","period_function_name":"f"}"#,
    );
    let reply = bench.ok(FETCH, r#"{"action":"get"}"#);
    assert_eq!(reply["pre_fetch_url"], "https://x.cn/pre");
    assert_eq!(reply["period_function_name"], "f");
    bench.ok(
        FETCH,
        r#"{"action":"set_pre_fetch","is_pre_fetch_open":false,"pre_fetch_type":0,"pre_fetch_url":"https://x.cn/pre"}"#,
    );
    for (body, code) in [
        (r#"{"action":"set_pre_fetch","pre_fetch_type":0}"#, 47001),
        (
            r#"{"action":"set_pre_fetch","is_pre_fetch_open":false}"#,
            9_410_014,
        ),
        (
            r#"{"action":"set_period_fetch","is_period_fetch_open":true,"period_fetch_type":0}"#,
            9_410_016,
        ),
        (r#"{"action":"x"}"#, 9_410_013),
        (
            r#"{"action":"set_pre_fetch","is_pre_fetch_open":true,"pre_fetch_type":2}"#,
            9_410_014,
        ),
        (
            r#"{"action":"set_pre_fetch","is_pre_fetch_open":true,"pre_fetch_type":0,"pre_fetch_url":"http://x.cn"}"#,
            9_410_016,
        ),
        (
            r#"{"action":"set_pre_fetch","is_pre_fetch_open":true,"pre_fetch_type":1,"pre_env":"e"}"#,
            9_410_017,
        ),
    ] {
        bench.fails(FETCH, body, code);
    }
    let official = bench.fetch_token(OFFICIAL);
    bench.fails(
        &FETCH.replace("$T", &official),
        r#"{"action":"get"}"#,
        40166,
    );
}
