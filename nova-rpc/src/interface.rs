//! What a contract says about itself: the tables that `#[rpc_interface]` writes.
//!
//! An [`Interface`] serialises to the contract's manifest, which is checked in and compared by
//! [`assert_manifest`](crate::testing::assert_manifest).

use serde::Serialize;

use crate::Version;

/// One contract: its address, version and methods.
#[derive(Debug, Serialize)]
pub struct Interface {
    /// The trait's name.
    pub name: &'static str,
    /// The topic its servers listen on; `None` if every client names one (as for the contract each service serves).
    pub topic: Option<&'static str>,
    /// Sets contracts on one topic apart.
    pub namespace: Option<&'static str>,
    /// The newest version this code speaks.
    pub version: Version,
    /// Who may be addressed.
    pub to: Addressing,
    /// What a server does with arguments it does not know.
    pub unknown_args: UnknownArgs,
    /// In the order of declaration, each at its own [`index`](MethodSpec::index).
    pub methods: &'static [MethodSpec],
}

impl Interface {
    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&'static MethodSpec> {
        self.methods.iter().find(|method| method.name == name)
    }
}

/// One method of a contract.
#[derive(Debug, Serialize)]
pub struct MethodSpec {
    /// Its place in [`Interface::methods`].
    #[serde(skip)]
    pub index: usize,
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether somebody waits, and how many hear it.
    pub kind: Kind,
    /// The contract version that added it.
    pub since: Version,
    /// How long a caller waits if it does not say.
    pub timeout: Timeout,
    /// When the server takes the message off its queue.
    pub ack: Ack,
    /// Whether running it twice does no more than running it once.
    pub idempotent: bool,
    /// Its arguments, without the context.
    pub args: &'static [ArgSpec],
    /// The type of its result, as written.
    pub returns: &'static str,
}

/// One argument of a method.
#[derive(Debug, Serialize)]
pub struct ArgSpec {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its type, as written.
    pub r#type: &'static str,
    /// The contract version that added it.
    pub since: Version,
    /// What to do with it when the peer is older.
    pub too_new: TooNew,
}

/// Whether somebody waits for a method, and how many servers run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One server runs it and answers.
    Call,
    /// One server runs it; nobody waits.
    Cast,
    /// Every server of the topic runs it; nobody waits.
    Fanout,
}

impl Kind {
    /// `call`, `cast` or `fanout`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Cast => "cast",
            Self::Fanout => "fanout",
        }
    }
}

/// A class of waiting time; the client's configuration says how long each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Timeout {
    /// `rpc_response_timeout`.
    Default,
    /// `long_rpc_timeout`.
    Long,
}

/// When a server acknowledges a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ack {
    /// Before the method runs: at most once, as Nova does.
    Before,
    /// When the method has returned: a server that dies leaves the message to another. The method returns once its
    /// intent is durable, not after hours of work.
    After,
}

/// Who may be addressed by a contract's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressing {
    /// Any server of the topic, or one by name.
    Any,
    /// One server by name.
    Server,
}

/// What happens to an argument that is newer than the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TooNew {
    /// It is left out: declared harmless.
    Drop,
    /// The message is refused before it is sent, unless the argument is `None`.
    Refuse,
}

/// What a server does with arguments it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownArgs {
    /// It answers with a `TypeError`, as Python does.
    Refuse,
    /// It leaves them unread.
    Ignore,
}
