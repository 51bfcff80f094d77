//! Python processes that speak oslo.messaging.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::rabbit::Rabbit;
use crate::skip::{Missing, variable};

const PATIENCE: Duration = Duration::from_secs(60);

/// A Python process of `tests/peers`. It is killed when dropped.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// A server of the topic `peer` under the name `server`, listening; `None`, having said so, if there is no Python.
    ///
    /// # Panics
    /// If it does not start, or with `NOVA_TEST_STRICT=1` if there is no Python.
    pub async fn server(rabbit: &Rabbit, server: &str) -> Option<Self> {
        Self::start("peer_server.py", &["--url", &rabbit.url(), "--server", server]).await
    }

    /// A client that calls `topic`; `None`, having said so, if there is no Python.
    ///
    /// # Panics
    /// As [`server`](Self::server).
    pub async fn client(rabbit: &Rabbit, topic: &str) -> Option<Self> {
        Self::start("peer_client.py", &["--url", &rabbit.url(), "--topic", topic]).await
    }

    async fn start(program: &str, arguments: &[&str]) -> Option<Self> {
        let python = variable(Missing { variable: "NOVA_TEST_PYTHON", what: "Python with oslo.messaging" })?;
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers").join(program);
        let mut child = Command::new(python)
            .arg(program)
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Python runs");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let mut peer = Self { child, input, output };
        assert_eq!(peer.line().await["ready"], true);
        Some(peer)
    }

    /// The next line it prints.
    ///
    /// # Panics
    /// If none comes within a minute.
    pub async fn line(&mut self) -> Value {
        let line = timeout(PATIENCE, self.output.next_line()).await.expect("the peer says something");
        let line = line.expect("text").expect("the peer runs");
        serde_json::from_str(&line).expect("a line of JSON")
    }

    /// The next line, if one comes within `wait`.
    ///
    /// # Panics
    /// If what comes is no JSON.
    pub async fn line_within(&mut self, wait: Duration) -> Option<Value> {
        let line = timeout(wait, self.output.next_line()).await.ok()?.expect("text")?;
        Some(serde_json::from_str(&line).expect("a line of JSON"))
    }

    /// Asks a client for something, and gives its answer.
    ///
    /// # Panics
    /// If none comes within a minute.
    pub async fn ask(&mut self, wish: &Value) -> Value {
        self.begin(wish).await;
        self.line().await
    }

    /// Asks a client for something, whose answer is its next line.
    ///
    /// # Panics
    /// If the process is gone.
    pub async fn begin(&mut self, wish: &Value) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(format!("{wish}\n").as_bytes()).await.expect("the peer reads");
    }

    /// Ends it in order, and waits until it is gone.
    ///
    /// # Panics
    /// If it does not end within a minute.
    pub async fn stop(mut self) {
        drop(self.input.take());
        timeout(PATIENCE, self.child.wait()).await.expect("the peer ends").expect("the peer ended");
    }
}
