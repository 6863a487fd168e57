use super::{Diagnostic, arguments::Override, variables};
use model::{Cidr, FargateSize, Port};
use modules::{ImageIdentifier, Nat, Region};
use serde::{Deserialize, Serialize};
use variables::Source;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Variables {
    region: Region,
    cidr: Cidr,
    desired_count: u32,
    port: Port,
    image: ImageIdentifier,
    nat: Nat,
    size: FargateSize,
    note: Option<String>,
}

const FILE: &str = r#"# the development environment
region = "eu-west-1"
cidr = "10.0.0.0/16"
desired_count = 2
port = 8080
image = "v1"
nat = "single"

[size]
cpu = 256
memory = 512
"#;

fn read(text: &str, overrides: &[&str]) -> Result<Variables, Diagnostic> {
    let source = Source { path: "stacks/dev.toml".to_owned(), text: text.to_owned() };
    let overrides: Vec<Override> = overrides
        .iter()
        .map(|it| it.split_once('=').expect("key=value"))
        .map(|(key, value)| Override { key: key.to_owned(), value: value.to_owned() })
        .collect();
    variables::read(Some(&source), &overrides)
}

#[test]
fn the_command_line_prevails_over_the_file() {
    let variables = read(FILE, &["desired_count=5", "region=us-east-1", "note=it is \"quoted\""]).expect("variables");
    assert_eq!(variables.desired_count, 5);
    assert_eq!(variables.region, Region::new("us-east-1").expect("a region"));
    assert_eq!(variables.note.as_deref(), Some("it is \"quoted\""));
    assert_eq!(read(FILE, &["desired_count=5", "desired_count=6"]).expect("variables").desired_count, 6);
}

#[test]
fn a_text_may_look_like_a_number() {
    for text in ["1234567", "1.10", "2026-11-23", "true", "1e10", "\"v2\""] {
        let variables = read(FILE, &[&format!("image={text}")]).expect(text);
        assert_eq!(variables.image.as_str(), text.trim_matches('"'));
    }
}

#[test]
fn a_dotted_key_leaves_its_siblings_alone_and_a_table_takes_their_place() {
    let memory = read(FILE, &["size.memory=1024"]).expect("variables").size;
    assert_eq!(memory, FargateSize::CPU_256_MIB_1024);
    let both = read(FILE, &["size={cpu=512, memory=1024}"]).expect("variables").size;
    assert_eq!(both, FargateSize::CPU_512_MIB_1024);
    assert!(read(FILE, &["size={memory=1024}"]).is_err());
}

/// What is replaced in the file, by what, the overrides, and what is expected: the line, the message and the hint.
type Case<'a> = (&'a str, &'a str, &'a [&'a str], Option<usize>, &'a str, Option<&'a str>);

#[test]
fn a_mistake_is_named_with_its_place_and_what_is_allowed() {
    let list = "the variables are region, cidr, desired_count, port, image, nat, size, note";
    let cases: &[Case<'_>] = &[
        // In the file.
        (
            "desired_count = 2",
            "desird_count = 2",
            &[],
            Some(4),
            "there is no variable `desird_count`",
            Some("did you mean `desired_count`?"),
        ),
        ("port = 8080", "port = 8080\nqwxz = 1", &[], Some(6), "there is no variable `qwxz`", Some(list)),
        (
            "desired_count = 2",
            "desired_count = -1",
            &[],
            Some(4),
            "the variable `desired_count`: expected a whole number between 0 and 4294967295, found integer `-1`",
            None,
        ),
        (
            "desired_count = 2",
            "desired_count = \"two\"",
            &[],
            Some(4),
            "the variable `desired_count`: expected a whole number between 0 and 4294967295, found string \"two\"",
            None,
        ),
        ("8080", "0", &[], Some(5), "the variable `port`: 0 is not a port: it lies between 1 and 65535", None),
        (
            "10.0.0.0/16",
            "10.0.0.1/16",
            &[],
            Some(3),
            "the variable `cidr`: `10.0.0.1/16` has host bits set: the block is written 10.0.0.0/16",
            None,
        ),
        (
            "eu-west-1",
            "europe",
            &[],
            Some(2),
            "the variable `region`: `europe` is not an AWS Region: its code has the form us-east-1",
            None,
        ),
        (
            "\"single\"",
            "\"dual\"",
            &[],
            Some(7),
            "the variable `nat`: unknown variant `dual`, expected one of `none`, `single`, `per-zone`",
            None,
        ),
        (
            "memory = 512",
            "memory = 513",
            &[],
            Some(9),
            "the variable `size`: Fargate does not offer 513 MiB with 256 CPU units: use 512 MiB or 1024 to 2048 MiB in steps of 1024",
            None,
        ),
        (
            "memory = 512",
            "memry = 512",
            &[],
            Some(11),
            "the variable `size.memry`: unknown field `memry`, expected `cpu` or `memory`",
            None,
        ),
        (
            "memory = 512",
            "",
            &[],
            Some(9),
            "the variable `size.memory` is missing",
            Some("set it in stacks/dev.toml or give it on the command line: --var size.memory=<value>"),
        ),
        (
            "nat = \"single\"\n",
            "",
            &[],
            None,
            "the variable `nat` is missing",
            Some("set it in stacks/dev.toml or give it on the command line: --var nat=<value>"),
        ),
        ("port = 8080", "port = ", &[], Some(5), "string values must be quoted, expected literal string", None),
        // On the command line.
        (
            "",
            "",
            &["desird_count=3"],
            None,
            "--var desird_count=3: there is no variable `desird_count`",
            Some("did you mean `desired_count`?"),
        ),
        (
            "",
            "",
            &["desired_count=-1"],
            None,
            "--var desired_count=-1: the variable `desired_count`: expected a whole number between 0 and 4294967295, found integer `-1`",
            None,
        ),
        (
            "",
            "",
            &["port=8080", "desired_count=many"],
            None,
            "--var desired_count=many: the variable `desired_count`: expected a whole number between 0 and 4294967295, found string \"many\"",
            None,
        ),
        (
            "",
            "",
            &["size.memory=600"],
            None,
            "--var size.memory=600: the variable `size`: Fargate does not offer 600 MiB with 256 CPU units: use 512 MiB or 1024 to 2048 MiB in steps of 1024",
            None,
        ),
        (
            "",
            "",
            &["size.cpu=big"],
            None,
            "--var size.cpu=big: the variable `size.cpu`: expected a whole number between 0 and 4294967295, found string \"big\"",
            None,
        ),
    ];
    for (old, new, overrides, line, message, hint) in cases {
        let text = if old.is_empty() { FILE.to_owned() } else { FILE.replacen(old, new, 1) };
        let found = read(&text, overrides).expect_err(message);
        assert_eq!((found.message.as_str(), found.line, found.hint.as_deref()), (*message, *line, *hint));
        assert_eq!(found.file.is_some(), overrides.is_empty() || found.line.is_some(), "{found:?}");
    }
}
