//! What somebody changes by the AWS CLI is seen, planned for and put right: a transcript as in `scripts`, on the local
//! cloud. `UPDATE_TRANSCRIPTS=1` rewrites it.

use super::client::Client;
use crate::{
    rehearse::text,
    stack_program::document,
    support::{Environment, LocalCloud, complete},
};
use engine::{render, state::Record};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// Commands of the AWS CLI, each group before a plan of its own. `<address.output>` stands for an output of a resource.
const MEDDLING: [&[&str]; 6] = [
    &["ec2 modify-subnet-attribute --subnet-id <subnet.main-public-a.id> --map-public-ip-on-launch"],
    &["elbv2 modify-target-group --target-group-arn <target_group.web-blue.arn> --health-check-path /other"],
    &["ecs update-service --cluster <cluster.main.name> --service <service.web.name> --desired-count 1"],
    &["ec2 create-tags --resources <vpc.main.id> --tags Key=Name,Value=theirs Key=team,Value=web"],
    &[
        "logs put-retention-policy --log-group-name <log_group.web.name> --retention-in-days 1",
        "iam delete-role-policy --role-name <role.web-execution.name> --policy-name dev-web-execution-logs",
    ],
    &["ec2 delete-route --route-table-id <route_table.main-public-a.id> --destination-cidr-block 0.0.0.0/0"],
];

#[tokio::test(flavor = "multi_thread")]
async fn what_it_changes_is_seen_and_put_right() {
    let Some(client) = Client::find().await else { return };
    let cloud = LocalCloud::start().await;
    let environment = Environment::new(&cloud.url, "dev").await;
    let dev = document("dev", &[]).expect("the stack has no problem");
    let plan = environment.plan(&dev).await.expect("there is a plan");
    complete(&plan, &environment.apply(&plan).await);
    let aws = client.of(&cloud.url);

    let mut transcript = "# What somebody changes by the AWS CLI, on the local cloud.\n".to_owned();
    for commands in MEDDLING {
        let values = values(&environment);
        for command in commands {
            let spoken = values.iter().fold((*command).to_owned(), |it, (name, value)| it.replace(name, value));
            aws.text(&spoken, "").await;
            let _ = writeln!(transcript, "$ aws {command}");
        }
        let plan = environment.plan(&dev).await.expect("there is a plan");
        let _ = write!(transcript, "$ plan\n{}", text(&render::plan(&plan)));
        if !render::is_worth_its_steps(&plan) {
            let _ = write!(transcript, "\n{}", text(&render::steps(&plan)));
        }
        let outcome = environment.apply(&plan).await;
        complete(&plan, &outcome);
        let _ = writeln!(transcript, "$ apply\ncomplete: {} steps", outcome.done.len());
        let again = environment.plan(&dev).await.expect("there is a plan");
        let _ = write!(transcript, "$ plan\n{}", text(&render::plan(&again)));
        transcript = named(transcript, &values);
    }
    compare(&transcript);
}

/// Every text among the outputs of what is recorded, by how commands and transcript name it.
fn values(environment: &Environment) -> BTreeMap<String, String> {
    let state = environment.state();
    let outputs = |(address, record): (&model::Address, &Record)| {
        let outputs =
            record.current.as_ref().and_then(|object| object.outputs.as_object().cloned()).unwrap_or_default();
        let named = |(name, value): (String, serde_json::Value)| {
            Some((format!("<{address}.{name}>"), value.as_str()?.to_owned()))
        };
        outputs.into_iter().filter_map(named).collect::<Vec<_>>()
    };
    state.resources.iter().flat_map(outputs).collect()
}

/// A text in which the ids that this cloud happened to give are named instead.
fn named(text: String, values: &BTreeMap<String, String>) -> String {
    let mut ids: Vec<_> =
        values.iter().filter(|(_, value)| value.chars().filter(char::is_ascii_digit).count() > 3).collect();
    // The longest first: the ARN of a thing holds its id.
    ids.sort_by_key(|(name, value)| (std::cmp::Reverse(value.len()), *name));
    ids.into_iter().fold(text, |text, (name, value)| text.replace(value, name))
}

fn compare(transcript: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws_cli/drift.out");
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&file, transcript).expect("the transcript can be written");
        return;
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(expected.as_str(), transcript);
    assert!(expected == transcript, "{}", diff.unified_diff().header("drift.out", "what was printed"));
}
