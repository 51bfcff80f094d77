//! A cloud with seven parts of its own, made of published packages: docs/plugging-in.md explains it.

pub mod driver;
pub mod ledger;
pub mod rack;
pub mod rules;
pub mod scheduling;

use std::path::Path;
use std::sync::Arc;

use nova_all_in_one::{Cloud, HostSettings, Settings};
use nova_core::{BoxError, Env};

use crate::driver::ShelfDriver;
use crate::ledger::Ledger;
use crate::rack::{RACKS, Rack};
use crate::scheduling::{Efficient, RackFilter};

/// Four hosts in two racks; `r2-b` is a shelf.
pub async fn cloud(
    env: &Env,
    data: &Path,
    ledger: &Arc<Ledger>,
    shelf: &ShelfDriver,
) -> Result<Cloud, BoxError> {
    let config =
        Settings::options_with(&[("filter_scheduler", "enabled_filters", "ComputeFilter,RackFilter")])?;
    let mut settings = Settings::with_config(data, config);
    settings.hosts = ["r1-a", "r1-b", "r2-a", "r2-b"].map(HostSettings::new).into();
    Cloud::builder(env, &settings)
        .filter(RackFilter)
        .weigher(Efficient)
        .driver("r2-b", Arc::new(shelf.clone()))
        .migrations(RACKS.migrations())
        .objects(|registry, db| registry.with::<Rack>(Arc::new(db.api().clone())))
        .routes(rack::routes)
        .notifications(ledger.clone())
        .policy(Arc::new(rules::rules()))
        .build()
        .await
}
