//! Lengths of time in words.

const SECOND: i64 = 1_000_000;

/// Microseconds of a number of seconds.
pub fn seconds(count: u32) -> i64 {
    i64::from(count) * SECOND
}

/// Microseconds of a number of minutes.
pub fn minutes(count: u32) -> i64 {
    seconds(count) * 60
}

/// Microseconds of a number of hours.
pub fn hours(count: u32) -> i64 {
    minutes(count) * 60
}

/// `40 s`, `12 min`, `3 h`, `2 d`: of a length of time the largest unit that fits, without a rest.
pub fn in_words(micros: i64) -> String {
    let whole = micros.max(0) / SECOND;
    match whole {
        0..120 => format!("{whole} s"),
        120..7_200 => format!("{} min", whole / 60),
        7_200..172_800 => format!("{} h", whole / 3_600),
        _ => format!("{} d", whole / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{hours, in_words, seconds};

    #[test]
    fn lengths_are_told_in_their_largest_unit() {
        for (micros, wanted) in [
            (seconds(40), "40 s"),
            (seconds(720), "12 min"),
            (hours(3), "3 h"),
            (hours(50), "2 d"),
            (-1, "0 s"),
        ] {
            assert_eq!(in_words(micros), wanted);
        }
    }
}
