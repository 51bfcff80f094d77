//! A cloud behind a socket, and a client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use nova_api::{ApiSettings, service};
use nova_compute_api::{CreateFlavor, FlavorsApi, LocalComputeApi};
use nova_core::operation::secrets::OperationKey;
use nova_core::service::Service;
use nova_core::{Env, RequestContext};
use nova_http::HttpService;
use nova_neighbours::identity::{FixedIdentity, Person};
use nova_neighbours::image::{DirectoryImages, ImageInfo};
use nova_objects_db::{NovaDb, NovaUrls};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const IMAGE: &str = "70a599e0-31e7-49b7-b260-868f441e862b";

pub(crate) struct Cloud {
    pub(crate) address: SocketAddr,
    service: HttpService,
    _directory: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The text of a fault, if this is one of that name.
    pub(crate) fn fault(&self, name: &str) -> &str {
        let code = self.body[name]["code"].as_u64();
        assert_eq!(code, Some(u64::from(self.status.as_u16())), "{self:?}");
        self.body[name]["message"].as_str().expect("a message")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let env = Env::system();
        let db = NovaDb::connect(&env, NovaUrls::in_directory(directory.path())).await.unwrap();
        db.migrate().await.unwrap();
        let images = DirectoryImages::open(directory.path().join("images"));
        let image = json!({"id": IMAGE, "name": "cirros"});
        images.add(&serde_json::from_value::<ImageInfo>(image).unwrap()).unwrap();
        let api =
            LocalComputeApi::builder(&env, &db, Arc::new(images)).key(OperationKey::new(&[7; 32])).build();
        let small = CreateFlavor::new("small", 1, 512, 1).id("1");
        api.create_flavor(&RequestContext::admin(&env), small).await.unwrap();
        let identity = FixedIdentity::default()
            .with("alice", Person::member("alice", "p1"))
            .with("bob", Person::member("bob", "p2"))
            .with("root", Person::admin("root", "admin"));
        let service = service(&env, Arc::new(api), Arc::new(identity), ApiSettings::default());
        service.start().await.unwrap();
        Self { address: service.local_addr().unwrap(), service, _directory: directory }
    }

    pub(crate) async fn stop(self) {
        self.service.stop(Duration::from_secs(5)).await;
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(request("GET", token, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(request("DELETE", token, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.post_bytes(token, path, body.to_string().into_bytes()).await
    }

    pub(crate) async fn post_bytes(&self, token: &str, path: &str, body: Vec<u8>) -> Answer {
        let request = request("POST", token, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Boots one server of the token's project and says its id.
    pub(crate) async fn boot(&self, token: &str, name: &str) -> String {
        let answer = self.post(token, "/v2.1/servers", &server(name)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.body["server"]["id"].as_str().unwrap().to_owned()
    }

    #[allow(clippy::disallowed_methods, reason = "the connection of one request of a test")]
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        let host = self.address.to_string().parse().unwrap();
        request.headers_mut().insert("host", host);
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        drop(sender);
        connection.abort();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

pub(crate) fn request(method: &str, token: &str, path: &str) -> axum::http::request::Builder {
    let builder = Request::builder().method(method).uri(path);
    if token.is_empty() { builder } else { builder.header("x-auth-token", token) }
}

/// The body of a request for one server.
pub(crate) fn server(name: &str) -> Value {
    json!({"server": {"name": name, "flavorRef": "1", "imageRef": IMAGE}})
}
