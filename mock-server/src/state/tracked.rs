//! Values that note that they were changed, so that only what changed is kept anew.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// A value that is kept whole. Whoever may change it is taken to have changed it.
#[derive(Clone, Default)]
pub struct Tracked<T> {
    value: T,
    is_kept: bool,
}

impl<T> Tracked<T> {
    /// A value that is not kept yet.
    pub const fn new(value: T) -> Self {
        Self {
            value,
            is_kept: false,
        }
    }

    /// A value as it was kept.
    pub(super) const fn kept(value: T) -> Self {
        Self {
            value,
            is_kept: true,
        }
    }

    /// The value, if it was changed since it was last asked for.
    pub(super) fn take_change(&mut self) -> Option<&T> {
        let is_changed = !std::mem::replace(&mut self.is_kept, true);
        is_changed.then_some(&self.value)
    }

    /// It counts as changed.
    pub(super) const fn note(&mut self) {
        self.is_kept = false;
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.is_kept = false;
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Tracked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Many values by name, each of which is kept by itself. Nothing is noted until somebody asks for it, or the notes of a
/// platform that keeps nothing would grow.
#[derive(Clone, Debug)]
pub struct Keyed<V> {
    values: HashMap<Arc<str>, V>,
    notes: bool,
    touched: HashSet<Arc<str>>,
}

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            notes: false,
            touched: HashSet::new(),
        }
    }
}

impl<V> Keyed<V> {
    /// The value of that name, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        if self.notes {
            let (known, _) = self.values.get_key_value(key)?;
            self.touched.insert(Arc::clone(known));
        }
        self.values.get_mut(key)
    }

    /// The value of that name, made where there is none.
    pub fn or_default(&mut self, key: &str) -> &mut V
    where
        V: Default,
    {
        // A key is made only where the value is new, which is seldom.
        let known = self.values.get_key_value(key);
        let key = known.map_or_else(|| Arc::from(key), |(known, _)| Arc::clone(known));
        if self.notes {
            self.touched.insert(Arc::clone(&key));
        }
        self.values.entry(key).or_default()
    }

    /// Puts a value in.
    pub fn insert(&mut self, key: Arc<str>, value: V) {
        if self.notes {
            self.touched.insert(Arc::clone(&key));
        }
        self.values.insert(key, value);
    }

    /// Takes a value out.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        Arc<str>: Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        let (key, value) = self.values.remove_entry(key)?;
        if self.notes {
            self.touched.insert(key);
        }
        Some(value)
    }

    /// Puts in a value as it was kept.
    pub(super) fn recall(&mut self, key: Arc<str>, value: V) {
        self.values.insert(key, value);
    }

    /// Notes changes from now on, and counts what there is already as changed.
    pub(super) fn note(&mut self) {
        self.notes = true;
        self.touched.extend(self.values.keys().cloned());
    }

    /// Notes changes from now on.
    pub(super) const fn note_from_now_on(&mut self) {
        self.notes = true;
    }

    /// The values that were changed since this was last asked for; `None` for one that is gone.
    pub(super) fn take_changes(&mut self) -> Vec<(Arc<str>, Option<V>)>
    where
        V: Clone,
    {
        let touched = self.touched.drain();
        let changes = touched.map(|key| {
            let value = self.values.get(&key).cloned();
            (key, value)
        });
        changes.collect()
    }
}

impl<V> Deref for Keyed<V> {
    type Target = HashMap<Arc<str>, V>;

    fn deref(&self) -> &HashMap<Arc<str>, V> {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracked_value_is_handed_out_once_after_each_change() {
        let mut value = Tracked::new(1);
        assert_eq!(value.take_change(), Some(&1));
        assert_eq!((*value, value.take_change()), (1, None));
        *value = 2;
        assert_eq!(value.take_change(), Some(&2));
        let mut kept = Tracked::kept(3);
        assert_eq!(kept.take_change(), None);
        kept.note();
        assert_eq!(kept.take_change(), Some(&3));
    }

    #[test]
    fn changes_of_keyed_values_are_noted_one_by_one_once_somebody_wants_them() {
        let mut values: Keyed<u8> = Keyed::default();
        *values.or_default("a") = 1;
        assert!(values.take_changes().is_empty());
        values.note();
        values.recall(Arc::from("kept"), 9);
        *values.or_default("b") = 2;
        let mut changes = values.take_changes();
        changes.sort();
        assert_eq!(
            changes,
            [(Arc::from("a"), Some(1)), (Arc::from("b"), Some(2))]
        );
        assert_eq!(values.get_mut("none"), None);
        *values.get_mut("a").unwrap() = 3;
        values.remove("b");
        let mut changes = values.take_changes();
        changes.sort();
        assert_eq!(changes, [(Arc::from("a"), Some(3)), (Arc::from("b"), None)]);
        values.note();
        assert_eq!(values.take_changes().len(), 2);
    }
}
