//! The credentials of the measured server. They protect nothing.

use anyhow::Context as _;
use wxcheck_protocol::{aes_key::EncodingAesKey, push::Credentials};

/// The app.
pub const APPID: &str = "wx0123456789abcdef";
/// The Token.
pub const TOKEN: &str = "conformance";
/// The EncodingAESKey.
pub const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// All three.
pub fn credentials() -> anyhow::Result<Credentials> {
    Ok(Credentials {
        token: TOKEN.to_owned(),
        appid: APPID.to_owned(),
        key: Some(EncodingAesKey::parse(KEY).context("the key of the benchmark")?),
    })
}
