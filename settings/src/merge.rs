//! The one way in which settings are joined: what is given stays, and the rest is filled in.

/// A value that can be left open.
pub(crate) trait Open {
    /// True if nothing is given.
    fn is_open(&self) -> bool;
}

impl<T> Open for Option<T> {
    fn is_open(&self) -> bool {
        self.is_none()
    }
}

impl<T> Open for Vec<T> {
    fn is_open(&self) -> bool {
        self.is_empty()
    }
}

impl Open for bool {
    fn is_open(&self) -> bool {
        !self
    }
}

/// Keeps what is given, and takes the lower value where nothing is. Lists are not put together.
pub(crate) fn keep<T: Open>(given: &mut T, lower: T) {
    if given.is_open() {
        *given = lower;
    }
}
