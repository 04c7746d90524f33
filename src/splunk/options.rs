//! The tables of options: parsing, error texts, help and searchbnf all come from them.

use crate::words::{nearest, parse_boolean, spellings};

/// Which events are looked at, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every event passes, findings carry fields.
    Tag,
    /// Only findings pass.
    Filter,
}

/// Where an event is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// `_raw` where it holds JSON of a known format, otherwise the extracted fields.
    Auto,
    /// Only `_raw`.
    Raw,
    /// Only the extracted fields.
    Fields,
}

/// Which tuning list is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TuningList {
    /// The default file; a warning where it is missing.
    Default,
    /// A file that was named; an error where it is missing.
    Named(String),
    /// None.
    Off,
}

/// The options of one search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// `mode`
    pub mode: Mode,
    /// `input`
    pub input: Input,
    /// `cloud`, as written; empty for all.
    pub clouds: Vec<String>,
    /// `scope`, as written.
    pub scope: String,
    /// `min_severity`, as written.
    pub min_severity: String,
    /// `tuning`
    pub tuning: TuningList,
    /// `cim`
    pub cim: bool,
    /// `json`
    pub json: bool,
    /// `distributed`
    pub distributed: bool,
    /// `record`
    pub record: Option<String>,
}

/// What a value of an option may be.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// One of these words.
    One(&'static [&'static str]),
    /// One or several of these words, separated by commas.
    Some(&'static [&'static str]),
    /// As Splunk takes booleans.
    Bool,
    /// A file name without a path; one word has a meaning of its own.
    File(&'static str),
    /// A name of letters, digits, `_` and `-`.
    Name,
    /// A whole number from the first to the second.
    Number(u32, u32),
}

/// An option of the command.
#[derive(Debug, Clone, Copy)]
pub struct OptionRow {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub values: Values,
    /// What it is when not given, in words.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// File of the tuning list when none is named.
pub const DEFAULT_TUNING: &str = "directvm_tuning.csv";

/// Every option, in the order of the command's help.
pub const TABLE: &[OptionRow] = &[
    OptionRow {
        name: "mode",
        values: Values::One(&["tag", "filter"]),
        default: "tag",
        meaning: "tag: every event passes, findings carry the command's fields. filter: only findings pass.",
    },
    OptionRow {
        name: "input",
        values: Values::One(&["auto", "raw", "fields"]),
        default: "auto",
        meaning: "raw: read the provider's JSON from _raw; Splunk need not extract fields, which is the fastest. \
                  fields: use fields that Splunk has extracted. auto: _raw where it holds JSON of a known format, otherwise the fields.",
    },
    OptionRow {
        name: "cloud",
        values: Values::Some(&["aws", "azure", "gcp"]),
        default: "aws,azure,gcp",
        meaning: "Which providers are looked at.",
    },
    OptionRow {
        name: "scope",
        values: Values::One(&["core", "extended"]),
        default: "core",
        meaning: "core: what opens, carries, enables or ends access. extended: also preparation and credential retrieval.",
    },
    OptionRow {
        name: "min_severity",
        values: Values::One(&["informational", "low", "medium", "high", "critical"]),
        default: "informational",
        meaning: "A finding below it is not tagged (mode=tag) or not passed (mode=filter).",
    },
    OptionRow {
        name: "tuning",
        values: Values::File("none"),
        default: DEFAULT_TUNING,
        meaning: "File of tuning rules in the app's lookups folder. none: no tuning.",
    },
    OptionRow {
        name: "cim",
        values: Values::Bool,
        default: "true, with input=raw false",
        meaning: "Fill CIM fields where the event has none.",
    },
    OptionRow {
        name: "json",
        values: Values::Bool,
        default: "false",
        meaning: "Also set dvm_json: the finding with its time as one line of JSON, to be collected. directvmlink reads it back from _raw.",
    },
    OptionRow {
        name: "distributed",
        values: Values::Bool,
        default: "true",
        meaning: "true: run on the indexers. false: run on the search head only.",
    },
    OptionRow {
        name: "record",
        values: Values::Name,
        default: "none",
        meaning: "For support: write the session to <name>.dvmrec in the search's dispatch directory.",
    },
];

/// The value that was given for an option, by the option's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given(Vec<(&'static str, String)>);

impl Given {
    /// Reads the words that splunkd has parsed, of a command with these options. Names every fault at once.
    pub fn parse(table: &'static [OptionRow], args: &[String]) -> Result<Self, String> {
        let mut faults = Vec::new();
        let mut given: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in assignments(table, args, &mut faults) {
            match row(table, &name) {
                None => faults.push(unknown(table, &name)),
                Some(row) if given.iter().any(|(known, _)| *known == row.name) => {
                    faults.push(format!("{} is given more than once", row.name));
                }
                Some(row) => match row.check(&value) {
                    Ok(()) => given.push((row.name, value)),
                    Err(fault) => faults.push(fault),
                },
            }
        }
        if faults.is_empty() {
            return Ok(Self(given));
        }
        if faults
            .iter()
            .any(|fault| fault.starts_with(UNKNOWN) || fault.contains(NO_PAIR))
        {
            faults.push(format!("options are {}", names(table)));
        }
        Err(faults.join("; "))
    }

    /// The value of an option, without blanks around it.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.trim())
    }

    /// The same in lower case.
    pub fn word(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_ascii_lowercase)
    }

    /// The value of an option that is a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.value(name).and_then(|value| value.parse().ok())
    }
}

impl Options {
    /// Reads the words that splunkd has parsed. Names every fault at once.
    pub fn parse(args: &[String]) -> Result<Self, String> {
        Given::parse(TABLE, args).map(|given| Self::from_given(&given))
    }

    fn from_given(given: &Given) -> Self {
        let value = |name| given.value(name);
        let word = |name| given.word(name);
        let flag = |name| value(name).and_then(parse_boolean);
        let clouds = word("cloud").map(|list| list.split(',').map(|cloud| cloud.trim().to_owned()).collect());
        let input = match word("input").as_deref() {
            Some("raw") => Input::Raw,
            Some("fields") => Input::Fields,
            _ => Input::Auto,
        };
        Self {
            mode: match word("mode").as_deref() {
                Some("filter") => Mode::Filter,
                _ => Mode::Tag,
            },
            input,
            clouds: clouds.unwrap_or_default(),
            scope: word("scope").unwrap_or_else(|| "core".to_owned()),
            min_severity: word("min_severity").unwrap_or_else(|| "informational".to_owned()),
            tuning: match value("tuning") {
                None => TuningList::Default,
                Some(none) if none.eq_ignore_ascii_case("none") => TuningList::Off,
                Some(file) => TuningList::Named(file.to_owned()),
            },
            cim: flag("cim").unwrap_or(input != Input::Raw),
            json: flag("json").unwrap_or(false),
            distributed: flag("distributed").unwrap_or(true),
            record: value("record").map(str::to_owned),
        }
    }
}

/// Joins `name = value` in its one, two and three word forms.
fn assignments(
    table: &'static [OptionRow],
    args: &[String],
    faults: &mut Vec<String>,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = args;
    while let [first, after @ ..] = rest {
        let joined;
        let (assignment, taken) = match (first.split_once('='), after) {
            (Some(("", _)), _) => (None, 1),
            (Some((name, "")), [value, ..]) if !value.contains('=') && row(table, name).is_some() => {
                (Some((name, value.as_str())), 2)
            }
            (Some((name, value)), [next, ..]) if value.ends_with(',') && !next.contains('=') => {
                joined = format!("{value}{next}");
                (Some((name, joined.as_str())), 2)
            }
            (Some((name, value)), _) => (Some((name, value)), 1),
            (None, [sign, value, ..]) if sign == "=" => (Some((first.as_str(), value.as_str())), 3),
            (None, [value, ..]) if value.starts_with('=') => (Some((first.as_str(), &value[1..])), 2),
            (None, _) => (None, 1),
        };
        let mut taken = taken;
        if let Some((name, value)) = assignment {
            found.push((name.trim().to_owned(), value.to_owned()));
        } else {
            let (fault, more) = lone_word(table, first, after.first(), found.last());
            faults.push(fault);
            taken += usize::from(more);
        }
        rest = &rest[taken..];
    }
    found
}

fn row(table: &'static [OptionRow], name: &str) -> Option<&'static OptionRow> {
    table
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name.trim()))
}

fn names(table: &[OptionRow]) -> String {
    table.iter().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

/// What faults are said with, after which the options are listed.
const UNKNOWN: &str = "unknown option";
const NO_PAIR: &str = "is not of the form name=value";

fn unknown(table: &[OptionRow], name: &str) -> String {
    let hint = hint(name, table.iter().map(|row| row.name));
    format!("{UNKNOWN} \"{name}\"{hint}")
}

/// What is wrong with a word without a sign, and whether it takes the next one with it: `mode filter`, `cloud=aws azure`.
fn lone_word(
    table: &'static [OptionRow],
    word: &str,
    next: Option<&String>,
    before: Option<&(String, String)>,
) -> (String, bool) {
    let is_value = |row: &OptionRow, word: &str| match row.values {
        Values::One(words) | Values::Some(words) => {
            words.iter().any(|known| known.eq_ignore_ascii_case(word))
        }
        Values::Bool => parse_boolean(word).is_some(),
        _ => false,
    };
    let option = row(table, word);
    if let Some((option, next)) = option.zip(next.filter(|next| !next.contains('='))) {
        return (
            format!("write {}={next} for \"{word} {next}\"", option.name),
            true,
        );
    }
    let is_more = |(name, _): &&(String, String)| {
        row(table, name).is_some_and(|row| matches!(row.values, Values::Some(_)) && is_value(row, word))
    };
    if let Some((name, value)) = before.filter(is_more) {
        return (
            format!("write {name}=\"{value},{word}\" for \"{name}={value} {word}\""),
            false,
        );
    }
    let mut meant = table.iter().filter(|row| is_value(row, word));
    let hint = match (meant.next(), meant.next()) {
        (Some(only), None) => format!(" (did you mean {}={word}?)", only.name),
        _ => String::new(),
    };
    (format!("\"{word}\" {NO_PAIR}{hint}"), false)
}

/// What others call a value, and what it is called here.
const SYNONYMS: [(&str, &str); 9] = [
    ("google", "gcp"),
    ("gcloud", "gcp"),
    ("amazon", "aws"),
    ("microsoft", "azure"),
    ("off", "none"),
    ("off", "false"),
    ("disabled", "false"),
    ("on", "true"),
    ("enabled", "true"),
];

/// ` (did you mean …?)` where one of `words` is another name for what is meant, or near to `text`.
pub fn value_hint<'w>(text: &str, words: impl Iterator<Item = &'w str> + Clone) -> String {
    let synonym = SYNONYMS.iter().find(|(other, own)| {
        text.split(',')
            .any(|word| word.trim().eq_ignore_ascii_case(other))
            && words.clone().any(|word| word == *own)
    });
    match synonym {
        Some((_, own)) => format!(" (did you mean {own}?)"),
        None => hint(text, words),
    }
}

/// Whether somebody means no file by this.
pub fn is_off(text: &str) -> bool {
    OFF.iter().any(|off| off.eq_ignore_ascii_case(text))
}

/// What somebody may write to switch a file off.
const OFF: [&str; 5] = ["off", "false", "no", "0", "disabled"];

/// ` (did you mean …?)` where one of `words` is near to `text`.
fn hint<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> String {
    let near = nearest(text, words).map(|near| format!(" (did you mean {near}?)"));
    near.unwrap_or_default()
}

impl OptionRow {
    /// The allowed values, in words.
    pub fn allowed(&self) -> String {
        match self.values {
            Values::One(words) => words.join(", "),
            Values::Some(words) => format!("one or more of {}, separated by commas", words.join(", ")),
            Values::Bool => spellings(),
            Values::File(word) => format!("{word}, or the name of a file without a path"),
            Values::Name => "a name of letters, digits, _ and -".to_owned(),
            Values::Number(least, most) => format!("a whole number from {least} to {most}"),
        }
    }

    fn check(&self, value: &str) -> Result<(), String> {
        let fits =
            |words: &[&str], word: &str| words.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
        let is_good = match self.values {
            Values::One(words) => fits(words, value),
            Values::Some(words) => value.split(',').all(|word| fits(words, word)),
            Values::Bool => parse_boolean(value.trim()).is_some(),
            Values::File(_) => {
                let value = value.trim();
                is_file_name(value) && !is_off(value)
            }
            Values::Name => is_name(value.trim()),
            Values::Number(least, most) => {
                let number = value.trim().parse::<u32>();
                number.is_ok_and(|number| (least..=most).contains(&number))
            }
        };
        if is_good { Ok(()) } else { Err(self.fault(value)) }
    }

    fn fault(&self, value: &str) -> String {
        let hint = match self.values {
            Values::One(words) | Values::Some(words) => value_hint(value, words.iter().copied()),
            Values::Bool => value_hint(value, ["true", "false"].into_iter()),
            Values::File(word) => value_hint(value, [word].into_iter()),
            _ => String::new(),
        };
        let (name, allowed) = (self.name, self.allowed());
        format!("{name}=\"{value}\" is not allowed{hint}; allowed: {allowed}")
    }
}

/// Whether `name` is a plain file name, which cannot leave its folder.
fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && !name.contains("..")
        && !name.contains(['/', '\\', ':', '\0'])
        && name.len() <= 255
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::{Input, Mode, Options, TuningList};

    fn parse(words: &[&str]) -> Result<Options, String> {
        Options::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_three_forms_mean_the_same() {
        let words = ["mode=filter", "mode = filter", "mode= filter", "MODE =Filter"];
        for words in words.map(|words| words.split(' ').collect::<Vec<_>>()) {
            assert_eq!(parse(&words).unwrap().mode, Mode::Filter, "{words:?}");
        }
    }

    #[test]
    fn defaults_are_as_the_table_says() {
        let defaults = parse(&[]).unwrap();
        assert!(defaults.cim && defaults.distributed && defaults.clouds.is_empty());
        assert_eq!(defaults.tuning, TuningList::Default);
        assert!(!parse(&["input=raw"]).unwrap().cim);
        assert!(parse(&["input=raw", "cim=y"]).unwrap().cim);
        assert_eq!(parse(&["input=FIELDS"]).unwrap().input, Input::Fields);
        assert_eq!(parse(&["cloud=aws, GCP"]).unwrap().clouds, ["aws", "gcp"]);
        assert!(!parse(&["distributed=0"]).unwrap().distributed);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let words = "mod=tag scope=cor cim=maybe cim=t cim=f word tuning=../x.csv =x";
        let words: Vec<&str> = words.split(' ').collect();
        let error = parse(&words).unwrap_err();
        let near = ["did you mean mode?", "did you mean core?", "cim=\"maybe\""];
        for part in [&near[..], &["more than once", "\"word\"", "../x.csv", "\"=x\""]].concat() {
            assert!(error.contains(part), "{part} in {error}");
        }
    }

    #[test]
    fn a_value_may_not_be_empty() {
        for option in ["mode=", "cloud=", "tuning=", "record=", "cloud=aws,"] {
            assert!(parse(&[option]).is_err(), "{option}");
        }
    }
}
