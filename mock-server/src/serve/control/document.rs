//! Generates the OpenAPI document from the handlers, and compares it with the file that is served.

use std::{fs, path::Path};

use utoipa::{OpenApi, openapi::OpenApi as Document};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::*;

#[derive(OpenApi)]
#[openapi(info(
    title = "wxcheck control API",
    description = "Control API of the mock WeChat platform: apps, users and their acts, pushes, faults, the clock, and the journal of everything. Times are milliseconds since the Unix epoch, on the platform's clock. With --control-token, every request shows it as `Authorization: Bearer TOKEN`; a browser shows it once, to /_wxcheck/session, and its cookie from then on."
))]
struct Description;

fn generated() -> Document {
    described().split_for_parts().1
}

fn described() -> OpenApiRouter<ControlDesk> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(apps::list))
        .routes(routes!(apps::put, apps::get, apps::delete))
        .routes(routes!(apps::put_template))
        .routes(routes!(menu::put, menu::get))
        .routes(routes!(media::get))
        .routes(routes!(apps::revoke_tokens))
        .routes(routes!(authorizations::put, authorizations::delete))
        .routes(routes!(apps::messages))
        .routes(routes!(session::get, session::post, session::delete))
        .routes(routes!(session::certificate))
        .routes(routes!(users::list))
        .routes(routes!(users::put, users::get, users::delete))
        .routes(routes!(devices::put, devices::get, devices::delete))
        .routes(routes!(devices::set_token, devices::get_token))
        .routes(routes!(devices::open))
        .routes(routes!(devices::data))
        .routes(routes!(listening::listen))
        .routes(routes!(client_request::request))
        .routes(routes!(fetch_setting::put, fetch_setting::get))
        .routes(routes!(fleet::post, fleet::get, fleet::delete))
        .routes(routes!(users::act))
        .routes(routes!(pushes::list))
        .routes(routes!(pushes::push))
        .routes(routes!(journal::read))
        .routes(routes!(journal::search))
        .routes(routes!(journal::get))
        .routes(routes!(journal::chat))
        .routes(routes!(again::resend))
        .routes(routes!(again::duplicate))
        .routes(routes!(again::resend_altered))
        .routes(routes!(reorder::reorder))
        .routes(routes!(event_stream::events))
        .routes(routes!(health::health))
        .routes(routes!(health::metrics))
        .routes(routes!(pushes::list_held))
        .routes(routes!(runs::begin))
        .routes(routes!(runs::end))
        .routes(routes!(runs::append))
        .routes(routes!(
            platform::faults,
            platform::set_fault,
            platform::clear_faults
        ))
        .routes(routes!(platform::remove_fault))
        .routes(routes!(platform::clock))
        .routes(routes!(platform::advance))
        .routes(routes!(platform::reset))
        .routes(routes!(platform::state))
        .routes(routes!(platform::snapshots, platform::take_snapshot))
        .routes(routes!(platform::restore, platform::drop_snapshot))
}

/// `WXCHECK_REFRESH=1` writes it anew.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the document is refreshed where it stands"
)]
fn the_document_is_what_the_handlers_say() {
    let generated = generated().to_pretty_json().unwrap() + "\n";
    if std::env::var("WXCHECK_REFRESH").is_ok() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/control/openapi.json");
        fs::write(file, &generated).unwrap();
    } else {
        assert!(
            generated == DOCUMENT,
            "stale: WXCHECK_REFRESH=1 cargo test -p wxcheck-mock-server document"
        );
    }
}
