//! Typed tables that can take back what a failed request did.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a [`Table`] holds: plain data that can be stored.
pub(crate) trait Record: Clone + Serialize + DeserializeOwned + Send + 'static {
    /// Whether AWS made this record by itself (a default VPC, say), so that it is not counted as a user's object.
    fn made_by_aws(&self) -> bool {
        false
    }
}

/// Records by key, in the order of their keys.
///
/// It remembers what each touched record was, until the transaction ends. Composite keys are made by [`key`].
pub(crate) struct Table<T> {
    rows: BTreeMap<String, T>,
    /// The touched records as they were before the transaction; `None` where there was none.
    before: BTreeMap<String, Option<T>>,
}

/// The key of a record inside another: `key([group, stream])`. Ends with the separator, so that the key of the
/// outer record is a prefix of exactly the keys inside it.
pub(crate) fn key<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().flat_map(|part| [part, "\0"]).collect()
}

impl<T: Record> Table<T> {
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(key)?;
        self.before.entry(key.to_owned()).or_insert_with(|| Some(row.clone()));
        Some(row)
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    /// Puts a record in, in place of one with the same key.
    pub(crate) fn insert(&mut self, key: impl Into<String>, record: T) {
        let key = key.into();
        let previous = self.rows.insert(key.clone(), record);
        self.before.entry(key).or_insert(previous);
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        let row = self.rows.remove(key)?;
        self.before.entry(key.to_owned()).or_insert_with(|| Some(row.clone()));
        Some(row)
    }

    /// Removes every record whose key starts with `prefix`, and tells how many.
    pub(crate) fn remove_prefix(&mut self, prefix: &str) -> usize {
        let keys: Vec<String> = self.prefix(prefix).map(|(key, _)| key.to_owned()).collect();
        keys.iter().filter_map(|key| self.remove(key)).count()
    }

    /// Removes the records that `order` puts first, until no more than `most` are left.
    pub(crate) fn keep_last<K: Ord>(&mut self, most: usize, order: impl Fn(&T) -> K) {
        let surplus = self.rows.len().saturating_sub(most);
        if surplus == 0 {
            return;
        }
        let mut keys: Vec<(K, String)> = self.rows.iter().map(|(key, row)| (order(row), key.clone())).collect();
        keys.sort();
        for (_, key) in keys.into_iter().take(surplus) {
            self.remove(&key);
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.rows.iter().map(|(key, row)| (key.as_str(), row))
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    /// The records whose key starts with `prefix`, in the order of their keys.
    pub(crate) fn prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a T)> {
        let from_prefix = self.rows.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        from_prefix.map(|(key, row)| (key.as_str(), row)).take_while(move |(key, _)| key.starts_with(prefix))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), before: BTreeMap::new() }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Table({} records, {} touched)", self.rows.len(), self.before.len())
    }
}

/// A record as it is to be stored; `json` is `None` where it was removed.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) json: Option<Vec<u8>>,
}

/// A [`Table`] whatever it holds, as transactions and storage see it.
pub(crate) trait AnyTable {
    /// The records that the transaction touched, as they are now.
    fn changes(&self) -> serde_json::Result<Vec<Change>>;
    /// Ends the transaction and keeps what it did.
    fn commit(&mut self);
    /// Ends the transaction and takes back what it did.
    fn rollback(&mut self);
    /// Puts a stored record in.
    fn load(&mut self, key: &str, json: &[u8]) -> serde_json::Result<()>;
    /// How many records a user made.
    fn count(&self) -> usize;
}

impl<T: Record> AnyTable for Table<T> {
    fn changes(&self) -> serde_json::Result<Vec<Change>> {
        let change = |key: &String| {
            let json = self.rows.get(key).map(serde_json::to_vec).transpose()?;
            Ok(Change { key: key.clone(), json })
        };
        self.before.keys().map(change).collect()
    }

    fn commit(&mut self) {
        self.before.clear();
    }

    fn rollback(&mut self) {
        for (key, before) in std::mem::take(&mut self.before) {
            match before {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }

    fn load(&mut self, key: &str, json: &[u8]) -> serde_json::Result<()> {
        self.rows.insert(key.to_owned(), serde_json::from_slice(json)?);
        Ok(())
    }

    fn count(&self) -> usize {
        self.rows.values().filter(|row| !row.made_by_aws()).count()
    }
}

/// The tables of one service, each with its name.
pub(crate) trait TableSet {
    fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)>;
}

/// Declares the tables of a service: a struct whose fields are [`Table`]s, and its [`TableSet`].
macro_rules! tables {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $record:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $crate::table::Table<$record>,)*
        }

        impl $crate::table::TableSet for $name {
            fn tables(&mut self) -> Vec<(&'static str, &mut dyn $crate::table::AnyTable)> {
                vec![$((stringify!($field), &mut self.$field as &mut dyn $crate::table::AnyTable),)*]
            }
        }
    };
}
pub(crate) use tables;

#[cfg(test)]
mod tests {
    use super::*;

    impl Record for String {}

    fn content(table: &Table<String>) -> Vec<(&str, &str)> {
        table.iter().map(|(key, value)| (key, value.as_str())).collect()
    }

    #[test]
    fn rollback_takes_back_inserts_updates_and_removals() {
        let mut table = Table::<String>::default();
        table.insert("kept", "old".to_owned());
        table.insert("removed", "old".to_owned());
        table.commit();
        table.get_mut("kept").expect("it is there").push_str("er");
        table.remove("removed");
        table.insert("removed", "again".to_owned());
        table.insert("new", "new".to_owned());
        table.remove("new");
        table.insert("newer", "new".to_owned());
        table.rollback();
        assert_eq!(content(&table), [("kept", "old"), ("removed", "old")]);
    }

    #[test]
    fn changes_name_what_was_touched_and_only_that() {
        let mut table = Table::<String>::default();
        table.insert("untouched", "old".to_owned());
        table.insert("removed", "old".to_owned());
        table.commit();
        table.remove("removed");
        table.insert("new", "new".to_owned());
        let changes = table.changes().expect("strings serialise");
        let changes: Vec<_> = changes.iter().map(|c| (c.key.as_str(), c.json.as_deref())).collect();
        assert_eq!(changes, [("new", Some(&b"\"new\""[..])), ("removed", None)]);
        table.commit();
        assert!(table.changes().expect("strings serialise").is_empty());
    }

    #[test]
    fn the_last_ones_are_kept() {
        let mut table = Table::<String>::default();
        for (key, value) in [("a", "2"), ("b", "1"), ("c", "3")] {
            table.insert(key, value.to_owned());
        }
        table.keep_last(3, String::clone);
        assert_eq!(table.len(), 3);
        table.keep_last(2, String::clone);
        assert_eq!(content(&table), [("a", "2"), ("c", "3")]);
    }

    #[test]
    fn a_prefix_holds_what_is_inside_and_not_a_longer_name() {
        let mut table = Table::<String>::default();
        table.insert(key(["a", "1"]), "inside".to_owned());
        table.insert(key(["ab", "1"]), "beside".to_owned());
        assert_eq!(table.remove_prefix(&key(["a"])), 1);
        assert_eq!(content(&table), [("ab\u{0}1\u{0}", "beside")]);
    }
}
