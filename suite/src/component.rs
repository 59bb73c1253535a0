//! The parts that a third-party platform (a component, in WeChat's interfaces) has besides the URL for messages.

use url::Url;

/// Stands in a component's URL for messages where the appid of the account goes. Documented: message push page of
/// third-party platforms.
pub const APPID_PLACEHOLDER: &str = "$APPID$";

/// The account that it acts for, and the URL for notifications about itself. For any other kind of account: the
/// account's own appid, and no URL.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Component {
    /// The appid of the account that it acts for.
    pub authorizer: String,
    /// The URL to which tickets, authorizations and results of registrations are pushed.
    pub authorization_url: Option<Url>,
}
