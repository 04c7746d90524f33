//! What AWS says in the error text of a refused call, whose parameters it does not log.

/// What follows the first of `markers` that the text holds with a name behind it, up to the end of the name.
pub fn named_in<'t>(message: &'t str, markers: &[String]) -> Option<&'t str> {
    markers.iter().find_map(|marker| name_after(message, marker))
}

fn name_after<'t>(message: &'t str, marker: &str) -> Option<&'t str> {
    let (_, rest) = message.split_once(marker)?;
    let is_end = |c: char| c.is_whitespace() || matches!(c, ':' | ',' | '"');
    let end = rest.find(is_end).unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches('.')).filter(|name| !name.is_empty() && *name != "*")
}

#[cfg(test)]
mod tests {
    use super::named_in;

    #[test]
    fn names_end_where_the_arn_ends() {
        let document = ["automation-definition/", "document/"].map(str::to_owned);
        let text = "User: x is not authorized to perform: ssm:StartSession on resource: \
                    arn:aws:ssm:eu-west-1::document/AWS-StartSSHSession because no policy allows it";
        assert_eq!(named_in(text, &document), Some("AWS-StartSSHSession"));
        assert_eq!(
            named_in(
                "on resource: arn:aws:ec2:eu-west-1:1:instance/i-0ab because",
                &["instance/".to_owned()]
            ),
            Some("i-0ab")
        );
        assert_eq!(named_in("on resource: *", &document), None);
    }
}
