//! STS: who calls, and temporary credentials.

mod identity;
mod role;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

pub(crate) use role::Session;

tables! {
    /// What STS keeps for the account.
    Tables {
        /// The temporary credentials that were given out, by access key id.
        sessions: Session,
    }
}

/// How STS is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "sts",
    signing_name: "sts",
    protocol: Protocol::Query { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
    global: true,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    AssumeRole => role::assume_role, unmodelled [
        "ExternalId", "Policy", "PolicyArns", "ProvidedContexts", "SerialNumber", "SourceIdentity", "Tags", "TokenCode",
        "TransitiveTagKeys",
    ];
    GetCallerIdentity => identity::get_caller_identity;
}
