//! The options of the command that links findings.

use super::options::{Given, OptionRow, Values};
use crate::link::{By, LinkOptions};

/// The name of the command in searches.
pub const COMMAND: &str = "directvmlink";

/// Days of a window at most: more than any search that holds 500,000 findings.
const MAX_HOURS: u32 = 24 * 366;

const fn number(
    name: &'static str,
    least: u32,
    most: u32,
    default: &'static str,
    meaning: &'static str,
) -> OptionRow {
    OptionRow {
        name,
        values: Values::Number(least, most),
        default,
        meaning,
    }
}

/// Every option, in the order of the command's help.
pub const TABLE: &[OptionRow] = &[
    OptionRow {
        name: "by",
        values: Values::One(&["request", "session", "case"]),
        default: "request",
        meaning: "What a row stands for.",
    },
    number(
        "key_seconds",
        1,
        MAX_HOURS * 3_600,
        "600",
        "Seconds from a pushed key to access.",
    ),
    number(
        "enabled_hours",
        1,
        MAX_HOURS,
        "4",
        "Hours from access that was switched on, or a credential that was read or set, to its use.",
    ),
    number(
        "denied_minutes",
        1,
        MAX_HOURS * 60,
        "60",
        "Minutes from a denial to access that was granted, and between denials on several access types.",
    ),
    number("fan_out", 2, 100_000, "5", "Machines that make a fan-out."),
    number(
        "fan_minutes",
        1,
        MAX_HOURS * 60,
        "60",
        "Minutes in which they are reached.",
    ),
    number(
        "paths",
        2,
        11,
        "2",
        "Access types on which one principal is denied.",
    ),
    number(
        "hop_hours",
        1,
        MAX_HOURS,
        "24",
        "Hours from a machine that was entered to the use of its credentials.",
    ),
    number(
        "recording_hours",
        1,
        MAX_HOURS,
        "24",
        "Hours from recording switched off to a session.",
    ),
    OptionRow {
        name: "record",
        values: Values::Name,
        default: "none",
        meaning: "For support: write the session to <name>.dvmrec in the search's dispatch directory.",
    },
];

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `by`
    pub by: By,
    /// Windows and numbers.
    pub options: LinkOptions,
    /// `record`
    pub record: Option<String>,
}

impl Asked {
    /// Reads the words that splunkd has parsed. Names every fault at once.
    pub fn parse(args: &[String]) -> Result<Self, String> {
        let given = Given::parse(TABLE, args)?;
        let default = LinkOptions::default();
        let number = |name, otherwise| given.number(name).unwrap_or(otherwise);
        Ok(Self {
            by: match given.word("by").as_deref() {
                Some("session") => By::Session,
                Some("case") => By::Case,
                _ => By::Request,
            },
            options: LinkOptions {
                key_seconds: number("key_seconds", default.key_seconds),
                enabled_hours: number("enabled_hours", default.enabled_hours),
                denied_minutes: number("denied_minutes", default.denied_minutes),
                fan_out: number("fan_out", default.fan_out),
                fan_minutes: number("fan_minutes", default.fan_minutes),
                paths: number("paths", default.paths),
                hop_hours: number("hop_hours", default.hop_hours),
                recording_hours: number("recording_hours", default.recording_hours),
            },
            record: given.value("record").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, TABLE};
    use crate::link::{By, LinkOptions};

    fn parse(words: &[&str]) -> Result<Asked, String> {
        Asked::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn defaults_are_as_the_table_says() {
        let asked = parse(&[]).unwrap();
        assert_eq!((asked.by, &asked.options), (By::Request, &LinkOptions::default()));
        let words: Vec<String> = TABLE
            .iter()
            .filter(|row| row.name != "record")
            .map(|row| format!("{}={}", row.name, row.default))
            .collect();
        assert_eq!(Asked::parse(&words).unwrap(), asked);
    }

    #[test]
    fn faults_name_what_is_allowed() {
        let error = parse(&["by=reqest", "paths=1", "fan_outs=4", "hop_hours=x"]).unwrap_err();
        for part in [
            "did you mean request?",
            "paths=\"1\" is not allowed; allowed: a whole number from 2 to 11",
            "did you mean fan_out?",
            "hop_hours=\"x\"",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}
