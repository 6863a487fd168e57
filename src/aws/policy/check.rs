use super::{Policy, Statement};
use model::Problem;

/// What a policy is attached to, which decides the elements its statements must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttachedTo {
    /// A role: statements name resources and no principals.
    Identity,
    /// A repository, or a role as its trust policy: statements name principals and no resources.
    Resource,
}

impl Policy {
    /// The rules that a policy in `field` breaks, as far as its place decides.
    pub(crate) fn problems(&self, field: &str, attached_to: AttachedTo) -> Vec<Problem> {
        let about = |statement: &Statement| {
            let resources = !statement.resources.is_empty() || !statement.not_resources.is_empty();
            let principals = !statement.principals.is_empty() || !statement.not_principals.is_empty();
            let actions = !statement.actions.is_empty() || !statement.not_actions.is_empty();
            [
                (!actions).then_some("a statement has no action: name the calls it is about"),
                match attached_to {
                    AttachedTo::Identity if !resources => Some("a statement has no resource: say `.on([..])`"),
                    AttachedTo::Identity if principals => {
                        Some("a statement names a principal: the role itself is the principal here")
                    }
                    AttachedTo::Resource if !principals => Some("a statement has no principal: say `.to(..)`"),
                    AttachedTo::Resource if resources => {
                        Some("a statement names a resource: the policy is already attached to the one it is about")
                    }
                    _ => None,
                },
            ]
        };
        let none = self.statements.is_empty().then_some("the policy has no statement");
        let messages = self.statements.iter().flat_map(about).flatten().chain(none);
        messages.map(|message| Problem::new(field, message)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_fit_the_place() {
        let trust = Policy::trust("ecs-tasks.amazonaws.com");
        assert_eq!(trust.problems("trust", AttachedTo::Resource), []);
        assert_eq!(trust.problems("policy", AttachedTo::Identity).len(), 1);
        let inline = Policy::allow(["s3:GetObject"]).on(["*"]);
        assert_eq!(inline.problems("policy", AttachedTo::Identity), []);
        assert_eq!(inline.problems("trust", AttachedTo::Resource).len(), 1);
        assert_eq!(Policy::allow([""; 0]).on(["*"]).problems("policy", AttachedTo::Identity).len(), 1);
    }
}
