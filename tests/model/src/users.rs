//! Users: they ask until they are answered, and remember what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nova_all_in_one::Cloud;
use nova_compute_api::{ApiError, CreateGroup, CreateServer, GroupPolicy, RebuildServer, Server};
use nova_core::operation::OperationId;
use nova_core::{Env, RequestContext};
use nova_sim::Sim;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::change::{Change, Wish};
use crate::rare;

/// How soon a user whose request failed asks again.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a patient user waits for a server to rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// What users asked of servers and how often, by server and the action's name.
pub(crate) type Changes = BTreeMap<(Uuid, &'static str), Asked>;

/// How often one thing was asked of one server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// The request was sent.
    pub(crate) attempts: usize,
    /// The user was told that it is accepted.
    pub(crate) accepted: usize,
}

/// The users of a cloud, and what they were told. Clones share.
#[derive(Clone)]
pub(crate) struct Users(Arc<Inner>);

struct Inner {
    sim: Sim,
    env: Env,
    cloud: Arc<Cloud>,
    /// The server group that some requests are in.
    group: OnceCell<Option<Uuid>>,
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Ledger {
    /// The servers of each request that was accepted.
    accepted: BTreeMap<u32, Vec<Uuid>>,
    deleted: Vec<Uuid>,
    /// Deletions that were asked for.
    unwanted: BTreeSet<Uuid>,
    changes: Changes,
    /// Requests and deletions that are not answered yet.
    unanswered: usize,
    /// What must not have been said to a user.
    wrong: Vec<String>,
}

impl Users {
    pub(crate) fn new(sim: &Sim, cloud: &Arc<Cloud>) -> Self {
        let env = sim.env("users");
        let (sim, cloud, ledger) = (sim.clone(), Arc::clone(cloud), Mutex::default());
        Self(Arc::new(Inner { sim, env, cloud, group: OnceCell::new(), ledger }))
    }

    /// A new request of the one user there is: actions are told apart by it.
    fn cx(&self) -> RequestContext {
        RequestContext::builder().user("ann").project("lab").role("member").build(&self.0.env)
    }

    /// Asks for `count` servers, in the background.
    pub(crate) fn boot(&self, request: u32, count: u32, cut: Option<Duration>) {
        let users = self.clone();
        let key = OperationId(self.0.env.new_id());
        self.in_background(async move {
            let name = format!("server-{request}");
            let wish = CreateServer::new(name, "1", users.0.cloud.image()).count(count).key(key);
            let wish = match users.group_of(request).await {
                Some(group) => wish.in_group(group),
                None => wish,
            };
            let ask = || async { users.0.cloud.api().create(&users.cx(), wish.clone()).await };
            if let Some(created) = users.ask(&format!("boot {request}"), cut, ask).await {
                let servers = created.servers.iter().map(|server| server.id).collect();
                users.0.sim.note(format!("boot {request} is accepted"));
                users.ledger().accepted.insert(request, servers);
            }
        });
    }

    /// Every third request is in the one group, of which a host may have two.
    async fn group_of(&self, request: u32) -> Option<Uuid> {
        if !request.is_multiple_of(3) {
            return None;
        }
        let policy = GroupPolicy::AntiAffinity { max_server_per_host: NonZeroU32::new(2)? };
        let wish = CreateGroup::new("pairs", policy);
        let ask = || async { self.0.cloud.api().create_group(&self.cx(), wish.clone()).await };
        let make = || async { self.ask("group", None, ask).await.map(|group| group.id) };
        *self.0.group.get_or_init(make).await
    }

    /// Deletes a server once its request is accepted, in the background.
    pub(crate) fn delete(&self, request: u32, member: u32, cut: Option<Duration>) {
        let users = self.clone();
        self.in_background(async move {
            let Some(id) = users.server(request, member).await else { return };
            let what = format!("deletion of server {member} of boot {request}");
            users.ledger().unwanted.insert(id);
            let ask = || async {
                match users.0.cloud.api().delete(&users.cx(), id).await {
                    Err(ApiError::NotFound { .. }) => Ok(()),
                    answer => answer,
                }
            };
            if users.ask(&what, cut, ask).await.is_some() {
                users.0.sim.note(format!("the {what} is accepted"));
                users.ledger().deleted.push(id);
            }
        });
    }

    /// Asks for a change of a server once its request is accepted, in the background.
    pub(crate) fn change(
        &self,
        request: u32,
        member: u32,
        change: Change,
        patient: bool,
        cut: Option<Duration>,
    ) {
        let users = self.clone();
        self.in_background(async move {
            let Some(id) = users.server(request, member).await else { return };
            let Some(server) = users.look(id, patient).await else { return };
            let wish = change.wish(&server);
            let what = format!("{} of server {member} of boot {request}", wish.name());
            let image = users.0.cloud.image();
            let ask = || async {
                users.ledger().changes.entry((id, wish.name())).or_default().attempts += 1;
                let (api, cx) = (users.0.cloud.api(), &users.cx());
                let answer = match wish {
                    Wish::Act(action) => api.act(cx, id, action).await,
                    Wish::Rebuild => api.rebuild(cx, id, RebuildServer::new(image)).await.map(drop),
                };
                match answer {
                    Ok(()) => Ok(true),
                    Err(refusal) if users.may_refuse(id, &refusal) => Ok(false),
                    Err(error) => Err(error),
                }
            };
            match users.ask(&what, cut, ask).await {
                Some(true) => {
                    users.0.sim.note(format!("the {what} is accepted"));
                    users.ledger().changes.entry((id, wish.name())).or_default().accepted += 1;
                }
                Some(false) => users.0.sim.reached(rare::CHANGE_REFUSED),
                None => {}
            }
        });
    }

    /// The server as it is, or as it is once it rests; none if it cannot be seen.
    async fn look(&self, id: Uuid, patient: bool) -> Option<Server> {
        let began = tokio::time::Instant::now();
        loop {
            match self.0.cloud.api().get(&self.cx(), id).await {
                Ok(server) if !patient || !server.is_busy() || began.elapsed() > PATIENCE => {
                    return Some(server);
                }
                Err(ApiError::NotFound { .. }) => return None,
                Ok(_) => sleep(Duration::from_millis(200)).await,
                Err(_) => sleep(AGAIN).await,
            }
        }
    }

    /// Whether a change may be refused like this: the server is busy, in another state, nowhere, or being deleted.
    fn may_refuse(&self, id: Uuid, refusal: &ApiError) -> bool {
        match refusal {
            ApiError::WrongState { .. }
            | ApiError::NotReady { .. }
            | ApiError::NeverActive { .. }
            | ApiError::Conflict { .. } => true,
            ApiError::NotFound { .. } => self.ledger().unwanted.contains(&id),
            _ => false,
        }
    }

    /// What was asked of servers.
    pub(crate) fn changes(&self) -> Changes {
        self.ledger().changes.clone()
    }

    /// Deletes everything that was not deleted.
    pub(crate) fn delete_all(&self) {
        let left: Vec<_> = {
            let ledger = self.ledger();
            let all = ledger
                .accepted
                .iter()
                .flat_map(|(request, servers)| (0..).zip(servers).map(move |one| (*request, one)));
            all.filter(|(_, (_, id))| !ledger.deleted.contains(id))
                .map(|(request, (member, _))| (request, member))
                .collect()
        };
        left.into_iter().for_each(|(request, member)| self.delete(request, member, None));
    }

    /// Whether a user waits for an answer.
    pub(crate) fn wait(&self) -> bool {
        self.ledger().unanswered > 0
    }

    /// What a user was told that cannot be.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.ledger().wrong.clone()
    }

    /// What users see that is not as they were told: every accepted server is there and rests, or was deleted and is
    /// gone.
    pub(crate) async fn disappointments(&self) -> Vec<String> {
        let (accepted, deleted) = {
            let ledger = self.ledger();
            (ledger.accepted.clone(), ledger.deleted.clone())
        };
        let mut found = Vec::new();
        for (request, id) in
            accepted.iter().flat_map(|(request, ids)| ids.iter().map(move |id| (request, *id)))
        {
            let seen = self.0.cloud.api().get(&self.cx(), id).await;
            found.extend(
                disappointment(&seen, deleted.contains(&id))
                    .map(|what| format!("{id} of boot {request}: {what}")),
            );
        }
        found
    }

    /// The server, once its request is accepted; none if there are fewer.
    async fn server(&self, request: u32, member: u32) -> Option<Uuid> {
        if !self.ledger().accepted.contains_key(&request) {
            self.0.sim.reached(rare::DELETED_BEFORE_ACCEPTED);
        }
        loop {
            let servers = self.ledger().accepted.get(&request).cloned();
            match servers {
                Some(servers) => return servers.get(usize::try_from(member).ok()?).copied(),
                None => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Asks until there is an answer; the first time, for no longer than `cut`.
    async fn ask<T, F>(&self, what: &str, cut: Option<Duration>, ask: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut patience = cut;
        loop {
            let answer = match patience.take() {
                Some(patience) => match timeout(patience, ask()).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        self.0.sim.reached(rare::CUT_OFF);
                        continue;
                    }
                },
                None => ask().await,
            };
            match answer {
                Ok(answer) => return Some(answer),
                Err(ApiError::Failed(fault)) => {
                    self.0.sim.note(format!("the {what} fails: {fault}"));
                    self.0.sim.reached(rare::REQUEST_FAILED);
                    sleep(AGAIN).await;
                }
                Err(refusal) => {
                    self.ledger().wrong.push(format!("the {what} is refused: {refusal}"));
                    return None;
                }
            }
        }
    }

    fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.ledger().unanswered += 1;
        let users = self.clone();
        self.0.env.spawn("a user", async move {
            work.await;
            users.ledger().unanswered -= 1;
        });
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn disappointment(seen: &Result<Server, ApiError>, deleted: bool) -> Option<String> {
    match (seen, deleted) {
        (Err(ApiError::NotFound { .. }), true) => None,
        (Ok(server), false) if !server.is_busy() => None,
        (Ok(server), false) => Some(format!("it does not rest: {:?}", server.status)),
        (Ok(server), true) => Some(format!("it was deleted, and is {:?}", server.status)),
        (Err(error), _) => Some(format!("it cannot be seen: {error}")),
    }
}
