//! The time of an event, in one form.

use super::tune::time::{format_iso, parse_event_time};

/// A time as providers and forwarders log it, as ISO 8601 in UTC with a `Z`; nothing where it is not a time. A time that is
/// in this form stays as it is.
pub fn in_utc(text: &str) -> Option<String> {
    let moment = parse_event_time(text)?;
    let text = text.trim();
    if text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T') {
        return Some(text.to_owned());
    }
    let seconds = format_iso(moment);
    let micros = moment.rem_euclid(1_000_000);
    let fraction = match (micros, micros % 1000) {
        (0, _) => return Some(seconds),
        (micros, 0) => format!(".{:03}", micros / 1000),
        (micros, _) => format!(".{micros:06}"),
    };
    Some([seconds.trim_end_matches('Z'), &fraction, "Z"].concat())
}

#[cfg(test)]
mod tests {
    use super::in_utc;

    #[test]
    fn every_form_becomes_one() {
        for (text, wanted) in [
            ("2026-05-02T07:11:00Z", "2026-05-02T07:11:00Z"),
            ("2026-05-02T07:11:00.000Z", "2026-05-02T07:11:00.000Z"),
            ("2026-05-02T07:11:00.1234567Z", "2026-05-02T07:11:00.1234567Z"),
            ("2026-05-02T09:11:00+02:00", "2026-05-02T07:11:00Z"),
            ("2026-05-02 07:11:00.25", "2026-05-02T07:11:00.250Z"),
            ("1777705860000", "2026-05-02T07:11:00Z"),
            ("1777705860123", "2026-05-02T07:11:00.123Z"),
            ("1777705860", "2026-05-02T07:11:00Z"),
        ] {
            assert_eq!(in_utc(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(in_utc("soon"), None);
    }
}
