use super::Labels;
use crate::{
    Fault,
    plan::differs,
    provider::{Id, Status, TOKEN_TAG, Tags},
};
use model::{OnChange, Schema};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One object of the fake cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct FakeObject {
    /// Its id, such as `vpc-3`.
    pub id: Id,
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its inputs.
    pub inputs: Value,
    /// Its outputs.
    pub outputs: Value,
    /// Its tags.
    pub tags: Tags,
    pending: u32,
    serial: u64,
}

#[derive(Debug, Default)]
pub(super) struct Objects {
    objects: HashMap<Id, FakeObject>,
    /// Which object each output value belongs to.
    outputs: HashMap<String, Id>,
    /// Who uses each object.
    users: HashMap<Id, BTreeSet<Id>>,
    /// What each object uses.
    uses: HashMap<Id, BTreeSet<Id>>,
    names: HashMap<(&'static str, String), Id>,
    unique: HashMap<(&'static str, String), Id>,
    serial: u64,
    slow: u32,
}

impl Objects {
    pub(super) fn all(&self) -> impl Iterator<Item = &FakeObject> {
        let mut all: Vec<&FakeObject> = self.objects.values().collect();
        all.sort_by_key(|object| object.serial);
        all.into_iter()
    }

    pub(super) fn slow(&mut self, reads: u32) {
        self.slow = reads;
    }

    pub(super) fn read(&mut self, id: &Id) -> Option<(FakeObject, Status)> {
        let object = self.objects.get_mut(id)?;
        let status = match object.pending {
            0 => Status::Ready,
            left => {
                object.pending = left - 1;
                Status::Pending(format!("{left} to go"))
            }
        };
        Some((object.clone(), status))
    }

    pub(super) fn find(&self, schema: &'static Schema, name: &str, token: &str, inputs: &Value) -> Option<Id> {
        if schema.taggable {
            let bears = |object: &&FakeObject| {
                object.kind == schema.kind && object.tags.get(TOKEN_TAG).is_some_and(|it| it == token)
            };
            return self.objects.values().find(bears).map(|object| object.id.clone());
        }
        let unique = unique_key(schema, inputs).and_then(|key| self.unique.get(&(schema.kind, key)));
        unique.or_else(|| self.names.get(&(schema.kind, name.to_owned()))).cloned()
    }

    pub(super) fn create(
        &mut self,
        schema: &'static Schema,
        inputs: &Value,
        (name, tags): Labels<'_>,
        outputs: fn(&Id, u64) -> Map<String, Value>,
    ) -> Result<Id, Fault> {
        let name_key = (schema.kind, name.to_owned());
        if !schema.versioned && self.names.contains_key(&name_key) {
            return Err(Fault::Exists(format!("{} `{name}`", schema.kind)));
        }
        let unique_key = unique_key(schema, inputs).map(|key| (schema.kind, key));
        if let Some(other) = unique_key.as_ref().and_then(|key| self.unique.get(key)) {
            return Err(Fault::Exists(format!("{other} has the same unique fields")));
        }
        let used = self.used(inputs)?;
        self.anchors(schema, inputs)?;
        for field in schema.fields.iter().filter(|field| field.exclusive) {
            for held in inputs.get(field.name).map(|value| self.used(value)).transpose()?.unwrap_or_default() {
                let holder = |user: &&Id| {
                    // Two generations of one resource; different resources may share.
                    let address = |tags: &Tags| tags.get("rust-stack:address").cloned();
                    self.objects
                        .get(*user)
                        .is_some_and(|user| user.kind == schema.kind && address(&user.tags) == address(tags))
                };
                if let Some(user) = self.users.get(&held).and_then(|users| users.iter().find(holder)) {
                    return Err(rejected("AlreadyAssociated", format!("{held} is held by {user}")));
                }
            }
        }
        self.serial += 1;
        let stem = schema.kind.rsplit('.').next().unwrap_or(schema.kind);
        let id = Id::new(format!("{stem}-{}", self.serial));
        let outputs = outputs(&id, self.serial);
        for output in outputs.values().filter_map(Value::as_str) {
            self.outputs.insert(output.to_owned(), id.clone());
        }
        self.use_only(&id, used);
        self.names.insert(name_key, id.clone());
        if let Some(key) = unique_key {
            self.unique.insert(key, id.clone());
        }
        let object = FakeObject {
            id: id.clone(),
            kind: schema.kind,
            name: name.to_owned(),
            inputs: inputs.clone(),
            outputs: Value::Object(outputs),
            tags: if schema.taggable { tags.clone() } else { Tags::new() },
            pending: self.slow,
            serial: self.serial,
        };
        self.objects.insert(id.clone(), object);
        Ok(id)
    }

    pub(super) fn update(&mut self, schema: &'static Schema, id: &Id, wanted: &Value) -> Result<(), Fault> {
        let object = self.objects.get(id).ok_or_else(|| Fault::not_found(id))?;
        for field in schema.fields.iter().filter(|field| field.on_change == OnChange::Replace) {
            let (wanted, actual) = (&wanted[field.name], &object.inputs[field.name]);
            if differs(wanted, actual, field.unordered) {
                return Err(rejected("Immutable", format!("{}: {} cannot be changed", id, field.name)));
            }
        }
        let mut inputs = object.inputs.clone();
        for field in schema.fields {
            if !wanted[field.name].is_null() {
                inputs[field.name] = wanted[field.name].clone();
            }
        }
        let used = self.used(&inputs)?;
        let after = self.anchors(schema, &inputs)?;
        // What it used and is gone lies nowhere.
        let before = self.anchors(schema, &object.inputs).unwrap_or_default();
        if let Some((kind, from)) = before.iter().find(|(kind, from)| after.get(*kind).is_some_and(|to| to != *from)) {
            return Err(rejected("InvalidParameter", format!("{id} cannot leave the {kind} {from}")));
        }
        let (old, new) = (unique_key(schema, &object.inputs), unique_key(schema, &inputs));
        if let (true, Some(key)) = (old != new, new) {
            if let Some(other) = self.unique.get(&(schema.kind, key.clone())) {
                return Err(rejected("Duplicate", format!("{other} has the same unique fields")));
            }
            self.unique.retain(|_, holder| holder != id);
            self.unique.insert((schema.kind, key), id.clone());
        }
        self.use_only(id, used);
        let pending = self.slow;
        if let Some(object) = self.objects.get_mut(id) {
            object.inputs = inputs;
            object.pending = pending;
        }
        Ok(())
    }

    /// What one gives up another can take, because all of it happens at one time.
    pub(super) fn update_together(&mut self, schema: &'static Schema, changes: &[(&Id, Value)]) -> Result<(), Fault> {
        let mut unique = self.unique.clone();
        unique.retain(|_, holder| !changes.iter().any(|(id, _)| *id == holder));
        for (id, wanted) in changes {
            let key = unique_key(schema, wanted).unwrap_or_default();
            if let Some(other) = unique.insert((schema.kind, key), (*id).clone()) {
                return Err(rejected("Duplicate", format!("{other} has the same unique fields as {id}")));
            }
        }
        for (id, wanted) in changes {
            let object = self.objects.get_mut(id).ok_or_else(|| Fault::not_found(id))?;
            object.inputs.clone_from(wanted);
            object.pending = self.slow;
        }
        self.unique = unique;
        Ok(())
    }

    pub(super) fn tag(&mut self, id: &Id, set: &Tags, remove: &[String]) -> Result<(), Fault> {
        let object = self.objects.get_mut(id).ok_or_else(|| Fault::not_found(id))?;
        object.tags.retain(|key, _| !remove.contains(key));
        object.tags.extend(set.clone());
        Ok(())
    }

    pub(super) fn delete(&mut self, schema: &'static Schema, id: &Id) -> Result<(), Fault> {
        let object = self.objects.get(id).ok_or_else(|| Fault::not_found(id))?;
        if let Some(user) = self.users.get(id).and_then(BTreeSet::first) {
            return Err(Fault::InUse {
                code: "DependencyViolation".to_owned(),
                message: format!("{} {id} is used by {user}", object.kind),
            });
        }
        if let Some(key) = unique_key(schema, &object.inputs) {
            self.unique.remove(&(schema.kind, key));
        }
        self.remove(id);
        Ok(())
    }

    pub(super) fn drift(&mut self, id: &Id, field: &str, value: Value) -> bool {
        self.objects.get_mut(id).map(|object| object.inputs[field] = value).is_some()
    }

    pub(super) fn is_used(&self, id: &Id) -> bool {
        self.users.get(id).is_some_and(|users| !users.is_empty())
    }

    pub(super) fn lose(&mut self, id: &Id) -> bool {
        self.unique.retain(|_, holder| holder != id);
        self.remove(id)
    }

    fn remove(&mut self, id: &Id) -> bool {
        self.use_only(id, BTreeSet::new());
        let Some(object) = self.objects.remove(id) else { return false };
        let name = (object.kind, object.name);
        if self.names.get(&name) == Some(id) {
            self.names.remove(&name);
        }
        for output in object.outputs.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str) {
            self.outputs.remove(output);
        }
        true
    }

    fn use_only(&mut self, id: &Id, used: BTreeSet<Id>) {
        for old in self.uses.remove(id).unwrap_or_default() {
            if let Some(users) = self.users.get_mut(&old) {
                users.remove(id);
            }
        }
        for new in &used {
            self.users.entry(new.clone()).or_default().insert(id.clone());
        }
        self.uses.insert(id.clone(), used);
    }

    /// What an object with these inputs lies in, by kind. Everything it names has to lie in the same.
    fn anchors(&self, schema: &Schema, inputs: &Value) -> Result<BTreeMap<&'static str, Id>, Fault> {
        let mut anchors: BTreeMap<&'static str, Id> = BTreeMap::new();
        for field in schema.fields {
            let (Some(kind), Some(value)) = (field.anchor, inputs.get(field.name)) else { continue };
            let mut queue: Vec<Id> = self.used(value)?.into_iter().collect();
            while let Some(id) = queue.pop() {
                if self.objects.get(&id).is_none_or(|object| object.kind != kind) {
                    queue.extend(self.uses.get(&id).into_iter().flatten().cloned());
                } else if let Some(other) = anchors.insert(kind, id.clone()).filter(|other| *other != id) {
                    return Err(rejected("InvalidParameter", format!("{id} and {other} are not the same {kind}")));
                }
            }
        }
        Ok(anchors)
    }

    /// The objects whose outputs stand anywhere in a value. One that looks like an output and is none is refused,
    /// as an API refuses an id that does not exist.
    fn used(&self, value: &Value) -> Result<BTreeSet<Id>, Fault> {
        let mut used = BTreeSet::new();
        let mut queue = vec![value];
        while let Some(value) = queue.pop() {
            match value {
                Value::String(text) => match self.outputs.get(text) {
                    Some(id) => {
                        used.insert(id.clone());
                    }
                    None if is_output(text) => return Err(rejected("NotFound", format!("{text} does not exist"))),
                    None => (),
                },
                Value::Array(items) => queue.extend(items),
                Value::Object(fields) if fields.contains_key("$ref") => {
                    return Err(rejected("Unresolved", format!("{value} reached the cloud")));
                }
                Value::Object(fields) => queue.extend(fields.values()),
                _ => (),
            }
        }
        Ok(used)
    }
}

/// The unique fields of an object as one text; `None` when the kind has none.
fn unique_key(schema: &Schema, inputs: &Value) -> Option<String> {
    let unique: BTreeMap<&str, &Value> = schema
        .fields
        .iter()
        .filter(|field| field.unique)
        .map(|field| (field.name, inputs.get(field.name).unwrap_or(&Value::Null)))
        .collect();
    (!unique.is_empty()).then(|| serde_json::to_string(&unique).unwrap_or_default())
}

/// Whether a text has the form of an output: `vpc-3/id`.
fn is_output(text: &str) -> bool {
    text.split_once('/').and_then(|(id, output)| Some((id.rsplit_once('-')?.1, output))).is_some_and(
        |(serial, output)| {
            !serial.is_empty()
                && serial.bytes().all(|byte| byte.is_ascii_digit())
                && output.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        },
    )
}

fn rejected(code: &str, message: String) -> Fault {
    Fault::Rejected { code: code.to_owned(), message }
}
