//! The error of a plan that cannot be carried out.

/// A plan that cannot be carried out: the field, its value, and what to give instead.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field} {value}: {fix}")]
pub struct PlanError {
    /// The field, by the name of its option.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// The change to make.
    pub fix: String,
}

impl PlanError {
    /// An error about that field.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a value or a reference, whichever the caller has"
    )]
    pub fn new(field: &'static str, value: impl ToString, fix: impl Into<String>) -> Self {
        Self {
            field,
            value: value.to_string(),
            fix: fix.into(),
        }
    }
}
