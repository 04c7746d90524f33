//! Members in which others put entries. They are data: `src/event/wrappers.toml`.

use super::definitions::{Content, Wrapper, WrapperFile};
use super::json::{BASE64_GZIP, BASE64_JSON, Value};
use super::path::{Name, PathTable};

/// Every wrapper, ready to be looked for.
#[derive(Debug)]
pub struct Wrappers(Vec<KnownWrapper>);

#[derive(Debug)]
struct KnownWrapper {
    name: Name,
    below: Option<Name>,
    only_beside: Vec<Name>,
    wrapper: Wrapper,
}

impl Wrappers {
    /// Makes the names of all wrappers.
    pub(super) fn new(file: WrapperFile, paths: &mut PathTable) -> Self {
        let known = file.wrappers.into_iter().map(|wrapper| KnownWrapper {
            name: paths.name(&wrapper.member),
            below: wrapper.below.as_deref().map(|name| paths.name(name)),
            only_beside: wrapper.only_beside.iter().map(|name| paths.name(name)).collect(),
            wrapper,
        });
        Self(known.collect())
    }

    /// Every wrapper as it is defined.
    pub fn definitions(&self) -> impl Iterator<Item = &Wrapper> {
        self.0.iter().map(|known| &known.wrapper)
    }

    /// The names of wrappers that Splunk may extract as a field.
    pub fn extracted(&self) -> impl Iterator<Item = &str> {
        let extracted = self.definitions().filter(|wrapper| wrapper.extracted);
        extracted.map(|wrapper| wrapper.member.as_str())
    }

    /// What stands in a text, in lower case, that holds JSON in one of the encodings of the wrappers: the beginning of a
    /// string.
    pub fn encoded_literals(&self) -> Vec<String> {
        let holds = |content| self.definitions().any(|wrapper| wrapper.holds.contains(&content));
        let base64 = BASE64_JSON.iter().filter(|_| holds(Content::Base64));
        let gzip = [BASE64_GZIP];
        let starts = base64.chain(gzip.iter().filter(|_| holds(Content::Base64Gzip)));
        starts
            .map(|start| format!("\"{}", start.to_ascii_lowercase()))
            .collect()
    }

    /// The wrappers that members of members of `object` are, with what they hold.
    pub fn nested<'d>(&self, object: Value<'d>) -> impl Iterator<Item = (&Wrapper, Value<'d>)> {
        self.0.iter().filter_map(move |known| {
            let member = object.member(known.below?)?.member(known.name)?;
            Some((&known.wrapper, member))
        })
    }

    /// The wrapper that a member of `object` is.
    pub fn find(&self, object: Value<'_>, name: Name, member: Value<'_>) -> Option<&Wrapper> {
        let mut direct = self.0.iter().filter(|known| known.below.is_none());
        let known = direct.find(|known| known.name == name)?;
        let is_list = || known.wrapper.holds != [Content::List] || member.is_list();
        let is_alone = || {
            let members = object.members().take(known.only_beside.len() + 1);
            let known_members = members
                .filter(|(name, _)| known.only_beside.contains(name))
                .count();
            !object.has_others() && known_members == object.members().count()
        };
        let is_wrapper = is_list() && (known.only_beside.is_empty() || is_alone());
        is_wrapper.then_some(&known.wrapper)
    }
}
