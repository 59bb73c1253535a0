//! The menu of an official account, for whoever taps it.

use axum::{Json, extract::State as Shared};

use crate::state::menu::Menu;

use super::{ControlDesk, ControlError, ControlResult, DONE, Done, Given, Path};

/// Give an app a menu, in the form of WeChat's menu/create; without buttons it has none
#[cfg_attr(test, utoipa::path(put, path = "/_wxcheck/apps/{appid}/menu", params(("appid" = String, Path)), request_body = Menu, responses((status = 200, body = Done), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn put(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
    Given(menu): Given<Menu>,
) -> ControlResult<Done> {
    menu.check().map_err(ControlError::bad)?;
    desk.hub.with(|state, _| {
        let app = state.apps.get_mut(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        *app.menu = menu;
        Ok(DONE)
    })
}

/// Show the menu of an app
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/menu", params(("appid" = String, Path)), responses((status = 200, body = Menu), (status = 404, body = ControlError))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path(appid): Path<String>,
) -> ControlResult<Menu> {
    desk.hub.with(|state, _| {
        let app = state.apps.get(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        Ok(Json(Menu::clone(&app.menu)))
    })
}
