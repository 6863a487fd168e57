use super::finding::Finding;
use std::fmt;

/// Something that an implementation is known to do otherwise than AWS.
#[derive(Debug)]
pub(super) struct Defect {
    kind: &'static str,
    step: &'static str,
    /// What it does, in words.
    why: &'static str,
}

impl Defect {
    /// Whether the finding comes from this defect.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        self.kind == finding.kind && self.step == finding.step
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {}", self.kind, self.step, self.why)
    }
}

/// What moto 5.2.1 does otherwise than AWS.
pub(super) const MOTO: &[Defect] = &[];
