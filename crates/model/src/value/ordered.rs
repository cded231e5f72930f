//! A map that also knows in which order its keys came.

use std::collections::BTreeMap;

/// Keys with values, and the order in which the keys came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ordered<V> {
    values: BTreeMap<Vec<u8>, (u64, V)>,
    order: BTreeMap<u64, Vec<u8>>,
    next: u64,
}

impl<V> Default for Ordered<V> {
    fn default() -> Ordered<V> {
        Ordered { values: BTreeMap::new(), order: BTreeMap::new(), next: 0 }
    }
}

impl<V> Ordered<V> {
    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// A key's value.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&V> {
        self.values.get(key).map(|(_, value)| value)
    }

    /// Keys with values, oldest key first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        self.order.values().map(|key| (key.as_slice(), &self.values[key].1))
    }

    /// Sets a key's value; true if the key is new. An old one keeps its place.
    pub(crate) fn set(&mut self, key: &[u8], value: V) -> bool {
        if let Some((_, old)) = self.values.get_mut(key) {
            *old = value;
            return false;
        }
        self.values.insert(key.to_vec(), (self.next, value));
        self.order.insert(self.next, key.to_vec());
        self.next += 1;
        true
    }

    /// Removes a key; true if it was there.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        let Some((position, _)) = self.values.remove(key) else { return false };
        self.order.remove(&position);
        true
    }
}
