//! The page at `/_wxcheck/ui/`: the files of `console/`, as they stand there.
//!
//! They hold nothing that is secret, so they are shown without a token. What the page shows it asks the control API
//! for, with the rights of whoever opened it.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{
    Json, Router,
    extract::Path,
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
            REFERRER_POLICY, X_FRAME_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use wxcheck_console::FILES;

/// The path of the page.
pub(super) const PAGE: &str = "/_wxcheck/ui/";
/// Own files only: no script or style within the page, nothing from elsewhere, and no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
pub(super) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The mark of what is served, which a browser compares: it changes with any of the files.
static MARK: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, text) in FILES {
        hash.update(name);
        hash.update(text);
    }
    let mut mark = String::from("\"");
    for byte in &hash.finalize()[..12] {
        let _ = write!(mark, "{byte:02x}");
    }
    mark + "\""
});

/// The page as a service.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let to_page = || async { (StatusCode::PERMANENT_REDIRECT, [(LOCATION, PAGE)]) };
    Router::new()
        .route("/_wxcheck/ui", get(to_page))
        .route(
            PAGE,
            get(|headers: HeaderMap| async move { file("index.html", &headers) }),
        )
        .route(
            "/_wxcheck/ui/{name}",
            get(
                |Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) },
            ),
        )
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    let Some((_, text)) = FILES.iter().find(|(own, _)| *own == name) else {
        let told = json!({"error": "no file of the page is called so; it is at /_wxcheck/ui/"});
        return (StatusCode::NOT_FOUND, Json(told)).into_response();
    };
    let content_type = match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    let told = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (OPENER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-cache"),
        (ETAG, MARK.as_str()),
    ];
    let known = headers.get(IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == MARK.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, told).into_response();
    }
    (told, *text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_with_its_headers_and_not_again_while_it_is_the_same() {
        let answer = file("index.html", &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::OK);
        let told = |name: HeaderName| answer.headers()[name].to_str().unwrap();
        assert_eq!(told(CONTENT_SECURITY_POLICY), POLICY);
        assert_eq!(told(X_FRAME_OPTIONS), "DENY");
        assert_eq!(told(REFERRER_POLICY), "no-referrer");
        let mut known = HeaderMap::new();
        known.insert(IF_NONE_MATCH, told(ETAG).parse().unwrap());
        assert_eq!(
            file("index.html", &known).status(),
            StatusCode::NOT_MODIFIED
        );
        for name in ["nothing.js", "../Cargo.toml", "..%2fCargo.toml", ""] {
            let missing = file(name, &HeaderMap::new());
            assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
