//! What AWS says in the error text of a refused call, whose parameters it does not log.

use crate::catalogue::tables::Refusal;

/// The name of the refused resource behind the first of `markers` that it holds, up to the end of the name. What stands
/// before it in the text is the caller, who may have chosen any name.
pub fn named_in<'t>(refusal: &Refusal, message: &'t str, markers: &[String]) -> Option<&'t str> {
    let resource = resource(refusal, message)?;
    markers.iter().find_map(|marker| name_after(resource, marker))
}

/// The refused resource.
pub fn resource<'t>(refusal: &Refusal, message: &'t str) -> Option<&'t str> {
    let (_, rest) = message.split_once(refusal.resource.as_str())?;
    let resource = rest.split_whitespace().next()?;
    Some(resource.trim_end_matches(['.', ',', '"']))
}

fn name_after<'t>(resource: &'t str, marker: &str) -> Option<&'t str> {
    let (_, rest) = resource.split_once(marker)?;
    let end = rest.find([':', ',', '"']).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| !name.is_empty() && *name != "*")
}

#[cfg(test)]
mod tests {
    use super::named_in;
    use crate::catalogue::{Catalogue, Cloud};

    #[test]
    fn only_the_refused_resource_is_read_and_names_end_where_the_arn_ends() {
        let tables = Catalogue::embedded().unwrap().tables;
        let refusal = &tables.cloud(Cloud::Aws).refusal;
        let document = |text: &str| named_in(refusal, text, &refusal.document).map(str::to_owned);
        let target = |text: &str| named_in(refusal, text, &refusal.target).map(str::to_owned);
        let text = "User: arn:aws:sts::1:assumed-role/edit-document/x is not authorized to perform: ssm:StartSession on resource: \
                    arn:aws:ssm:eu-west-1::document/AWS-StartSSHSession because no policy allows it";
        assert_eq!(document(text).as_deref(), Some("AWS-StartSSHSession"));
        let text = "User: arn:aws:sts::1:assumed-role/aws:ec2-instance/i-0aa is not authorized on resource: \
                    arn:aws:ec2:eu-west-1:1:instance/i-0ab because";
        assert_eq!(target(text).as_deref(), Some("i-0ab"));
        let text =
            "User: arn:aws:sts::1:assumed-role/aws:ec2-instance/i-0aa is not authorized on resource: *";
        assert_eq!((target(text), document(text)), (None, None));
        let text = "User: arn:aws:sts::1:assumed-role/x:instance/i-0aa is not authorized to perform: ssm:SendCommand";
        assert_eq!(target(text), None);
        let text = "not authorized on resource: arn:aws:ssm:eu-west-1:1:my-document/x";
        assert_eq!(document(text), None);
    }
}
