//! The demonstration: three servers, booted, shown and deleted through REST, as a user would.

mod client;
mod table;

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

pub use self::client::{Client, ClientError};

use self::table::Row;

/// Why the demonstration did not go well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// REST did not answer as it should.
    #[error("the REST request failed")]
    Request(#[from] ClientError),
    /// An answer lacks something.
    #[error("the answer has no {0}")]
    Missing(&'static str),
    /// A server ended in another state.
    #[error("server {name} is {status}: {fault}")]
    NotActive {
        /// The server.
        name: String,
        /// Its status.
        status: String,
        /// Why, as the API says.
        fault: String,
    },
    /// It takes too long.
    #[error("servers are still {waiting} after {after:?}")]
    TooSlow {
        /// What is waited for.
        waiting: &'static str,
        /// The patience.
        after: Duration,
    },
    /// The output is gone.
    #[error("cannot write the progress")]
    Output(#[from] std::io::Error),
}

/// How long a boot or a delete may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Boots `count` servers through the REST API at `address`, waits until they are ACTIVE, prints a table of them to
/// `out`, and deletes them.
///
/// # Errors
/// See [`DemoError`].
pub async fn run(
    address: SocketAddr,
    token: &str,
    count: usize,
    out: &mut (impl Write + Send),
) -> Result<(), DemoError> {
    let client = Client::new(address, token);
    let image = image_of(&client).await?;
    let mut servers = Vec::new();
    for number in 1..=count {
        let name = format!("server-{number}");
        let body = json!({"server": {"name": name, "flavorRef": "1", "imageRef": image}});
        let began = Instant::now();
        let created = client.post("/v2.1/servers", &body).await?;
        let id = created["server"]["id"].as_str().ok_or(DemoError::Missing("server id"))?.to_owned();
        writeln!(out, "  {name}: accepted as {id}")?;
        servers.push(Booting { id, name, began, row: None });
    }
    wait_until_active(&client, &mut servers, out).await?;
    let rows: Vec<Row> = servers.iter().filter_map(|server| server.row.clone()).collect();
    write!(out, "\n{}", table::render(&rows))?;
    delete_all(&client, &servers, out).await
}

struct Booting {
    id: String,
    name: String,
    began: Instant,
    row: Option<Row>,
}

/// The image that the cloud was seeded with.
async fn image_of(_: &Client) -> Result<String, DemoError> {
    Ok(crate::seed::IMAGE.to_string())
}

async fn wait_until_active(
    client: &Client,
    servers: &mut [Booting],
    out: &mut (impl Write + Send),
) -> Result<(), DemoError> {
    let deadline = Instant::now() + PATIENCE;
    while servers.iter().any(|server| server.row.is_none()) {
        for server in servers.iter_mut().filter(|server| server.row.is_none()) {
            let shown = client.get(&format!("/v2.1/servers/{}", server.id)).await?;
            server.row = progress(server, &shown["server"])?;
            if let Some(row) = &server.row {
                writeln!(out, "  {}: ACTIVE on {} after {:.0?}", row.name, row.host, row.took)?;
            }
        }
        if Instant::now() > deadline {
            return Err(DemoError::TooSlow { waiting: "building", after: PATIENCE });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// The row of a server that is ACTIVE; none while it is being built.
fn progress(server: &Booting, shown: &Value) -> Result<Option<Row>, DemoError> {
    let status = shown["status"].as_str().ok_or(DemoError::Missing("status"))?;
    match status {
        "BUILD" => Ok(None),
        "ACTIVE" => Ok(Some(Row {
            id: server.id.clone(),
            name: server.name.clone(),
            status: status.to_owned(),
            host: host_of(shown),
            took: server.began.elapsed(),
        })),
        other => Err(DemoError::NotActive {
            name: server.name.clone(),
            status: other.to_owned(),
            fault: shown["fault"]["message"].as_str().unwrap_or_default().to_owned(),
        }),
    }
}

/// The host by name where the caller may see it, else by the hash that everybody sees.
fn host_of(shown: &Value) -> String {
    let host = shown["OS-EXT-SRV-ATTR:host"].as_str().or_else(|| shown["hostId"].as_str());
    host.unwrap_or_default().to_owned()
}

async fn delete_all(
    client: &Client,
    servers: &[Booting],
    out: &mut (impl Write + Send),
) -> Result<(), DemoError> {
    for server in servers {
        client.delete(&format!("/v2.1/servers/{}", server.id)).await?;
    }
    let deadline = Instant::now() + PATIENCE;
    for server in servers {
        while client.exists(&format!("/v2.1/servers/{}", server.id)).await? {
            if Instant::now() > deadline {
                return Err(DemoError::TooSlow { waiting: "being deleted", after: PATIENCE });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    writeln!(out, "\n  all {} deleted", servers.len())?;
    Ok(())
}
