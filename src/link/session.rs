//! Sessions: when they began, when and by whom they were ended.

use super::connection::Link;
use super::record::{KNOWN, Record};
use super::request::{Caller, Request};
use super::rules::Rules;
use super::times::in_words;
use crate::catalogue::AccessType;
use rustc_hash::FxHashMap;

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its end was logged.
    Closed,
    /// Its end would have been logged.
    Open,
    /// This kind of session need not log its end.
    Unlogged,
}

impl State {
    /// The word in `dvm_session_state`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Unlogged => "unlogged",
        }
    }
}

/// A session, by the numbers of its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The request that began it.
    pub start: usize,
    /// Every request of it, in the order of time.
    pub requests: Vec<usize>,
    /// The request that ended it.
    pub end: Option<usize>,
    /// How it stands.
    pub state: State,
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    /// In the order of their starts.
    pub all: Vec<Session>,
    /// Request → its session.
    pub of_request: FxHashMap<usize, usize>,
}

/// Cloud, account and id; and caller and machine, where the caller can choose the id and no end is logged under it.
type Key<'r> = [&'r str; 5];

impl Sessions {
    /// The sessions among requests that are sorted by time.
    pub fn of(records: &[Record], requests: &[Request], rules: &Rules) -> Self {
        let mut known: FxHashMap<Key<'_>, usize> = FxHashMap::default();
        let mut sessions = Self::default();
        for (number, request) in requests.iter().enumerate() {
            let Some(key) = key(request, records, rules) else {
                continue;
            };
            let is_end = request.access(records) == Some(AccessType::SessionEnd);
            match known.get(&key) {
                Some(at) => sessions.add(*at, number, is_end),
                None if is_end => {}
                None => {
                    known.insert(key, sessions.all.len());
                    let ends_are_logged = request.is_one_of(records, &rules.ends);
                    sessions.begin(number, ends_are_logged);
                }
            }
        }
        sessions
    }

    fn begin(&mut self, number: usize, ends_are_logged: bool) {
        self.of_request.insert(number, self.all.len());
        self.all.push(Session {
            start: number,
            requests: vec![number],
            end: None,
            state: if ends_are_logged {
                State::Open
            } else {
                State::Unlogged
            },
        });
    }

    fn add(&mut self, at: usize, number: usize, is_end: bool) {
        let session = &mut self.all[at];
        session.requests.push(number);
        self.of_request.insert(number, at);
        if is_end && session.end.is_none() {
            session.end = Some(number);
            session.state = State::Closed;
        }
    }

    /// Sessions that somebody else ended.
    pub fn links(&self, records: &[Record], requests: &[Request], links: &mut Vec<Link>) {
        for session in &self.all {
            let Some(end) = session.end else { continue };
            let (started, ended) = (&requests[session.start], &requests[end]);
            if ended.is_of_service(records) || !is_by_another(started, ended, records) {
                continue;
            }
            let by = ended.callers(records).last().map_or("", Caller::name);
            let of = started.callers(records).last().map_or("", Caller::name);
            links.push(Link {
                kind: "ended_by_other",
                later: end,
                earlier: session.start,
                reason: format!(
                    "{by} ended the session of {of} ({}); same dvm_session, other dvm_principal and dvm_person",
                    started.value(records, KNOWN.session)
                ),
            });
        }
    }
}

/// What joins the requests of a session, if it is a part of one.
fn key<'r>(request: &Request, records: &'r [Record], rules: &Rules) -> Option<Key<'r>> {
    use AccessType::{CredentialReset, RemoteDesktop, SerialConsole, SessionEnd, ShellSession, Tunnel};
    let access = request.access(records)?;
    let is_part = matches!(
        access,
        ShellSession | RemoteDesktop | Tunnel | SerialConsole | SessionEnd
    );
    let session = request.value(records, KNOWN.session);
    let is_aws = request.value(records, KNOWN.cloud) == "aws";
    // A session of AWS that resets a password.
    let is_part = is_part || is_aws && access == CredentialReset;
    if !is_part || session.is_empty() || !request.is_granted(records) {
        return None;
    }
    let of = |field| request.value(records, field);
    let is_chosen = !is_aws && access != SessionEnd && !request.is_one_of(records, &rules.ends);
    let [caller, machine] =
        [KNOWN.principal, KNOWN.target].map(|field| if is_chosen { of(field) } else { "" });
    Some([of(KNOWN.cloud), of(KNOWN.account), session, caller, machine])
}

/// Whether both are known, and neither the principal nor the person is the same.
fn is_by_another(started: &Request, ended: &Request, records: &[Record]) -> bool {
    let [before, after]: [Vec<Caller<'_>>; 2] =
        [started, ended].map(|request| request.callers(records).collect());
    !before.is_empty() && !after.is_empty() && !after.iter().any(|caller| before.contains(caller))
}

/// How long a session lasted, in seconds.
pub fn seconds(session: &Session, requests: &[Request]) -> Option<i64> {
    let end = requests[session.end?].time?;
    let start = requests[session.start].time?;
    Some((end - start) / 1_000_000)
}

/// The session in a sentence.
pub fn in_a_sentence(session: &Session, requests: &[Request], records: &[Record]) -> String {
    let started = &requests[session.start];
    let kind = started.value(records, KNOWN.access).replace('_', " ");
    let by = started.callers(records).last().map_or("somebody", Caller::name);
    let targets = started.union(records, KNOWN.target).join(", ");
    let on = if targets.is_empty() {
        String::new()
    } else {
        format!(" on {targets}")
    };
    let end = match (session.state, seconds(session, requests)) {
        (State::Closed, Some(length)) => format!("ended after {}", in_words(length * 1_000_000)),
        (State::Closed, None) => "ended".to_owned(),
        (State::Open, _) => "no end was logged, as it should have been".to_owned(),
        (State::Unlogged, _) => "no end was logged; this kind of session often logs none".to_owned(),
    };
    format!("{kind} of {by}{on}: {end}")
}
