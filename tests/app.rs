//! The app's .conf files, and the launcher that splunkd starts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::protocol::{mixed, operations};
use crate::support::{Search, files_below, install};

type Conf = BTreeMap<String, BTreeMap<String, String>>;

fn app() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("splunk_app")
}

/// Parses a .conf file strictly: no setting before a stanza, no repeated setting, no stray text.
fn parse(text: &str) -> Result<Conf, String> {
    let mut conf = Conf::new();
    let mut stanza: Option<String> = None;
    for line in text.replace("\\\n", " ").lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let is_new = conf.insert(name.to_owned(), BTreeMap::new()).is_none();
            stanza = is_new.then(|| name.to_owned());
            stanza
                .as_ref()
                .ok_or_else(|| format!("stanza [{name}] comes twice"))?;
            continue;
        }
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| format!("no setting: {line}"))?;
        let settings = stanza.as_ref().and_then(|stanza| conf.get_mut(stanza));
        let settings = settings.ok_or_else(|| format!("no stanza yet: {line}"))?;
        if line.trim_end() != line || name.trim().is_empty() {
            return Err(format!("stray blanks: {line:?}"));
        }
        if settings
            .insert(name.trim().to_owned(), value.trim().to_owned())
            .is_some()
        {
            return Err(format!("{name}comes twice"));
        }
    }
    Ok(conf)
}

fn conf(file: &str) -> Conf {
    let text = fs::read_to_string(app().join(file)).expect("the file is there");
    parse(&text).unwrap_or_else(|fault| panic!("{file}: {fault}"))
}

#[test]
fn every_conf_file_can_be_parsed() {
    let files: Vec<_> = files_below(&app())
        .into_iter()
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| ["conf", "meta"].iter().any(|is| extension == *is))
        })
        .collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let inside = file
            .strip_prefix(app())
            .expect("it lies below")
            .to_string_lossy()
            .into_owned();
        assert!(!conf(&inside).is_empty(), "{inside} is empty");
    }
    for wrong in [
        "a = 1\n",
        "[x]\nword\n",
        "[x]\na=1\na=2\n",
        "[x]\n[x]\n",
        "[x]\na=1 \n",
    ] {
        assert!(parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn the_command_is_declared_as_splunkd_needs_it() {
    let commands = conf("default/commands.conf");
    assert_eq!(commands.keys().collect::<Vec<_>>(), ["directvm", "directvmlink"]);
    assert_eq!(
        commands["directvmlink"], commands["directvm"],
        "one program, one launcher"
    );
    let directvm = &commands["directvm"];
    assert_eq!(directvm.get("chunked").map(String::as_str), Some("true"));
    let filename = directvm.get("filename").expect("AppInspect warns without one");
    assert!(
        app().join("bin").join(filename).is_file(),
        "{filename} is not in bin"
    );
    let meta = conf("metadata/default.meta");
    let exported = meta.get("commands/directvm").or_else(|| meta.get("commands"));
    assert_eq!(
        exported
            .and_then(|stanza| stanza.get("export"))
            .map(String::as_str),
        Some("system")
    );
    assert!(conf("default/searchbnf.conf").contains_key("directvm-command"));
}

#[test]
fn version_and_build_are_marks_that_packaging_fills_in() {
    let app_conf = conf("default/app.conf");
    assert_eq!(app_conf["package"]["id"], "directvm");
    assert_eq!(app_conf["ui"]["label"], "Direct Cloud VM Connections");
    assert_eq!(app_conf["launcher"]["version"], "@VERSION@");
    assert_eq!(app_conf["id"]["version"], "@VERSION@");
    assert_eq!(app_conf["install"]["build"], "@BUILD@");
    let manifest = fs::read_to_string(app().join("app.manifest")).expect("it is there");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("it is JSON");
    assert_eq!(manifest["info"]["id"]["version"], "@VERSION@");
    assert_eq!(manifest["info"]["id"]["name"], "directvm");
}

#[test]
fn only_the_tuning_list_travels_to_the_indexers() {
    let denied = &conf("default/distsearch.conf")["replicationDenylist"];
    let files = fs::read_dir(app().join("lookups")).expect("the folder is there");
    for file in files.map(|file| file.expect("it can be read").file_name()) {
        let name = file.to_string_lossy().into_owned();
        let stays = denied
            .values()
            .any(|path| *path == format!("apps/directvm/lookups/{name}"));
        assert_eq!(stays, name != "directvm_tuning.csv", "{name}");
    }
}

/// The macros of a search as conf files name them: with the number of their arguments.
fn macros_named_in(search: &str) -> Vec<String> {
    let calls = search.split('`').skip(1).step_by(2);
    let named = calls.map(|call| match call.split_once('(') {
        Some((name, arguments)) => format!("{name}({})", arguments.split(',').count()),
        None => call.to_owned(),
    });
    named.collect()
}

#[test]
fn saved_searches_ship_disabled_and_name_macros_that_exist() {
    let macros = conf("default/macros.conf");
    let is_macro = |name: &str| macros.contains_key(name);
    for (title, search) in conf("default/savedsearches.conf") {
        assert_eq!(search.get("disabled").map(String::as_str), Some("1"), "{title}");
        // A hunt may also start from a lookup that a scheduled search writes.
        let is_ours = ["directvm ", "directvm_"]
            .iter()
            .any(|name| search["search"].contains(name));
        assert!(is_ours, "{title}");
        let named = macros_named_in(&search["search"]);
        assert!(
            !named.is_empty() && named.iter().all(|name| is_macro(name)),
            "{title}: {named:?}"
        );
    }
    for (name, stanza) in &macros {
        let definition = &stanza["definition"];
        let named = macros_named_in(definition);
        assert!(named.iter().all(|name| is_macro(name)), "{name}: {named:?}");
        assert!(
            !name.ends_with("_events") || !definition.contains("\"\""),
            "{name} searches for an empty text"
        );
        assert_eq!(
            definition.matches('(').count(),
            definition.matches(')').count(),
            "{name}"
        );
    }
}

/// The bin folder of the app below a path with blanks and quotes, with or without the program for this machine.
pub fn installed(with_program: bool) -> (TempDir, PathBuf) {
    let folder = TempDir::with_prefix("an app's ").expect("a folder can be made");
    let bin = folder.path().join("etc apps (copy)/directvm/bin");
    fs::create_dir_all(&bin).expect("a folder can be made");
    let launcher = bin.join("directvm");
    fs::copy(app().join("bin/directvm"), &launcher).expect("the launcher can be copied");
    make_executable(&launcher);
    if with_program {
        let program = bin.join(format!("directvm-{}", std::env::consts::ARCH));
        install(&program);
    }
    (folder, launcher)
}

#[cfg(unix)]
fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}

/// Searches that start the launcher: directly, and with each shell that is installed here.
fn through_every_shell(launcher: &Path) -> Vec<(String, Search)> {
    let mut searches = vec![("the launcher itself".to_owned(), Search::new().launcher(launcher))];
    for shell in ["/bin/dash", "/bin/sh", "/bin/bash"] {
        if Path::new(shell).is_file() {
            let search = Search::new()
                .launcher(shell)
                .command_arg(launcher.to_string_lossy());
            searches.push((shell.to_owned(), search));
        }
    }
    searches
}

#[cfg(target_os = "linux")]
#[test]
fn the_launcher_runs_a_search_from_any_path() {
    let (_folder, launcher) = installed(true);
    for (shell, search) in through_every_shell(&launcher) {
        let outcome = search.spl("mode = filter").chunk(mixed()).run().expect_clean();
        assert_eq!(outcome.events.len(), 4, "{shell}");
        assert!(operations(&outcome).iter().all(Option::is_some), "{shell}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_missing_program_is_one_readable_error() {
    let (_folder, launcher) = installed(false);
    for (shell, search) in through_every_shell(&launcher) {
        let outcome = search.chunk(mixed()).run();
        let error = outcome.expect_error();
        let program = format!("bin/directvm-{}", std::env::consts::ARCH);
        assert!(
            error.contains(&program) && error.contains("missing"),
            "{shell}: {error}"
        );
        assert_eq!(outcome.exit, 1, "{shell}");
    }
}
