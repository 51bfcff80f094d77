//! A client that can misbehave: bytes out, bytes in.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything here takes; a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client(TcpStream);

/// An answer, taken apart by hand.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Like `send`, where the service may have closed by now.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    pub(crate) async fn finish_sending(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// One answer with a `content-length`.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut received = Vec::new();
        loop {
            if let Some(answer) = Answer::parse(&received) {
                return answer;
            }
            let read = tokio::time::timeout(PATIENCE, self.0.read_buf(&mut received)).await;
            assert_ne!(read.expect("an answer in time").unwrap(), 0, "closed after {received:?}");
        }
    }

    /// Everything until the service closes.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut received = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut received)).await;
        let _ = read.expect("the service to close in time");
        received
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, request: &str) -> Answer {
    let mut client = Client::connect(address).await;
    client.send(request).await;
    client.answer().await
}

/// `GET path`.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await
}

/// `POST path` with a JSON body.
pub(crate) async fn post(address: SocketAddr, path: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n");
    ask(address, &format!("{head}content-length: {length}\r\n\r\n{body}")).await
}

impl Answer {
    fn parse(received: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(received).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let answer =
            Self { status: head.get(9..12)?.parse().ok()?, head: head.to_owned(), body: body.to_owned() };
        let length: usize = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        (body.len() >= length).then_some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The text of a fault of this name and status.
    pub(crate) fn fault(&self, name: &str, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let json = self.json();
        assert_eq!(json[name]["code"], status, "{self:?}");
        json[name]["message"].as_str().unwrap().to_owned()
    }
}
