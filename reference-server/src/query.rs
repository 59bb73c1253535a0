//! The query of a request.

use axum::body::Body;
use axum::http::HeaderMap;

use crate::behaviour::Parameters;

/// The parameters of a request in the order they came, percent-decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    /// The value of that name; the first when it stands twice.
    pub(crate) fn named(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// True if there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if a name stands twice, also as that of a list's item.
    pub(crate) fn has_doubles(&self) -> bool {
        let names = || self.0.iter().map(|(name, _)| name.trim_end_matches("[]"));
        names()
            .enumerate()
            .any(|(place, name)| names().take(place).any(|other| other == name))
    }

    /// The value that stands there, whatever its name.
    pub(crate) fn at(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(|(_, value)| value.as_str())
    }

    /// The value of that name, empty when it is missing: an empty string signs like a missing one.
    pub(crate) fn or_empty(&self, name: &str) -> &str {
        self.named(name).unwrap_or_default()
    }
}

/// The parameters where that strategy looks for them, if that is not the query.
pub(crate) async fn elsewhere(parameters: Parameters, headers: &HeaderMap, body: Body) -> Query {
    const MOST: usize = 64 * 1024;
    let owned = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    if parameters == Parameters::InHeaders {
        let named = headers.iter();
        let named =
            named.filter_map(|(name, value)| Some(owned(name.as_str(), value.to_str().ok()?)));
        return Query(named.collect());
    }
    let body = axum::body::to_bytes(body, MOST).await.unwrap_or_default();
    if parameters == Parameters::InJson {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&body).unwrap_or_default();
        let members = object.iter();
        let members = members.filter_map(|(name, value)| Some(owned(name, value.as_str()?)));
        return Query(members.collect());
    }
    let form = url::form_urlencoded::parse(&body);
    Query(form.map(|(name, value)| owned(&name, &value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_equal_names_counts() {
        let query = Query(vec![
            ("nonce".into(), "1".into()),
            ("nonce".into(), "2".into()),
        ]);
        assert_eq!(query.named("nonce"), Some("1"));
        assert_eq!(query.at(1), Some("2"));
        assert_eq!(query.or_empty("timestamp"), "");
        assert!(query.has_doubles());
    }
}
