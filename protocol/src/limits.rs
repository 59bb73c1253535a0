//! Times and sizes of the protocol, each with its source.

use std::time::Duration;

/// The time that WeChat waits for the whole answer to a push before it cuts the connection and sends it again.
/// Documented: message push page, and repeated in passing on the novel page ("a normal push has 5 s").
pub const EXCHANGE_LIMIT: Duration = Duration::from_secs(5);

/// WeChat's limit for the TCP connection. Documented: the alarm guide's newer text (the 2014 table says 5 s).
pub const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The longest answer this project reads, in bytes. Our own bound: WeChat documents none for a push.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Characters in an EncodingAESKey. Documented: message push page.
pub const KEY_LENGTH: usize = 43;

/// The block to which PKCS#7 fills a frame, in bytes; AES itself would need only 16. Documented: message push page.
pub const PADDING_BLOCK: usize = 32;

/// Bytes of the AES block: every ciphertext is a multiple of it.
pub const AES_BLOCK: usize = 16;

/// The deepest XML or JSON nesting this project reads. Our own bound: the deepest documented message has four levels.
pub const DEPTH_LIMIT: usize = 16;

/// The most elements of an XML, and the most values of a JSON, that this project reads. Our own bound: the longest
/// documented message has some fifty, and a megabyte of the smallest ones would cost a hundred times its size.
pub const NODE_LIMIT: usize = 4096;

/// The most attributes of an element that this project reads. They are compared with one another, so their number must
/// not be the sender's choice. Our own bound: no message has any.
pub const ATTRIBUTE_LIMIT: usize = 16;

/// The longest data of a prefetch or periodic update that can be cached, in bytes: 256 KB, with 1024 bytes to a KB.
/// Documented: both pages; they do not say whether a KB has 1000 or 1024 bytes.
pub const FETCH_LIMIT: usize = 256 * 1024;

/// The same, with 1000 bytes to a KB. Data up to here can be cached under either reading.
pub const FETCH_SAFE_LIMIT: usize = 256 * 1000;

/// The time from a successful periodic update to the next. Documented: page on periodic update.
pub const FETCH_PERIOD: Duration = Duration::from_secs(12 * 60 * 60);

/// The time after its last use during which a mini program is still updated. Documented: page on periodic update.
pub const FETCH_USED_WITHIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
