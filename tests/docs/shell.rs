//! The commands of the pages: run here, or known to be run by CI or by a release.

use super::folder::Folder;
use super::page::{Page, Piece, root};
use std::collections::BTreeSet;

/// Languages of blocks with shell commands.
pub const LANGUAGES: [&str; 3] = ["sh", "bash", "console"];

/// Programs that a command may use and that are run here.
const PROGRAMS: [&str; 7] = ["alias", "directvm", "grep", "jq", "sha256sum", "tar", "zcat"];

/// Fast make targets that are run here.
const CHEAP: [&str; 1] = ["help"];

/// Make targets that take too long for a test: a file that CI or a release runs, and the text in it that runs the same.
const RUN_BY: &[(&str, &str, &str)] = &[
    ("check", ".ci/run", "make check"),
    ("validate", ".ci/run", "make validate"),
    ("package", "scripts/validate.sh", "scripts/package.sh"),
    ("package-all", "scripts/release_check.sh", "package-all"),
    // Its output is compared with the existing files.
    ("generate", "tests/main.rs", "mod generated;"),
    ("demo", "scripts/validate.sh", "demo"),
    ("self-test", "scripts/validate.sh", "scripts/self_test.py"),
];

/// Commands that are not run, and why. Each is used by a page.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "splunk apply shcluster-bundle",
        "needs a deployer of Splunk; scripts/install_test.py plays what it does to a member",
    ),
    (
        "cargo deny check advisories",
        "fetches the database; scripts/release_check.sh runs it",
    ),
    (
        "make pictures",
        "needs a browser; scripts/validate_dashboards.sh and scripts/validate_report.sh draw the same",
    ),
    (
        "make release-check",
        "takes an hour, and is itself what runs the others",
    ),
    ("make bench", "takes ten minutes and wants a quiet machine"),
    (
        "make adversarial",
        "takes twenty minutes and wants a quiet machine",
    ),
    ("cargo test", "is what runs these tests"),
    (
        "cargo check",
        "is for the lock file of a new version; tests here run with one that is right",
    ),
];

/// Placeholders in angle brackets, and their values here.
const PLACEHOLDERS: [(&str, &str); 3] = [
    ("<version>", env!("CARGO_PKG_VERSION")),
    ("<name>", "case"),
    ("<member>", "sh1.example.com"),
];

/// A subcommand that needs more arguments is run with `--help`.
fn is_name(line: &str) -> bool {
    line.split(' ')
        .all(|word| word.chars().all(|letter| letter.is_ascii_lowercase()))
}

/// Runs the commands of pages and collects the faults.
pub struct Shell<'f> {
    folder: &'f Folder,
    used: BTreeSet<&'static str>,
    pub ran: usize,
    pub faults: Vec<String>,
}

impl<'f> Shell<'f> {
    pub fn new(folder: &'f Folder) -> Self {
        Self {
            folder,
            used: BTreeSet::new(),
            ran: 0,
            faults: Vec::new(),
        }
    }

    /// All shell commands of a page, in order.
    pub fn page(&mut self, page: &Page) {
        for block in page.blocks() {
            if LANGUAGES.contains(&block.language.as_str()) {
                for line in lines(&block) {
                    self.line(&block.place, &line);
                }
                self.outputs(&block);
            }
        }
        for span in page.spans().iter().filter(|span| is_command(&span.text)) {
            let is_named = span.text.starts_with("directvm ") && is_name(&span.text);
            let more = if is_named { " --help" } else { "" };
            self.line(&span.place, &format!("{}{more}", span.text));
        }
    }

    /// What a `console` block shows below a prompt must be what the command says; how long it took differs.
    fn outputs(&mut self, block: &Piece) {
        if block.language != "console" {
            return;
        }
        let text = format!("\n{}", block.text.trim_end());
        for shown in text.split("\n$ ").skip(1) {
            let (command, wanted) = shown.split_once('\n').unwrap_or((shown, ""));
            let done = self.folder.run(command);
            let said = untimed(String::from_utf8_lossy(&done.stdout).trim_end());
            if !wanted.is_empty() && said != untimed(wanted.trim_end()) {
                self.faults
                    .push(format!("{}: {command} says:\n{said}", block.place));
            }
        }
    }

    /// The examples in the help of a subcommand.
    pub fn help(&mut self, command: &str) {
        let help = self.folder.run(&format!("directvm {command} --help"));
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        let examples = help.split_once("Examples:\n").map_or("", |(_, rest)| rest);
        let examples: Vec<&str> = examples
            .lines()
            .take_while(|line| line.starts_with("  "))
            .collect();
        if examples.is_empty() {
            self.faults
                .push(format!("directvm {command} --help has no examples"));
        }
        for line in examples {
            self.line(&format!("directvm {command} --help"), line.trim());
        }
    }

    fn line(&mut self, place: &str, line: &str) {
        let line = filled(line);
        let fault = if let Some((known, _)) = EXCEPTIONS.iter().find(|(known, _)| line.starts_with(known)) {
            self.used.insert(known);
            None
        } else if line.starts_with("make ") {
            self.make(&line)
        } else {
            self.programs(&line)
        };
        self.faults
            .extend(fault.map(|fault| format!("{place}: {line}: {fault}")));
    }

    fn make(&mut self, line: &str) -> Option<String> {
        let (line, _) = line.split_once('#').unwrap_or((line, ""));
        let makefile = read("Makefile");
        let words = line.split_whitespace().skip(1);
        for target in words.filter(|word| !word.contains('=')) {
            if !makefile.contains(&format!("\n{target}: ")) {
                return Some(format!("the Makefile has no target {target}"));
            }
            if CHEAP.contains(&target) {
                self.ran += 1;
                let done = self
                    .folder
                    .run(&format!("make -C '{}' {target}", root().display()));
                if !done.status.success() {
                    return Some(String::from_utf8_lossy(&done.stderr).into_owned());
                }
                continue;
            }
            let Some((known, file, words)) = RUN_BY.iter().find(|(known, ..)| *known == target) else {
                return Some("neither a test nor what checks a release runs it".to_owned());
            };
            self.used.insert(known);
            if !read(file).contains(words) {
                return Some(format!("{file} no longer holds \"{words}\""));
            }
        }
        None
    }

    fn programs(&mut self, line: &str) -> Option<String> {
        let (command, comment) = line.split_once(" #").unwrap_or((line, ""));
        for part in command.split([';', '|', '&']).map(str::trim) {
            let program = part.split(' ').next().unwrap_or_default();
            if !program.is_empty() && !PROGRAMS.contains(&program) {
                return Some(format!("no test knows how to run `{program}`"));
            }
        }
        let wanted = comment.trim().strip_prefix("exit status ").unwrap_or("0");
        let done = self.folder.run(command);
        self.ran += 1;
        let status = done
            .status
            .code()
            .map_or_else(|| "none".to_owned(), |code| code.to_string());
        if status != wanted {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            return Some(format!("exit status {status}, not {wanted}: {said}"));
        }
        let is_silent = done.stdout.is_empty() && command.starts_with("directvm") && !command.contains('>');
        is_silent.then(|| "it says nothing".to_owned())
    }

    /// Targets and exceptions that are listed here but not used by any page.
    pub fn unused(&self) -> Vec<String> {
        let listed = RUN_BY.iter().map(|(target, ..)| *target);
        let listed = listed.chain(EXCEPTIONS.iter().map(|(known, _)| *known));
        listed
            .filter(|known| !self.used.contains(known))
            .map(|known| format!("no page has `{known}`: take it from the list"))
            .collect()
    }
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Whether inline code is a shell command. `directvm mode=filter` is a search command.
pub fn is_command(code: &str) -> bool {
    let mut words = code.split(' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let is_program =
        PROGRAMS.contains(&first) || ["make", "cargo", "splunk", "git", "python3"].contains(&first);
    is_program
        && second.is_some_and(|second| first == "make" || !second.contains('=') || second.starts_with('-'))
}

/// The commands of a block: continued lines joined, without comments and blank lines. In a `console` block, only the text
/// after a prompt is a command.
fn lines(block: &Piece) -> Vec<String> {
    let joined = block.text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    let typed = lines.filter_map(|line| match block.language.as_str() {
        "console" => line.strip_prefix("$ "),
        _ => Some(line),
    });
    typed
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// A text without the seconds that a scan took.
fn untimed(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(" in 0.") {
        Some((before, after)) if line.starts_with("read ") => {
            let after = after.split_once(" s").map_or(after, |(_, rest)| rest);
            format!("{before} in 0.00 s{after}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Replaces the placeholders in angle brackets.
pub fn filled(line: &str) -> String {
    PLACEHOLDERS
        .iter()
        .fold(line.to_owned(), |line, (name, value)| line.replace(name, value))
}
