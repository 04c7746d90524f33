//! The fields of a finding that tuning rules test.

/// The field of a finding that a condition tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `dvm_cloud`
    Cloud,
    /// `dvm_operation` or `dvm_operation_name`
    Operation,
    /// `dvm_access`
    Access,
    /// `dvm_actor`
    Actor,
    /// `dvm_principal`
    Principal,
    /// `dvm_person`
    Person,
    /// `dvm_service`
    Service,
    /// `dvm_target`
    Target,
    /// `dvm_account`
    Account,
    /// `dvm_src`
    Src,
    /// `dvm_document`
    Document,
    /// `user_agent`
    UserAgent,
}

impl Field {
    /// Every field, in the order of the list's header.
    pub const ALL: [Self; 12] = [
        Self::Cloud,
        Self::Operation,
        Self::Access,
        Self::Actor,
        Self::Principal,
        Self::Person,
        Self::Service,
        Self::Target,
        Self::Account,
        Self::Src,
        Self::Document,
        Self::UserAgent,
    ];

    /// The column in the list.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Operation => "operation",
            Self::Access => "access",
            Self::Actor => "actor",
            Self::Principal => "principal",
            Self::Person => "person",
            Self::Service => "service",
            Self::Target => "target",
            Self::Account => "account",
            Self::Src => "src",
            Self::Document => "document",
            Self::UserAgent => "user_agent",
        }
    }
}
