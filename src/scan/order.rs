//! What several threads find, handed on in the order of the files.

use super::{Item, Sink};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many items wait for their turn at most, over all files but one.
const MOST_WAITING: usize = 4096;

/// Hands items on in order.
pub struct Ordered<'o, 's, 'd> {
    state: Mutex<State<'o, 's, 'd>>,
    turned: Condvar,
    stop: &'o AtomicBool,
}

struct State<'o, 's, 'd> {
    sink: &'o mut Sink<'s, 'd>,
    /// The file whose items go straight on.
    turn: usize,
    waiting: BTreeMap<usize, (String, Vec<Item<'d>>)>,
    ended: std::collections::BTreeSet<usize>,
    result: std::io::Result<()>,
}

/// The items of one file.
pub struct FileItems<'a, 'o, 's, 'd> {
    ordered: &'a Ordered<'o, 's, 'd>,
    at: usize,
    name: String,
}

impl<'o, 's, 'd> Ordered<'o, 's, 'd> {
    /// Items go to `sink`; `stop` is set where it fails.
    pub fn new(sink: &'o mut Sink<'s, 'd>, stop: &'o AtomicBool) -> Self {
        Self {
            state: Mutex::new(State {
                sink,
                turn: 0,
                waiting: BTreeMap::new(),
                ended: std::collections::BTreeSet::new(),
                result: Ok(()),
            }),
            turned: Condvar::new(),
            stop,
        }
    }

    /// For the items of file number `at`.
    pub fn file(&self, at: usize, name: String) -> FileItems<'_, 'o, 's, 'd> {
        FileItems {
            ordered: self,
            at,
            name,
        }
    }

    /// Whether the sink took everything.
    pub fn into_result(self) -> std::io::Result<()> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.result
    }

    fn lock(&self) -> MutexGuard<'_, State<'o, 's, 'd>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'d> FileItems<'_, '_, '_, 'd> {
    /// Hands an item on, now or when it is this file's turn.
    pub fn put(&mut self, item: Item<'d>) {
        let mut state = self.ordered.lock();
        let room = |state: &State<'_, '_, 'd>| {
            state
                .waiting
                .values()
                .map(|(_, items)| items.len())
                .sum::<usize>()
                < MOST_WAITING
        };
        while state.turn != self.at && !room(&state) && !self.ordered.stop.load(Ordering::Relaxed) {
            state = self
                .ordered
                .turned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.turn == self.at {
            state.catch_up(self.at, self.ordered.stop);
            state.hand_on(&self.name, item, self.ordered.stop);
        } else {
            let waiting = state.waiting.entry(self.at);
            waiting
                .or_insert_with(|| (self.name.clone(), Vec::new()))
                .1
                .push(item);
        }
    }

    /// No more items come.
    pub fn end(self) {
        let mut state = self.ordered.lock();
        state.ended.insert(self.at);
        loop {
            let turn = state.turn;
            if !state.ended.remove(&turn) {
                break;
            }
            state.catch_up(turn, self.ordered.stop);
            state.turn += 1;
        }
        self.ordered.turned.notify_all();
    }
}

impl<'d> State<'_, '_, 'd> {
    fn catch_up(&mut self, at: usize, stop: &AtomicBool) {
        if let Some((name, items)) = self.waiting.remove(&at) {
            items.into_iter().for_each(|item| self.hand_on(&name, item, stop));
        }
    }

    fn hand_on(&mut self, name: &str, item: Item<'d>, stop: &AtomicBool) {
        if self.result.is_ok() {
            self.result = (self.sink)(name, item);
            if self.result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
}
