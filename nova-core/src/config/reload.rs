//! Reading the files again while running.

use std::any::TypeId;
use std::fmt;

use super::State;
use super::builder::Inputs;
use super::error::{ConfigError, Findings, Warning};
use super::group::{OptionName, Values};
use super::registry::{AnyGroup, Cells, Registry};

/// What a reload has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReloadReport {
    /// Options that have a new value now.
    pub changed: Vec<OptionName>,
    /// Options whose new value needs a restart; the old one stays in force.
    pub ignored: Vec<OptionName>,
    /// What is odd about the files as they are now.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for ReloadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "changed: {}; need a restart: {}", listed(&self.changed), listed(&self.ignored))
    }
}

fn listed(options: &[OptionName]) -> String {
    match options {
        [] => "none".to_owned(),
        options => options.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn reload(
    registry: &Registry,
    inputs: &Inputs,
    cells: &Cells,
    state: &mut State,
) -> Result<ReloadReport, ConfigError> {
    let mut findings = Findings::default();
    let mut values = inputs.read(registry, &mut findings);
    let mut unmixed = Findings::default();
    registry.read(&values, &mut unmixed); // a mistake counts even where the new value would wait for a restart
    findings.add_problems(unmixed);

    let (changed, ignored) = keep_immutable(registry, &state.values, &mut values);
    let groups = registry.read(&values, &mut findings); // and what is kept must go together with what is new
    let warnings = findings.finish()?;

    publish(registry, cells, groups, &changed);
    *state = State { values, warnings: warnings.clone() };
    Ok(ReloadReport { changed, ignored, warnings })
}

/// Puts the old values of immutable options back. Returns what has changed, and what was put back.
fn keep_immutable(registry: &Registry, old: &Values, new: &mut Values) -> (Vec<OptionName>, Vec<OptionName>) {
    let (mut changed, mut ignored) = (Vec::new(), Vec::new());
    for (option, value) in new.iter_mut() {
        let Some(before) = old.get(option).filter(|before| before.texts != value.texts) else { continue };
        if registry.spec(option).is_some_and(|spec| spec.mutable) {
            changed.push(option.clone());
        } else {
            value.clone_from(before);
            ignored.push(option.clone());
        }
    }
    (changed, ignored)
}

/// Hands out the groups that have changed; who watches another is not woken.
fn publish(registry: &Registry, cells: &Cells, groups: Vec<(TypeId, AnyGroup)>, changed: &[OptionName]) {
    for (id, group) in groups {
        let mut known = registry.registrations().iter().filter(|known| known.id == id);
        if known.any(|known| known.options().any(|(option, _)| changed.contains(&option))) {
            cells.publish(id, group);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ServiceOptions};

    crate::config_group! {
        /// Options of a test.
        pub(crate) struct Worker in "worker" {
            /// May change.
            #[option(mutable, min = 1)]
            pub(crate) speed: u32 = 1,
            /// May not.
            pub(crate) name: String = "w",
        }
    }

    struct Running {
        dir: tempfile::TempDir,
        config: Config,
    }

    fn start(text: &str) -> Running {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.conf"), text).unwrap();
        let config = Config::builder().register::<Worker>().register::<ServiceOptions>().dir(dir.path());
        Running { config: config.set("DEFAULT", "host", "h").load().unwrap(), dir }
    }

    impl Running {
        fn write(&self, text: &str) {
            std::fs::write(self.dir.path().join("a.conf"), text).unwrap();
        }
    }

    #[test]
    fn a_reload_changes_mutable_options_and_names_those_that_wait_for_a_restart() {
        let running = start("[worker]\nspeed = 2\n");
        running.write("[worker]\nspeed = 3\nname = other\n");
        let report = running.config.reload().unwrap();
        assert_eq!(report.to_string(), "changed: [worker] speed; need a restart: [worker] name");
        let worker = running.config.get::<Worker>();
        assert_eq!((worker.speed, worker.name.as_str()), (3, "w"));
    }

    #[test]
    fn a_broken_file_leaves_every_old_value_in_force_and_says_why() {
        let running = start("[worker]\nspeed = 2\n");
        running.write("[worker]\nspeed = 3\n[DEFAULT]\nreport_interval = soon\n");
        let error = running.config.reload().unwrap_err().to_string();
        assert!(
            error.contains("a.conf:4: [DEFAULT] report_interval: expected a number of seconds"),
            "{error}"
        );
        assert_eq!(running.config.get::<Worker>().speed, 2);
        running.write("[worker]\nspeed = 0\n");
        assert!(running.config.reload().is_err());
        assert_eq!(running.config.get::<Worker>().speed, 2);
    }

    #[tokio::test]
    async fn who_watches_a_group_is_woken_by_its_changes_and_not_by_others() {
        let running = start("[worker]\nspeed = 2\n");
        let mut worker = running.config.watch::<Worker>();
        let service = running.config.watch::<ServiceOptions>();
        running.write("[worker]\nspeed = 3\n");
        running.config.reload().unwrap();
        worker.changed().await.unwrap();
        assert_eq!(worker.borrow_and_update().speed, 3);
        assert!(!service.has_changed().unwrap());
        running.config.reload().unwrap();
        assert!(!worker.has_changed().unwrap());
    }

    #[test]
    fn a_reload_warns_of_what_is_in_force_and_not_of_what_waits_for_a_restart() {
        let running = start("");
        running.write("[DEFAULT]\nreport_interval = 60\n[worker]\nsped = 1\n");
        let report = running.config.reload().unwrap();
        assert_eq!(report.ignored.len(), 1);
        assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
        assert_eq!(running.config.warnings(), report.warnings);
    }

    #[test]
    fn an_option_that_left_the_file_goes_back_to_its_default() {
        let running = start("[worker]\nspeed = 2\n");
        running.write("");
        running.config.reload().unwrap();
        assert_eq!(running.config.get::<Worker>().speed, 1);
    }
}
