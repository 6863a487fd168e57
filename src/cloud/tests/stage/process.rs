//! The processes of tasks, as whoever looks from outside sees them.

use std::path::PathBuf;

/// The ids of a task's processes, as whoever looks from outside finds them: by the environment that the task gives them.
pub(crate) fn processes(task: &str) -> Vec<String> {
    let id = format!("ECS_TASK_ID={}", task.rsplit('/').next().unwrap_or_default());
    let of_task = |pid: &String| {
        let environment = std::fs::read(PathBuf::from("/proc").join(pid).join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == id.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").expect("the machine is Linux");
    let pids = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).filter(of_task).collect()
}

/// Whether there is a process with this id, other than one that has ended and was not asked for.
pub(crate) fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(PathBuf::from("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}
