//! WeChat for the tests of a server in Rust, and wxcheck's rules as tests.
//!
//! ```toml
//! [dev-dependencies]
//! wxcheck = { package = "wxcheck-harness", version = "0.1" }
//! ```
//!
//! It is a crate of its own, so that a server's tests compile neither SQLite nor NATS nor a terminal, which the program
//! `wxcheck` needs. The words are those of the clients for Python and Node.
//!
//! # A server, tested
//!
//! ```no_run
//! # async fn start_my_server(_: &wxcheck_harness::Wechat) -> String { String::new() }
//! # use wxcheck_harness as wxcheck;
//! # async fn test() -> Result<(), wxcheck::Error> {
//! let platform = wxcheck::platform().start().await?;
//! let url = start_my_server(platform.wechat()).await;
//! platform.connect(&url).await?;
//!
//! let outcome = platform.send_text("oBob", "hello").await?;
//! assert!(outcome.is_acknowledged());
//! let messages = platform.messages_of("oBob", 1).await?;
//! assert_eq!(messages[0]["message"]["text"]["content"], "hello to you");
//! # Ok(())
//! # }
//! ```
//!
//! # A server, judged
//!
//! One run, one test a rule: a file like `tests/wechat.rs` with `harness = false` in its `[[test]]`.
//!
//! ```no_run
//! # use wxcheck_harness as wxcheck;
//! async fn start_my_server(wechat: wxcheck::Wechat) -> Result<String, std::io::Error> {
//!     // Start it on a free port, as a task, and answer with its callback URL.
//! #   let _ = wechat;
//!     Ok("http://127.0.0.1:8080/wechat".to_owned())
//! }
//!
//! wxcheck::conformance!(start_my_server);
//! ```

pub mod conformance;
mod credentials;
mod platform;

pub use credentials::Wechat;
pub use platform::{Error, Outcome, Platform, Start, platform};

/// Makes the `main` of a test file in which each rule is a test. Takes an async function that is given the credentials
/// ([`Wechat`]), starts the server, and answers with its callback URL.
///
/// What else there is to say stands in `wxcheck.toml` or in variables, as for `wxcheck check`. With `WXCHECK_URL` the server
/// there is judged in place of the function's.
#[macro_export]
macro_rules! conformance {
    ($start:path) => {
        fn main() -> ::std::process::ExitCode {
            $crate::conformance::main($start)
        }
    };
}
