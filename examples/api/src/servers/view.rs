//! Servers as microversion 2.1 shows them.

use std::net::IpAddr;

use nova_compute_api::{Address, Server, ServerFault, ServerStatus};
use nova_core::{RequestContext, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha224};

use crate::links::Base;

/// How servers look to who asks.
pub(super) struct View<'a> {
    base: &'a Base,
    is_admin: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(cx: &RequestContext, base: &'a Base) -> Self {
        Self { base, is_admin: cx.is_admin() }
    }

    /// The answer to an accepted request.
    pub(super) fn created(&self, server: &Server, password: Option<&SecretString>) -> Value {
        let mut shown = json!({
            "id": server.id,
            "links": self.base.of("servers", &server.id.to_string()),
            "OS-DCF:diskConfig": "MANUAL",
            "security_groups": [{"name": "default"}],
        });
        if let Some(password) = password {
            shown["adminPass"] = json!(password.expose_secret());
        }
        json!({ "server": shown })
    }

    /// An entry of the short list.
    pub(super) fn short(&self, server: &Server) -> Value {
        json!({
            "id": server.id,
            "name": server.name,
            "links": self.base.of("servers", &server.id.to_string()),
        })
    }

    /// Everything.
    pub(super) fn full(&self, server: &Server) -> Value {
        let mut shown = self.essentials(server);
        shown["OS-DCF:diskConfig"] = json!("MANUAL");
        shown["OS-EXT-AZ:availability_zone"] = json!(server.availability_zone.as_deref().unwrap_or_default());
        shown["OS-EXT-STS:vm_state"] = json!(server.vm_state.map(|state| state.as_str()));
        shown["OS-EXT-STS:task_state"] = json!(server.task_state.map(|state| state.as_str()));
        shown["OS-EXT-STS:power_state"] = json!(server.power_state.code());
        shown["OS-SRV-USG:launched_at"] = json!(server.launched_at.map(micros_text));
        shown["OS-SRV-USG:terminated_at"] = json!(server.terminated_at.map(micros_text));
        shown["os-extended-volumes:volumes_attached"] = json!([]);
        if shows_progress(server.status) {
            shown["progress"] = json!(server.progress);
        }
        if let (Some(fault), ServerStatus::Error | ServerStatus::Deleted) = (&server.fault, server.status) {
            shown["fault"] = self.fault(fault, server);
        }
        if self.is_admin {
            shown["OS-EXT-SRV-ATTR:host"] = json!(server.host);
            shown["OS-EXT-SRV-ATTR:hypervisor_hostname"] = json!(server.node);
            shown["OS-EXT-SRV-ATTR:instance_name"] =
                json!(server.instance_name.as_deref().unwrap_or_default());
        }
        shown
    }

    fn essentials(&self, server: &Server) -> Value {
        let text = |address: Option<IpAddr>| address.map(|address| address.to_string()).unwrap_or_default();
        json!({
            "id": server.id,
            "name": server.name,
            "status": server.status.as_str(),
            "tenant_id": server.project_id,
            "user_id": server.user_id,
            "metadata": server.metadata,
            "hostId": host_id(server),
            "image": self.image(server),
            "flavor": {
                "id": server.flavor.id,
                "links": [self.base.bookmark("flavors", &server.flavor.id)],
            },
            "created": seconds_text(server.created_at),
            "updated": seconds_text(server.updated_at.unwrap_or(server.created_at)),
            "addresses": addresses(server),
            "accessIPv4": text(server.access_ip_v4.map(IpAddr::from)),
            "accessIPv6": text(server.access_ip_v6.map(IpAddr::from)),
            "key_name": server.key_name,
            "config_drive": "",
            "links": self.base.of("servers", &server.id.to_string()),
        })
    }

    /// The image; an empty text, as clients know it, for none.
    fn image(&self, server: &Server) -> Value {
        match server.image.map(|image| image.to_string()) {
            Some(image) => json!({"id": image, "links": [self.base.bookmark("images", &image)]}),
            None => json!(""),
        }
    }

    /// Details of a failure of ours are for administrators.
    fn fault(&self, fault: &ServerFault, server: &Server) -> Value {
        let created = fault.created_at.or(server.updated_at).unwrap_or(server.created_at);
        let mut shown = json!({
            "code": fault.code,
            "message": fault.message,
            "created": seconds_text(created),
        });
        if let Some(details) = fault.details.as_ref().filter(|_| self.is_admin || fault.code != 500) {
            shown["details"] = json!(details);
        }
        shown
    }
}

fn addresses(server: &Server) -> Map<String, Value> {
    let shown = |address: &Address| {
        json!({
            "addr": address.ip.to_string(),
            "version": if address.ip.is_ipv4() { 4 } else { 6 },
            "OS-EXT-IPS-MAC:mac_addr": address.mac,
            "OS-EXT-IPS:type": "fixed",
        })
    };
    let networks = server.addresses.iter();
    networks.map(|(name, addresses)| (name.clone(), addresses.iter().map(shown).collect())).collect()
}

/// The same for two servers of a project exactly if they are on one host, without saying which.
fn host_id(server: &Server) -> String {
    let Some(host) = &server.host else { return String::new() };
    let digest = Sha224::new().chain_update(&server.project_id).chain_update(host).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn shows_progress(status: ServerStatus) -> bool {
    matches!(
        status,
        ServerStatus::Active
            | ServerStatus::Build
            | ServerStatus::Rebuild
            | ServerStatus::Resize
            | ServerStatus::VerifyResize
            | ServerStatus::Migrating
    )
}

fn seconds_text(moment: Timestamp) -> String {
    moment.to_seconds_text().as_str().to_owned()
}

/// With microseconds and without a zone, as this group of fields has always been.
fn micros_text(moment: Timestamp) -> String {
    let seconds = seconds_text(moment.trunc_seconds());
    format!("{}.{:06}", seconds.trim_end_matches('Z'), moment.unix_micros().rem_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_two_forms_that_clients_read() {
        let moment: Timestamp = "2026-01-02T03:04:05.000006Z".parse().unwrap();
        assert_eq!(seconds_text(moment), "2026-01-02T03:04:05Z");
        assert_eq!(micros_text(moment), "2026-01-02T03:04:05.000006");
    }
}
