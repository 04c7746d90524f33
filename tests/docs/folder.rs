//! The folder in which the commands of the pages are run: it contains the files that they name.

use super::fleet;
use super::page::root;
use crate::support::{BINARY, SearchEvent, command, files_below};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A list without faults that matches some of the events.
const LIST: &str = "id,enabled,cloud,operation,access,actor,target,account,src,document,user_agent,action,value,expires,\
    reason,owner\nknown,1,aws,SendCommand,,*:user/morgan.lee,,111122223333,,,,expect,,,planned,tests\n";

/// Where there is no jq: what stands in for `jq -r .<member>`, one object a line.
const JQ: &str = "command -v jq >/dev/null || jq() { python3 -c \
    'import json, sys; [print(json.loads(line)[sys.argv[2][1:]]) for line in sys.stdin]' \"$@\"; }";

/// A user's list of an app that is upgraded, which the steps of the pages must keep.
const USERS: &str = "splunk/etc/apps/directvm/lookups/directvm_tuning.csv";

/// A search that a user copied from 0.1.
const COPY: &str = "[Mine]\nsearch = `directvm_fold` | `directvm_sessions`\n";

/// An app with the program under test, logs, lists, a package, and a folder in place of a Splunk installation.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        for name in [
            "bin",
            "lookups",
            "exported-logs/gcp",
            "fleet-logs",
            "splunk/etc/apps/directvm/lookups",
            "splunk/etc/apps/directvm/local",
            "splunk/etc/users/admin/search/local",
            "tests/demo",
            "splunk/etc/shcluster/apps",
        ] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder can be made");
        }
        fs::copy(BINARY, folder.program()).expect("the program can be copied");
        for name in [
            "directvm_tuning.csv",
            "lookups/directvm_tuning.csv",
            "lookups/directvm_tuning_next.csv",
            USERS,
        ] {
            folder.write(name, LIST.as_bytes());
        }
        folder.write(
            "splunk/etc/apps/directvm/local/savedsearches.conf",
            COPY.as_bytes(),
        );
        let events = fs::read(root().join("tests/demo/events.json")).expect("the demo has events");
        folder.write("tests/demo/events.json", &events);
        folder.write_events();
        folder.copy_knowledge();
        folder.write_packages();
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Next to `lookups`, as in an app, so that the program finds the lists.
    pub fn program(&self) -> PathBuf {
        self.path().join("bin/directvm-x86_64")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(name), bytes).expect("a file can be written");
    }

    /// The files that those who write them try.
    fn copy_knowledge(&self) {
        for name in ["src/catalogue", "src/event"] {
            for file in files_below(&root().join(name)) {
                let inside = file.strip_prefix(root()).expect("it lies below the root");
                let copy = self.path().join(inside);
                fs::create_dir_all(copy.parent().expect("it lies in a folder"))
                    .expect("a folder can be made");
                fs::copy(&file, copy).expect("a file can be copied");
            }
        }
    }

    /// The logs of each cloud in a different format, and one file of CloudTrail alone.
    fn write_events(&self) {
        let lines = |key: &str| -> String { of(key).iter().map(|event| event.to_string() + "\n").collect() };
        let records = serde_json::json!({ "Records": of("eventName") }).to_string();
        self.write(
            "exported-logs/trail.json.gz",
            &crate::scan::gzip(records.as_bytes()),
        );
        self.write("exported-logs/activity.jsonl", lines("operationName").as_bytes());
        self.write("exported-logs/gcp/audit.jsonl", lines("protoPayload").as_bytes());
        let fleet = serde_json::json!({ "Records": fleet::records() }).to_string();
        self.write("fleet-logs/trail.json.gz", &crate::scan::gzip(fleet.as_bytes()));
        let command = of("eventName")
            .into_iter()
            .find(|event| event["eventName"] == "SendCommand");
        self.write(
            "event.json",
            command.expect("there is a command").to_string().as_bytes(),
        );
    }

    /// A package without programs: those in it are installed by `scripts/install_test.py`.
    fn write_packages(&self) {
        let line = format!(
            "tar -czf directvm-{version}.tar.gz --transform s,^splunk_app,directvm, -C '{}' splunk_app
             sha256sum directvm-{version}.tar.gz > SHA256SUMS
             sed 's/ directvm-/ directvm-windows-/' SHA256SUMS >> SHA256SUMS",
            root().display(),
            version = env!("CARGO_PKG_VERSION"),
        );
        let done = self.run(&line);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Runs a line as a shell does.
    pub fn run(&self, line: &str) -> Output {
        let program = command(self.program());
        let words = [program.get_program()].into_iter().chain(program.get_args());
        let script = format!(
            "set -euo pipefail\nwords=(\"$@\")\ndirectvm() {{ \"${{words[@]}}\" \"$@\"; }}\n{JQ}\n{line}\n"
        );
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg(script)
            .arg("bash")
            .args(words.collect::<Vec<&OsStr>>());
        shell
            .current_dir(self.path())
            .env("COLUMNS", "120")
            .env("SPLUNK_HOME", self.path().join("splunk"))
            .stdin(Stdio::null());
        shell.output().expect("bash can be started")
    }

    /// Faults in the folder of the installation after all commands were run.
    pub fn splunk_faults(&self) -> Vec<String> {
        let etc = self.path().join("splunk/etc");
        let mut faults = Vec::new();
        for apps in ["apps", "shcluster/apps"] {
            if !etc.join(apps).join("directvm/default/app.conf").exists() {
                faults.push(format!("no page unpacks the app into etc/{apps}"));
            }
        }
        let list = fs::read_to_string(self.path().join(USERS)).unwrap_or_default();
        if list != LIST {
            faults.push("the user's tuning list did not outlive what the pages say of an upgrade".to_owned());
        }
        faults
    }
}

/// The demo's events that have `key`.
fn of(key: &str) -> Vec<Value> {
    let mut events = demo();
    events.retain(|event| !event[key].is_null());
    events
}

fn demo() -> Vec<Value> {
    let text = fs::read(root().join("tests/demo/events.json")).expect("the demo has events");
    serde_json::from_slice(&text).expect("they are JSON")
}

/// The demo's events as a search has them: `_raw` and extracted fields.
pub fn search_events() -> Vec<SearchEvent> {
    demo().iter().map(SearchEvent::from_json_with_raw).collect()
}
