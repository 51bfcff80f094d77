//! The options every service has.

use std::time::Duration;

use super::{GroupReader, Secret};

crate::config_group! {
    /// The options every service has, under Nova's names and with Nova's defaults.
    pub struct ServiceOptions in "DEFAULT", check = ServiceOptions::check {
        /// The name of this host, unique in the deployment. Records in the database and message queues are named
        /// after it, so a host that changes it becomes another host.
        #[option(sample = "<current_hostname>")]
        pub host: String = host_name(),
        /// Logs what happens in detail.
        #[option(mutable)]
        pub debug: bool = false,
        /// How to reach the message transport, with user name and password: an URL whose scheme names the
        /// transport, such as rabbit://user:password@host:5672/vhost.
        pub transport_url: Option<Secret>,
        /// How long a call waits for its reply, unless it is known to take long.
        #[option(min = 1)]
        pub rpc_response_timeout: Duration = Duration::from_secs(60),
        /// How long a call that is known to take long waits for its reply.
        #[option(min = 1)]
        pub long_rpc_timeout: Duration = Duration::from_secs(1800),
        /// How often the service says that it is alive.
        #[option(min = 1)]
        pub report_interval: Duration = Duration::from_secs(10),
        /// How long a service may be silent before others take it to be down. If it is not more than
        /// report_interval, two and a half times that is used instead.
        #[option(min = 1)]
        pub service_down_time: Duration = Duration::from_secs(60),
        /// Runs periodic tasks.
        pub periodic_enable: bool = true,
        /// Periodic tasks start after a random delay of at most this, so that a fleet that was started at once
        /// does not do everything at once.
        pub periodic_fuzzy_delay: Duration = Duration::from_secs(60),
        /// How long a service that was asked to stop may take in all, before it is ended.
        pub graceful_shutdown_timeout: Duration = Duration::from_secs(180),
        /// How long of that the manager may take to finish what it is doing. Less than
        /// graceful_shutdown_timeout, so that the rest can still be cleaned up.
        pub manager_shutdown_timeout: Duration = Duration::from_secs(160),
    }
}

impl ServiceOptions {
    fn check(&mut self, reader: &mut GroupReader<'_>) {
        if self.host.trim().is_empty() {
            reader.refuse("host", "must not be empty");
        }
        if self.service_down_time > self.report_interval {
            return;
        }
        let effective = Duration::from_secs(self.report_interval.saturating_mul(5).as_secs() / 2);
        let message = format!(
            "{} s is not more than the report_interval of {} s: {} s is used, or every service would be down",
            self.service_down_time.as_secs_f64(),
            self.report_interval.as_secs_f64(),
            effective.as_secs(),
        );
        self.service_down_time = effective;
        reader.adjusted("service_down_time", message);
    }
}

/// What the kernel calls this machine.
fn host_name() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn defaults_are_novas() {
        let config = Config::builder().register::<ServiceOptions>().load().unwrap();
        let options = config.get::<ServiceOptions>();
        assert_eq!(options.report_interval, Duration::from_secs(10));
        assert_eq!(options.service_down_time, Duration::from_secs(60));
        assert_eq!(options.graceful_shutdown_timeout, Duration::from_secs(180));
        assert_eq!(options.manager_shutdown_timeout, Duration::from_secs(160));
        assert_eq!(options.host, host_name());
        assert!(options.periodic_enable && !options.debug && options.transport_url.is_none());
        assert_eq!(config.warnings(), []);
    }

    #[test]
    fn a_down_time_no_longer_than_the_interval_becomes_two_and_a_half_intervals_with_a_warning() {
        let builder = Config::builder().register::<ServiceOptions>();
        let config = builder.set("DEFAULT", "report_interval", "61").load().unwrap();
        assert_eq!(config.get::<ServiceOptions>().service_down_time, Duration::from_secs(152));
        let warnings = config.warnings();
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].to_string().contains("[DEFAULT] service_down_time: 60 s is not more"),
            "{warnings:?}"
        );
    }
}
