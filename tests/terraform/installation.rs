use std::{
    env, fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Terraform and a copy of its AWS provider, both of this machine.
pub(super) struct Installation {
    /// Terraform itself.
    pub(super) program: PathBuf,
    folder: TempDir,
}

/// Where a mirror keeps the provider, one folder for each version.
/// Terraform: CLI Configuration, "Filesystem Mirror", unpacked layout.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";
/// The oldest version 5 with all arguments of the configurations, which ask for `~> 5.100`.
const OLDEST_MINOR: u32 = 100;

impl Installation {
    /// What is installed; `None`, after saying so on standard error, when something is missing.
    pub(super) fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let Some(program) = env::split_paths(&path).map(|folder| folder.join("terraform")).find(|file| file.is_file())
        else {
            return skipped("there is no `terraform` on the PATH");
        };
        let Some(mirror) = mirrors().into_iter().find(|folder| has_provider(folder)) else {
            return skipped(&format!(
                "no folder holds {PROVIDER}/5.{OLDEST_MINOR}.0 or newer; TF_PLUGIN_CACHE_DIR can name one"
            ));
        };
        let folder = TempDir::new().expect("a folder can be made");
        let settings = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        fs::write(folder.path().join("terraform.tfrc"), settings).expect("the folder can be written to");
        Some(Self { program, folder })
    }

    /// The settings by which Terraform takes the provider from this machine.
    pub(super) fn settings(&self) -> PathBuf {
        self.folder.path().join("terraform.tfrc")
    }
}

/// The folders that may be mirrors: Terraform's own, and those that administrators make.
/// Terraform: CLI Configuration, "Implied Local Mirror Directories" and "Provider Plugin Cache".
fn mirrors() -> Vec<PathBuf> {
    let cache = env::var_os("TF_PLUGIN_CACHE_DIR").map(PathBuf::from);
    let home = env::home_dir().into_iter();
    let homes = [".terraform.d/plugin-cache", ".terraform.d/plugins", ".local/share/terraform/plugins"];
    let own = home.flat_map(|home| homes.map(|folder| home.join(folder)));
    let shared = ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"].map(PathBuf::from);
    cache.into_iter().chain(own).chain(shared).chain(inside(Path::new("/opt"))).collect()
}

fn has_provider(mirror: &Path) -> bool {
    let new_enough = |version: PathBuf| {
        let name = version.file_name().and_then(|name| name.to_str());
        let minor = name.and_then(|name| name.strip_prefix("5.")).and_then(|rest| rest.split('.').next());
        minor.and_then(|minor| minor.parse().ok()).is_some_and(|minor: u32| minor >= OLDEST_MINOR)
    };
    inside(&mirror.join(PROVIDER)).into_iter().any(new_enough)
}

/// What is in a folder; nothing when it cannot be read, as when there is none.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[expect(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn skipped(why: &str) -> Option<Installation> {
    eprintln!("SKIPPED: no test was made with Terraform, because {why}");
    None
}
