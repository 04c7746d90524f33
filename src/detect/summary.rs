//! One sentence on a finding. It says "requested", since the log proves no more.

use super::finding::{Finding, Outcome};
use crate::catalogue::AccessType;

impl Finding<'_> {
    /// Who requested what, on which machine, from where, and what the provider answered.
    pub fn sentence(&self) -> String {
        let facts = &self.facts;
        let actor = facts.actor.as_deref().unwrap_or("an unnamed caller");
        let document = facts
            .document
            .as_deref()
            .map(|d| format!(" with {d}"))
            .unwrap_or_default();
        let detail = if facts.detail.is_empty() {
            String::new()
        } else {
            format!(" ({})", facts.detail.join(", "))
        };
        let source = facts
            .src
            .as_deref()
            .map(|src| format!(" from {src}"))
            .unwrap_or_default();
        format!(
            "{actor} requested {what}{document}{detail}{target}{source}; {answer}.",
            what = self.what(),
            target = self.on_what(),
            answer = self.answer(),
        )
    }

    fn what(&self) -> String {
        let words = match self.access {
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
        };
        format!("{words} ({})", self.operation_name())
    }

    fn on_what(&self) -> String {
        match self.facts.target.as_slice() {
            [] => String::new(),
            [one] => format!(" on {one}"),
            [one, two] => format!(" on {one} and {two}"),
            [one, rest @ ..] => format!(" on {one} and {} more", rest.len()),
        }
    }

    fn answer(&self) -> String {
        let code = self
            .facts
            .result_id
            .as_deref()
            .map(|code| format!(" ({code})"))
            .unwrap_or_default();
        match self.outcome {
            Outcome::Success => "the provider granted it".to_owned(),
            Outcome::Denied => format!("the provider denied it{code}"),
            Outcome::Error => format!("it failed{code}"),
            Outcome::Started => "it was begun or accepted".to_owned(),
            Outcome::Unknown => "the log does not say what came of it".to_owned(),
        }
    }
}
