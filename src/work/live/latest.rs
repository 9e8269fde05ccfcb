//! A bounded queue with one place for each key: a newer piece takes the place of
//! the one that waits there, and two of the same key are never out together.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The queue; cheap to clone.
#[derive(Debug)]
pub(super) struct Latest<K, V>(Arc<Inner<K, V>>);

/// What all clones share.
#[derive(Debug)]
struct Inner<K, V> {
    /// What waits and what is out.
    line: Mutex<Line<K, V>>,
    /// Told when there may be something to take.
    changed: Notify,
    /// How many keys may wait.
    limit: usize,
}

/// What waits and what is out.
#[derive(Debug)]
struct Line<K, V> {
    /// The keys that wait, in the order in which they came.
    order: VecDeque<K>,
    /// The newest piece of each.
    pieces: HashMap<K, V>,
    /// The keys of pieces that were taken and are not done.
    out: HashSet<K>,
}

impl<K, V> Clone for Latest<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Clone + Eq + Hash, V> Latest<K, V> {
    /// An empty queue for up to `limit` keys.
    pub(super) fn new(limit: usize) -> Self {
        let line = Line {
            order: VecDeque::new(),
            pieces: HashMap::new(),
            out: HashSet::new(),
        };
        Self(Arc::new(Inner {
            line: Mutex::new(line),
            changed: Notify::new(),
            limit,
        }))
    }

    /// Puts a piece in its place; `false` if there is no room for another key.
    pub(super) fn put(&self, key: K, piece: V) -> bool {
        let mut line = self.line();
        let waits = line.pieces.contains_key(&key);
        if !waits && line.order.len() >= self.0.limit {
            return false;
        }
        if !waits {
            line.order.push_back(key.clone());
        }
        line.pieces.insert(key, piece);
        self.0.changed.notify_one();
        true
    }

    /// Takes the first piece whose key is not out, if there is one.
    pub(super) fn take(&self) -> Option<(K, V)> {
        let mut line = self.line();
        let place = line.order.iter().position(|key| !line.out.contains(key))?;
        let key = line.order.remove(place)?;
        let piece = line.pieces.remove(&key)?;
        line.out.insert(key.clone());
        Some((key, piece))
    }

    /// Takes the first piece whose key is not out, as soon as there is one.
    pub(super) async fn next(&self) -> (K, V) {
        loop {
            if let Some(taken) = self.take() {
                return taken;
            }
            self.0.changed.notified().await;
        }
    }

    /// The piece that was taken for `key` is done: the next one may go.
    pub(super) fn done(&self, key: &K) {
        self.line().out.remove(key);
        self.0.changed.notify_one();
    }

    /// What waits and what is out; a panic elsewhere leaves it usable.
    fn line(&self) -> MutexGuard<'_, Line<K, V>> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
