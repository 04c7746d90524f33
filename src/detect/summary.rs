//! One sentence on a finding. It says "requested", since the log proves no more.

use super::bounds::cut_owned;
use super::finding::{Finding, Outcome};
use crate::catalogue::AccessType;

impl Finding<'_, '_> {
    /// Who requested what, on which machine, from where, and what the provider answered.
    pub fn sentence(&self) -> String {
        let facts = &self.facts;
        let mut text = String::with_capacity(256);
        let mut put = |words: &[&str]| words.iter().for_each(|word| text.push_str(word));
        put(&[facts.actor.as_deref().unwrap_or("an unnamed caller")]);
        put(&[" requested ", self.what(), " (", self.operation_name(), ")"]);
        if let Some(document) = &facts.document {
            put(&[" with ", document]);
        }
        for (at, detail) in facts.detail.iter().enumerate() {
            put(&[if at == 0 { " (" } else { ", " }, detail]);
        }
        put(&[if facts.detail.is_empty() { "" } else { ")" }]);
        match facts.target.values() {
            [] => {}
            [one] if facts.target.unlisted == 0 => put(&[" on ", one]),
            [one, two] if facts.target.unlisted == 0 => put(&[" on ", one, " and ", two]),
            [one, ..] => put(&[
                " on ",
                one,
                " and ",
                &(facts.target.total() - 1).to_string(),
                " more",
            ]),
        }
        if let Some(src) = &facts.src {
            put(&[" from ", src]);
        }
        put(&["; ", self.answer()]);
        if let Some(code) = facts.result_id.as_deref().filter(|_| self.outcome.is_failure()) {
            put(&[" (", code, ")"]);
        }
        put(&["."]);
        cut_owned(text)
    }

    fn what(&self) -> &'static str {
        match self.access {
            AccessType::ShellSession => "a shell session",
            AccessType::RemoteDesktop => "a remote desktop session",
            AccessType::RunCommand => "a command",
            AccessType::SshKeyPush => "the placing of an SSH key",
            AccessType::SerialConsole => "serial console access",
            AccessType::Tunnel => "a tunnel",
            AccessType::CredentialReset => "a credential reset",
            AccessType::CredentialRetrieval => "credentials",
            AccessType::AccessEnablement => "a setting that opens access",
            AccessType::Preparation => "preparation for access",
            AccessType::SessionEnd => "the end of access",
        }
    }

    fn answer(&self) -> &'static str {
        match self.outcome {
            Outcome::Success => "the provider granted it",
            Outcome::Denied => "the provider denied it",
            Outcome::Error => "it failed",
            Outcome::Started => "it was begun or accepted",
            Outcome::Unknown => "the log does not say what came of it",
        }
    }
}
