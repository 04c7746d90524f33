//! Completions and the manual page list every subcommand and option that is not hidden.

use crate::support::{BINARY, command};

fn printed(args: &[&str]) -> String {
    let output = command(BINARY).args(args).output().expect("the program runs");
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn completions_and_the_manual_know_scan() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = printed(&["completions", shell]);
        assert!(text.contains("fail-on-finding"), "{shell}");
    }
    let manual = printed(&["man"]).replace("\\-", "-");
    for part in [
        ".TH directvm",
        "directvm scan",
        "--fail-on-finding",
        "directvm explain",
        "directvm tuning",
    ] {
        assert!(manual.contains(part), "{part} in {manual}");
    }
}

#[test]
fn help_has_examples() {
    for args in [&["--help"][..], &["scan", "--help"]] {
        assert!(printed(args).contains("Examples:"), "{args:?}");
    }
}
