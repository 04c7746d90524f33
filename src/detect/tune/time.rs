//! The one calendar: times as logs and lists write them ↔ microseconds since 1970 UTC.

const SECOND: i64 = 1_000_000;

/// Parses a time as providers log it: ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970, told apart by size.
pub fn parse_event_time(text: &str) -> Option<i64> {
    let text = text.trim();
    parse_iso(text).or_else(|| parse_epoch(text))
}

/// Parses ISO 8601: a date (its first moment), or a date with a time, fraction and zone. Without a zone it is UTC.
pub fn parse_iso(text: &str) -> Option<i64> {
    let text = text.trim();
    let days = parse_date(text.get(..10)?)?;
    let rest = text.get(10..)?;
    let within = if rest.is_empty() {
        0
    } else {
        parse_clock(rest.strip_prefix(['T', 't', ' '])?)?
    };
    Some(days * 86_400 * SECOND + within)
}

/// Writes microseconds since 1970 UTC as ISO 8601, to the second.
pub fn format_iso(moment: i64) -> String {
    let seconds = moment.div_euclid(1_000_000);
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years are counted from March, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        clock / 3600,
        clock % 3600 / 60,
        clock % 60
    )
}

/// Returns the days from 1970-01-01 to `YYYY-MM-DD`.
fn parse_date(date: &str) -> Option<i64> {
    let bytes = date.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let (year, month, day) = (
        parse_digits(date.get(..4)?)?,
        parse_digits(date.get(5..7)?)?,
        parse_digits(date.get(8..)?)?,
    );
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=longest).contains(&day) {
        return None;
    }
    // Years are counted from March, so that the leap day is the last day of a year.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468)
}

/// Returns the microseconds since midnight UTC of `HH:MM[:SS[.fraction]][zone]`; below zero or past a day where the zone says so.
fn parse_clock(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = (text.get(..zone_at)?.trim_end(), text.get(zone_at..)?);
    let mut parts = clock.split(':');
    let hour = parse_two_digits(parts.next()?, 23)?;
    let minute = parse_two_digits(parts.next()?, 59)?;
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
            (parse_two_digits(whole, 60)?, parse_fraction(fraction)?)
        }
    };
    if parts.next().is_some() {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - parse_zone(zone)?) * SECOND + fraction)
}

/// Parses a zone; returns seconds east of UTC.
fn parse_zone(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    Some(sign * (parse_two_digits(hours, 23)? * 3600 + parse_two_digits(minutes, 59)? * 60))
}

fn parse_epoch(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let value = parse_digits(whole)?;
    match value {
        0..100_000_000_000 => Some(value * SECOND + parse_fraction(fraction)?),
        100_000_000_000..100_000_000_000_000 => Some(value * 1000),
        100_000_000_000_000..100_000_000_000_000_000 => Some(value),
        _ => Some(value / 1000),
    }
}

/// Parses the digits after the decimal point; returns microseconds.
fn parse_fraction(fraction: &str) -> Option<i64> {
    parse_digits(fraction)?;
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    parse_digits(&six)
}

fn parse_two_digits(text: &str, max: i64) -> Option<i64> {
    parse_digits(text).filter(|value| text.len() == 2 && *value <= max)
}

fn parse_digits(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{format_iso, parse_event_time, parse_iso};

    const NEW_YEAR: i64 = 1_767_225_600_000_000;

    #[test]
    fn one_moment_in_every_spelling() {
        for text in [
            "2026-01-01",
            "2026-01-01T00:00",
            "2026-01-01 00:00:00",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.0000000Z",
            "2026-01-01T02:00:00+02:00",
            "2026-01-01T02:00:00 +0200",
            "2025-12-31T19:00:00-05",
            "2025-12-31t23:59:60z",
        ] {
            assert_eq!(parse_iso(text), Some(NEW_YEAR), "{text}");
        }
        for text in [
            "1767225600",
            "1767225600.0",
            "1767225600000",
            "1767225600000000",
            "1767225600000000000",
        ] {
            assert_eq!(parse_event_time(text), Some(NEW_YEAR), "{text}");
        }
        assert_eq!(
            parse_event_time("2026-01-01T00:00:00.25Z"),
            Some(NEW_YEAR + 250_000)
        );
        assert_eq!(parse_iso("1970-01-01"), Some(0));
        assert_eq!(
            parse_iso("2024-03-01")
                .zip(parse_iso("2024-02-29"))
                .map(|(a, b)| a - b),
            Some(86_400_000_000)
        );
    }

    #[test]
    fn a_text_that_is_not_a_time_is_refused() {
        for text in [
            "",
            "soon",
            "2026-02-30",
            "2026-13-01",
            "2026-1-1",
            "01/02/2026",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00+2:00",
            "2026-01-01T00:00:00:00",
            "2026-01-01Tnoon",
            "2026-01-01T00:00:00.Z",
            "-5",
            "99999999999999999999",
            "2026-01-0\u{e9}",
            "2026-01-01T00:00:00+a\u{e9}b",
            "2026-01-01T00:00:00+\u{e9}\u{e9}",
            "2026-01-01T00:\u{e9}:00+\u{e9}",
        ] {
            assert_eq!(parse_event_time(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_moment_is_written_as_it_is_read(seconds in -60_000_000_000_i64..200_000_000_000) {
            let moment = seconds * 1_000_000;
            proptest::prop_assert_eq!(parse_iso(&format_iso(moment)), Some(moment));
        }
    }
}
