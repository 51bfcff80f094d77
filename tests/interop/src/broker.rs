//! A broker that a test may end.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::api::Api;
use crate::rabbit::Rabbit;
use crate::skip::{Missing, variable};

/// A broker of one test's own. It is stopped, and its files are removed, when this is dropped.
#[derive(Debug)]
pub struct Broker {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

impl Broker {
    /// Starts a broker, and gives a bus on it; `None`, having said so, if there is no RabbitMQ (the one of `tests/run` stands
    /// for the package being installed).
    ///
    /// # Panics
    /// If it does not start.
    pub fn start() -> Option<(Self, Rabbit)> {
        variable(Missing { variable: "NOVA_TEST_RABBIT_URL", what: "RabbitMQ" })?;
        let folder = tempfile::tempdir().expect("a temporary directory");
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lib/rabbitmq.sh");
        let mut child = Command::new("bash")
            .args(["-c", "source \"$1\" && rabbitmq_serve \"$2\"", "broker"])
            .args([library.as_path(), folder.path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash runs");
        let commands = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let line = read_line(&mut answers);
        let (url, api) = line.split_once(' ').expect("a URL and an address");
        let rabbit = Rabbit::on(url, Api::at(api));
        Some((Self { child, commands, answers, _folder: folder }, rabbit))
    }

    /// Ends the process as a power failure does.
    pub fn kill(&mut self) {
        self.command("kill");
    }

    /// Ends the process in order.
    pub fn stop(&mut self) {
        self.command("stop");
    }

    /// Starts the process again, with its data and ports. Returns when it accepts connections.
    pub fn start_again(&mut self) {
        self.command("start");
    }

    /// From now on it takes no messages.
    pub fn block(&mut self) {
        self.command("block");
    }

    /// It takes messages again.
    pub fn unblock(&mut self) {
        self.command("unblock");
    }

    fn command(&mut self, command: &str) {
        let commands = self.commands.as_mut().expect("the broker takes commands until it is dropped");
        writeln!(commands, "{command}").expect("the broker's script runs");
        assert_eq!(read_line(&mut self.answers), "done", "{command}");
    }
}

fn read_line(answers: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).expect("the broker's script writes text");
    line.trim_end().to_owned()
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.commands.take()); // The end of its input ends the script, which ends the broker.
        let _ = self.child.wait();
    }
}
