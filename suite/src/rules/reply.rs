//! The answer to a push: in time, whole, an acknowledgement or a message that WeChat can use.

mod acknowledgement;
mod connection;
mod content;
mod encoding;
mod every;
mod fitting;
mod out_of_place;
mod passive;
mod structured;

use crate::rule::Rule;

pub(crate) use acknowledgement::body_claim;
pub(super) use content::NUMBER_LIKE;
pub(crate) use every::{OWNERS as OWNERS_OF_REPLIES, faults as faults_of_replies};
pub(crate) use fitting::articles;
pub(crate) use passive::message_fault;
pub use structured::asks_for_more;

pub(super) const RULES: &[&Rule] = &[
    &acknowledgement::ANSWERS_IN_TIME,
    &acknowledgement::TIME_TO_SPARE,
    &acknowledgement::COMPLETE_HTTP,
    &connection::ONE_RESPONSE,
    &connection::READ_FIRST,
    &acknowledgement::NO_REDIRECT,
    &acknowledgement::RATE_LIMIT,
    &acknowledgement::STATUS_200,
    &acknowledgement::ACKNOWLEDGES,
    &acknowledgement::BARE_SUCCESS,
    &out_of_place::PASSIVE_FROM_MINI,
    &passive::NAMES_SWAPPED,
    &passive::CREATE_TIME,
    &passive::CREATE_TIME_SECONDS,
    &passive::KNOWN_TYPE,
    &encoding::UTF_8,
    &content::WELL_FORMED,
    &content::TEXT_UNCHANGED,
    &fitting::NO_EMPTY_CONTENT,
    &fitting::NO_SUCCESS_AS_TEXT,
    &fitting::TEXT_LENGTH,
    &fitting::ONE_ARTICLE,
    &passive::FORMAT_FOLLOWS_PUSH,
    &out_of_place::ENCRYPTED_NOTHING,
    &out_of_place::NO_TRANSFER_ON_EVENT,
    &structured::ERROR_CODE,
    &structured::REFUND_QUERY,
    &structured::CHAPTER_PERMISSION,
    &structured::VOIP,
    &structured::COURIER,
    &structured::INSTANT_DELIVERY,
    &structured::MEMBER,
    &structured::RETAIL,
    &structured::PLATFORM_SUCCESS,
    &structured::CONTAINER_PATH,
    &structured::STRUCTURED_IN_TIME,
];
