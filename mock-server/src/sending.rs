//! The calls that send a message to a user, by their paths: the API answers them, the log keeps them, rules count them.

/// A customer-service message.
pub const CUSTOMER_MESSAGE: &str = "/cgi-bin/message/custom/send";
/// A subscribe message.
pub const SUBSCRIBE_MESSAGE: &str = "/cgi-bin/message/subscribe/send";
/// A template message of an official account.
pub const TEMPLATE_MESSAGE: &str = "/cgi-bin/message/template/send";
/// A template message of a mini program, for a form_id.
pub const FORM_MESSAGE: &str = "/cgi-bin/message/wxopen/template/send";
/// A template message of a mini program or its official account.
pub const UNIFORM_MESSAGE: &str = "/cgi-bin/message/wxopen/template/uniform_send";

/// All of them. The one that is called most stands first.
pub const PATHS: [&str; 5] = [
    CUSTOMER_MESSAGE,
    SUBSCRIBE_MESSAGE,
    TEMPLATE_MESSAGE,
    FORM_MESSAGE,
    UNIFORM_MESSAGE,
];

/// The path, if a message is sent there.
pub fn find(path: &str) -> Option<&'static str> {
    PATHS.into_iter().find(|known| *known == path)
}
