//! The closed lists of words that findings are made of.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

/// Declares an enum with the word of each value, and the noun that names the list in error messages.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $noun:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as users see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the word; case is ignored.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                impl Visitor<'_> for Word {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a word: the ", $noun))
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$name, E> {
                        let known = $name::ALL.iter().find(|word| word.as_str() == text);
                        known.copied().ok_or_else(|| {
                            let allowed = [$($text),+].join(", ");
                            E::custom(format!(concat!("unknown ", $noun, " \"{}\"; allowed: {}"), text, allowed))
                        })
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }
    };
}

words! {
    /// Whose log an event comes from.
    Cloud, "cloud" {
        /// AWS CloudTrail.
        Aws = "aws",
        /// Azure Activity, Bastion and Entra sign-in logs.
        Azure = "azure",
        /// Google Cloud audit logs.
        Gcp = "gcp",
    }
}

words! {
    /// How one gets in.
    AccessType, "access type" {
        /// An interactive shell.
        ShellSession = "shell_session",
        /// A graphical session.
        RemoteDesktop = "remote_desktop",
        /// Code carried to the machine and run there.
        RunCommand = "run_command",
        /// An SSH public key placed on the machine.
        SshKeyPush = "ssh_key_push",
        /// The serial console, or a key for it.
        SerialConsole = "serial_console",
        /// A network path around the firewall.
        Tunnel = "tunnel",
        /// A password or key of the machine set anew.
        CredentialReset = "credential_reset",
        /// A password or key handed out.
        CredentialRetrieval = "credential_retrieval",
        /// A setting that opens such access.
        AccessEnablement = "access_enablement",
        /// Made ready for later use.
        Preparation = "preparation",
        /// The end of any of these.
        SessionEnd = "session_end",
    }
}

words! {
    /// How much a finding matters; each level has a score from 0 to 100.
    Severity, "severity" {
        /// For the record.
        Informational = "informational",
        /// Look when there is time.
        Low = "low",
        /// Look today.
        Medium = "medium",
        /// Look now.
        High = "high",
        /// Wake somebody.
        Critical = "critical",
    }
}

words! {
    /// Which operations are looked for.
    Scope, "scope" {
        /// What opens, carries, enables or ends access.
        Core = "core",
        /// Also credential retrieval and preparation.
        Extended = "extended",
    }
}

words! {
    /// How the shape of an operation's event is known.
    Evidence, "evidence" {
        /// Seen in a real record.
        Captured = "captured",
        /// From the provider's documentation.
        Documented = "documented",
        /// Concluded; unproven.
        Inferred = "inferred",
    }
}

words! {
    /// Our judgement after tuning.
    Verdict, "verdict" {
        /// Worth reporting.
        Report = "report",
        /// A trusted service, or a tuning rule, explains it.
        Expected = "expected",
        /// A tuning rule silences it.
        Suppressed = "suppressed",
    }
}

words! {
    /// The provider's answer.
    Outcome, "outcome" {
        /// Granted.
        Success = "success",
        /// Refused for want of a right.
        Denied = "denied",
        /// Failed otherwise.
        Error = "error",
        /// Begun or accepted; another event says how it ended.
        Started = "started",
        /// Nothing to tell by.
        Unknown = "unknown",
    }
}

words! {
    /// What moves the severity of a finding; `severity.toml` says by how much.
    FactorKind, "severity factor" {
        /// A service of the provider made the call, as the provider itself says.
        TrustedService = "trusted_service",
        /// A service of the provider made the call, which is not one of its routines: a customer has set it up.
        StandingOrder = "standing_order",
        /// The document is the customer's own or somebody else's.
        CustomDocument = "custom_document",
        /// All machines, a tag, or three and more.
        Fleet = "fleet",
        /// The record does not hold the parameters of the call.
        ParametersOmitted = "parameters_omitted",
        /// The record does not hold the answer to the call.
        AnswerOmitted = "answer_omitted",
        /// The record ends in the middle.
        RecordCut = "record_cut",
        /// The account's root user.
        Root = "root",
        /// Credentials of a machine.
        InstanceCredentials = "instance_credentials",
        /// The caller belongs to another account.
        CrossAccount = "cross_account",
        /// A console session without a second factor.
        NoMfa = "no_mfa",
        /// A person made the call, where automation is usual.
        Person = "person",
        /// A key for somebody else's profile.
        OthersProfile = "others_profile",
        /// Acting through another identity.
        Impersonation = "impersonation",
    }
}

impl Outcome {
    /// Whether the call did not have its effect.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Denied | Self::Error)
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the default is documented for users, so that it stands out here"
)]
impl Default for Scope {
    fn default() -> Self {
        Self::Core
    }
}

impl Severity {
    /// Score of the level, 0 to 100.
    pub const fn score(self) -> u8 {
        match self {
            Self::Informational => 0,
            Self::Low => 15,
            Self::Medium => 35,
            Self::High => 60,
            Self::Critical => 80,
        }
    }

    /// By how many levels this one is above `other`; below zero where it is under it.
    pub fn levels_above(self, other: Self) -> i8 {
        let at = |level| Self::ALL.iter().take_while(|known| **known < level).count();
        let (here, there) = (at(self), at(other));
        let levels = i8::try_from(here.abs_diff(there)).unwrap_or(i8::MAX);
        if here < there { -levels } else { levels }
    }

    /// The level `steps` higher (or lower), held within the scale.
    #[must_use]
    pub fn moved(self, steps: i8) -> Self {
        let last = Self::ALL.len() - 1;
        let at = Self::ALL.iter().position(|level| *level == self).unwrap_or(0);
        let to = at.saturating_add_signed(isize::from(steps)).min(last);
        Self::ALL[to]
    }
}
