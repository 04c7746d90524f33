//! Searches of the pages: checked by the app's linter (macros, lookups, fields, commands); each use of the command is run
//! with the stand-in for splunkd.

use super::folder::{Folder, search_events};
use super::page::{Page, Piece, root};
use super::shell::filled;
use crate::support::{Search, files_below};
use std::io::Write;
use std::process::{Command, Stdio};

/// Lints searches, one JSON text on each line; prints the faults of each as one JSON list on a line.
const LINTER: &str = r#"
import json, pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1] + "/scripts")
from lintapp.app import App
app = App(pathlib.Path(sys.argv[1]) / "splunk_app", sys.argv[2])
columns = app.linter.lookups.columns
# Lists that an upgrade saves, and puts back.
for name in ("directvm_tuning",):
    columns[name + "_saved.csv"] = columns[name]
for line in sys.stdin:
    faults = []
    app.linter.lint(json.loads(line), faults.append)
    print(json.dumps(faults))
"#;

/// The searches of a page, in order.
pub fn searches(page: &Page) -> Vec<Piece> {
    let mut found = Vec::new();
    for block in page.blocks() {
        match block.language.as_str() {
            "spl" => found.extend(split(&block)),
            // The output in an example of a search.
            "text" => {
                let shown = block
                    .text
                    .lines()
                    .filter_map(|line| line.strip_prefix("search> "));
                found.extend(shown.map(|text| Piece {
                    text: text.to_owned(),
                    ..block.clone()
                }));
            }
            _ => {}
        }
    }
    found.extend(page.spans().into_iter().filter_map(|span| {
        let text = filled(&of_code(&span.text)?);
        Some(Piece { text, ..span })
    }));
    found
}

/// The search in inline code, if it is one. `directvm mode=filter` is one command of a search.
fn of_code(code: &str) -> Option<String> {
    if code.starts_with("directvm ") && code.contains('=') && !super::shell::is_command(code) {
        return Some(format!("`directvm_events` | {code}"));
    }
    let is_search = code.starts_with("| ") || (code.starts_with('`') && code.len() > 1);
    is_search.then(|| code.to_owned())
}

/// A search starts in the first column; indented lines continue it.
fn split(block: &Piece) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
        match found.last_mut().filter(|_| line.starts_with(' ')) {
            Some(search) => {
                search.text.push('\n');
                search.text.push_str(line);
            }
            None => found.push(Piece {
                text: line.to_owned(),
                ..block.clone()
            }),
        }
    }
    found
}

/// The faults that the linter finds in searches.
pub fn lint(searches: &[Piece]) -> Vec<String> {
    let mut linter = Command::new("python3");
    linter.args(["-c", LINTER]).arg(root());
    // Options and fields are the same in the programs for all machines.
    linter
        .arg(env!("CARGO_BIN_EXE_directvm"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut running = linter.spawn().expect("python3 can be started");
    let asked: String = searches
        .iter()
        .map(|search| serde_json::Value::from(search.text.as_str()).to_string() + "\n")
        .collect();
    let mut input = running.stdin.take().expect("there is a pipe");
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let done = running.wait_with_output().expect("the linter ends");
    let written = writer.join().expect("the thread ends");
    written.expect("the linter reads all searches");
    let said = String::from_utf8(done.stdout).expect("the linter writes text");
    let answers: Vec<Vec<String>> = said
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer is a list"))
        .collect();
    assert_eq!(answers.len(), searches.len(), "each search has an answer");
    let placed = searches.iter().zip(answers).flat_map(|(search, faults)| {
        faults
            .into_iter()
            .map(move |fault| format!("{}: {}: {fault}", search.place, search.text))
    });
    placed.collect()
}

/// Runs every use of the command in a search on the events of the demo; copies a recording to the folder, as the pages
/// say. Returns the number of runs.
pub fn run(folder: &Folder, search: &Piece, faults: &mut Vec<String>) -> usize {
    let stages = stages(&search.text);
    let uses: Vec<&str> = stages
        .iter()
        .filter_map(|stage| stage.strip_prefix("directvm"))
        .filter(|options| options.is_empty() || options.starts_with(' '))
        .collect();
    for options in &uses {
        let outcome = Search::new()
            .launcher(folder.program())
            .probes(1)
            .spl(options)
            .chunk(search_events())
            .run();
        let findings = outcome
            .events
            .iter()
            .filter(|event| event.text("AlertType").is_some())
            .count();
        let fault = match &outcome.error {
            Some(error) => error.clone(),
            None if outcome.exit != 0 || !outcome.violations.is_empty() => {
                format!("exit status {}, {:?}", outcome.exit, outcome.violations)
            }
            None if findings == 0 => "it finds nothing among the demo's events".to_owned(),
            None if !outcome.messages.is_empty() => format!("{:?}", outcome.messages),
            None => String::new(),
        };
        if !fault.is_empty() {
            faults.push(format!("{}: directvm{options}: {fault}", search.place));
        }
        for file in files_below(&outcome.dispatch_dir) {
            let name = file.file_name().expect("a file has a name");
            std::fs::copy(&file, folder.path().join(name)).expect("a recording can be copied");
        }
    }
    uses.len()
}

/// The commands of a search, split at pipes outside quotes and subsearches.
fn stages(search: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let (mut is_quoted, mut depth) = (false, 0);
    for letter in search.chars() {
        is_quoted ^= letter == '"';
        match letter {
            '[' if !is_quoted => depth += 1,
            ']' if !is_quoted => depth -= 1,
            _ => {}
        }
        if letter == '|' && !is_quoted && depth == 0 {
            found.push(String::new());
        } else if let Some(stage) = found.last_mut() {
            stage.push(letter);
        }
    }
    found.iter().map(|stage| stage.trim().to_owned()).collect()
}
