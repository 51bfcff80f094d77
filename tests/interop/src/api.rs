//! The HTTP API of a broker: what operators see, and do.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

/// `guest:guest`, as HTTP wants it.
const GUEST: &str = "Z3Vlc3Q6Z3Vlc3Q=";

/// The HTTP API of one broker. Blocking, one connection for each request: for tests.
#[derive(Clone, Debug)]
pub struct Api {
    address: String,
}

impl Api {
    /// The API at `address`, a host and port.
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into() }
    }

    /// Makes a virtual host that `guest` may use.
    ///
    /// # Panics
    /// If the broker refuses.
    pub fn make_virtual_host(&self, name: &str) {
        self.send("PUT", &format!("vhosts/{name}"), &json!({}));
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        self.send("PUT", &format!("permissions/{name}/guest"), &all);
    }

    /// Removes a virtual host with everything in it.
    pub fn remove_virtual_host(&self, name: &str) {
        let _ = self.try_send("DELETE", &format!("vhosts/{name}"), &Value::Null);
    }

    /// The queues of a virtual host, sorted by name.
    ///
    /// # Panics
    /// If the broker does not answer.
    pub fn queues(&self, virtual_host: &str) -> Vec<Value> {
        self.list(&format!("queues/{virtual_host}?disable_stats=true&enable_queue_totals=true"))
    }

    /// The exchanges of a virtual host that somebody declared, sorted by name.
    ///
    /// # Panics
    /// If the broker does not answer.
    pub fn exchanges(&self, virtual_host: &str) -> Vec<Value> {
        let mut exchanges = self.list(&format!("exchanges/{virtual_host}"));
        exchanges.retain(|exchange| !matches!(exchange["name"].as_str(), Some(name) if name.is_empty() || name.starts_with("amq.")));
        exchanges
    }

    /// The bindings of a virtual host, those to the default exchange left out.
    ///
    /// # Panics
    /// If the broker does not answer.
    pub fn bindings(&self, virtual_host: &str) -> Vec<Value> {
        let mut bindings = self.list(&format!("bindings/{virtual_host}"));
        bindings.retain(|binding| binding["source"] != "");
        bindings
    }

    /// Deletes a queue, as an operator may.
    ///
    /// # Panics
    /// If the broker refuses.
    pub fn delete_queue(&self, virtual_host: &str, name: &str) {
        self.send("DELETE", &format!("queues/{virtual_host}/{name}"), &Value::Null);
    }

    /// Deletes an exchange.
    ///
    /// # Panics
    /// If the broker refuses.
    pub fn delete_exchange(&self, virtual_host: &str, name: &str) {
        self.send("DELETE", &format!("exchanges/{virtual_host}/{name}"), &Value::Null);
    }

    /// Declares a queue with the flags and arguments of `declaration`.
    ///
    /// # Panics
    /// If the broker refuses.
    pub fn declare_queue(&self, virtual_host: &str, name: &str, declaration: &Value) {
        self.send("PUT", &format!("queues/{virtual_host}/{name}"), declaration);
    }

    /// Publishes bytes to the default exchange, as somebody who knows nothing of any envelope.
    ///
    /// # Panics
    /// If the broker refuses.
    pub fn publish(&self, virtual_host: &str, queue: &str, text: &str) {
        let properties = json!({"content_type": "application/json", "content_encoding": "utf-8"});
        let message = json!({"properties": properties, "routing_key": queue, "payload": text, "payload_encoding": "string"});
        self.send("POST", &format!("exchanges/{virtual_host}/amq.default/publish"), &message);
    }

    /// Ends every connection of a virtual host, as an operator may. Returns how many there were.
    ///
    /// # Panics
    /// If the broker does not answer.
    pub fn end_connections(&self, virtual_host: &str) -> usize {
        let connections = self.list(&format!("vhosts/{virtual_host}/connections"));
        for connection in &connections {
            let name =
                connection["name"].as_str().unwrap_or_default().replace(' ', "%20").replace('>', "%3E");
            let _ = self.try_send("DELETE", &format!("connections/{name}"), &Value::Null);
        }
        connections.len()
    }

    fn list(&self, path: &str) -> Vec<Value> {
        let text = self.send("GET", path, &Value::Null);
        let mut list: Vec<Value> = serde_json::from_str(&text).expect("a list in JSON");
        list.sort_by_key(|item| item["name"].as_str().map(str::to_owned));
        list
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, body: &Value) -> String {
        match self.try_send(method, path, body) {
            Ok((200..=299, text)) => text,
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    fn try_send(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, String)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "{method} /api/{path} HTTP/1.0\r\nHost: broker\r\nAuthorization: Basic {GUEST}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let text = answer.split_once("\r\n\r\n").map_or("", |(_, text)| text);
        Ok((status, text.to_owned()))
    }
}
