//! The event of a diagnosis.

use wxcheck_events::{Diagnosed, Diagnosis, Kind};

use super::Examined;
use crate::{
    log::{Log, hiding::Hiding},
    redact::Secrets,
};

impl Log<'_> {
    /// The cause behind what failed was looked for.
    pub fn diagnosed(self, examined: &Examined, secrets: &Secrets) {
        let hiding = Hiding(secrets);
        let causes = examined.findings.iter().map(|finding| Diagnosis {
            cause: finding.cause.id.to_owned(),
            values: finding
                .values
                .iter()
                .map(|(name, value)| (name.clone(), hiding.answer(value)))
                .collect(),
            certainty: finding.certainty.name().to_owned(),
            curl: finding.curl.as_deref().map(|curl| hiding.own(curl)),
        });
        self.note(Kind::Diagnosed(Box::new(Diagnosed {
            causes: causes.collect(),
            open: examined.is_open,
            stack: examined.stack.map(|stack| stack.name().to_owned()),
            requests: examined.requests,
        })));
    }
}
