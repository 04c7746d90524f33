//! `directvm scan`: formats, order, bad input, exit statuses, and the same findings as the search command.

mod archives;
mod bad;
mod chosen;
mod memory;
mod output;
mod parts;
mod reading;
mod tables;

use crate::catalogue::{catalogue, detector, each_example};
use crate::shapes::inspect_raw;
use crate::support::{self, BINARY};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `directvm scan` with `args` in `folder`.
pub fn scan(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().expect("the program runs")
}

pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = support::command(BINARY);
    command
        .arg("scan")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Runs `directvm scan` with `args` in `folder`, with `input` on standard input.
pub fn scan_text(args: &[&str], input: &[u8]) -> Output {
    let mut command = command(Path::new("."), args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("there is a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    // A program that ends early closes the pipe.
    let _ = writer.join();
    output
}

pub fn rows(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row is JSON"))
        .collect()
}

pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(text).expect("memory takes it");
    writer.finish().expect("memory takes it")
}

/// A `StartSession` event; `at` makes it unique.
pub fn hit(at: usize) -> String {
    event("StartSession", at)
}

pub fn event(name: &str, at: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-01-{:02}T00:00:00Z","eventSource":"ssm.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.9","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::1:user/a"}},"requestParameters":{{"target":"i-{at:017x}"}},"responseElements":{{"sessionId":"s-{at}"}}}}"#,
        at % 28 + 1
    )
}

/// Every example of the catalogue, each as one document.
fn examples() -> Vec<Value> {
    let mut all = Vec::new();
    each_example(&mut |family, operation, example| {
        all.push(example.whole(family, operation).expect("an example is JSON"));
    });
    all
}

fn joined(examples: &[Value], write: fn(&Value) -> String) -> String {
    examples.iter().map(write).collect()
}

#[test]
fn all_shapes_give_the_findings_that_the_core_gives() {
    let detector = detector();
    let examples = examples();
    let mut wanted = Vec::new();
    for (at, example) in examples.iter().enumerate() {
        for seen in inspect_raw(&detector, example.to_string().as_bytes()) {
            let summary = seen.field("dvm_summary").concat();
            wanted.push((at as u64 + 1, seen.field("dvm_operation").concat(), summary));
        }
    }
    assert!(wanted.len() > catalogue().operations().count());
    let text = |list: &[Value]| Value::from(list.to_vec()).to_string();
    let lines: String = joined(&examples, |e| format!("{e}\n"));
    let pretty: String = joined(&examples, |e| format!("{e:#}\n"));
    let shapes = [
        ("lines", lines),
        ("pretty", pretty),
        ("list", text(&examples)),
        ("Records", format!("{{\"Records\":{}}}", text(&examples))),
        (
            "records",
            format!("{{\n \"records\" : {} , \"next\": null }}", text(&examples)),
        ),
        (
            "data",
            joined(&examples, |e| format!("{{\"data\":{e},\"attributes\":{{}}}}")),
        ),
    ];
    for (name, text) in shapes {
        for packed in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let output = scan_text(&["--scope", "extended", "--records"], &packed);
            let found: Vec<(u64, String, String)> = rows(&output)
                .iter()
                .map(|row| {
                    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                    (
                        row["record"].as_u64().unwrap_or(0),
                        text("dvm_operation"),
                        text("dvm_summary"),
                    )
                })
                .collect();
            let missing: Vec<_> = wanted.iter().filter(|one| !found.contains(one)).collect();
            assert!(missing.is_empty(), "{name}: not found: {missing:#?}");
            assert_eq!(found.len(), wanted.len(), "{name}: found too much");
            assert_eq!(output.status.code(), Some(0), "{name}: {}", errors(&output));
        }
    }
}

#[test]
fn several_threads_keep_the_order_of_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in 0..40 {
        let many: String = (0..(40 - file) * 20).map(|at| hit(at) + "\n").collect();
        std::fs::write(folder.path().join(format!("f{file:02}.json")), many).expect("it is written");
    }
    let one = scan(folder.path(), &["--threads", "1", "."]);
    let four = scan(folder.path(), &["--threads", "4", "."]);
    assert_eq!(rows(&one).len(), (1..=40).sum::<usize>() * 20);
    assert!(one.stdout == four.stdout, "the order differs");
}
