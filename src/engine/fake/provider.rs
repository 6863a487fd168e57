use super::FakeCloud;
use crate::{
    Fault, Result,
    provider::{Id, Identity, Live, Provider, Tags},
};
use model::{Outputs, Resource};
use serde_json::{Map, Value};

/// Every kind lives in the fake cloud.
impl<R: Resource> Provider<FakeCloud> for R {
    async fn read(cloud: &FakeCloud, ids: &[Id]) -> Result<Vec<Live<Self>>> {
        let found = cloud
            .call(R::SCHEMA, "read", |objects| Ok(ids.iter().filter_map(|id| objects.read(id)).collect::<Vec<_>>()))
            .await?;
        found
            .into_iter()
            .map(|(object, status)| {
                Ok(Live {
                    id: object.id,
                    inputs: serde_json::from_value(object.inputs)?,
                    outputs: serde_json::from_value(object.outputs)?,
                    tags: R::SCHEMA.taggable.then_some(object.tags),
                    status,
                })
            })
            .collect()
    }

    async fn create(&self, cloud: &FakeCloud, new: &Identity) -> Result<Id> {
        let inputs = serde_json::to_value(self)?;
        cloud
            .call(R::SCHEMA, "create", |objects| {
                objects.create(R::SCHEMA, &inputs, (&new.name, &new.tags), outputs::<R::Outputs>)
            })
            .await
    }

    async fn find(&self, cloud: &FakeCloud, new: &Identity) -> Result<Id> {
        let inputs = serde_json::to_value(self)?;
        cloud
            .call(R::SCHEMA, "find", |objects| {
                objects.find(R::SCHEMA, &new.name, &new.token, &inputs).ok_or_else(|| Fault::not_found(&new.name))
            })
            .await
    }

    async fn update(&self, cloud: &FakeCloud, live: &Live<Self>) -> Result<()> {
        let inputs = serde_json::to_value(self)?;
        cloud.call(R::SCHEMA, "update", |objects| objects.update(R::SCHEMA, &live.id, &inputs)).await
    }

    async fn update_together(cloud: &FakeCloud, changes: &[(Live<Self>, Self)]) -> Result<()> {
        let wanted = changes.iter().map(|(live, wanted)| Ok((&live.id, serde_json::to_value(wanted)?)));
        let wanted: Vec<(&Id, Value)> = wanted.collect::<Result<_>>()?;
        cloud.call(R::SCHEMA, "update", |objects| objects.update_together(R::SCHEMA, &wanted)).await
    }

    async fn delete(cloud: &FakeCloud, id: &Id) -> Result<()> {
        cloud.call(R::SCHEMA, "delete", |objects| objects.delete(R::SCHEMA, id)).await
    }

    async fn tag(cloud: &FakeCloud, id: &Id, set: &Tags, remove: &[String]) -> Result<()> {
        cloud.call(R::SCHEMA, "tag", |objects| objects.tag(id, set, remove)).await
    }
}

/// The outputs of a new object: `vpc-3/id` where the type takes any text, otherwise twelve digits or a number.
fn outputs<O: Outputs>(id: &Id, serial: u64) -> Map<String, Value> {
    let forms = |name: &str| [Value::from(format!("{id}/{name}")), format!("{serial:012}").into(), serial.into()];
    let count = forms("").len();
    let choose = |mut choice: usize| -> Map<String, Value> {
        let chosen = O::NAMES.iter().map(|name| {
            let value = forms(name).into_iter().nth(choice % count).unwrap_or_default();
            choice /= count;
            ((*name).to_owned(), value)
        });
        chosen.collect()
    };
    let fits = |outputs: &Map<String, Value>| O::deserialize(Value::Object(outputs.clone())).is_ok();
    (0..count.pow(O::NAMES.len() as u32)).map(choose).find(fits).unwrap_or_else(|| choose(0))
}
