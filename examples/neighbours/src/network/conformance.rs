//! What every [`Network`] must do.

use nova_core::{Env, RequestContext};

use super::{Network, NetworkNotFound, NetworkRequest};

/// Checks `network` with a machine of its own.
///
/// # Panics
/// At the first promise that is not kept.
pub async fn check(network: &dyn Network) {
    let env = Env::system();
    let cx = RequestContext::builder().user("u").project("p").build(&env);
    let machine = env.new_id();
    let none = NetworkRequest { none: true, ..NetworkRequest::default() };
    let first = network.allocate(&cx, machine, "host", &none).await.expect("no network is always possible");
    assert!(first.is_empty(), "no network was asked for");

    let whatever = NetworkRequest::default();
    let first = network.allocate(&cx, machine, "host", &whatever).await.expect("whatever there is");
    let again = network.allocate(&cx, machine, "host", &whatever).await.expect("the same again");
    assert_eq!(first, again, "allocating twice is allocating once");
    let there = network.interfaces(&cx, machine).await.expect("what it has");
    assert_eq!(there, first, "a machine has what was allocated to it");

    let unknown = NetworkRequest { networks: vec![env.new_id()], none: false };
    let refused =
        network.allocate(&cx, machine, "host", &unknown).await.expect_err("an unknown network is refused");
    assert!(refused.is::<NetworkNotFound>(), "{refused:?}");

    for _ in 0..2 {
        network.deallocate(&cx, machine).await.expect("giving up twice is giving up once");
        let there = network.interfaces(&cx, machine).await.expect("what it has");
        assert!(there.is_empty(), "what was given up is gone");
    }
}
