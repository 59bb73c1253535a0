//! `getwxacodeunlimit`: a code for a page and a scene. WeChat draws its round code; this one is a QR code
//! that says the same.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, Crc, write::ZlibEncoder};
use qrcode::{Color, EcLevel, QrCode};
use serde_json::Value;

use super::{
    Desk,
    errcode::{ApiError, Errcode},
    reply::Reply,
    subscribe_message::check_page,
};

/// The width where none is given, in pixels.
const WIDTH: u64 = 430;
/// White modules around the code.
const QUIET: usize = 2;

pub(super) fn getwxacodeunlimit(desk: &mut Desk<'_>) -> Result<Reply, ApiError> {
    let body = desk.call.json()?;
    let scene = body["scene"].as_str().unwrap_or_default();
    let visible = |c: char| c.is_ascii_alphanumeric() || "!#$&'()*+,/:;=?@-._~".contains(c);
    if scene.is_empty() || scene.len() > 32 || !scene.chars().all(visible) {
        return Err(ApiError::of(Errcode::INVALID_SCENE));
    }
    check_page(&body["page"])?;
    if !matches!(&body["env_version"], Value::Null | Value::String(_)) {
        return Err(ApiError::of(Errcode::DATA_FORMAT));
    }
    let width = body["width"].as_u64().unwrap_or(WIDTH).clamp(280, 1280);
    let page = body["page"].as_str().unwrap_or("pages/index/index");
    let words = format!("{}?{page}&scene={scene}", desk.appid);
    let width = usize::try_from(width).unwrap_or(430);
    let image = draw(&words, width).ok_or(ApiError::of(Errcode::SYSTEM))?;
    Ok(Reply::File {
        content_type: "image/png".to_owned(),
        file_name: None,
        bytes: Bytes::from(image),
    })
}

/// The words as a PNG of that width.
fn draw(words: &str, width: usize) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(words, EcLevel::M).ok()?;
    let modules = code.width() + 2 * QUIET;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let place = |at: usize| (at * modules / width).checked_sub(QUIET);
        let (Some(x), Some(y)) = (place(x), place(y)) else {
            return false;
        };
        x < code.width() && y < code.width() && colors[y * code.width() + x] == Color::Dark
    };
    // A row begins with the number of its filter, and 0 is none.
    let mut rows = Vec::with_capacity(width * (width + 1));
    for y in 0..width {
        rows.push(0);
        rows.extend((0..width).map(|x| if dark(x, y) { 0 } else { 255 }));
    }
    png(u32::try_from(width).ok()?, &rows)
}

/// A square picture in shades of grey, of eight bits each.
fn png(side: u32, rows: &[u8]) -> Option<Vec<u8>> {
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    header.extend([8, 0, 0, 0, 0]);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(rows).ok()?;
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", header),
        (b"IDAT", packed.finish().ok()?),
        (b"IEND", Vec::new()),
    ] {
        let mut sum = Crc::new();
        sum.update(kind);
        sum.update(&data);
        image.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
        image.extend(kind);
        image.extend(data);
        image.extend(sum.sum().to_be_bytes());
    }
    Some(image)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    #[test]
    fn a_code_is_a_whole_png() {
        let image = draw("pages/index/index?scene=a", 280).unwrap();
        let mut rest = image.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap();
        let mut kinds = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
            let (chunk, after) = after.split_at(4 + length);
            let (sum, after) = after.split_first_chunk().unwrap();
            let mut right = Crc::new();
            right.update(chunk);
            assert_eq!(u32::from_be_bytes(*sum), right.sum());
            kinds.push(chunk.split_at(4));
            rest = after;
        }
        let [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")] = kinds[..] else {
            panic!("{kinds:?}");
        };
        assert_eq!(header, [0, 0, 1, 24, 0, 0, 1, 24, 8, 0, 0, 0, 0]);
        let mut rows = Vec::new();
        ZlibDecoder::new(packed).read_to_end(&mut rows).unwrap();
        assert_eq!(rows.len(), 280 * 281);
        let row = |y: usize| &rows[y * 281..][..281];
        assert!(row(0)[0] == 0 && row(0)[1..].iter().all(|shade| *shade == 255));
        // The dark edge of the finder pattern at the upper left, after two white modules.
        assert!(row(24)[1..20].iter().all(|shade| *shade == 255) && row(24)[24] == 0);
    }
}
