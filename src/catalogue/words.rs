//! The closed lists of words that findings are made of.

use serde::Deserialize;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
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
    };
}

words! {
    /// Whose log an event comes from.
    Cloud {
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
    AccessType {
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
    Severity {
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
    Scope {
        /// What opens, carries, enables or ends access.
        Core = "core",
        /// Also credential retrieval and preparation.
        Extended = "extended",
    }
}

words! {
    /// How the shape of an operation's event is known.
    Evidence {
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
    Verdict {
        /// Worth reporting.
        Report = "report",
        /// A trusted service, or a tuning rule, explains it.
        Expected = "expected",
        /// A tuning rule silences it.
        Suppressed = "suppressed",
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the default is part of what the contract says"
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

    /// The level `steps` higher (or lower), held within the scale.
    #[must_use]
    pub fn moved(self, steps: i8) -> Self {
        let last = Self::ALL.len() - 1;
        let at = Self::ALL.iter().position(|level| *level == self).unwrap_or(0);
        let to = at.saturating_add_signed(isize::from(steps)).min(last);
        Self::ALL[to]
    }
}
