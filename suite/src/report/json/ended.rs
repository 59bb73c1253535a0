//! The way a run ended, as a phrase.

use wxcheck_events::Ended;

const WHOLE: &str = "whole";
const OUT_OF_TIME: &str = "out of time";
const CUT: &str = "the log ends before the run did";
const STOPPED: &str = "stopped by ";
const NO_CONTACT: &str = "no contact: ";

/// The phrase.
pub(super) fn phrase(ended: &Ended) -> String {
    match ended {
        Ended::Whole => WHOLE.to_owned(),
        Ended::OutOfTime => OUT_OF_TIME.to_owned(),
        Ended::Cut => CUT.to_owned(),
        Ended::Stopped { by } => format!("{STOPPED}{by}"),
        Ended::NoContact { reason } => format!("{NO_CONTACT}{reason}"),
    }
}

/// The end of which this is the phrase.
pub(super) fn read(phrase: &str) -> Option<Ended> {
    let stopped = || {
        let by = phrase.strip_prefix(STOPPED)?.to_owned();
        Some(Ended::Stopped { by })
    };
    let no_contact = || {
        let reason = phrase.strip_prefix(NO_CONTACT)?.to_owned();
        Some(Ended::NoContact { reason })
    };
    match phrase {
        WHOLE => Some(Ended::Whole),
        OUT_OF_TIME => Some(Ended::OutOfTime),
        CUT => Some(Ended::Cut),
        _ => stopped().or_else(no_contact),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_is_read_as_it_was_written() {
        let (by, reason) = ("Ctrl-C".to_owned(), "stopped by a firewall".to_owned());
        for ended in [
            Ended::Whole,
            Ended::OutOfTime,
            Ended::Cut,
            Ended::Stopped { by },
            Ended::NoContact { reason },
        ] {
            assert_eq!(read(&phrase(&ended)), Some(ended));
        }
        assert_eq!(read("wholly"), None);
    }
}
