//! The documentation pages: every command and search in them is run, every link and name exists, and what they say about
//! the sources is true.

mod fleet;
mod folder;
pub mod page;
mod shell;
mod spl;

use crate::architecture::TABLE;
use directvm::detect::finding::{FIELDS, JSON};
use directvm::detect::tune::Tuning;
use directvm::link::LINK_FIELDS;
use folder::Folder;
use page::{Page, Piece, root};
use shell::Shell;

/// Languages of blocks that are not run. Other tests check the contents of some `csv` and `toml` blocks.
const INERT: [&str; 4] = ["csv", "ini", "text", "toml"];

/// Starts of lines that are commands, in a block that is not run.
const COMMANDS: [&str; 6] = ["$ ", "directvm ", "make ", "tar ", "| ", "`directvm_"];

/// Folders whose paths are written from the root of the repository.
const FOLDERS: [&str; 8] = [
    "benches/",
    "docs/",
    "fuzz/",
    "scripts/",
    "sigma/",
    "splunk_app/",
    "src/",
    "tests/",
];

/// Blocks that no test would run.
fn form_faults(page: &Page) -> Vec<String> {
    let mut faults: Vec<String> = page
        .indented()
        .iter()
        .map(|place| format!("{place}: an indented block: say its language on a fence"))
        .collect();
    for block in page.blocks() {
        let (place, language) = (&block.place, block.language.as_str());
        let is_run = shell::LANGUAGES.contains(&language) || language == "spl";
        if !is_run && !INERT.contains(&language) {
            faults.push(format!(
                "{place}: a block in `{language}`: no test knows what to do with it"
            ));
        }
        let mut lines = block.text.lines().map(str::trim_start);
        if let Some(line) =
            lines.find(|line| !is_run && COMMANDS.iter().any(|command| line.starts_with(command)))
        {
            faults.push(format!("{place}: a command in a block that nothing runs: {line}"));
        }
    }
    faults
}

/// Links within the repository whose target does not exist.
fn link_faults(page: &Page, pages: &[Page]) -> Vec<String> {
    let mut faults = Vec::new();
    for Piece {
        place, text: link, ..
    } in page.links()
    {
        if link.starts_with("https://") {
            continue;
        }
        let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let target = target(&page.name, file);
        let known = pages.iter().find(|page| page.name == target);
        if known.is_none() && !root().join(&target).exists() {
            faults.push(format!("{place}: there is no {target}"));
        } else if !anchor.is_empty()
            && !known.is_some_and(|page| page.anchors().iter().any(|known| known == anchor))
        {
            faults.push(format!("{place}: {link}: there is no such heading"));
        }
    }
    faults
}

/// The path in the repository that a link in a page points to.
fn target(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    if !link.is_empty() {
        parts.pop();
    }
    for part in link.split('/').filter(|part| !part.is_empty()) {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Paths, fields and names of the app that do not exist.
/// Macros and lookups of 0.1 that are gone. The page on upgrading names each; the changelog may, and no other page.
const RETIRED: [&str; 13] = [
    "directvm_summary_index",
    "directvm_first_seen_days",
    "directvm_first_seen",
    "directvm_learned",
    "directvm_actor_key",
    "directvm_fold",
    "directvm_flat",
    "directvm_columns",
    "directvm_sessions",
    "directvm_filter_instance_credentials",
    "directvm_filter_known_pairs",
    "directvm_filter_summary_findings",
    "directvm_filter_summary_counts",
];

fn may_name_retired(page: &str) -> bool {
    ["CHANGELOG.md", "docs/upgrade.md"].contains(&page)
}

fn name_faults(page: &Page, app: &str) -> Vec<String> {
    let is_word = |text: &str| {
        text.chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    let mut faults = Vec::new();
    for Piece {
        place, text: code, ..
    } in page.spans()
    {
        let is_path = FOLDERS.iter().any(|folder| code.starts_with(folder));
        let is_lost = if is_path && !code.contains(['*', '<', ' ']) {
            !root().join(&code).exists()
        } else if code.starts_with("dvm_") && is_word(&code) {
            let is_of_links = LINK_FIELDS.iter().any(|(name, _)| *name == code);
            !is_of_links && !FIELDS.iter().chain([&JSON]).any(|field| field.name == code)
        } else if code.starts_with("directvm_") && is_word(&code) && !code.ends_with('_') {
            let is_retired = RETIRED.contains(&code.as_str());
            if is_retired {
                !may_name_retired(&page.name)
            } else {
                !app.contains(&code)
            }
        } else {
            false
        };
        if is_lost {
            faults.push(format!("{place}: there is no {code}"));
        }
    }
    faults
}

fn app_text() -> String {
    ["macros", "transforms", "savedsearches"]
        .iter()
        .map(|name| {
            let file = root().join(format!("splunk_app/default/{name}.conf"));
            std::fs::read_to_string(file).expect("the app has it")
        })
        .collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n  {}", faults.join("\n  "));
}

#[test]
fn every_command_and_search_of_the_pages_is_run() {
    let folder = Folder::new();
    let mut shell = Shell::new(&folder);
    let (mut faults, mut searched) = (Vec::new(), 0);
    for page in page::all() {
        // Searches run first: one makes the recording that a command reads.
        for search in spl::searches(&page) {
            searched += spl::run(&folder, &search, &mut faults);
        }
        shell.page(&page);
    }
    faults.extend(shell.unused());
    faults.append(&mut shell.faults);
    faults.extend(folder.splunk_faults());
    assert_none(&faults);
    assert!(
        shell.ran > 25 && searched > 15,
        "{} commands, {searched} searches",
        shell.ran
    );
}

#[test]
fn the_examples_in_the_help_of_the_catalogue_run() {
    let folder = Folder::new();
    let mut shell = Shell::new(&folder);
    shell.help("catalogue");
    shell.help("catalogue test");
    assert_none(&shell.faults);
    assert!(shell.ran > 6, "{} commands", shell.ran);
}

#[test]
fn the_linter_finds_nothing_in_the_searches_of_the_pages() {
    let searches: Vec<Piece> = page::all().iter().flat_map(spl::searches).collect();
    assert!(searches.len() > 20, "only {} searches", searches.len());
    assert_none(&spl::lint(&searches));
}

#[test]
fn everything_that_looks_like_a_command_is_in_a_block_that_is_run() {
    let faults: Vec<String> = page::all().iter().flat_map(form_faults).collect();
    assert_none(&faults);
}

#[test]
fn links_and_names_exist() {
    let (pages, app) = (page::all(), app_text());
    let faults: Vec<String> = pages
        .iter()
        .flat_map(|page| [link_faults(page, &pages), name_faults(page, &app)].concat())
        .collect();
    assert_none(&faults);
}

#[test]
fn the_readme_counts_the_alerts() {
    let read = |name: &str| std::fs::read_to_string(page::root().join(name)).expect("the file can be read");
    let alerts = read("splunk_app/default/savedsearches.conf")
        .matches("action.correlationsearch.enabled")
        .count();
    let readme = read("README.md");
    for claim in [
        format!("{alerts} alerts, each tested"),
        format!("two search commands, {alerts} alerts,"),
    ] {
        assert!(readme.contains(&claim), "{claim}");
    }
}

#[test]
fn the_page_on_upgrading_names_all_that_is_gone() {
    let pages = page::all();
    let page = pages.iter().find(|page| page.name == "docs/upgrade.md");
    let spans = page.expect("there is such a page").spans();
    for name in RETIRED {
        assert!(spans.iter().any(|span| span.text == name), "{name}");
    }
}

#[test]
fn each_kind_of_mistake_in_a_page_is_found() {
    let text = "# H\n\n```sh\nfrobnicate x\nmake nothing\ndirectvm scan no/such/folder\ndirectvm explain event.json # exit status 1\n```\n\n\
                ```spl\nindex=x | directvm mdoe=filter\n`directvm_nothing` | directvm\nindex=x | directvm\n  | where dvm_nothing=1\n```\n\n\
                ```text\n  make check\n```\n\n```perl\n1\n```\n\n    directvm scan\n\n\
                [a](b.md) [c](#d) `src/nothing.rs` `dvm_nothing` `directvm_nothing` `directvm frobnicate` `git push`\n";
    let page = Page::new("p.md", text);
    let folder = Folder::new();
    let mut shell = Shell::new(&folder);
    shell.page(&page);
    let mut found = shell.unused();
    found.append(&mut shell.faults);
    found.extend(folder.splunk_faults());
    found.extend(form_faults(&page));
    found.extend(link_faults(&page, std::slice::from_ref(&page)));
    found.extend(name_faults(&page, &app_text()));
    let searches = spl::searches(&page);
    found.extend(spl::lint(&searches));
    for search in &searches {
        spl::run(&folder, search, &mut found);
    }
    for part in [
        "knows how to run `frobnicate`",
        "no target nothing",
        "scan no/such/folder: exit status 2, not 0",
        "event.json # exit status 1: exit status 0, not 1",
        "no page has `demo`",
        "no page has `splunk apply",
        "unpacks the app into etc/apps",
        "p.md:17: a command in a block",
        "a block in `perl`",
        "an indented block",
        "there is no b.md",
        "#d: there is no such heading",
        "there is no src/nothing.rs",
        "there is no dvm_nothing",
        "there is no directvm_nothing",
        "directvm frobnicate --help: exit status 2",
        "knows how to run `git`",
        "did you mean mode?",
        "no macro directvm_nothing",
        "p.md:10: directvm mdoe=filter: ",
        "| where dvm_nothing=1: ",
    ] {
        assert!(
            found.iter().any(|fault| fault.contains(part)),
            "{part} is not among\n  {}",
            found.join("\n  ")
        );
    }
}

#[test]
fn tuning_lists_of_the_pages_have_no_faults() {
    let header = directvm::detect::tune::COLUMNS.join(",");
    for page in page::all() {
        let blocks = page.blocks();
        let rows = blocks.iter().filter(|block| block.language == "csv");
        for Piece { place, text, .. } in rows {
            let list = format!("{header}\n{}", text.replace(&format!("{header}\n"), ""));
            assert_eq!(Tuning::parse(list.as_bytes()).faults(), [], "{place}");
        }
    }
}

/// Compares the table in the page with the table of the import test.
#[test]
fn the_page_on_the_architecture_has_the_table_that_is_tested() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page is there");
    let (_, table) = page
        .split_once("| module | may use inside the crate |\n| --- | --- |\n")
        .expect("there is a table");
    let shown: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    for (module, allowed) in TABLE {
        let list: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
        let list = if list.is_empty() {
            "–".to_owned()
        } else {
            list.join(", ")
        };
        let start = format!("| `{module}` |");
        let row = shown.iter().find(|row| row.starts_with(&start));
        // The page may omit parts of `splunk`, and has no row for `splunk` itself.
        assert!(
            row.is_some() || module.starts_with("splunk"),
            "no row of {module}"
        );
        assert!(
            row.is_none_or(|row| **row == format!("{start} {list} |")),
            "{row:?}"
        );
    }
    for row in &shown {
        let module = row
            .trim_start_matches("| `")
            .split('`')
            .next()
            .unwrap_or_default();
        assert!(TABLE.iter().any(|(known, _)| *known == module), "{row}");
    }
}
