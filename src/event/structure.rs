//! Structures as Athena, Presto and CloudTrail Lake write them in one text.

use serde_json::{Map, Value};

/// How deep structures may lie in one another.
const MAX_DEPTH: usize = 16;

/// A structure as Athena and Presto write it, `{type=IAMUser, arn=arn:…, sessioncontext={…}}`, as JSON.
pub fn structure(text: &str) -> Option<Value> {
    let is_one = text.starts_with('{') && text.ends_with('}') && !text.starts_with("{\"");
    let (value, rest) = is_one.then(|| object_in(text, 0)).flatten()?;
    rest.is_empty().then_some(value)
}

fn object_in(text: &str, depth: usize) -> Option<(Value, &str)> {
    let mut rest = text.strip_prefix('{')?;
    let mut object = Map::new();
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(after) = rest.strip_prefix('}') {
        return Some((object.into(), after));
    }
    loop {
        let (name, after) = rest.split_once('=')?;
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return None;
        }
        let (value, after) = if after.starts_with('{') {
            object_in(after, depth + 1)?
        } else {
            value_in(after)
        };
        if value != Value::Null {
            // A value that looks like another member comes after what it imitates.
            object.entry(name.to_owned()).or_insert(value);
        }
        if let Some(after) = after.strip_prefix(", ") {
            rest = after;
        } else {
            return Some((object.into(), after.strip_prefix('}')?));
        }
    }
}

/// A value without structure: up to the next member, or the end of the structure.
fn value_in(text: &str) -> (Value, &str) {
    let is_next = |at: &usize| {
        let rest = &text[*at..];
        rest.starts_with('}')
            || rest.strip_prefix(", ").is_some_and(|rest| {
                let name = rest
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    .count();
                name > 0 && rest[name..].starts_with('=')
            })
    };
    let ends = text.char_indices().map(|(at, _)| at);
    let end = ends.into_iter().find(is_next).unwrap_or(text.len());
    let value = match &text[..end] {
        "" | "null" => Value::Null,
        value => Value::String(value.to_owned()),
    };
    (value, &text[end..])
}

#[cfg(test)]
mod tests {
    use super::structure;
    use serde_json::json;

    #[test]
    fn structures_of_athena_become_objects() {
        let text = "{type=AssumedRole, arn=arn:aws:sts::1:assumed-role/a/x,y=z, accountid=1, sessioncontext={attributes={mfaauthenticated=false}, sessionissuer=null}}";
        let wanted = json!({
            "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/a/x,y=z", "accountid": "1",
            "sessioncontext": { "attributes": { "mfaauthenticated": "false" } },
        });
        assert_eq!(structure(text), Some(wanted));
        for other in ["{\"a\":1}", "{a}", "{a=1", "{a=1} and", "{}x", "text", "{=1}"] {
            assert_eq!(structure(other), None, "{other}");
        }
        let imitated = structure("{arn=real, note=x, arn=false}").unwrap();
        assert_eq!(imitated["arn"], "real");
        let deep = "{a=".repeat(100_000);
        assert_eq!(structure(&format!("{deep}}}")), None);
    }
}
