//! What a script wants: resources that it adds, edits, removes and renames.

use super::{
    Script,
    arguments::{Assignment, parsed},
};
use model::{Address, Declaration, Lifecycle, Moved};
use std::collections::BTreeSet;

impl Script {
    pub(super) fn declaration(&mut self, address: &str) -> Result<&mut Declaration, String> {
        let found = self.desired.resources.iter_mut().find(|resource| resource.address.as_str() == address);
        found.ok_or_else(|| format!("{address} is not declared"))
    }

    pub(super) fn add(&mut self, kind: &str, name: &str, json: &str) -> Result<String, String> {
        let address = Address::new(kind, name).map_err(|error| error.to_string())?;
        self.desired.resources.push(Declaration {
            address,
            kind: kind.to_owned(),
            inputs: parsed(json)?,
            depends_on: BTreeSet::new(),
            lifecycle: Lifecycle::default(),
            source: "script".to_owned(),
        });
        Ok(String::new())
    }

    pub(super) fn edit(&mut self, assignment: &str) -> Result<String, String> {
        let Assignment { address, field, value } = assignment.parse()?;
        let inputs = &mut self.declaration(&address)?.inputs;
        *inputs.pointer_mut(&field).ok_or_else(|| format!("{address} has no field {field}"))? = value;
        Ok(String::new())
    }

    pub(super) fn remove(&mut self, address: &str) -> Result<String, String> {
        self.declaration(address)?;
        self.desired.resources.retain(|resource| resource.address.as_str() != address);
        for resource in &mut self.desired.resources {
            resource.depends_on.retain(|dependency| dependency.as_str() != address);
        }
        let refers = |value: serde_json::Result<serde_json::Value>| {
            model::references(&value.unwrap_or_default()).iter().any(|reference| reference.address.as_str() == address)
        };
        self.desired.outputs.retain(|_, output| !refers(serde_json::to_value(&output.value)));
        self.desired.serves.retain(|probe| !refers(serde_json::to_value(&probe.url)));
        Ok(String::new())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str, moved: bool) -> Result<String, String> {
        self.declaration(from)?;
        let [from, to] = [from, to].map(|it| it.parse::<Address>().map_err(|error| error.to_string()));
        let (from, to) = (from?, to?);
        let json = serde_json::to_string(&self.desired).map_err(|error| error.to_string())?;
        let named = json.replace(&format!("\"{from}#"), &format!("\"{to}#"));
        self.desired = parsed(&named.replace(&format!("\"{from}\""), &format!("\"{to}\"")))?;
        if moved { self.moved(from.as_str(), to.as_str()) } else { Ok(String::new()) }
    }

    pub(super) fn moved(&mut self, from: &str, to: &str) -> Result<String, String> {
        let [from, to] = [from, to].map(|it| it.parse().map_err(|error| format!("{error}")));
        self.desired.moved.push(Moved { from: from?, to: to? });
        Ok(String::new())
    }
}
