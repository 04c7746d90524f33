//! Hands on what several threads find, in the order of the files.

use super::{FileCounts, Item, Sink};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many items may wait, over all files that are not next.
const MAX_WAITING: usize = 4096;

/// Passes items to the sink in the order of the files.
pub struct Ordered<'o, 's, 'd> {
    state: Mutex<State<'o, 's, 'd>>,
    advanced: Condvar,
    stop: &'o AtomicBool,
}

struct State<'o, 's, 'd> {
    sink: &'o mut Sink<'s, 'd>,
    /// The file whose items are passed on at once.
    next: usize,
    waiting: BTreeMap<usize, Vec<(Arc<str>, Item<'d>)>>,
    ended: std::collections::BTreeSet<usize>,
    result: std::io::Result<()>,
    /// What the parts before have counted of the file that is passed on.
    before: FileCounts,
}

/// The items of one file.
pub struct FileItems<'a, 'o, 's, 'd> {
    ordered: &'a Ordered<'o, 's, 'd>,
    at: usize,
}

impl<'o, 's, 'd> Ordered<'o, 's, 'd> {
    /// Passes items to `sink`; sets `stop` where that fails.
    pub fn new(sink: &'o mut Sink<'s, 'd>, stop: &'o AtomicBool) -> Self {
        Self {
            state: Mutex::new(State {
                sink,
                next: 0,
                waiting: BTreeMap::new(),
                ended: std::collections::BTreeSet::new(),
                result: Ok(()),
                before: FileCounts::default(),
            }),
            advanced: Condvar::new(),
            stop,
        }
    }

    /// Takes the items of file number `at`.
    pub fn file(&self, at: usize) -> FileItems<'_, 'o, 's, 'd> {
        FileItems { ordered: self, at }
    }

    /// Returns the first error of the sink.
    pub fn into_result(self) -> std::io::Result<()> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.result
    }

    fn lock(&self) -> MutexGuard<'_, State<'o, 's, 'd>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'d> FileItems<'_, '_, '_, 'd> {
    /// Passes an item of a name on, at once or when this file is next. Waits where too many items wait already.
    pub fn add(&mut self, name: &Arc<str>, item: Item<'d>) {
        let mut state = self.ordered.lock();
        let has_capacity =
            |state: &State<'_, '_, 'd>| state.waiting.values().map(Vec::len).sum::<usize>() < MAX_WAITING;
        while state.next != self.at && !has_capacity(&state) && !self.ordered.stop.load(Ordering::Relaxed) {
            state = self
                .ordered
                .advanced
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.next == self.at {
            state.pass_waiting(self.at, self.ordered.stop);
            state.pass(name, item, self.ordered.stop);
        } else {
            let waiting = state.waiting.entry(self.at).or_default();
            waiting.push((Arc::clone(name), item));
        }
    }

    /// Ends the file: the next one may pass its items on.
    pub fn end(self) {
        let mut state = self.ordered.lock();
        state.ended.insert(self.at);
        loop {
            let next = state.next;
            if !state.ended.remove(&next) {
                break;
            }
            state.pass_waiting(next, self.ordered.stop);
            state.next += 1;
        }
        self.ordered.advanced.notify_all();
    }
}

impl<'d> State<'_, '_, 'd> {
    fn pass_waiting(&mut self, at: usize, stop: &AtomicBool) {
        for (name, item) in self.waiting.remove(&at).into_iter().flatten() {
            self.pass(&name, item, stop);
        }
    }

    fn pass(&mut self, name: &str, mut item: Item<'d>, stop: &AtomicBool) {
        match &mut item {
            Item::Part(counts) => return self.before.add(std::mem::take(counts)),
            Item::Found(found) => found.record += self.before.records,
            Item::Text(record, _) => *record += self.before.records,
            Item::End(counts) => {
                let mut all = std::mem::take(&mut self.before);
                all.add(std::mem::take(counts));
                *counts = all;
            }
        }
        if self.result.is_ok() {
            self.result = (self.sink)(name, item);
            if self.result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
}
