//! What Chromium makes of the page: it is complete, asks for nothing, complains of nothing and fits a phone.

use crate::fixture::{Fixture, Story};
use rust_stack_report::{Report, page};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The browser, if there is one; `CHROMIUM` names another.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.is_file())
}

/// Opens a page in a browser of its own; `None` when there is none, having said so.
fn open(folder: &Path, page: &Path, more: &[&str]) -> Option<Output> {
    let Some(chromium) = chromium() else {
        eprintln!("skipped: there is no Chromium on this machine (apt-get install chromium)");
        return None;
    };
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

fn written(folder: &Path, story: Story) -> PathBuf {
    let path = folder.join("report.html");
    fs::write(&path, page(&Report::of(Fixture::new(story).read()))).unwrap();
    path
}

/// The log of the network names each request; nothing but the page itself may be among them.
#[test]
fn the_page_asks_for_nothing_and_complains_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let page = written(folder.path(), Story::Bad);
    let log = folder.path().join("network.json");
    let log_option = format!("--log-net-log={}", log.display());
    let Some(output) = open(folder.path(), &page, &["--enable-logging=stderr", "--dump-dom", &log_option]) else {
        return;
    };
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(!complaints.contains("CONSOLE"), "{complaints}");
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(dom.contains("prod, apply 7") && dom.trim_end().ends_with("</html>"));

    let network = fs::read_to_string(&log).expect("the browser writes its network log");
    assert!(network.contains("\"constants\""), "this is no network log");
    for scheme in ["http", "https", "ws", "wss"] {
        // Its own services may be looked for, whatever is switched off; the page is what is looked at here.
        let beginning = format!("\"url\":\"{scheme}://");
        let asked =
            network.match_indices(&beginning).map(|(at, _)| network[at..].split(',').next().unwrap_or_default());
        let of_the_page: Vec<&str> = asked.filter(|url| !url.contains("google")).collect();
        assert_eq!(of_the_page, [""; 0], "the page has asked for something");
    }
}

/// Measures in a frame as wide as a phone, since a window cannot be that narrow. The page itself allows no script, so a
/// copy that allows one is measured.
#[test]
fn the_page_fits_a_phone_and_a_desk() {
    let folder = tempfile::tempdir().unwrap();
    for story in [Story::Good, Story::Bad] {
        let page = fs::read_to_string(written(folder.path(), story)).unwrap();
        let policy = page.find("<meta http-equiv=\"Content-Security-Policy\"").expect("it has a policy");
        let end = policy + page[policy..].find('>').expect("the policy ends") + 1;
        let framed = folder.path().join("framed.html");
        fs::write(&framed, format!("{}{}", &page[..policy], &page[end..])).unwrap();
        for width in [320, 400, 800, 1280] {
            let measuring = folder.path().join("measuring.html");
            let script = "const page = frame.contentDocument, root = page.documentElement, wide = [];
                for (const it of page.querySelectorAll('body *')) {
                    if (it.closest('.scrolling, pre, svg, .wave')) continue;
                    const right = it.getBoundingClientRect().right;
                    if (right > root.clientWidth + 1) wide.push(it.className + ' ' + Math.round(right) + ' ' + it.textContent.slice(0, 40));
                }
                document.body.dataset.measured = root.scrollWidth + '/' + root.clientWidth + ' ' + wide.join('; ');";
            let html = format!(
                "<!doctype html><body><iframe id=frame width={width} height=900 src=framed.html></iframe>
                 <script>frame.onload = () => {{ {script} }}</script>"
            );
            fs::write(&measuring, html).unwrap();
            let more = [
                "--allow-file-access-from-files",
                "--virtual-time-budget=5000",
                "--dump-dom",
                "--window-size=1400,1000",
            ];
            let Some(output) = open(folder.path(), &measuring, &more) else { return };
            let dom = String::from_utf8_lossy(&output.stdout);
            let measured = dom.split("data-measured=\"").nth(1).and_then(|rest| rest.split('"').next());
            let measured = measured.unwrap_or_else(|| panic!("not measured: {dom}"));
            let (widths, wide) = measured.split_once(' ').expect("both are there");
            let (scroll, client) = widths.split_once('/').expect("two numbers");
            assert_eq!((scroll, wide), (client, ""), "{story:?} at {width} pixels is too wide");
        }
    }
}
