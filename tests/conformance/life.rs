use super::{
    case::{Again, Case, differing},
    finding::Finding,
    world::{World, deleted, read, ready, settled},
};
use engine::{
    Fault,
    provider::{Id, Identity, Kind, Kinds, Observed, TOKEN_TAG, Tags},
};
use model::Schema;
use serde_json::Value;
use std::fmt;

/// Leads one object from its creation to its end. `strangers` are the same kinds through another client, which
/// changes and deletes the object behind the back of the first one.
pub(super) async fn live(
    schema: &'static Schema,
    case: &Case,
    world: &mut World<'_>,
    strangers: &Kinds,
) -> Vec<Finding> {
    let stranger = strangers.get(schema.kind).expect("both have the same kinds");
    let new = world.identity();
    let mut life = Life { schema, case, kind: world.kind(schema.kind), stranger, new, findings: Vec::new() };
    for gap in case.gaps() {
        life.note("case", gap);
    }
    let created = life.kind.create(&case.base, &life.new).await;
    if let Some(id) = life.of("create", created) {
        life.settle(&id).await;
        life.create_again(&id).await;
        life.find(&id).await;
        for changed in &case.changes {
            life.change(&id, changed).await;
        }
        life.tag(&id).await;
        life.drift(&id).await;
        life.delete(&id).await;
    }
    life.findings
}

/// The life of one object.
struct Life<'a> {
    schema: &'static Schema,
    case: &'a Case,
    kind: &'a dyn Kind,
    stranger: &'a dyn Kind,
    new: Identity,
    findings: Vec<Finding>,
}

impl Life<'_> {
    fn note(&mut self, step: impl Into<String>, what: impl fmt::Display) {
        self.findings.push(Finding::new(self.schema, step, what));
    }

    /// What a step gave; `None` when it went wrong, which is then noted.
    fn of<T>(&mut self, step: &str, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.note(step, fault)).ok()
    }

    /// Notes each field in which the object is not as wanted.
    fn compare(&mut self, step: &str, wanted: &Value, observed: &Observed) {
        for field in differing(self.schema, wanted, &observed.inputs) {
            let (wanted, read) = (&wanted[field], &observed.inputs[field]);
            self.note(format!("{step}: {field}"), format_args!("wanted {wanted}, read {read}"));
        }
    }

    /// A new object becomes what was wanted, reads back without a phantom change, and bears its tags.
    async fn settle(&mut self, id: &Id) {
        let settled = settled(self.kind, &self.case.base, id).await;
        let Some(observed) = self.of("settle", settled) else { return };
        self.compare("read back", &self.case.base, &observed);
        if observed.tags.is_some() != self.schema.taggable {
            self.note("tags", format_args!("a taggable kind reads tags, others do not: {:?}", observed.tags));
        }
        let tags = observed.tags.unwrap_or_default();
        if self.schema.taggable && tags != self.new.tags {
            let wanted = self.new.tags.clone();
            self.note("tags after create", format_args!("wanted {wanted:?}, read {tags:?}"));
        }
    }

    /// One identity gives one object, and an object of somebody else is never taken for ours.
    async fn create_again(&mut self, id: &Id) {
        if self.case.again == Again::Another {
            return;
        }
        let step = "create again";
        let again = self.kind.create(&self.case.base, &self.new).await;
        if let Some(made) = self.of(step, again).filter(|made| made != id) {
            self.note(step, format_args!("{id} was made, but it gives {made}"));
            self.discard(step, id, &made).await;
        }
        if self.case.again == Again::Only && self.schema.taggable {
            let step = "create for somebody else";
            match self.kind.create(&self.case.base, &self.foreign()).await {
                Err(Fault::Exists(_)) => (),
                Err(fault) => self.note(step, fault),
                Ok(made) => {
                    self.note(step, format_args!("there is {id}, but it gives {made}"));
                    self.discard(step, id, &made).await;
                }
            }
        }
    }

    /// Undoes a create that should not have succeeded, so that it spoils no later step.
    async fn discard(&mut self, step: &str, id: &Id, made: &Id) {
        let undone =
            if made == id { self.kind.tag(id, &self.new.tags, &[]).await } else { deleted(self.kind, made).await };
        self.of(step, undone);
    }

    /// The object is found by its identity. A kind that cannot bear tags is found by what it is, so there the token
    /// makes no difference.
    async fn find(&mut self, id: &Id) {
        let found = self.kind.find(&self.case.base, &self.new).await;
        if let Some(found) = self.of("find", found).filter(|found| found != id) {
            self.note("find", format_args!("{id} was made, but it gives {found}"));
        }
        if self.schema.taggable {
            match self.kind.find(&self.case.base, &self.foreign()).await {
                Err(Fault::NotFound(_)) => (),
                other => self.note("find for somebody else", format_args!("{other:?}")),
            }
        }
    }

    /// Changes the object in place, and back again.
    async fn change(&mut self, id: &Id, changed: &Value) {
        let fields = self.case.changed(changed).join(", ");
        for (step, wanted) in [("change", changed), ("undo", &self.case.base)] {
            let step = format!("{step} {fields}");
            let updated = self.kind.update(wanted, id).await;
            if self.of(&step, updated).is_some() {
                let observed = ready(self.kind, id).await;
                if let Some(observed) = self.of(&step, observed) {
                    self.compare(&step, wanted, &observed);
                }
            }
        }
    }

    /// Tags are set and removed, and others stay.
    async fn tag(&mut self, id: &Id) {
        if !self.schema.taggable {
            return;
        }
        let more = Tags::from([("team".to_owned(), "web".to_owned()), ("Name".to_owned(), "another".to_owned())]);
        let mut wanted = self.new.tags.clone();
        wanted.extend(more.clone());
        let set = self.kind.tag(id, &more, &[]).await;
        self.of("set tags", set);
        self.bears("set tags", id, &wanted).await;
        wanted.remove("team");
        let removed = self.kind.tag(id, &Tags::new(), &["team".to_owned()]).await;
        self.of("remove tags", removed);
        self.bears("remove tags", id, &wanted).await;
        let restored = self.kind.tag(id, &self.new.tags, &[]).await;
        self.of("restore tags", restored);
    }

    async fn bears(&mut self, step: &str, id: &Id, wanted: &Tags) {
        let observed = ready(self.kind, id).await;
        let Some(observed) = self.of(step, observed) else { return };
        if observed.tags.as_ref() != Some(wanted) {
            self.note(step, format_args!("wanted {wanted:?}, read {:?}", observed.tags));
        }
        self.compare(&format!("{step}, read back"), &self.case.base, &observed);
    }

    /// What another client changes is seen: exactly those fields, or a tag where no field can change.
    async fn drift(&mut self, id: &Id) {
        let Some(changed) = self.case.changes.first() else {
            return self.drift_of_tags(id).await;
        };
        let drifted = self.stranger.update(changed, id).await;
        if self.of("drift", drifted).is_none() {
            return;
        }
        let observed = ready(self.kind, id).await;
        let Some(observed) = self.of("drift", observed) else { return };
        let (wanted, seen) = (self.case.changed(changed), differing(self.schema, &self.case.base, &observed.inputs));
        if wanted != seen {
            self.note("drift", format_args!("{wanted:?} changed, {seen:?} seen"));
        }
    }

    async fn drift_of_tags(&mut self, id: &Id) {
        if self.schema.taggable {
            let tags = Tags::from([("drifted".to_owned(), "yes".to_owned())]);
            let tagged = self.stranger.tag(id, &tags, &[]).await;
            self.of("drift", tagged);
            let observed = read(self.kind, id).await;
            let observed = self.of("drift", observed).flatten();
            if !observed.and_then(|it| it.tags).is_some_and(|tags| tags.contains_key("drifted")) {
                self.note("drift", "a tag that another client has set is not seen");
            }
        }
    }

    /// Another client deletes the object; then nothing is read or found, and deleting it once more is no error.
    async fn delete(&mut self, id: &Id) {
        let gone = deleted(self.stranger, id).await;
        if self.of("delete", gone).is_none() {
            return;
        }
        let again = self.kind.delete(id).await;
        self.of("delete again", again);
        let left = read(self.kind, id).await;
        if let Some(Some(left)) = self.of("read after delete", left) {
            self.note("read after delete", format_args!("{left:?}"));
        }
        match self.kind.find(&self.case.base, &self.new).await {
            Err(Fault::NotFound(_)) => (),
            other => self.note("find after delete", format_args!("{other:?}")),
        }
    }

    /// The identity of an object of the same name that somebody else makes.
    fn foreign(&self) -> Identity {
        let token = format!("{}-of-somebody-else", self.new.token);
        let mut foreign = Identity { token: token.clone(), ..self.new.clone() };
        foreign.tags.insert(TOKEN_TAG.to_owned(), token);
        foreign
    }
}
