//! A client's use of the answer to a prefetch or a periodic update: a string it caches, or nothing.
//!
//! Documented: the body is cached whole, should be a string, and cannot be cached beyond 256 KB. No page mentions
//! another status, a redirect, or a body that is no text or cannot be decompressed; here such an answer is not
//! cached and the data from before stay, which is one of the two readings (PROTOCOL A15c).

use std::io::{self, Read};

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use wxcheck_protocol::limits::{BODY_LIMIT, FETCH_LIMIT};

use crate::{
    exchange::Answer,
    text::{NotText, Text},
};

/// The body of an answer, decompressed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Content {
    /// At most [`BODY_LIMIT`] bytes of it.
    pub bytes: Vec<u8>,
    /// True if it went on past them; the rest was not decompressed.
    pub excess: bool,
}

/// The body cannot be decompressed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PackingError {
    /// No client of WeChat's is known to decompress that.
    #[error("Content-Encoding `{0}`, which was not asked for")]
    Unknown(String),
    /// The header says so, the body does not.
    #[error("Content-Encoding `{encoding}`, but the body is not: {reason}")]
    Broken {
        /// The encoding that the header names.
        encoding: String,
        /// The decompressor's message.
        reason: String,
    },
}

/// The reason that an answer is not cached.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Uncacheable {
    /// Not 200.
    #[error("status {0}")]
    Status(u16),
    /// It cannot be decompressed.
    #[error(transparent)]
    Packing(#[from] PackingError),
    /// Longer than 256 KB.
    #[error("{}{bytes} bytes, and 256 KB ({FETCH_LIMIT} bytes) can be cached", if *.excess { "more than " } else { "" })]
    TooLong {
        /// Its length, as far as it was read.
        bytes: usize,
        /// True if there is more.
        excess: bool,
    },
    /// Neither UTF-8 nor what can be converted.
    #[error(transparent)]
    NotText(#[from] NotText),
}

/// The compression of an answer, in lower case; `None` for `identity` and for no header.
pub fn packing(answer: &Answer) -> Option<String> {
    answer
        .header("content-encoding")
        .map(|value| value.trim().to_ascii_lowercase())
        .filter(|value| !value.is_empty() && value != "identity")
}

/// Decompresses a body; a bomb is given up after [`BODY_LIMIT`] bytes.
pub fn decompress(answer: &Answer) -> Result<Content, PackingError> {
    let Some(encoding) = packing(answer) else {
        return Ok(Content {
            bytes: answer.body.clone(),
            excess: answer.excess,
        });
    };
    let body = answer.body.as_slice();
    let decompressed = match encoding.as_str() {
        "gzip" | "x-gzip" => read_bounded(MultiGzDecoder::new(body)),
        "deflate" => read_bounded(ZlibDecoder::new(body)),
        _ => return Err(PackingError::Unknown(encoding)),
    };
    match decompressed {
        Ok(content) => Ok(content),
        // What is cut off by ourselves ends in the middle.
        Err((bytes, _)) if answer.excess => Ok(Content {
            bytes,
            excess: true,
        }),
        Err((_, error)) => Err(PackingError::Broken {
            encoding,
            reason: error.to_string(),
        }),
    }
}

fn read_bounded(packed: impl Read) -> Result<Content, (Vec<u8>, io::Error)> {
    let mut bytes = Vec::new();
    let limit = BODY_LIMIT as u64 + 1;
    match packed.take(limit).read_to_end(&mut bytes) {
        Ok(_) => {
            let excess = bytes.len() > BODY_LIMIT;
            bytes.truncate(BODY_LIMIT);
            Ok(Content { bytes, excess })
        }
        Err(error) => Err((bytes, error)),
    }
}

/// The text that a client would cache.
pub fn cacheable(answer: &Answer) -> Result<Text, Uncacheable> {
    if answer.status != 200 {
        return Err(Uncacheable::Status(answer.status));
    }
    let content = decompress(answer)?;
    if content.excess || content.bytes.len() > FETCH_LIMIT {
        return Err(Uncacheable::TooLong {
            bytes: content.bytes.len(),
            excess: content.excess,
        });
    }
    Ok(Text::read(&content.bytes)?)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, time::Duration};

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn answer(status: u16, encoding: Option<&str>, body: Vec<u8>) -> Answer {
        let header = |value: &str| ("content-encoding".to_owned(), value.to_owned());
        Answer {
            version: "HTTP/1.1".into(),
            status,
            headers: encoding.map(header).into_iter().collect(),
            body,
            excess: false,
            first_byte: Duration::ZERO,
            total: Duration::ZERO,
            connection: None,
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_limit_is_inclusive_and_counts_decompressed_bytes() {
        let full = "x".repeat(FETCH_LIMIT);
        assert_eq!(
            cacheable(&answer(200, None, full.clone().into())),
            Ok(full.clone().into())
        );
        assert_eq!(
            cacheable(&answer(200, Some("gzip"), gzip(full.as_bytes()))),
            Ok(full.clone().into())
        );
        let over = gzip((full + "x").as_bytes());
        assert_eq!(
            cacheable(&answer(200, Some("GZIP"), over)),
            Err(Uncacheable::TooLong {
                bytes: FETCH_LIMIT + 1,
                excess: false
            })
        );
    }

    #[test]
    fn a_bomb_is_let_go_of() {
        let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
        let content = decompress(&answer(200, Some("gzip"), bomb)).unwrap();
        assert!(content.excess && content.bytes.len() == BODY_LIMIT);
    }

    #[test]
    fn what_is_no_data_is_named() {
        assert_eq!(
            cacheable(&answer(404, None, Vec::new())),
            Err(Uncacheable::Status(404))
        );
        assert_eq!(
            cacheable(&answer(200, None, b"ab\xff".to_vec())),
            Err(Uncacheable::NotText(NotText(2)))
        );
        let unknown = cacheable(&answer(200, Some("br"), Vec::new())).unwrap_err();
        assert!(unknown.to_string().contains("`br`"), "{unknown}");
        let broken = cacheable(&answer(200, Some("gzip"), b"plain".to_vec())).unwrap_err();
        assert!(
            matches!(broken, Uncacheable::Packing(PackingError::Broken { .. })),
            "{broken}"
        );
        assert_eq!(
            cacheable(&answer(200, Some("identity"), b"plain".to_vec())),
            Ok("plain".into())
        );
    }
}
