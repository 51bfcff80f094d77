//! One life of the program.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nova_all_in_one::demo::Client;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// What the lives of one cloud have in common. Leases and looks are short, so that a life after a death is soon at work;
/// nothing else differs from the defaults.
const CONFIG: &str = "\
[DEFAULT]
report_interval = 1
service_down_time = 10
operation_lease = 3
operation_poll_interval = 0.5
conductor_timeout = 2
[conductor]
operation_lease = 3
operation_poll_interval = 0.5
scheduler_timeout = 5
[quota]
instances = -1
cores = -1
ram = -1
";

/// The program, serving. Killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    log: PathBuf,
    pub(crate) client: Client,
}

impl Program {
    /// Starts it on the data in `directory`, and waits until it serves.
    pub(crate) async fn start(directory: &Path) -> Self {
        let config = directory.join("nova.conf");
        std::fs::write(&config, CONFIG).unwrap();
        let log = directory.join("log");
        let errors = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_nova-all-in-one"))
            .arg("--config-file")
            .arg(&config)
            .arg("--data-dir")
            .arg(directory.join("data"))
            .args(["--hosts", "4"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Nobody reads on after the first line: the program does not mind.
        let line = timeout(Duration::from_secs(60), lines.next_line()).await;
        let line = line.expect("it serves within a minute").unwrap().expect("it serves");
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        let address: SocketAddr = address.unwrap().trim_end_matches(',').parse().unwrap();
        Self { child, log, client: Client::new(address, "demo-token-admin") }
    }

    /// The last lines of what it wrote to its log.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }

    /// Kills it, as a power failure would.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}
