//! The option `--header` of `wxcheck fetch request`.

use std::str::FromStr;

/// A header of the page's own, `Name: value`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Header(pub(crate) (String, String));

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = text.split_once(':');
        let (name, value) = pair.ok_or_else(|| format!("`{text}`: write NAME: VALUE"))?;
        Ok(Self((name.trim().to_owned(), value.trim().to_owned())))
    }
}
