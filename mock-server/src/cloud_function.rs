//! Cloud functions on this machine: `exports.main(event, context)` of a folder, run by Node.js.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    pin::pin,
    process::Stdio,
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::Command,
    time::timeout,
};
use wxcheck_protocol::limits::BODY_LIMIT;

/// Loads the folder's module, calls it with what comes in, and writes what it returns. What it logs goes to stderr.
const RUNNER: &str = include_str!("cloud_function/runner.js");

/// The folders of functions, by name.
#[derive(Clone, Debug, Default)]
pub struct CloudFunctions(BTreeMap<String, PathBuf>);

/// A function and its folder, written `NAME=FOLDER`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CloudFunction {
    /// As the settings call it.
    pub name: String,
    /// The folder with its `index.js`.
    pub folder: PathBuf,
}

/// A text that is not a function and a folder.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}`: write NAME=FOLDER, where the folder holds the function's index.js")]
pub struct NotAFunction(String);

impl FromStr for CloudFunction {
    type Err = NotAFunction;

    fn from_str(text: &str) -> Result<Self, NotAFunction> {
        match text.split_once('=') {
            Some((name, folder)) if !name.is_empty() && !folder.is_empty() => Ok(Self {
                name: name.to_owned(),
                folder: PathBuf::from(folder),
            }),
            _ => Err(NotAFunction(text.to_owned())),
        }
    }
}

/// A function that gave no result.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FunctionError {
    /// Its folder was not given.
    #[error(
        "cloud function `{0}`: where it is was not said; start with --cloud-function {0}=FOLDER"
    )]
    Unknown(String),
    /// No Node.js.
    #[error("cloud function `{name}`: node does not start ({reason}); install Node.js")]
    NoNode {
        /// The function.
        name: String,
        /// The system's message.
        reason: String,
    },
    /// It threw, or could not be loaded.
    #[error("cloud function `{name}` failed: {reason}")]
    Failed {
        /// The function.
        name: String,
        /// Its message.
        reason: String,
    },
    /// It needs something that is not on this machine.
    #[error("cloud function `{name}` cannot be called here: {reason}")]
    Missing {
        /// The function.
        name: String,
        /// Its message.
        reason: String,
    },
    /// It took too long.
    #[error("cloud function `{name}`: no result within {limit:?}")]
    Late {
        /// The function.
        name: String,
        /// The limit that passed.
        limit: Duration,
    },
}

impl CloudFunctions {
    /// These functions; of two with one name, the later one.
    pub fn new(functions: impl IntoIterator<Item = CloudFunction>) -> Self {
        let named = functions.into_iter();
        Self(
            named
                .map(|function| (function.name, function.folder))
                .collect(),
        )
    }

    /// Calls a function and waits for its result. It is ended when the limit is over.
    pub async fn call(
        &self,
        name: &str,
        event: &Value,
        limit: Duration,
    ) -> Result<Value, FunctionError> {
        let folder = self
            .0
            .get(name)
            .ok_or_else(|| FunctionError::Unknown(name.to_owned()))?;
        let context = WxContext::default();
        let returned = invoke(name, folder, &event.to_string(), &context, limit).await?;
        Ok(returned.value.unwrap_or_default())
    }
}

/// The answer of `cloud.getWXContext()` to a function.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct WxContext {
    /// The user's openid.
    pub openid: String,
    /// The app's appid.
    pub appid: String,
}

/// The result of a call.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct Returned {
    /// The value that the function returned; `None` where it returned nothing.
    #[serde(default, rename = "result", deserialize_with = "given")]
    pub value: Option<Value>,
    /// The calls of WeChat's API that it made through `cloud.openapi`, each with its arguments.
    #[serde(default)]
    pub calls: Vec<ApiCall>,
    /// The function's log, up to 64 KiB.
    #[serde(skip)]
    pub log: String,
}

/// A call of WeChat's API that a function made. It was noted and not sent.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct ApiCall {
    /// Such as `customerServiceMessage.send`.
    pub name: String,
    /// Its first argument.
    pub argument: Value,
}

/// `null` is a value like any other; nothing at all is none.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The wait for the end of the log after the result.
const LOG_GRACE: Duration = Duration::from_millis(200);
/// Bytes of a function's log that are kept.
const LOG_LIMIT: u64 = 64 * 1024;

/// Calls `exports.main(event, context)` of a folder. `event` is the JSON object to hand over, its keys in order.
///
/// A stand-in replaces `wx-server-sdk`: `getWXContext` tells the context, `openapi` only notes calls, and all else
/// says that it is not there. The function is ended when the limit is over.
pub async fn invoke(
    name: &str,
    folder: &Path,
    event: &str,
    context: &WxContext,
    limit: Duration,
) -> Result<Returned, FunctionError> {
    let failed = |reason: String| FunctionError::Failed {
        name: name.to_owned(),
        reason,
    };
    let mut node = Command::new("node")
        .args(["-e", RUNNER])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| FunctionError::NoNode {
            name: name.to_owned(),
            reason: error.to_string(),
        })?;
    let pipes = (node.stdin.take(), node.stdout.take(), node.stderr.take());
    let (Some(mut input), Some(output), Some(errors)) = pipes else {
        return Err(failed("its input and output are gone".to_owned()));
    };
    let context = serde_json::to_string(context).unwrap_or_default();
    let given = format!("{{\"event\":{event},\"wx\":{context}}}");
    let (mut told, mut log) = (Vec::new(), Vec::new());
    let read = {
        let writing = async {
            // One that ends before it has read its event has failed in a way of its own.
            let _ended = input.write_all(given.as_bytes()).await;
            drop(input);
        };
        // A line is the whole result: what the function leaves behind may hold the pipes open for ever.
        let mut output = BufReader::new(output.take(BODY_LIMIT as u64 + 1));
        let mut reading = pin!(async {
            writing.await;
            output.read_until(b'\n', &mut told).await
        });
        let mut kept = errors.take(LOG_LIMIT);
        let mut logging = pin!(async {
            // What cannot be read of a log is not there.
            let _read = kept.read_to_end(&mut log).await;
            // What is beyond is read too, or the function would wait for ever.
            let _rest = tokio::io::copy(&mut kept.into_inner(), &mut tokio::io::sink()).await;
        });
        let mut logged = false;
        let ended = timeout(limit, async {
            loop {
                tokio::select! {
                    read = &mut reading => break read,
                    () = &mut logging, if !logged => logged = true,
                }
            }
        })
        .await;
        if !logged {
            let _ended = timeout(LOG_GRACE, logging).await;
        }
        ended
    };
    // Whatever it left running must not outlive the call.
    let _killed = node.start_kill();
    match read {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Err(_) => {
            return Err(FunctionError::Late {
                name: name.to_owned(),
                limit,
            });
        }
    }
    if told.len() > BODY_LIMIT {
        return Err(failed(format!(
            "what it returned is longer than {BODY_LIMIT} bytes"
        )));
    }
    let told: Value = serde_json::from_slice(&told)
        .map_err(|_| failed("it ended without a result".to_owned()))?;
    if let Some(reason) = told["error"].as_str() {
        let (name, reason) = (name.to_owned(), reason.to_owned());
        return Err(match told["missing"].as_bool() {
            Some(true) => FunctionError::Missing { name, reason },
            _ => FunctionError::Failed { name, reason },
        });
    }
    let returned: Returned =
        serde_json::from_value(told).map_err(|error| failed(error.to_string()))?;
    Ok(Returned {
        log: String::from_utf8_lossy(&log).into_owned(),
        ..returned
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn an_unknown_function_names_the_option() {
        let functions = CloudFunctions::new(["a=/tmp/a".parse().unwrap()]);
        let error = functions
            .call("b", &json!({}), Duration::from_secs(5))
            .await;
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("--cloud-function b=FOLDER")
        );
        let bad = "a".parse::<CloudFunction>().unwrap_err();
        assert!(bad.to_string().contains("NAME=FOLDER"));
    }
}
