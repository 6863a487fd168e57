//! What it takes to start a task, and how it ends.

use super::{Container, TaskDefinition};
use model::serving::{Fact, Node, Task};

impl TaskDefinition {
    pub(super) fn facts(&self) -> Vec<Fact> {
        let roles = self.execution_role.iter().chain(&self.task_role).map(Into::into).collect();
        let mut task = Task { roles, ..Task::default() };
        for container in self.containers.values() {
            let image = Node::from(&container.image).to_string();
            task.repositories.insert(Node::new(repository(&image)));
            task.images.insert(image);
            task.log_groups.extend(container.log_configuration.iter().map(|logs| Node::from(&logs.group)));
            task.secrets.extend(container.secrets.values().map(Node::from));
            task.stop_timeout = task.stop_timeout.max(container.stop_timeout.get());
            task.under_shell |= container.essential && runs_under_a_shell(container);
        }
        vec![Fact::Task(task)]
    }
}

/// An image without its tag or digest.
fn repository(image: &str) -> &str {
    let image = image.split_once("@sha256:").map_or(image, |(repository, _)| repository);
    let tag = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/') && !tag.contains('#'));
    tag.map_or(image, |(repository, _)| repository)
}

/// Whether the first process is a shell that runs a script: it does not pass SIGTERM on to what it runs, unless the
/// script hands itself over with `exec`.
fn runs_under_a_shell(container: &Container) -> bool {
    let mut words = container.entry_point.iter().chain(&container.command).map(String::as_str);
    let shell = words.next().and_then(|word| word.rsplit('/').next()).is_some_and(|name| matches!(name, "sh" | "bash"));
    shell && words.next() == Some("-c") && !words.next().is_some_and(|script| script.trim_start().starts_with("exec "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_names_its_repository() {
        for (image, expected) in [
            ("111122223333.dkr.ecr.us-east-1.amazonaws.com/app:v1", "111122223333.dkr.ecr.us-east-1.amazonaws.com/app"),
            ("@repository.app#uri:v1", "@repository.app#uri"),
            ("@repository.app#uri@sha256:00", "@repository.app#uri"),
            ("localhost:5000/app", "localhost:5000/app"),
        ] {
            assert_eq!(repository(image), expected);
        }
    }

    #[test]
    fn a_shell_does_not_pass_signals_on() {
        let command = |words: &[&str]| {
            let command = words.iter().map(|word| (*word).to_owned()).collect();
            runs_under_a_shell(&Container { command, ..Container::new("app") })
        };
        assert!(command(&["/bin/sh", "-c", "python app.py"]));
        assert!(!command(&["/bin/sh", "-c", "exec python app.py"]));
        assert!(!command(&["python", "app.py"]));
    }
}
