//! Embedded placement, on every database at hand.
#![allow(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod cost;
mod fixture;
mod model;
mod races;
mod schema;

use nova_neighbours::placement::conformance;
use nova_objects_db::testing::TestDb;
use nova_placement::EmbeddedPlacement;

nova_objects_db::database_tests! {
    async fn embedded_placement_conforms(test: TestDb) {
        let placement = EmbeddedPlacement::open(&test.db).await.unwrap();
        conformance::check(&placement).await;
    }
}
