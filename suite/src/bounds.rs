//! Limits on what a run keeps at once, and on the length of its files: one table.
//!
//! Limits of the served platform have a table of their own, `bounds` of the mock server. No limit here is reached in
//! honest use; together they keep a hostile target, or a typo, from taking all of the machine's memory or time.

use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Scenarios in flight at once, unless another number is asked for. Each may hold answers of a megabyte until it is judged.
pub const CONCURRENCY: usize = 8;
/// Cases of one rule that are in flight at once, or wait for their turn to be.
pub(crate) const CASES_IN_FLIGHT: usize = 64;
/// Plays that wait for effects at once, of all rules.
pub(crate) const WAITING_PLAYS: usize = 128;
/// Draws of a rule that are remembered, so that none is tried twice; the oldest is forgotten.
pub(crate) const REMEMBERED_DRAWS: usize = 16 * KIB;
/// Plays with effects that are kept until the end of a run, in case more effects come; the oldest is forgotten.
pub(crate) const KEPT_PLAYS: usize = 4096;
/// Bytes of those plays, roughly.
pub(crate) const KEPT_PLAYS_BYTES: usize = 24 * MIB;
/// Bytes of an answer to a push that judges get to see. The whole body was read before.
pub const JUDGED_BODY_BYTES: usize = 64 * KIB;
/// Bytes of the texts in the reply that was read from it. No message that WeChat takes comes near that.
pub(crate) const JUDGED_REPLY_BYTES: usize = 64 * KIB;
/// Bytes of the headers of an answer.
pub(crate) const JUDGED_HEADER_BYTES: usize = 16 * KIB;
/// Bytes of the data that were fetched, as a page would read them: twice what can be cached.
pub(crate) const JUDGED_DATA_BYTES: usize = 512 * KIB;
/// Bytes of an answer that are kept once it was judged; likewise of the reply that was read from it.
pub(crate) const EXCERPT_BYTES: usize = 4 * KIB;
/// Requests of the play that shows a finding, as reports draw them.
pub(crate) const WITNESSED_REQUESTS: usize = 64;
/// Calls of the API in it.
pub(crate) const WITNESSED_CALLS: usize = 64;
/// Calls of the API that a play sees.
pub(crate) const CALLS: usize = 2000;
/// Bytes of their bodies.
pub(crate) const CALLS_BYTES: usize = 256 * KIB;
/// Leaves of a JSON, or words of a text, that are compared with those of another answer.
pub(crate) const LEAVES: usize = 20_000;

/// Bytes of a JSON report that is read again.
pub const REPORT_BYTES: usize = 64 * MIB;
/// Bytes of a replay file.
pub const REPLAY_FILE_BYTES: usize = 4 * MIB;
/// Bytes of a contract's file.
pub const CONTRACT_FILE_BYTES: usize = 16 * MIB;
/// Requests of a replay file.
pub const REPLAY_REQUESTS: usize = 200;
/// Requests of a replay file at the same moment.
pub const REPLAY_AT_ONCE: usize = 50;
/// The pauses of a replay file together, in hundredths of the limit of one exchange.
pub const REPLAY_PAUSES_PERCENT: u64 = 2000;
/// The time that a replay file waits for effects and fetches, all together.
pub const REPLAY_WAITS: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use wxcheck_mock_server::bounds::Scale;
    use wxcheck_protocol::limits::BODY_LIMIT;

    use super::*;

    /// The memory that a hostile target can make a run use, with the default number of scenarios in flight:
    /// by its answers, and by its calls of the API that is served beside the run.
    #[test]
    fn one_target_makes_no_run_take_more_than_is_promised() {
        const PROMISED: usize = 300_000_000;
        // The program itself, with the system's authorities.
        const OWN: usize = 24 * MIB;
        let entry = JUDGED_BODY_BYTES + 2 * JUDGED_REPLY_BYTES + JUDGED_HEADER_BYTES;
        let waiting = WAITING_PLAYS * (3 * entry + CALLS_BYTES);
        // A buffer that grows has up to twice what is in it.
        let in_flight = CONCURRENCY * 2 * BODY_LIMIT;
        let run = OWN + waiting + KEPT_PLAYS_BYTES + in_flight;
        let api = Scale::RUN.bytes_of_one_server();
        assert!(run + api <= PROMISED, "{run} and {api}");
    }
}
