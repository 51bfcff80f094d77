//! What becomes of a server whose action fails.

use std::time::Duration;

use nova_compute_api::{Action, Reboot, Server, ServerStatus};
use nova_objects_catalog::{PowerState, VmState};
use nova_tests_cloud::World;
use nova_virt::Call;
use nova_virt::fake::{Failure, Latency, Rule, Script};
use uuid::Uuid;

use crate::act::{effects, latest_action};

const SOFT: Action = Action::Reboot(Reboot::Soft);
const HARD: Action = Action::Reboot(Reboot::Hard);

/// An action, the state it is asked in, and the call of the driver.
const ACTIONS: [(Action, &[Action], Call); 8] = [
    (Action::Start, &[Action::Stop], Call::PowerOn),
    (Action::Stop, &[], Call::PowerOff),
    (SOFT, &[], Call::Reboot),
    (HARD, &[Action::Stop], Call::Reboot),
    (Action::Pause, &[], Call::Pause),
    (Action::Unpause, &[Action::Pause], Call::Unpause),
    (Action::Suspend, &[], Call::Suspend),
    (Action::Resume, &[Action::Suspend], Call::Resume),
];

/// A host whose driver does not do `call` any more from now on.
async fn world_with(script: &Script) -> World {
    World::builder().hosts(&[12]).script("host-1", script.clone()).start().await
}

/// A server in the state that the action is asked in.
async fn prepared(world: &World, before: &[Action]) -> Uuid {
    let id = world.running("prepared").await;
    for action in before {
        world.act(id, *action).await.unwrap();
        world.rest(id).await;
    }
    id
}

fn states(server: &Server) -> (VmState, PowerState) {
    assert_eq!(server.task_state, None);
    (server.vm_state.unwrap(), server.power_state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_that_fails_leaves_the_state_that_nova_leaves_with_a_fault_and_a_failed_event() {
    let expected = |action| match action {
        Action::Start => (VmState::Stopped, PowerState::Shutdown),
        Action::Unpause => (VmState::Paused, PowerState::Paused),
        Action::Suspend => (VmState::Error, PowerState::Running),
        Action::Resume => (VmState::Error, PowerState::Suspended),
        // A soft reboot left its machine running, a hard one found it off.
        HARD => (VmState::Error, PowerState::Shutdown),
        Action::Stop | Action::Pause | SOFT => (VmState::Active, PowerState::Running),
    };
    let script = Script::new();
    let world = world_with(&script).await;
    for (action, before, call) in ACTIONS {
        let id = prepared(&world, before).await;
        script.add(Rule::on(call).machine(id).times(1).fail(Failure::Host));
        let done = effects(&world, id).len();
        world.act(id, action).await.unwrap();
        let server = world.rest(id).await.unwrap();
        assert_eq!(states(&server), expected(action), "{action:?}");
        assert_eq!(effects(&world, id).len(), done, "{action:?}");
        let (name, message, events) = latest_action(&world, id).await;
        assert_eq!((name.as_str(), message.as_deref()), (action.name(), Some("Error")), "{action:?}");
        assert_eq!(events[0].1, "Error", "{action:?}");
        let fault = server.fault.unwrap_or_else(|| panic!("{action:?} left no fault"));
        assert_eq!(fault.code, 500);
        world.clean_after(&format!("a failed {action:?}")).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_action_failed_can_be_acted_on_and_deleted() {
    let script = Script::new();
    let world = world_with(&script).await;
    for (action, before, call) in ACTIONS {
        let id = prepared(&world, before).await;
        script.add(Rule::on(call).machine(id).times(1).fail(Failure::Host));
        world.act(id, action).await.unwrap();
        world.rest(id).await;
        let again = if world.act(id, action).await.is_ok() { action } else { HARD };
        if again == HARD && action != HARD {
            world.act(id, HARD).await.unwrap();
        }
        let server = world.rest(id).await.unwrap();
        assert_ne!(server.status, ServerStatus::Error, "{action:?}: {:?}", server.fault);
        world.clean_after(&format!("{action:?} again")).await;
        world.delete(id).await;
        assert!(world.rest(id).await.is_none());
    }
    world.clean().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_whose_answer_is_lost_is_looked_up_and_done_once() {
    let script = Script::new();
    let world = world_with(&script).await;
    for (action, before, call) in ACTIONS {
        let id = prepared(&world, before).await;
        let done = effects(&world, id).len();
        script.add(Rule::on(call).machine(id).times(1).lose_answer());
        world.act(id, action).await.unwrap();
        let server = world.rest(id).await.unwrap();
        assert!(server.fault.is_none(), "{action:?}: {:?}", server.fault);
        assert_eq!(effects(&world, id).len(), done + 1, "{action:?}");
        world.clean_after(&format!("a lost {action:?}")).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_is_never_answered_fails_in_the_end() {
    let script = Script::new();
    let world = world_with(&script).await;
    let id = world.running("silent").await;
    script.add(Rule::on(Call::Pause).machine(id).fail(Failure::Unknown));
    // What was tried in vain for minutes is at its last attempt now.
    world.act(id, Action::Pause).await.unwrap();
    hurry(&world, id).await;
    let server = world.rest(id).await.unwrap();
    assert_eq!(states(&server), (VmState::Active, PowerState::Running));
    assert_eq!(latest_action(&world, id).await.1.as_deref(), Some("Error"));
    world.clean().await;
    world.stop().await;
}

/// Makes the operation on the server the tenth attempt of itself, without a pause before the next.
async fn hurry(world: &World, id: Uuid) {
    use nova_objects_db::entity::operation::{Column, Entity};
    use sea_orm::sea_query::Expr;
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let hurried = world.cloud.shared().db.cell1().write(move |tx| async move {
        Entity::update_many()
            .col_expr(Column::Attempt, Expr::val(10))
            .filter(Column::Target.eq(id.to_string()))
            .filter(Column::Status.eq("open"))
            .exec(&tx)
            .await?;
        Ok::<_, nova_objects_db::DbError>(())
    });
    hurried.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hypervisor_without_the_power_says_so_and_nothing_changes() {
    let world = World::builder().hosts(&[2]).powerless().start().await;
    for action in [Action::Pause, Action::Suspend] {
        let id = world.running("powerless").await;
        world.act(id, action).await.unwrap();
        let server = world.rest(id).await.unwrap();
        assert_eq!(states(&server), (VmState::Active, PowerState::Running), "{action:?}");
        let fault = server.fault.unwrap();
        assert!(fault.message.contains(&format!("cannot {}", action.name())), "{fault:?}");
        let (_, message, events) = latest_action(&world, id).await;
        assert_eq!((message.as_deref(), events[0].1.as_str()), (Some("Error"), "Error"));
        world.clean().await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_vanished_is_a_fault_and_no_machine_is_made_in_its_place() {
    let world = World::builder().hosts(&[8]).start().await;
    for (action, before, _) in ACTIONS {
        let id = prepared(&world, before).await;
        let store = world.cloud.hypervisors()["host-1"].clone();
        store.outside(&nova_core::Env::system()).remove(id).unwrap();
        world.act(id, action).await.unwrap();
        let server = world.rest(id).await.unwrap();
        assert!(server.fault.is_some(), "{action:?}");
        assert_eq!(server.power_state, PowerState::NoState, "{action:?}");
        assert!(store.get(id).unwrap().is_none(), "{action:?}");
        world.delete(id).await;
        assert!(world.rest(id).await.is_none());
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_during_any_action_leaves_nothing() {
    let script = Script::new();
    let world = world_with(&script).await;
    for (action, before, call) in ACTIONS {
        for wait in [0, 3, 7] {
            let id = prepared(&world, before).await;
            script.add(Rule::on(call).machine(id).delay(Latency::Fixed(Duration::from_millis(60))));
            world.act(id, action).await.unwrap();
            world.passes(wait).await;
            world.delete(id).await;
            assert!(world.rest(id).await.is_none(), "{action:?} {wait}");
            world.clean_after(&format!("a deletion during {action:?} {wait}")).await;
        }
        script.clear();
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_reboot_interrupts_what_hangs_and_ends_running() {
    let script = Script::new();
    let world = world_with(&script).await;
    for (action, before, call) in ACTIONS {
        if !matches!(action, SOFT | Action::Pause | Action::Unpause | Action::Suspend | Action::Resume) {
            continue;
        }
        for wait in [0, 3, 6] {
            let id = prepared(&world, before).await;
            let slow = Latency::Fixed(Duration::from_millis(300));
            script.add(Rule::on(call).machine(id).times(1).delay(slow));
            world.act(id, action).await.unwrap();
            world.passes(wait).await;
            if world.act(id, HARD).await.is_err() {
                continue; // it was faster
            }
            let server = world.rest(id).await.unwrap();
            assert_eq!(states(&server), (VmState::Active, PowerState::Running), "{action:?} {wait}");
            world.clean_after(&format!("a hard reboot during {action:?} {wait}")).await;
            world.delete(id).await;
        }
        script.clear();
    }
    world.stop().await;
}
