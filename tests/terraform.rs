//! Terraform with its AWS provider as a client of the local cloud: neither knows that the other is not what it says.
//!
//! `terraform/dev` is the environment of `stacks/dev.rs`, `terraform/more` is what other people's configurations are
//! made of. Where Terraform or the provider is missing, the tests say so and do nothing. Most of their time is the
//! provider's own: it waits half a minute before it first looks at a new load balancer.

mod configuration;
mod installation;

use crate::support::LocalCloud;
use configuration::{Changed, Configuration};
use installation::Installation;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn the_development_environment_lives_its_life() {
    let Some(terraform) = Installation::find() else { return };
    let cloud = LocalCloud::start().await;
    let dev = Configuration::new(&terraform, "dev", &cloud.url).await;
    assert_eq!(dev.apply(&[]).await, Changed { added: 50, changed: 0, destroyed: 0 });
    dev.reads_back(&[]).await;

    let count = ["desired_count=3"];
    assert_eq!(dev.apply(&count).await, Changed { added: 0, changed: 1, destroyed: 0 }, "the service changes in place");
    dev.reads_back(&count).await;

    // New target groups and a new task definition; the rules of the firewall, the listener rule and the service follow.
    let port = ["desired_count=3", "port=9090"];
    assert_eq!(dev.apply(&port).await, Changed { added: 3, changed: 4, destroyed: 3 });
    dev.reads_back(&port).await;

    assert_eq!(dev.destroy().await, Changed { added: 0, changed: 0, destroyed: 50 });
    assert_eq!(left(&cloud.url), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_configurations_live_there_too() {
    let Some(terraform) = Installation::find() else { return };
    let cloud = LocalCloud::start().await;
    let more = Configuration::new(&terraform, "more", &cloud.url).await;
    more.apply(&[]).await;
    more.reads_back(&[]).await;
    let description = ["description=changed"];
    assert_eq!(more.apply(&description).await, Changed { added: 0, changed: 1, destroyed: 0 });
    more.reads_back(&description).await;
    more.destroy().await;
    assert_eq!(left(&cloud.url), Vec::<String>::new());
}

/// What users' objects the cloud at `url` still holds, as `service.table: count`.
fn left(url: &str) -> Vec<String> {
    let mut reply = ureq::get(format!("{url}/_local/status")).call().expect("it answers");
    let text = reply.body_mut().read_to_string().expect("it answers with text");
    let status: Value = serde_json::from_str(&text).expect("it answers with JSON");
    let services = status.as_object().expect("it counts by service");
    assert!(services.contains_key("ecs"), "it has counted nothing: {text}");
    let tables = services.iter().flat_map(|(service, tables)| {
        let tables = tables.as_object().expect("it counts by table");
        tables.iter().map(move |(table, count)| (format!("{service}.{table}: {count}"), count))
    });
    tables.filter(|(_, count)| **count != 0).map(|(line, _)| line).collect()
}
