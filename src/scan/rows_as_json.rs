//! Rows of a table, each as a JSON object under the names of its columns, so that they are read like any other record.

use crate::event::structure::structure;
use serde_json::{Map, Value};

/// The columns of a table.
pub struct Header {
    columns: Vec<Column>,
}

struct Column {
    /// The name, part by part: `userIdentity.arn` is a member of a member.
    path: Vec<String>,
    /// Whether a part stands for a list, whose values stand on lines of their own.
    is_list: bool,
    /// Whether its times are written as in America, in UTC: Sentinel says so in the heading.
    is_utc: bool,
}

/// What Sentinel and Log Analytics put behind the names of times.
const UTC: &str = " [UTC]";

impl Header {
    /// Of the first row.
    pub fn new<'c>(cells: impl Iterator<Item = &'c [u8]>) -> Self {
        let columns = cells.enumerate().map(|(at, cell)| {
            let name = String::from_utf8_lossy(cell);
            let name = if at == 0 {
                name.trim_start_matches('\u{feff}')
            } else {
                &name
            }
            .trim();
            let (name, is_utc) = name.strip_suffix(UTC).map_or((name, false), |name| (name, true));
            let parts = || name.split('.').map(|part| part.trim_end_matches("{}").to_owned());
            let is_nested = name
                .split('.')
                .all(|part| !part.is_empty() && !part.contains(' '));
            Column {
                path: if is_nested {
                    parts().collect()
                } else {
                    vec![name.to_owned()]
                },
                is_list: name.ends_with("{}"),
                is_utc,
            }
        });
        Self {
            columns: columns.collect(),
        }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// A row as JSON; empty cells are absent.
    pub fn object<'c>(&self, cells: impl Iterator<Item = &'c [u8]>) -> String {
        let mut object = Map::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = String::from_utf8_lossy(cell);
            if cell.is_empty() {
                continue;
            }
            let value = match structure(&cell) {
                Some(value) => value,
                None if column.is_utc => american_time(&cell).unwrap_or_else(|| cell.into_owned()).into(),
                None if column.is_list && cell.contains('\n') => {
                    cell.lines().map(str::to_owned).collect::<Vec<_>>().into()
                }
                None => Value::String(cell.into_owned()),
            };
            insert(&mut object, &column.path, value);
        }
        Value::Object(object).to_string()
    }
}

/// Puts a value where its path says; under its whole name where another value is in the way.
fn insert(object: &mut Map<String, Value>, path: &[String], value: Value) {
    let Some((last, above)) = path.split_last() else {
        return;
    };
    let mut at = &mut *object;
    for part in above {
        let member = at.entry(part.clone()).or_insert_with(|| Map::new().into());
        let Value::Object(inner) = member else { return };
        at = inner;
    }
    at.entry(last.clone()).or_insert(value);
}

/// `3/14/2026, 9:02:34.123 AM` as ISO 8601 in UTC.
fn american_time(text: &str) -> Option<String> {
    let (date, clock) = text.split_once(", ")?;
    let [month, day, year] = numbers(date.split('/'))?;
    let (clock, half) = clock.rsplit_once(' ')?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock.split(':'))?;
    let hour = match (half, hour) {
        ("AM", 12) => 0,
        ("AM", hour) => hour,
        ("PM", 12) => 12,
        ("PM", hour) => hour + 12,
        _ => return None,
    };
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z"
    ))
}

fn numbers<'t>(parts: impl Iterator<Item = &'t str>) -> Option<[u32; 3]> {
    let numbers: Vec<u32> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{Header, american_time};
    use serde_json::json;

    #[test]
    fn a_row_is_an_object_under_the_names_of_its_columns() {
        let names = [
            "userIdentity.arn",
            "targets{}",
            "Event name",
            "TimeGenerated [UTC]",
            "empty",
        ];
        let header = Header::new(names.iter().map(|name| name.as_bytes()));
        let cells = ["arn:x", "a\nb", "StartSession", "3/14/2026, 9:02:34.123 PM", ""];
        let object: serde_json::Value =
            serde_json::from_str(&header.object(cells.iter().map(|cell| cell.as_bytes()))).unwrap();
        let wanted = json!({
            "userIdentity": { "arn": "arn:x" }, "targets": ["a", "b"], "Event name": "StartSession",
            "TimeGenerated": "2026-03-14T21:02:34.123Z",
        });
        assert_eq!(object, wanted);
        assert_eq!(american_time("14.3.2026, 9:02:34"), None);
    }
}
