//! Patterns as the catalogue and the tuning list write them.

/// Whether `text` fits `glob`, in which `*` stands for any text and `?` for one character; case does not count.
/// Takes time in proportion to both lengths at worst.
pub fn fits(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if glob.get(g) == Some(&b'*') {
            star = Some((g, t));
            g += 1;
        } else if glob
            .get(g)
            .is_some_and(|c| *c == b'?' || c.eq_ignore_ascii_case(&text[t]))
        {
            t += if glob[g] == b'?' { character(text[t]) } else { 1 };
            g += 1;
        } else if let Some((at, from)) = star {
            t = from + character(text[from]);
            star = Some((at, t));
            g = at + 1;
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|c| *c == b'*')
}

/// Bytes of the character that begins with this one.
fn character(first: u8) -> usize {
    match first {
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn globs() {
        for (glob, text) in [
            ("*", ""),
            ("a*c", "abbC"),
            ("*b*", "abc"),
            ("a?c", "abc"),
            ("", ""),
            ("*a*a*", "xaxa"),
            ("m?ller", "m\u{fc}ller"),
        ] {
            assert!(fits(glob, text), "{glob} {text}");
        }
        for (glob, text) in [
            ("a*c", "abd"),
            ("", "a"),
            ("a?", "a"),
            ("*ab", "aba"),
            ("?", ""),
            ("*??b*", "\u{20ac}bz"),
            ("*?b", "\u{20ac}\u{fc}a"),
        ] {
            assert!(!fits(glob, text), "{glob} {text}");
        }
    }
}
