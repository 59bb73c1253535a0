//! Uploads, as a phone shows them: pictures, sounds and films under the type that their bytes tell, everything else as a
//! file to be saved. Nothing of it is ever a document of this origin.

use std::ops::Range;

use axum::{
    body::Body,
    extract::State as Shared,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE,
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, RANGE,
        },
    },
    response::{IntoResponse, Response},
};

use crate::media_type::{UNKNOWN, media_type};

use super::{ControlDesk, ControlError, Path};

/// Opened by itself it would have no origin, no script and nothing to fetch.
const POLICY: &str = "default-src 'none'; sandbox";

/// Show what was uploaded, by media/upload or by a user, within three days
#[cfg_attr(test, utoipa::path(get, path = "/_wxcheck/apps/{appid}/media/{media_id}", params(("appid" = String, Path), ("media_id" = String, Path)), responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream", description = "Pictures, sounds and films have the Content-Type that their bytes tell; everything else is an attachment"), (status = 206, description = "The part that Range asks for"), (status = 404, body = ControlError), (status = 416, description = "Range asks for none of it"))))]
pub(super) async fn get(
    Shared(desk): Shared<ControlDesk>,
    Path((appid, media_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ControlError> {
    let bytes = desk.hub.with(|state, now| {
        let app = state.apps.get(appid.as_str());
        let app = app.ok_or_else(|| ControlError::no_app(&appid))?;
        let medium = app.media.find(&media_id, now).ok_or_else(no_upload)?;
        Ok(medium.bytes.clone())
    })?;
    let (content_type, disposition) =
        media_type(&bytes).map_or((UNKNOWN, "attachment"), |known| (known, "inline"));
    let whole = bytes.len();
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
    // What is not understood is answered with all of it.
    let part = asked.and_then(|range| part(range, whole));
    let (status, range, of) = match part {
        None => (StatusCode::OK, 0..whole, None),
        Some(Part::Some(part)) => {
            let of = format!("bytes {}-{}/{whole}", part.start, part.end - 1);
            (StatusCode::PARTIAL_CONTENT, part, Some(of))
        }
        Some(Part::Nothing) => {
            let of = format!("bytes */{whole}");
            (StatusCode::RANGE_NOT_SATISFIABLE, 0..0, Some(of))
        }
    };
    // The upload may be forgotten while a slow reader still holds it.
    let body = desk
        .room
        .lend(bytes.slice(range))
        .map_err(|error| ControlError::busy(error.to_string()))?;
    let mut response = (
        status,
        [
            (CONTENT_TYPE, content_type),
            (CONTENT_DISPOSITION, disposition),
            (CONTENT_SECURITY_POLICY, POLICY),
            (CACHE_CONTROL, "no-store"),
            (ACCEPT_RANGES, "bytes"),
        ],
        Body::from(body),
    )
        .into_response();
    if let Some(of) = of.and_then(|of| HeaderValue::from_str(&of).ok()) {
        response.headers_mut().insert(CONTENT_RANGE, of);
    }
    Ok(response)
}

fn no_upload() -> ControlError {
    ControlError::not_found(
        "media_id: the app has no such upload; it is kept for three days, and until newer ones need its room",
    )
}

/// The part of an upload that a Range asks for.
#[derive(Debug, Eq, PartialEq)]
enum Part {
    /// These bytes.
    Some(Range<usize>),
    /// It begins behind the end.
    Nothing,
}

/// One range of bytes, as players of films ask for; nothing where it is of any other form.
fn part(range: &str, whole: usize) -> Option<Part> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let part = match (first.trim(), last.trim()) {
        ("", last) => whole.saturating_sub(last.parse().ok()?)..whole,
        (first, "") => first.parse().ok()?..whole,
        (first, last) => {
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(whole)
        }
    };
    Some(if part.start < part.end {
        Part::Some(part)
    } else {
        Part::Nothing
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_of_what_there_is() {
        for (range, wanted) in [
            ("bytes=0-", Some(Part::Some(0..10))),
            ("bytes=0-1", Some(Part::Some(0..2))),
            ("bytes=4-99", Some(Part::Some(4..10))),
            ("bytes=4-18446744073709551615", Some(Part::Some(4..10))),
            ("bytes=-3", Some(Part::Some(7..10))),
            ("bytes=-99", Some(Part::Some(0..10))),
            ("bytes=10-", Some(Part::Nothing)),
            ("bytes=99-100", Some(Part::Nothing)),
            ("bytes=-0", Some(Part::Nothing)),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=a-b", None),
            ("", None),
        ] {
            assert_eq!(part(range, 10), wanted, "{range}");
        }
    }
}
