use super::Installation;
use std::{fs, path::Path, process::Stdio};
use tempfile::TempDir;
use tokio::process::Command;

/// One of the configurations beside this file, with a state of its own, and the cloud it is applied to.
pub(super) struct Configuration<'a> {
    terraform: &'a Installation,
    url: String,
    folder: TempDir,
}

/// How many resources a run has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// Created, or created again in a replacement.
    pub(super) added: u32,
    /// Changed in place.
    pub(super) changed: u32,
    /// Destroyed, also in a replacement.
    pub(super) destroyed: u32,
}

/// What `terraform plan -detailed-exitcode` answers when there is something to do.
const SOMETHING_TO_DO: i32 = 2;

impl<'a> Configuration<'a> {
    /// A copy of the configuration `name`, initialised, for the cloud at `url`.
    pub(super) async fn new(terraform: &'a Installation, name: &str, url: &str) -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform").join(name);
        for file in fs::read_dir(source).expect("the configuration exists") {
            let file = file.expect("it can be read").path();
            let target = folder.path().join(file.file_name().expect("it came out of a folder"));
            fs::copy(&file, target).expect("it can be copied");
        }
        let configuration = Self { terraform, url: url.to_owned(), folder };
        configuration.run("init", &[]).await;
        configuration
    }

    /// Applies it with these variables.
    pub(super) async fn apply(&self, variables: &[&str]) -> Changed {
        let said = self.run("apply", &arguments(&["-auto-approve"], variables)).await;
        let [added, changed, destroyed] =
            counts(&said, "Apply complete! Resources: ", ["added", "changed", "destroyed"]);
        Changed { added, changed, destroyed }
    }

    /// Panics with the plan when one with these variables would still change something.
    pub(super) async fn reads_back(&self, variables: &[&str]) {
        let (code, said) = self.answer("plan", &arguments(&["-detailed-exitcode"], variables)).await;
        assert_ne!(code, Some(SOMETHING_TO_DO), "what was made reads back as something else:\n{said}");
        assert_eq!(code, Some(0), "terraform plan failed:\n{said}");
    }

    /// Destroys everything.
    pub(super) async fn destroy(&self) -> Changed {
        let said = self.run("destroy", &arguments(&["-auto-approve"], &[])).await;
        let [destroyed] = counts(&said, "Destroy complete! Resources: ", ["destroyed"]);
        Changed { added: 0, changed: 0, destroyed }
    }

    /// What a command has said, which must succeed.
    async fn run(&self, command: &str, arguments: &[String]) -> String {
        let (code, said) = self.answer(command, arguments).await;
        assert_eq!(code, Some(0), "terraform {command} {arguments:?} failed:\n{said}");
        said
    }

    /// A command's exit code and what it has said.
    async fn answer(&self, command: &str, arguments: &[String]) -> (Option<i32>, String) {
        let mut terraform = Command::new(&self.terraform.program);
        terraform.current_dir(self.folder.path()).args([command, "-input=false", "-no-color"]).args(arguments);
        terraform.env("TF_CLI_CONFIG_FILE", self.terraform.settings());
        // Nothing but the cloud is asked anything, whatever this machine's own settings are.
        terraform.envs([("CHECKPOINT_DISABLE", "1"), ("TF_IN_AUTOMATION", "1"), ("NO_PROXY", "127.0.0.1")]);
        for variable in ["TF_CLI_ARGS", "TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR", "TF_WORKSPACE", "AWS_PROFILE"] {
            terraform.env_remove(variable);
        }
        terraform.envs([
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        let output = terraform.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("terraform starts");
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        (output.status.code(), said)
    }
}

fn arguments(fixed: &[&str], variables: &[&str]) -> Vec<String> {
    let variables = variables.iter().map(|variable| format!("-var={variable}"));
    fixed.iter().copied().map(str::to_owned).chain(variables).collect()
}

/// The numbers of Terraform's last sentence, such as `50 added, 0 changed, 0 destroyed.` after `begin`.
fn counts<const N: usize>(said: &str, begin: &str, names: [&str; N]) -> [u32; N] {
    let (_, rest) = said.split_once(begin).unwrap_or_else(|| panic!("terraform does not say `{begin}`:\n{said}"));
    let sentence = rest.lines().next().unwrap_or_default().trim_end_matches('.');
    let parts: Vec<&str> = sentence.split(", ").collect();
    assert_eq!(parts.len(), N, "`{sentence}`");
    names.map(|name| {
        let number = parts.iter().find_map(|part| part.strip_suffix(name)?.trim().parse().ok());
        number.unwrap_or_else(|| panic!("`{sentence}` does not say how many were {name}"))
    })
}
