//! Sessions in this process, with a chosen file, size limit and faults.

use super::{Kind, all, replay, text};
use crate::protocol::example;
use directvm::splunk::recording::{MAX_LENGTH, Recordings};
use directvm::splunk::session::Session;
use directvm::splunk::tuning_list::Lookups;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::rc::Rc;

const KEY: &str = "K3y^of-this-session";

/// A file in memory: its content, its length, and its maximum length.
#[derive(Clone, Default)]
struct Disk {
    file: Rc<RefCell<Vec<u8>>>,
    length: Rc<Cell<u64>>,
    opened: Rc<Cell<usize>>,
    most: Option<u64>,
    /// Only the length is kept.
    is_large: bool,
}

impl Recordings for Disk {
    fn check(&self, folder: &str, _: &str) -> Result<()> {
        assert_eq!(folder, "/dispatch/1");
        Ok(())
    }

    fn create(&self, folder: &str, name: &str) -> Result<Box<dyn Write>> {
        assert_eq!((folder, name), ("/dispatch/1", "case"));
        self.opened.set(self.opened.get() + 1);
        match self.most {
            Some(0) => Err(ErrorKind::PermissionDenied.into()),
            _ => Ok(Box::new(self.clone())),
        }
    }

    fn micros(&self) -> u64 {
        7
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let length = self.length.get() + bytes.len() as u64;
        if self.most.is_some_and(|most| length > most) {
            return Err(ErrorKind::StorageFull.into());
        }
        self.length.set(length);
        if !self.is_large {
            self.file.borrow_mut().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Keeps the metadata of every reply.
#[derive(Default)]
struct Heads(Vec<Vec<u8>>, Vec<u8>);

impl Write for Heads {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let room = 1000_usize.saturating_sub(self.1.len()).min(bytes.len());
        self.1.extend_from_slice(&bytes[..room]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.0.push(std::mem::take(&mut self.1));
        Ok(())
    }
}

fn frame(metadata: &str, body: &[u8]) -> Vec<u8> {
    let mut frame = format!("chunked 1.0,{},{}\n{metadata}", metadata.len(), body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

fn getinfo() -> Vec<u8> {
    let info = json!({"args": ["record=case"], "session_key": KEY, "dispatch_dir": "/dispatch/1"});
    frame(&json!({"action": "getinfo", "searchinfo": info}).to_string(), b"")
}

fn execute(body: &[u8]) -> Vec<u8> {
    frame(r#"{"action":"execute","finished":false}"#, body)
}

/// The WARN texts of each reply.
fn warnings(disk: &Disk, input: impl Read) -> Vec<String> {
    let mut heads = Heads::default();
    let session = Session::new(input, &mut heads).with_recordings(disk.clone());
    // The last reply reports a failure.
    let _ = session.with_lookups(List(None)).run();
    heads
        .0
        .iter()
        .map(|head| text(head).matches("WARN").count().to_string() + &text(head))
        .collect()
}

/// The tuning list of a search, if any.
struct List(Option<&'static [u8]>);

impl Lookups for List {
    fn check(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn read(&self, _: &str) -> Result<Vec<u8>> {
        let list = self.0.map(<[u8]>::to_vec);
        list.ok_or_else(|| Error::from(ErrorKind::Unsupported))
    }
}

#[test]
fn a_session_with_only_getinfo_opens_no_file() {
    let disk = Disk::default();
    assert_eq!(warnings(&disk, getinfo().as_slice()).len(), 1);
    assert_eq!(disk.opened.get(), 0);
    assert_eq!(
        warnings(&disk, [getinfo(), execute(b"")].concat().as_slice()).len(),
        2
    );
    assert_eq!(disk.opened.get(), 1);
}

#[test]
fn a_recording_ends_at_its_bound_with_one_warning() {
    let disk = Disk {
        is_large: true,
        ..Disk::default()
    };
    let body = [&b"a\n"[..], &vec![b'x'; 60 << 20], b"\n"].concat();
    let (getinfo, large, small) = (getinfo(), execute(&body), execute(b"a\n1\n"));
    let input = getinfo
        .chain(large.as_slice())
        .chain(large.as_slice())
        .chain(large.as_slice());
    let replies = warnings(&disk, input.chain(small.as_slice()).chain(small.as_slice()));
    let counts: String = replies.iter().map(|reply| &reply[..1]).collect();
    assert_eq!(counts, "000100");
    assert!(replies[3].contains("directvm: the recording ends here: it would grow larger than 256 MiB"));
    let length = disk.length.get();
    assert!(length <= MAX_LENGTH && length > 240 << 20, "{length}");
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_search() {
    let whole = Disk::default();
    let input = [
        getinfo(),
        execute(b"a\n1\n"),
        execute(b"a\n2\n"),
        execute(b"a\n3\n"),
    ]
    .concat();
    assert!(
        warnings(&whole, input.as_slice())
            .iter()
            .all(|reply| reply.starts_with('0'))
    );
    // Every offset would take minutes: test some in each record, and both ends.
    let length = whole.length.get();
    for most in (0..length)
        .step_by(usize::try_from(length / 24).expect("a small file").max(1))
        .chain([length - 1])
    {
        let disk = Disk {
            most: Some(most),
            ..Disk::default()
        };
        let replies = warnings(&disk, input.as_slice());
        let told = replies.iter().filter(|reply| reply.starts_with('1')).count();
        assert_eq!((replies.len(), told), (4, 1), "{most}: {replies:?}");
    }
}

#[test]
fn the_key_is_in_no_record_whatever_splunkd_sends() {
    let named = format!(r#"{{"action":"execute","finished":false,"x":{{"session_key":"{KEY}"}}}}"#);
    let unnamed = format!(r#"{{"action":"execute","finished":false,"x":"{KEY}"}}"#);
    let body = format!("a,b\n1,{KEY}\n");
    let broken = format!(r#"{{"action":"execute","session_key":"{KEY}","x":"other secret"#);
    let second = getinfo();
    let cut = frame(&named, b"").split_off(1);
    for (last, requests) in [(frame(&broken, b""), 4), (second, 4), (cut, 3)] {
        let disk = Disk::default();
        let input = [
            getinfo(),
            frame(&named, body.as_bytes()),
            frame(&unnamed, body.as_bytes()),
            last,
        ]
        .concat();
        warnings(&disk, input.as_slice());
        let file = disk.file.borrow();
        let records = all(&file).expect("it is sound");
        assert_eq!(
            records
                .iter()
                .filter(|record| record.kind == Kind::Request)
                .count(),
            requests
        );
        for secret in [KEY, "other secret"] {
            assert!(
                !file
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
            );
        }
        let row = format!("a,b\n1,{}\n", " ".repeat(KEY.len()));
        assert_eq!(text(&records[2].body), row);
    }
}

#[test]
fn the_end_of_a_broken_session_is_recorded() {
    let bad = frame("{", b"");
    for (last, kind) in [(bad, Kind::Reply), (b"nonsense\n".to_vec(), Kind::Note)] {
        let disk = Disk::default();
        warnings(&disk, [getinfo(), execute(b""), last].concat().as_slice());
        let records = all(&disk.file.borrow()).expect("it is sound");
        assert_eq!(records.last().expect("there are records").kind, kind);
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("x.dvmrec");
        std::fs::write(&path, disk.file.borrow().as_slice()).expect("it is written");
        let output = replay(&path, &["--run"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    }
}

#[test]
fn a_replay_uses_the_recorded_tuning_list() {
    let list = b"id,enabled,cloud,operation,access,actor,target,account,src,document,user_agent,action,value,expires,\
                 reason,owner\nr,true,aws,*,,,,,,,,expect,,,tools,ann\nbad,true,aws,,,,,,,,,dance,,,tools,ann\n";
    let event = example("aws_ssm_session.start_session").to_string();
    let body = format!("_raw\n\"{}\"\n", event.replace('"', "\"\""));
    let mut replies = Vec::new();
    let disk = Disk::default();
    let input = [getinfo(), execute(body.as_bytes())].concat();
    let session = Session::new(input.as_slice(), &mut replies).with_lookups(List(Some(list)));
    session.with_recordings(disk.clone()).run().expect("it goes well");
    let written = text(&replies);
    assert!(
        written.contains("r: tools") && written.contains("dance"),
        "{written}"
    );
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("x.dvmrec");
    std::fs::write(&path, disk.file.borrow().as_slice()).expect("it is written");
    let output = replay(&path, &["--run"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let shown = text(&replay(&path, &[]).stdout);
    assert!(shown.contains("tuning list directvm_tuning.csv: "), "{shown}");
    let _: Value = serde_json::from_str(&event).expect("the example is JSON");
}
