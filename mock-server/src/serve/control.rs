//! The control API: what a test or a person tells the platform to do, as JSON below `/_wxcheck/`.
//!
//! Its OpenAPI document is generated from the handlers by a test, and served as the file that the test compares it with: what
//! generates it takes as long to compile as an HTTP stack.

mod again;
mod apps;
mod authorizations;
mod client_request;
pub(super) mod complaint;
mod devices;
mod event_stream;
mod fetch_setting;
mod fleet;
mod health;
mod journal;
mod listening;
mod media;
mod menu;
mod platform;
mod pushes;
mod reorder;
mod runs;
mod session;
mod users;

#[cfg(test)]
mod document;

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::HttpBody as _,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State as Shared},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
        request::Parts,
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use crate::{
    bounds::{CONTROL_BODY_BYTES, CONTROL_CALLS, WAITERS},
    cut::cut,
    hub::Hub,
    state::NoRoom,
};

use super::{
    HEALTH,
    body::Room,
    phones::Phones,
    pusher::Pusher,
    session::Sessions,
    ui,
    visiting::Visiting,
    words::{Words, in_language},
};
use platform::Snapshots;

/// Bytes of a request's text that an error repeats.
const ERROR_BYTES: usize = 2048;

/// The data that the handlers work with.
#[derive(Clone)]
struct ControlDesk {
    hub: Arc<Hub>,
    pusher: Arc<Pusher>,
    phones: Arc<Phones>,
    visiting: Arc<Visiting>,
    snapshots: Arc<Mutex<Snapshots>>,
    /// Room for uploads on their way to slow readers.
    room: Room,
    places: Arc<Semaphore>,
    waiters: Arc<Semaphore>,
    /// The control token, if one is set.
    sessions: Option<Arc<Sessions>>,
    /// The platform's certificate as PEM, where it speaks TLS.
    certificate: Option<Arc<str>>,
    /// Changes when a request may have changed apps, users, phones, faults, the clock or snapshots.
    changes: watch::Sender<()>,
    /// Becomes true when nothing is waited for any more.
    closing: watch::Receiver<bool>,
}

impl ControlDesk {
    /// A place for a request that waits for something to happen.
    fn find_waiter(&self) -> Result<SemaphorePermit<'_>, ControlError> {
        self.waiters.try_acquire().map_err(|_| too_many_waiters())
    }
}

fn too_many_waiters() -> ControlError {
    ControlError::busy(format!(
        "wait: {WAITERS} requests wait already; ask without waiting, or later"
    ))
}

/// A user who cannot be registered.
fn no_room(error: NoRoom) -> ControlError {
    match error {
        NoRoom::App(appid) => ControlError::no_app(&appid),
        NoRoom::Users(_) => ControlError::bad(error.to_string()),
    }
}

/// The description of the control API, for people and programs.
const DOCUMENT: &str = include_str!("control/openapi.json");

/// The door of the control API: who is let in, and the words for those who are not.
pub(super) struct Door {
    /// Callers that showed the control token, if one is set.
    pub(super) sessions: Option<Sessions>,
    /// The platform's certificate as PEM, where it speaks TLS.
    pub(super) certificate: Option<Arc<str>>,
    /// The words of errors in other languages.
    pub(super) words: Option<Arc<dyn Words>>,
}

/// The control API as a service.
pub(super) fn router(
    hub: Arc<Hub>,
    pusher: Arc<Pusher>,
    phones: Arc<Phones>,
    visiting: Arc<Visiting>,
    room: Room,
    door: Door,
    closing: watch::Receiver<bool>,
) -> Router {
    let desk = ControlDesk {
        hub,
        pusher,
        phones,
        visiting,
        snapshots: Arc::default(),
        room,
        places: Arc::new(Semaphore::new(CONTROL_CALLS)),
        waiters: Arc::new(Semaphore::new(WAITERS)),
        sessions: door.sessions.map(Arc::new),
        certificate: door.certificate,
        changes: watch::Sender::new(()),
        closing,
    };
    let told = || async { ([("content-type", "application/json")], DOCUMENT) };
    let router = platform_routes()
        .layer(from_fn_with_state(desk.clone(), tell_change))
        .merge(journal_routes())
        .route("/_wxcheck/openapi.json", get(told))
        .fallback(|| async {
            ControlError::not_found("no such path; GET /_wxcheck/openapi.json lists all")
        })
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(CONTROL_BODY_BYTES))
        .layer(from_fn_with_state(desk.clone(), admit));
    router
        .merge(open_routes().method_not_allowed_fallback(wrong_method))
        .layer(from_fn(check_type))
        .layer(from_fn_with_state(desk.clone(), find_place))
        .layer(from_fn_with_state(door.words, in_language))
        .layer(from_fn(guard))
        .with_state(desk)
}

async fn wrong_method() -> ControlError {
    ControlError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "the path is right, the method is not; GET /_wxcheck/openapi.json lists all",
    )
}

/// Paths that are answered without a token: the page and the certificate, which hold nothing secret, where a browser shows
/// the token, and what is said to whoever watches over processes.
fn open_routes() -> Router<ControlDesk> {
    Router::new()
        .route(
            "/_wxcheck/session",
            get(session::get)
                .post(session::post)
                .delete(session::delete),
        )
        .route("/_wxcheck/certificate.pem", get(session::certificate))
        .route(HEALTH, get(health::health))
        .merge(ui::router())
}

/// The paths of the journal, and of whoever adds to it.
fn journal_routes() -> Router<ControlDesk> {
    Router::new()
        .route("/_wxcheck/journal", get(journal::read))
        .route("/_wxcheck/journal/search", get(journal::search))
        .route("/_wxcheck/journal/{number}", get(journal::get))
        .route("/_wxcheck/journal/{number}/resend", post(again::resend))
        .route(
            "/_wxcheck/journal/{number}/duplicate",
            post(again::duplicate),
        )
        .route(
            "/_wxcheck/journal/{number}/resend-altered",
            post(again::resend_altered),
        )
        .route("/_wxcheck/journal/reorder", post(reorder::reorder))
        .route("/_wxcheck/events", get(event_stream::events))
        .route("/_wxcheck/metrics", get(health::metrics))
        .route("/_wxcheck/held", get(pushes::list_held))
        .route("/_wxcheck/apps/{appid}/push", post(pushes::push))
        .route("/_wxcheck/runs", post(runs::begin))
        .route("/_wxcheck/runs/{id}", delete(runs::end))
        .route("/_wxcheck/runs/{id}/events", post(runs::append))
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/chat",
            get(journal::chat),
        )
}

/// The paths of the platform itself: its apps, users, phones, faults, clock and snapshots.
fn platform_routes() -> Router<ControlDesk> {
    Router::new()
        .route("/_wxcheck/apps", get(apps::list))
        .route(
            "/_wxcheck/apps/{appid}",
            put(apps::put).get(apps::get).delete(apps::delete),
        )
        .route(
            "/_wxcheck/apps/{appid}/templates/{template}",
            put(apps::put_template),
        )
        .route("/_wxcheck/apps/{appid}/menu", put(menu::put).get(menu::get))
        .route("/_wxcheck/apps/{appid}/media/{media_id}", get(media::get))
        .route(
            "/_wxcheck/apps/{appid}/tokens/revoke",
            post(apps::revoke_tokens),
        )
        .route(
            "/_wxcheck/apps/{appid}/authorizations/{authorizer}",
            put(authorizations::put).delete(authorizations::delete),
        )
        .route("/_wxcheck/apps/{appid}/messages", get(apps::messages))
        .route("/_wxcheck/pushes", get(pushes::list))
        .route(
            "/_wxcheck/apps/{appid}/fleet",
            post(fleet::post).get(fleet::get).delete(fleet::delete),
        )
        .route("/_wxcheck/apps/{appid}/users", get(users::list))
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}",
            put(users::put).get(users::get).delete(users::delete),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/acts",
            post(users::act),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}",
            put(devices::put).get(devices::get).delete(devices::delete),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/background-fetch-token",
            put(devices::set_token).get(devices::get_token),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/open",
            post(devices::open),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/background-fetch-data",
            get(devices::data),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/request",
            post(client_request::request),
        )
        .route(
            "/_wxcheck/apps/{appid}/users/{openid}/devices/{device}/on-background-fetch-data",
            get(listening::listen),
        )
        .route(
            "/_wxcheck/apps/{appid}/fetch-setting",
            put(fetch_setting::put).get(fetch_setting::get),
        )
        .route(
            "/_wxcheck/faults",
            get(platform::faults)
                .post(platform::set_fault)
                .delete(platform::clear_faults),
        )
        .route("/_wxcheck/faults/{id}", delete(platform::remove_fault))
        .route("/_wxcheck/clock", get(platform::clock))
        .route("/_wxcheck/clock/advance", post(platform::advance))
        .route("/_wxcheck/reset", post(platform::reset))
        .route("/_wxcheck/state", get(platform::state))
        .route(
            "/_wxcheck/snapshots",
            get(platform::snapshots).post(platform::take_snapshot),
        )
        .route(
            "/_wxcheck/snapshots/{id}",
            post(platform::restore).delete(platform::drop_snapshot),
        )
}

/// Lets in who shows the control token, or has shown it.
async fn admit(Shared(desk): Shared<ControlDesk>, request: Request, next: Next) -> Response {
    let known = desk.sessions.as_ref().map_or(Ok(()), |sessions| {
        sessions.admit(request.method(), request.headers())
    });
    match known {
        Ok(()) => next.run(request).await,
        Err(unknown) => {
            ControlError::new(StatusCode::UNAUTHORIZED, unknown.to_string()).into_response()
        }
    }
}

/// Notice to whoever hears the journal that the platform may be another than it was: that stands in no record.
async fn tell_change(Shared(desk): Shared<ControlDesk>, request: Request, next: Next) -> Response {
    let may_change = !request.method().is_safe();
    let response = next.run(request).await;
    if may_change && response.status().is_success() {
        desk.changes.send_replace(());
    }
    response
}

/// No browser takes an answer for anything but what it says it is, or gives it to the page of another site.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (ui::RESOURCE_POLICY, "same-origin"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// A body is JSON and says so. A page of another site cannot say so without asking first, and is refused then.
async fn check_type(request: Request, next: Next) -> Response {
    let given = request.headers().get(CONTENT_TYPE);
    let essence = given
        .and_then(|given| given.to_str().ok())
        .and_then(|given| given.split(';').next())
        .unwrap_or_default()
        .trim();
    if request.body().size_hint().exact() == Some(0)
        || essence.eq_ignore_ascii_case("application/json")
    {
        return next.run(request).await;
    }
    let shown = cut(essence, 100);
    ControlError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!(
            "Content-Type `{shown}`: send the body as JSON, with `Content-Type: application/json`"
        ),
    )
    .into_response()
}

/// The most at once: each holds a body and an answer.
async fn find_place(Shared(desk): Shared<ControlDesk>, request: Request, next: Next) -> Response {
    match desk.places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => ControlError::busy(format!(
            "{CONTROL_CALLS} control requests are under way; send it again"
        ))
        .into_response(),
    }
}

/// The error of a control request: the field, the value and the fix.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct ControlError {
    #[serde(skip)]
    status: u16,
    /// A message for people.
    error: String,
}

type ControlResult<T> = Result<Json<T>, ControlError>;

impl ControlError {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        let mut error = complaint::with_short_values(&error.into());
        error.truncate(cut(&error, ERROR_BYTES).len());
        Self {
            status: status.as_u16(),
            error,
        }
    }

    fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    fn busy(error: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }

    fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    fn no_app(appid: &str) -> Self {
        Self::not_found(format!(
            "appid `{appid}`: no app of that appid is registered; PUT /_wxcheck/apps/{appid} registers it"
        ))
    }

    fn no_user(openid: &str) -> Self {
        Self::not_found(format!(
            "openid `{openid}`: the app has no such user; PUT …/users/{openid} registers them"
        ))
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

/// A JSON body; errors in it are reported in our own form.
struct Given<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ControlError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(ControlError::new(
                rejection.status(),
                complaint::of_body(&rejection.body_text()),
            )),
        }
    }
}

/// A JSON body that may be left out.
struct Offered<T>(T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for Offered<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ControlError> {
        if request.headers().contains_key(CONTENT_TYPE) {
            Given::from_request(request, state)
                .await
                .map(|Given(value)| Self(value))
        } else {
            Ok(Self(T::default()))
        }
    }
}

/// The parameters in the path; likewise. Named like axum's, from which it differs only in how it refuses.
struct Path<T>(T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ControlError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ControlError::new(
                rejection.status(),
                complaint::of_path(&rejection.body_text()),
            )),
        }
    }
}

/// A query; likewise.
struct Asked<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ControlError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ControlError::bad(complaint::of_query(
                &rejection.body_text(),
                parts.uri.query().unwrap_or_default(),
            ))),
        }
    }
}

/// Nothing else to say.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct Done {
    ok: bool,
}

const DONE: Json<Done> = Json(Done { ok: true });
