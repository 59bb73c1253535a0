//! The name of a rule, which never changes its meaning.

use std::fmt;

use serde::Serialize;

/// The name of a rule, `area/kebab-words`: stable, never used again for another rule.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct RuleId(&'static str);

/// The rules that other code names, because they stand in the way of others or own what others see.
impl RuleId {
    /// The server takes a true push.
    pub const ACCEPTS_TRUE_PUSH: Self = Self("push-signature/accepts-true-push");
    /// A push with a wrong signature is not taken.
    pub const REJECTS_FORGED: Self = Self("push-signature/rejects-forged-signature");
    /// A push with a wrong msg_signature is not taken.
    pub const REJECTS_FORGED_SEALED: Self = Self("push-signature/rejects-forged-msg-signature");
    /// In compat mode the decrypted copy counts.
    pub const COMPAT_USES_DECRYPTED: Self = Self("push-signature/compat-uses-decrypted");
    /// A verification is answered in time.
    pub const ECHO_IN_TIME: Self = Self("url-check/answers-in-time");
    /// A verification is answered at once, with 200.
    pub const ECHO_DIRECTLY: Self = Self("url-check/answers-directly");
    /// The echostr comes back.
    pub const ECHOES_ECHOSTR: Self = Self("url-check/echoes-echostr");
    /// Every padding is taken.
    pub const ALL_PADDINGS: Self = Self("envelope/all-paddings");
    /// A reply is sealed in safe mode.
    pub const REPLY_SEALED: Self = Self("envelope/reply-sealed-in-safe-mode");
    /// A push is answered in time.
    pub const ANSWERS_IN_TIME: Self = Self("reply/answers-in-time");
    /// A push is answered long before the limit.
    pub const TIME_TO_SPARE: Self = Self("reply/time-to-spare");
    /// An answer is whole HTTP.
    pub const COMPLETE_HTTP: Self = Self("reply/complete-http");
    /// A push is not redirected.
    pub const NO_REDIRECT: Self = Self("reply/no-redirect");
    /// The status is 200.
    pub const STATUS_200: Self = Self("reply/status-200");
    /// The body acknowledges.
    pub const ACKNOWLEDGES: Self = Self("reply/acknowledges");
    /// Names are swapped in a reply.
    pub const NAMES_SWAPPED: Self = Self("reply/names-swapped");
    /// A reply has a CreateTime.
    pub const CREATE_TIME: Self = Self("reply/create-time");
    /// A reply has a known type, and its parts.
    pub const KNOWN_TYPE: Self = Self("reply/known-type");
    /// An event is not handed to customer service.
    pub const NO_TRANSFER_ON_EVENT: Self = Self("reply/no-transfer-on-event");
    /// A push that is said to be handled is taken.
    pub const HANDLED: Self = Self("catalogue/handled");
    /// Whatever a user writes is acknowledged.
    pub const USER_TEXT: Self = Self("tolerance/user-text");
    /// As many pushes are let through as come.
    pub const RATE_LIMIT: Self = Self("reply/rate-limit");
    /// A message in the answer is UTF-8.
    pub const REPLY_UTF_8: Self = Self("reply/utf-8");
    /// A user's message gets one article at most.
    pub const ONE_ARTICLE: Self = Self("reply/one-article");
    /// A message that any push is answered with can be used.
    pub const CATALOGUE_REPLIES: Self = Self("catalogue/replies");
    /// One user's reply never reaches another.
    pub const REPLIES_TO_THE_SENDER: Self = Self("redelivery/replies-to-the-sender");
    /// A message is well-formed whatever the user wrote.
    pub const WELL_FORMED: Self = Self("reply/well-formed");
    /// A token that is turned down is renewed.
    pub const RENEWS_TOKEN: Self = Self("api-use/renews-token");
    /// Messages go to the user who wrote.
    pub const RIGHT_USER: Self = Self("api-use/right-user");
    /// A message is sent once, however slow the API is.
    pub const SENDS_ONCE_WHILE_API_IS_SLOW: Self = Self("api-use/sends-once-while-api-is-slow");
    /// Two users in one second are two.
    pub const USERS_IN_ONE_SECOND: Self = Self("redelivery/users-in-one-second");
    /// A fetch is answered with 200.
    pub const FETCH_ANSWERS_200: Self = Self("fetch/answers-200");
    /// A fetch is not redirected.
    pub const FETCH_NO_REDIRECT: Self = Self("fetch/no-redirect");
    /// A fetch is not answered with 304.
    pub const FETCH_NOT_MODIFIED: Self = Self("fetch/not-modified");
    /// A fetch is answered in time.
    pub const FETCH_IN_TIME: Self = Self("fetch/answers-in-time");
    /// An answer to a fetch is whole HTTP.
    pub const FETCH_COMPLETE_HTTP: Self = Self("fetch/complete-http");
    /// Data have at most 256 KB.
    pub const FETCH_AT_MOST_256_KB: Self = Self("fetch/at-most-256-kb");
    /// Data are UTF-8.
    pub const FETCH_UTF_8: Self = Self("fetch/utf-8");
    /// Compressed data can be decompressed.
    pub const FETCH_CONTENT_ENCODING: Self = Self("fetch/content-encoding");
    /// The TLS version is new enough.
    pub const TLS_VERSION: Self = Self("network/tls-version");
    /// A push without a signature is not taken.
    pub const REJECTS_UNSIGNED: Self = Self("push-signature/rejects-unsigned");
    /// The signature of the URL is no msg_signature.
    pub const REJECTS_SIGNATURE_AS_MSG_SIGNATURE: Self =
        Self("push-signature/rejects-signature-as-msg-signature");
    /// A msg_signature belongs to its ciphertext.
    pub const REJECTS_REPLAYED_CIPHERTEXT: Self =
        Self("push-signature/rejects-replayed-ciphertext");
    /// Deliveries of one push, one after the other, have one effect.
    pub const ONE_EFFECT_IN_SEQUENCE: Self = Self("redelivery/one-effect-in-sequence");
    /// Deliveries that come together have one effect.
    pub const ONE_EFFECT_TOGETHER: Self = Self("redelivery/one-effect-together");
    /// A delivery after one that was cut off has no second effect.
    pub const ONE_EFFECT_AFTER_DROP: Self = Self("redelivery/one-effect-after-drop");
    /// A delivery between pushes of others has no second effect.
    pub const ONE_EFFECT_BETWEEN_OTHERS: Self = Self("redelivery/one-effect-between-others");
    /// A late delivery has no second effect.
    pub const ONE_EFFECT_LATER: Self = Self("redelivery/one-effect-later");
    /// An event that is delivered twice has one effect.
    pub const EVENT_ONCE: Self = Self("redelivery/event-once");
    /// Pushes have their effects in whichever order they come.
    pub const ANY_ORDER: Self = Self("redelivery/any-order");
    /// A trade is settled once.
    pub const TRADE_ONCE: Self = Self("redelivery/trade-once");
    /// Equal texts are two messages.
    pub const EQUAL_TEXTS_COUNT: Self = Self("redelivery/equal-texts-count");
    /// Messages of one second are two.
    pub const SAME_SECOND_COUNTS: Self = Self("redelivery/same-second-counts");
    /// Close MsgIds are two.
    pub const CLOSE_MSGIDS_COUNT: Self = Self("redelivery/close-msgids-count");
    /// An acknowledgement is `success` and nothing else.
    pub const BARE_SUCCESS: Self = Self("reply/bare-success");
    /// An empty reply is not sealed.
    pub const ENCRYPTED_NOTHING: Self = Self("reply/encrypted-nothing");
    /// Any push of the catalogue is acknowledged.
    pub const CATALOGUE_ACKNOWLEDGED: Self = Self("catalogue/acknowledged");
    /// A push of virtual payment has its answer.
    pub const XPAY_ANSWER: Self = Self("reply/xpay-answer");
    /// A question about a refund has its answer.
    pub const REFUND_QUERY_ANSWER: Self = Self("reply/refund-query-answer");
    /// A question about a chapter has its answer.
    pub const CHAPTER_PERMISSION_ANSWER: Self = Self("reply/chapter-permission-answer");
    /// A call has its answer.
    pub const VOIP_ANSWER: Self = Self("reply/voip-answer");
    /// A courier's push has its answer.
    pub const COURIER_ANSWER: Self = Self("reply/courier-answer");
    /// A push of instant delivery has its answer.
    pub const INSTANT_DELIVERY_ANSWER: Self = Self("reply/instant-delivery-answer");
    /// A push about a member has its answer.
    pub const MEMBER_ANSWER: Self = Self("reply/member-answer");
    /// A push of retail has its answer.
    pub const RETAIL_ANSWER: Self = Self("reply/retail-answer");

    /// The rules about the answers that some pushes ask for in place of `success`.
    pub const ANSWERS: [Self; 8] = [
        Self::XPAY_ANSWER,
        Self::REFUND_QUERY_ANSWER,
        Self::CHAPTER_PERMISSION_ANSWER,
        Self::VOIP_ANSWER,
        Self::COURIER_ANSWER,
        Self::INSTANT_DELIVERY_ANSWER,
        Self::MEMBER_ANSWER,
        Self::RETAIL_ANSWER,
    ];
}

impl RuleId {
    /// The name of a rule that no other code names.
    pub(crate) const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The name as it is written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The part before the slash.
    pub fn area(self) -> &'static str {
        self.0.split('/').next().unwrap_or(self.0)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<&str> for RuleId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
