//! `getwxacodeunlimit`: a code for a page and a scene. WeChat draws its round code; this one is a QR code
//! that says the same.

use bytes::Bytes;
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
    let mut pixels = Vec::with_capacity(width * width);
    for y in 0..width {
        pixels.extend((0..width).map(|x| if dark(x, y) { 0 } else { 255 }));
    }
    let mut image = Vec::new();
    let side = u32::try_from(width).ok()?;
    let mut encoder = png::Encoder::new(&mut image, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(image)
}
