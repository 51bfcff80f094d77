//! Users of the program: they boot, change and delete, and remember what they were told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use nova_all_in_one::demo::Client;
use nova_core::Env;
use serde_json::{Value, json};

const IMAGE_AND_FLAVOR: (&str, &str) = ("70a599e0-31e7-49b7-b260-868f441e862b", "1");

/// What all users were told, in all lives. Clones share.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Told>>);

#[derive(Default)]
pub(crate) struct Told {
    /// Servers that were accepted and that nobody asked to delete.
    pub(crate) alive: BTreeSet<String>,
    /// Servers whose deletion was accepted.
    pub(crate) deleted: BTreeSet<String>,
    /// Servers whose deletion was asked for and not answered.
    pub(crate) unanswered: BTreeSet<String>,
    /// How many requests were accepted.
    pub(crate) accepted: u64,
    /// Answers that must not be.
    pub(crate) wrong: Vec<String>,
}

impl Ledger {
    pub(crate) fn told<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// One of the servers that are alive.
    fn one(&self, env: &Env) -> Option<String> {
        self.told(|told| {
            let count = told.alive.len() as u64;
            let at = usize::try_from(env.random_below(count.max(1))).unwrap();
            told.alive.iter().nth(at).cloned()
        })
    }
}

/// Asks for one thing after the other until the service is gone. Never more than so many servers at once.
pub(crate) async fn use_cloud(env: Env, client: Client, ledger: Ledger, most: usize) {
    loop {
        let room = ledger.told(|told| told.alive.len()) < most;
        let alive = match env.random_below(3) {
            0 if room => boot(&client, &ledger).await,
            1 => match ledger.one(&env) {
                Some(id) => change(&env, &client, &ledger, &id).await,
                None => boot(&client, &ledger).await,
            },
            _ => match ledger.one(&env) {
                Some(id) => delete(&client, &ledger, &id).await,
                None => boot(&client, &ledger).await,
            },
        };
        if !alive {
            return;
        }
    }
}

/// Sends it; `None` if the service is gone.
async fn send(
    client: &Client,
    method: http::Method,
    path: &str,
    body: Option<&Value>,
) -> Option<(u16, Value)> {
    let (status, answer) = client.send(method, path, body).await.ok()?;
    Some((status.as_u16(), answer))
}

async fn boot(client: &Client, ledger: &Ledger) -> bool {
    let (image, flavor) = IMAGE_AND_FLAVOR;
    let body = json!({"server": {"name": "s", "imageRef": image, "flavorRef": flavor}});
    match send(client, http::Method::POST, "/v2.1/servers", Some(&body)).await {
        None => false,
        Some((202, answer)) => {
            let id = answer["server"]["id"].as_str().unwrap().to_owned();
            ledger.told(|told| {
                told.accepted += 1;
                told.alive.insert(id);
            });
            true
        }
        Some(other) => wrong(ledger, format!("a boot is answered with {other:?}")),
    }
}

async fn change(env: &Env, client: &Client, ledger: &Ledger, id: &str) -> bool {
    let actions = [
        json!({"os-stop": null}),
        json!({"os-start": null}),
        json!({"reboot": {"type": "HARD"}}),
        json!({"pause": null}),
        json!({"unpause": null}),
        json!({"suspend": null}),
        json!({"resume": null}),
        json!({"rebuild": {"imageRef": IMAGE_AND_FLAVOR.0}}),
    ];
    let body = &actions[usize::try_from(env.random_below(actions.len() as u64)).unwrap()];
    match send(client, http::Method::POST, &format!("/v2.1/servers/{id}/action"), Some(body)).await {
        None => false,
        Some((202, _)) => {
            ledger.told(|told| told.accepted += 1);
            true
        }
        // Busy, in another state, or deleted by another user meanwhile.
        Some((404 | 409, _)) => true,
        Some(other) => wrong(ledger, format!("{body} of {id} is answered with {other:?}")),
    }
}

async fn delete(client: &Client, ledger: &Ledger, id: &str) -> bool {
    // It may be deleted from here on, whatever is answered.
    ledger.told(|told| told.alive.remove(id));
    match send(client, http::Method::DELETE, &format!("/v2.1/servers/{id}"), None).await {
        None => {
            ledger.told(|told| told.unanswered.insert(id.to_owned()));
            false
        }
        Some((204, _)) => {
            ledger.told(|told| {
                told.accepted += 1;
                told.deleted.insert(id.to_owned());
            });
            true
        }
        Some((404, _)) => true,
        Some(other) => wrong(ledger, format!("the deletion of {id} is answered with {other:?}")),
    }
}

/// Asks again for the deletions that a death left without an answer.
pub(crate) async fn ask_again(client: &Client, ledger: &Ledger) {
    for id in ledger.told(|told| std::mem::take(&mut told.unanswered)) {
        delete(client, ledger, &id).await;
    }
}

fn wrong(ledger: &Ledger, what: String) -> bool {
    ledger.told(|told| told.wrong.push(what));
    true
}
