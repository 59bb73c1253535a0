//! WeChat's message push as pure functions: what WeChat sends to a developer's callback server, and what the
//! server's answer says.
//!
//! Nothing here touches a socket, a clock or a random source. Time stamps, nonces and random bytes come in as
//! arguments, so that every request can be written again byte for byte.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`account`] | the kinds of account, and what follows from each |
//! | [`signature`] | the SHA-1 signatures over token, timestamp, nonce and ciphertext |
//! | [`aes_key`] | the 43-character EncodingAESKey |
//! | [`envelope`] | the AES-256-CBC frame around a message |
//! | [`message`] | a message as fields in wire order, independent of its format |
//! | [`msg_id`] | the number that tells one message from the next |
//! | [`xml`], [`json`] | writing and reading those fields |
//! | [`push`] | a whole push request, in each mode and format |
//! | [`reply`] | everything a server may answer, as data |
//! | [`domain`] | the domains a mini program may talk to, and the lists of them |
//! | [`fetch`] | the GETs of data prefetch and periodic update |
//! | [`open_data`] | the signed and encrypted user data a mini program passes on |
//! | [`limits`] | times and sizes WeChat documents |

pub mod account;
pub mod aes_key;
pub mod domain;
pub mod envelope;
pub mod fetch;
pub mod json;
pub mod limits;
pub mod message;
pub mod msg_id;
pub mod open_data;
pub mod push;
pub mod reply;
pub mod signature;
pub mod xml;
