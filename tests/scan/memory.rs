//! Memory does not grow with the input.
#![cfg(target_os = "linux")]

use super::{command, event, hit};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

const BOUND_KIB: u64 = 64 << 10;
/// Larger than the limit, so that keeping it in memory would show.
const LENGTH: usize = 72 << 20;

#[test]
fn memory_is_bounded_whatever_the_input() {
    let ordinary: String = (0..500).map(|at| event("DescribeInstances", at) + ",").collect();
    let with_hit = format!("{ordinary}{},", hit(1));
    assert_bounded("{\"Records\":[", &with_hit, "{}]}");
    assert_bounded("{\"StartSession\":\"", &"x".repeat(1 << 20), "\"}");
    assert_bounded("{\"StartSession\":[", &"1,".repeat(1 << 19), "1]}");
    assert_bounded("", "{\n", "");
}

/// Scans repetitions of `part` and reads the peak memory shortly before the end.
#[track_caller]
fn assert_bounded(head: &str, part: &str, tail: &str) {
    let mut child = command(Path::new("."), &["--threads", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("there is a pipe");
    let part = part.repeat((1 << 20) / part.len() + 1);
    stdin.write_all(head.as_bytes()).expect("it is read");
    for _ in 0..LENGTH / part.len() {
        stdin.write_all(part.as_bytes()).expect("it is read");
    }
    stdin.write_all(tail.as_bytes()).expect("it is read");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it still waits");
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("a peak");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    drop(stdin);
    child.wait().expect("it ends");
    assert!((1..BOUND_KIB).contains(&peak), "{peak} KiB for {head:?}");
}
