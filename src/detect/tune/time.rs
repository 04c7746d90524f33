//! A point in time, as logs and lists write it, in microseconds since 1970 UTC.

const SECOND: i64 = 1_000_000;

/// A time as providers log it: ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970, told apart by size.
pub fn of_event(text: &str) -> Option<i64> {
    let text = text.trim();
    of_iso(text).or_else(|| of_epoch(text))
}

/// ISO 8601: a date (its first moment), or a date with a time, fraction and zone. Without a zone it is UTC.
pub fn of_iso(text: &str) -> Option<i64> {
    let text = text.trim();
    let days = days(text.get(..10)?)?;
    let rest = text.get(10..)?;
    let within = if rest.is_empty() {
        0
    } else {
        of_day(rest.strip_prefix(['T', 't', ' '])?)?
    };
    Some(days * 86_400 * SECOND + within)
}

/// Days since 1970 of `YYYY-MM-DD`.
fn days(date: &str) -> Option<i64> {
    let bytes = date.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let (year, month, day) = (
        number(date.get(..4)?)?,
        number(date.get(5..7)?)?,
        number(date.get(8..)?)?,
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
    // Years are counted from March on, so that the day that comes and goes is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468)
}

/// Microseconds since midnight UTC of `HH:MM[:SS[.fraction]][zone]`; below zero or past a day where the zone says so.
fn of_day(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = (text.get(..zone_at)?.trim_end(), text.get(zone_at..)?);
    let mut parts = clock.split(':');
    let hour = two_digits(parts.next()?, 23)?;
    let minute = two_digits(parts.next()?, 59)?;
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
            (two_digits(whole, 60)?, micros(fraction)?)
        }
    };
    if parts.next().is_some() {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset(zone)?) * SECOND + fraction)
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
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
    Some(sign * (two_digits(hours, 23)? * 3600 + two_digits(minutes, 59)? * 60))
}

fn of_epoch(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let value = number(whole)?;
    match value {
        0..100_000_000_000 => Some(value * SECOND + micros(fraction)?),
        100_000_000_000..100_000_000_000_000 => Some(value * 1000),
        100_000_000_000_000..100_000_000_000_000_000 => Some(value),
        _ => Some(value / 1000),
    }
}

fn micros(fraction: &str) -> Option<i64> {
    number(fraction)?;
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    number(&six)
}

fn two_digits(text: &str, most: i64) -> Option<i64> {
    number(text).filter(|value| text.len() == 2 && *value <= most)
}

fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{of_event, of_iso};

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
            assert_eq!(of_iso(text), Some(NEW_YEAR), "{text}");
        }
        for text in [
            "1767225600",
            "1767225600.0",
            "1767225600000",
            "1767225600000000",
            "1767225600000000000",
        ] {
            assert_eq!(of_event(text), Some(NEW_YEAR), "{text}");
        }
        assert_eq!(of_event("2026-01-01T00:00:00.25Z"), Some(NEW_YEAR + 250_000));
        assert_eq!(of_iso("1970-01-01"), Some(0));
        assert_eq!(
            of_iso("2024-03-01").zip(of_iso("2024-02-29")).map(|(a, b)| a - b),
            Some(86_400_000_000)
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
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
            assert_eq!(of_event(text), None, "{text}");
        }
    }
}
