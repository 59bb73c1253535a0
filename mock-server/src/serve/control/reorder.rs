//! Pushes in another order than that in which they were written.

use std::collections::BTreeMap;

use axum::{Json, extract::State as Shared};
use serde::{Deserialize, Serialize};

use super::{
    ControlDesk, ControlError, ControlResult, Given,
    again::{found, order},
    pushes::{PushView, ordered},
};

/// At most so many pushes are put into another order.
const MOST: usize = 20;

/// Pushes of the journal, in the order in which they are to arrive.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// The numbers of their records, 2 to 20. MsgIds go up in the order in which they were first sent.
    numbers: Vec<u64>,
}

/// The outcomes of pushes in another order.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Reordered {
    /// In the order in which they left.
    pushes: Vec<PushView>,
}

/// Deliver pushes in another order, as new messages
#[cfg_attr(test, utoipa::path(post, path = "/_wxcheck/journal/reorder", request_body = Order, responses((status = 200, body = Reordered), (status = 400, body = ControlError), (status = 404, body = ControlError))))]
pub(super) async fn reorder(
    Shared(desk): Shared<ControlDesk>,
    Given(asked): Given<Order>,
) -> ControlResult<Reordered> {
    let numbers = asked.numbers;
    if !(2..=MOST).contains(&numbers.len()) {
        return Err(ControlError::bad(format!(
            "numbers: give 2 to {MOST} records, not {}",
            numbers.len()
        )));
    }
    // Ids are drawn as they were at first, and the messages leave as they are asked for.
    let mut written = BTreeMap::new();
    for number in &numbers {
        written.insert(*number, found(&desk, *number)?);
    }
    if written.len() < numbers.len() {
        return Err(ControlError::bad("numbers: name each record once"));
    }
    let mut orders = BTreeMap::new();
    for (number, push) in written {
        let content = push.content(&desk, &push.callback)?;
        let content = push.anew(&desk, content);
        orders.insert(number, order(push.callback, content));
    }
    let mut pushes = Vec::new();
    for order in numbers.iter().filter_map(|number| orders.remove(number)) {
        pushes.push(ordered(&desk, order).await?);
    }
    Ok(Json(Reordered { pushes }))
}
