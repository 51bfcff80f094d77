//! One connection to the broker, kept up.
//!
//! ```text
//!            ┌──────────── lost, refused: pause, next host ───────────┐
//!            ▼                                                        │
//!        connecting ──► Up { generation, blocked? } ──────────────────┘
//! ```
//! Everybody who needs the connection looks at [`Link::up`]; what they make on it (channels, consumers) they make again for
//! each generation. lapin's own recovery is off: it would bring back a connection and not what must be told about it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Connection, ConnectionProperties, Event};
use nova_core::Env;
use nova_core::config::Secret;
use tokio::sync::watch;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::super::{Host, TransportError, TransportUrl};
use super::options::RabbitOptions;

const PORT: u16 = 5672;
/// A host that does not answer for so long is given up for the next.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How often a connection is looked at, beside being told of its events.
const LOOK: Duration = Duration::from_millis(250);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a broker is, and as whom to go there.
#[derive(Clone, Debug)]
struct Address {
    host: String,
    port: u16,
    user: String,
    password: Secret,
    virtual_host: String,
}

/// What is known of the connection.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// There is none, for this reason.
    Down(Arc<str>),
    /// There is one.
    Up(Up),
    /// There will be none any more.
    Closed,
}

/// A connection. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Up {
    pub(super) connection: Arc<Connection>,
    /// Counts connections: what was made on another generation is gone.
    pub(super) generation: u64,
    /// The broker takes no messages, for this reason.
    pub(super) blocked: Option<Arc<str>>,
}

/// A view of the connection. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Link {
    state: watch::Receiver<State>,
    patience: Duration,
}

impl Link {
    /// Keeps a connection up until `stop` fires. `role` says what it is for.
    pub(super) fn keep(
        env: &Env,
        url: &TransportUrl,
        options: &RabbitOptions,
        role: &'static str,
        stop: CancellationToken,
    ) -> Self {
        let (sender, state) = watch::channel(State::Down("not connected yet".into()));
        let keeper = Keeper {
            env: env.clone(),
            addresses: addresses(env, url),
            heartbeat: u16::try_from(options.heartbeat.as_secs()).unwrap_or(u16::MAX),
            name: format!("{}:{role}", options.connection_name),
            pause_max: options.retry_interval_max,
            role,
            state: sender,
        };
        env.spawn(format!("rabbit: {role}"), async move { keeper.run(stop).await });
        Self { state, patience: options.patience }
    }

    /// The connection; waits for one if there is none.
    ///
    /// # Errors
    /// [`TransportError::Disconnected`] if none came in time, or none will come.
    pub(super) async fn up(&self) -> Result<Up, TransportError> {
        self.up_within(self.patience).await
    }

    pub(super) async fn up_within(&self, patience: Duration) -> Result<Up, TransportError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| !matches!(state, State::Down(_)));
        match timeout(patience, settled).await {
            Ok(Ok(state)) => match &*state {
                State::Up(up) => return Ok(up.clone()),
                State::Down(_) | State::Closed => {}
            },
            Ok(Err(_)) => {}
            Err(_) => {
                if let State::Down(reason) = &*self.state.borrow() {
                    return Err(TransportError::Disconnected(reason.to_string().into()));
                }
            }
        }
        Err(TransportError::Disconnected("the transport is closed".into()))
    }

    /// Whether there is a connection now.
    pub(super) fn is_up(&self) -> bool {
        matches!(&*self.state.borrow(), State::Up(_))
    }

    /// Returns when connection `generation` is there no more.
    pub(super) async fn lost(&self, generation: u64) {
        let mut state = self.state.clone();
        let other = |state: &State| !matches!(state, State::Up(up) if up.generation == generation);
        let _ = state.wait_for(other).await;
    }

    /// Returns when the broker takes no messages over connection `generation`, with its reason.
    pub(super) async fn blocked(&self, generation: u64) -> Arc<str> {
        let mut state = self.state.clone();
        let blocked = |state: &State| matches!(state, State::Up(Up { blocked: Some(_), generation: now, .. }) if *now == generation);
        if let Ok(State::Up(Up { blocked: Some(reason), .. })) = state.wait_for(blocked).await.as_deref() {
            return Arc::clone(reason);
        }
        std::future::pending().await
    }
}

/// The hosts of the URL in random order, so that the clients of a cluster spread.
fn addresses(env: &Env, url: &TransportUrl) -> Vec<Address> {
    let address = |host: Option<&Host>| {
        let name = host.map(|host| host.name.as_str()).filter(|name| !name.is_empty());
        Address {
            host: name.unwrap_or("localhost").to_owned(),
            port: host.and_then(|host| host.port).unwrap_or(PORT),
            user: host.and_then(|host| host.user.clone()).unwrap_or_else(|| "guest".to_owned()),
            password: host.and_then(|host| host.password.clone()).unwrap_or_else(|| Secret::from("guest")),
            virtual_host: url
                .virtual_host
                .clone()
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "/".to_owned()),
        }
    };
    let mut addresses: Vec<_> = url.hosts.iter().map(|host| address(Some(host))).collect();
    if addresses.is_empty() {
        addresses.push(address(None));
    }
    for at in (1..addresses.len()).rev() {
        let other = usize::try_from(env.random_below(at as u64 + 1)).unwrap_or(at);
        addresses.swap(at, other);
    }
    addresses
}

struct Keeper {
    env: Env,
    addresses: Vec<Address>,
    heartbeat: u16,
    name: String,
    pause_max: Duration,
    role: &'static str,
    state: watch::Sender<State>,
}

impl Keeper {
    async fn run(self, stop: CancellationToken) {
        let kept = async {
            let (mut pause, mut generation) = (FIRST_PAUSE, 0);
            for address in self.addresses.iter().cycle() {
                match self.connect(address).await {
                    Ok(connection) => {
                        (pause, generation) = (FIRST_PAUSE, generation + 1);
                        self.watch(connection, generation, address).await;
                    }
                    Err(reason) => self.down(address, reason),
                }
                self.rest(&mut pause).await;
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = kept => {}
        }
        let last = self.state.send_replace(State::Closed);
        if let State::Up(up) = last {
            let _ = timeout(CLOSE_TIMEOUT, up.connection.close(200, "closed".into())).await;
        }
    }

    async fn connect(&self, address: &Address) -> Result<Connection, Arc<str>> {
        let uri = AMQPUri {
            scheme: AMQPScheme::AMQP,
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo {
                    username: address.user.clone(),
                    password: address.password.expose().to_owned(),
                },
                host: address.host.clone(),
                port: address.port,
            },
            vhost: address.virtual_host.clone(),
            query: AMQPQueryString { heartbeat: Some(self.heartbeat), ..Default::default() },
        };
        let properties = ConnectionProperties::default().with_connection_name(self.name.as_str().into());
        match timeout(CONNECT_TIMEOUT, Connection::connect_uri(uri, properties)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(error.to_string().into()),
            Err(_) => Err(format!("no answer within {CONNECT_TIMEOUT:?}").into()),
        }
    }

    /// Shows the connection to everybody while it lives.
    async fn watch(&self, connection: Connection, generation: u64, address: &Address) {
        let Address { host, port, .. } = address;
        tracing::info!(host, port, role = self.role, generation, "connected to RabbitMQ");
        metrics::gauge!("rpc_bus_connected", "role" => self.role).set(1.0);
        let mut events = Box::pin(connection.events_listener());
        let connection = Arc::new(connection);
        let mut up = Up { connection: Arc::clone(&connection), generation, blocked: None };
        self.state.send_replace(State::Up(up.clone()));
        let mut look = interval(LOOK);
        let mut reason: Arc<str> = "the connection was lost".into();
        loop {
            let event = tokio::select! {
                biased;
                event = events.next() => event,
                _ = look.tick() => None,
            };
            let blocked = match event {
                Some(Event::ConnectionBlocked(reason)) => Some(Arc::from(reason)),
                Some(Event::Error(error)) => {
                    reason = error.to_string().into();
                    up.blocked.clone()
                }
                _ if connection.status().blocked() => {
                    up.blocked.clone().or_else(|| Some("it says no reason".into()))
                }
                _ => None,
            };
            // Errors of channels come as events, too.
            if !connection.status().connected() {
                break;
            }
            if blocked != up.blocked {
                tracing::warn!(
                    host,
                    port,
                    role = self.role,
                    ?blocked,
                    "RabbitMQ changed whether it takes messages"
                );
                up.blocked = blocked;
                self.state.send_replace(State::Up(up.clone()));
            }
        }
        metrics::counter!("rpc_bus_connections_lost_total", "role" => self.role).increment(1);
        self.down(address, reason);
    }

    fn down(&self, Address { host, port, .. }: &Address, reason: Arc<str>) {
        tracing::warn!(host, port, role = self.role, reason = &*reason, "not connected to RabbitMQ");
        metrics::gauge!("rpc_bus_connected", "role" => self.role).set(0.0);
        self.state.send_replace(State::Down(format!("{host}:{port}: {reason}").into()));
    }

    /// A pause that doubles, half of it random: a thousand clients do not come back in one moment.
    async fn rest(&self, pause: &mut Duration) {
        sleep(*pause / 2 + self.env.jitter(*pause / 2)).await;
        *pause = (*pause * 2).min(self.pause_max.max(FIRST_PAUSE));
    }
}
