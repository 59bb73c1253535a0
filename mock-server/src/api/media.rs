//! Temporary media: `media/upload` and `media/get`.

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use serde_json::json;

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
};

/// An upload out of a multipart body.
struct Upload {
    content_type: String,
    file_name: Option<String>,
    bytes: Bytes,
}

pub(super) fn upload(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let kind = desk.call.param("type").unwrap_or_default();
    if !matches!(&*kind, "image" | "voice" | "video" | "thumb") {
        return Err(ApiError::of(Errcode::INVALID_MEDIA_TYPE));
    }
    let upload = read(desk.call.content_type, desk.call.body)
        .filter(|upload| !upload.bytes.is_empty())
        .ok_or(ApiError::of(Errcode::MEDIA_MISSING))?;
    let now = desk.now();
    let most = desk.elsewhere.left_for_media(desk.app);
    let media_id = desk
        .app
        .media
        .keep(
            &upload.content_type,
            upload.file_name.as_deref(),
            &upload.bytes,
            most,
            now,
            desk.draw,
        )
        .ok_or(ApiError::of(Errcode::CONTENT_TOO_LONG))?;
    Ok(Reply::Json(json!({
        "type": kind,
        "media_id": media_id,
        "created_at": now / 1000,
    })))
}

/// The field `media` of a multipart body. All of it is here already, so nothing has to be waited for.
fn read(content_type: &str, body: &[u8]) -> Option<Upload> {
    let boundary = multer::parse_boundary(content_type).ok()?;
    let body = Bytes::copy_from_slice(body);
    let once = stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(body)));
    let mut multipart = multer::Multipart::new(once, boundary);
    while let Some(Ok(Some(field))) = multipart.next_field().now_or_never() {
        if field.name() != Some("media") {
            continue;
        }
        let content_type = field
            .content_type()
            .map_or("application/octet-stream", |mime| mime.essence_str())
            .to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().now_or_never()?.ok()?;
        return Some(Upload {
            content_type,
            file_name,
            bytes,
        });
    }
    None
}

pub(super) fn get(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let id = desk.call.param("media_id").unwrap_or_default();
    let medium = desk
        .app
        .media
        .find(&id, desk.call.now)
        .ok_or(ApiError::of(Errcode::INVALID_MEDIA_ID))?;
    Ok(Reply::File {
        content_type: medium.content_type.clone(),
        file_name: medium.file_name.clone(),
        bytes: medium.bytes.clone(),
    })
}
