//! The control API: what a test or a person tells the platform to do, as JSON below `/_wxcheck/`.
//!
//! Its OpenAPI document is generated from the handlers.

mod apps;
mod devices;
mod exchange_view;
mod fetch_setting;
mod fleet;
mod journal;
mod platform;
mod pushes;
mod users;

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State as Shared},
    http::{
        StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
        request::Parts,
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use utoipa::{OpenApi, openapi::OpenApi as Document};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    catalogue::{Catalogue, CatalogueError, Entry},
    hub::Hub,
};

use super::{phones::Phones, pusher::Pusher};
use platform::Snapshots;

/// The largest body of a control request: an upload of 10 MiB in base64.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// What the handlers work with.
#[derive(Clone)]
struct Desk {
    hub: Arc<Hub>,
    pusher: Arc<Pusher>,
    phones: Arc<Phones>,
    snapshots: Arc<Mutex<Snapshots>>,
    own_entries: Arc<[Entry]>,
}

impl Desk {
    /// All pushes that can be sent by name.
    fn catalogue(&self) -> Result<Catalogue, CatalogueError> {
        Ok(Catalogue::built_in()?
            .clone()
            .with(self.own_entries.to_vec()))
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "wxcheck control API",
    description = "What the mock WeChat platform is told to do: apps, users and their acts, pushes, faults, the clock, and the journal of everything. Times are milliseconds since the Unix epoch, on the platform's clock. With --control-token, every request shows it as `Authorization: Bearer TOKEN`."
))]
struct Description;

/// The control API as a service.
pub(super) fn router(
    hub: Arc<Hub>,
    pusher: Arc<Pusher>,
    phones: Arc<Phones>,
    own_entries: Vec<Entry>,
    token: Option<String>,
) -> Router {
    let desk = Desk {
        own_entries: own_entries.into(),
        hub,
        pusher,
        phones,
        snapshots: Arc::default(),
    };
    let (router, document) = described().split_for_parts();
    // A document always becomes JSON: its maps have strings for keys.
    let document: Arc<str> = Arc::from(document.to_json().unwrap_or_default());
    let told =
        move || async move { ([("content-type", "application/json")], document.to_string()) };
    let router = router
        .route("/_wxcheck/openapi.json", axum::routing::get(told))
        .fallback(|| async {
            ControlError::not_found("no such path; GET /_wxcheck/openapi.json lists all")
        })
        .method_not_allowed_fallback(|| async {
            ControlError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "the path is right, the method is not; GET /_wxcheck/openapi.json lists all",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(desk);
    match token {
        Some(token) => router.layer(from_fn_with_state(Arc::from(token), admit)),
        None => router,
    }
}

/// The OpenAPI document of the control API.
pub fn openapi() -> Document {
    described().split_for_parts().1
}

fn described() -> OpenApiRouter<Desk> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(apps::list))
        .routes(routes!(apps::put, apps::get, apps::delete))
        .routes(routes!(apps::put_template))
        .routes(routes!(apps::revoke_tokens))
        .routes(routes!(apps::messages))
        .routes(routes!(users::list))
        .routes(routes!(users::put, users::get, users::delete))
        .routes(routes!(devices::put, devices::get, devices::delete))
        .routes(routes!(devices::set_token, devices::get_token))
        .routes(routes!(devices::open))
        .routes(routes!(devices::data))
        .routes(routes!(fetch_setting::put, fetch_setting::get))
        .routes(routes!(fleet::post, fleet::get, fleet::delete))
        .routes(routes!(users::act))
        .routes(routes!(pushes::list))
        .routes(routes!(pushes::push))
        .routes(routes!(journal::read))
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

/// Lets in who shows the control token.
async fn admit(Shared(token): Shared<Arc<str>>, request: Request, next: Next) -> Response {
    let shown = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if bool::from(shown.as_bytes().ct_eq(token.as_bytes())) {
        next.run(request).await
    } else {
        ControlError::new(
            StatusCode::UNAUTHORIZED,
            "show the control token: Authorization: Bearer TOKEN",
        )
        .into_response()
    }
}

/// What went wrong with a control request: the field, the value and the mend.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ControlError {
    #[serde(skip)]
    status: u16,
    /// For people.
    error: String,
}

type Told<T> = Result<Json<T>, ControlError>;

impl ControlError {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            error: error.into(),
        }
    }

    fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
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

/// A JSON body; what is wrong with it is told in our own form.
struct Given<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ControlError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(ControlError::new(
                rejection.status(),
                format!("body: {}", rejection.body_text()),
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

/// A query; likewise.
struct Asked<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ControlError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ControlError::bad(format!(
                "query: {}",
                rejection.body_text()
            ))),
        }
    }
}

/// Nothing else to say.
#[derive(Serialize, utoipa::ToSchema)]
struct Done {
    ok: bool,
}

const DONE: Json<Done> = Json(Done { ok: true });
