//! Cloud functions on this machine: `exports.main(event, context)` of a folder, run by Node.js.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio, str::FromStr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    time::timeout,
};
use wxcheck_protocol::limits::BODY_LIMIT;

/// Loads the folder's module, calls it with what comes in, and writes what it returns. What it logs goes to stderr.
const RUNNER: &str = r"
const path = require('path');
let text = '';
process.stdin.on('data', part => { text += part; });
process.stdin.on('end', async () => {
  for (const name of ['log', 'info', 'debug']) console[name] = console.error;
  try {
    const { event, context } = JSON.parse(text);
    const result = await require(path.resolve(process.argv[1])).main(event, context);
    process.stdout.write(JSON.stringify({ result: result === undefined ? null : result }), () => process.exit(0));
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error && error.message || error) }), () => process.exit(0));
  }
});
";

/// Where functions are, by name.
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

/// That is no function and folder.
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

/// A function that brought nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FunctionError {
    /// Nobody said where it is.
    #[error(
        "cloud function `{0}`: where it is was not said; start with --cloud-function {0}=FOLDER"
    )]
    Unknown(String),
    /// No Node.js.
    #[error("cloud function `{name}`: node does not start ({reason}); install Node.js")]
    NoNode {
        /// The function.
        name: String,
        /// What the system said.
        reason: String,
    },
    /// It threw, or could not be loaded.
    #[error("cloud function `{name}` failed: {reason}")]
    Failed {
        /// The function.
        name: String,
        /// What it said.
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
    /// These functions; of two of one name the later.
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
        let failed = |reason: String| FunctionError::Failed {
            name: name.to_owned(),
            reason,
        };
        let mut node = Command::new("node")
            .args(["-e", RUNNER])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| FunctionError::NoNode {
                name: name.to_owned(),
                reason: error.to_string(),
            })?;
        let (Some(mut input), Some(output)) = (node.stdin.take(), node.stdout.take()) else {
            return Err(failed("its input and output are gone".to_owned()));
        };
        let given = json!({"event": event, "context": {}}).to_string();
        let mut told = Vec::new();
        let running = async {
            input.write_all(given.as_bytes()).await?;
            drop(input);
            output.take(BODY_LIMIT as u64).read_to_end(&mut told).await
        };
        match timeout(limit, running).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(_) => {
                return Err(FunctionError::Late {
                    name: name.to_owned(),
                    limit,
                });
            }
        }
        let mut told: Value = serde_json::from_slice(&told)
            .map_err(|_| failed("it ended without a result, or with more than 1 MiB".to_owned()))?;
        match told["error"].as_str() {
            Some(reason) => Err(failed(reason.to_owned())),
            None => Ok(told["result"].take()),
        }
    }
}

#[cfg(test)]
mod tests {
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
