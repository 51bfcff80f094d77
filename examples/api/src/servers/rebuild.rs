//! The body of a rebuild, as microversion 2.1 has it.

use std::collections::BTreeMap;

use nova_compute_api::{ApiError, RebuildServer};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::body::{DiskConfig, Flag, address, last_segment};

/// What `rebuild` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RebuildBody {
    #[serde(rename = "imageRef")]
    image: String,
    name: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    #[serde(rename = "accessIPv4")]
    access_ip_v4: Option<String>,
    #[serde(rename = "accessIPv6")]
    access_ip_v6: Option<String>,
    preserve_ephemeral: Option<Flag>,
    #[serde(rename = "OS-DCF:diskConfig")]
    disk_config: Option<DiskConfig>,
    // Nova has these; asking for one is refused by its name.
    #[serde(rename = "adminPass")]
    admin_password: Option<Value>,
    personality: Option<Value>,
}

impl RebuildBody {
    pub(super) fn into_request(self) -> Result<RebuildServer, ApiError> {
        self.refuse_what_is_not_here()?;
        let image = Uuid::try_parse(last_segment(&self.image));
        let mut request = RebuildServer::new(image.map_err(|_| ApiError::invalid("image", "is not a uuid"))?);
        request.name = self.name;
        request.metadata = self.metadata;
        request.access_ip_v4 = address("access_ip_v4", self.access_ip_v4.as_deref())?;
        request.access_ip_v6 = address("access_ip_v6", self.access_ip_v6.as_deref())?;
        Ok(request)
    }

    fn refuse_what_is_not_here(&self) -> Result<(), ApiError> {
        let asked = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_null());
        let fields = [
            ("adminPass", asked(&self.admin_password)),
            ("personality", asked(&self.personality)),
            ("preserve_ephemeral", self.preserve_ephemeral.as_ref().is_some_and(|flag| flag.0)),
            ("OS-DCF:diskConfig", matches!(self.disk_config, Some(DiskConfig::Auto))),
        ];
        match fields.iter().find(|(_, asked)| *asked) {
            Some((field, _)) => Err(ApiError::invalid(*field, "is not implemented here")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "70a599e0-31e7-49b7-b260-868f441e862b";

    fn read(more: &str) -> Result<RebuildServer, ApiError> {
        let body = format!(r#"{{"imageRef": "{IMAGE}"{more}}}"#);
        serde_json::from_str::<RebuildBody>(&body).expect("a body").into_request()
    }

    #[test]
    fn what_the_stock_client_sends_is_understood() {
        let request =
            read(r#", "name": "vm2", "metadata": {"a": "b"}, "preserve_ephemeral": false"#).unwrap();
        assert_eq!((request.image.to_string().as_str(), request.name.as_deref()), (IMAGE, Some("vm2")));
        assert_eq!(request.metadata.unwrap()["a"], "b");
    }

    #[test]
    fn what_is_not_here_is_refused_by_its_name() {
        let table = [
            (r#", "adminPass": "secret""#, "adminPass"),
            (r#", "personality": []"#, "personality"),
            (r#", "preserve_ephemeral": true"#, "preserve_ephemeral"),
            (r#", "OS-DCF:diskConfig": "AUTO""#, "OS-DCF:diskConfig"),
            (r#", "accessIPv4": "::1""#, "access_ip_v4"),
        ];
        for (more, field) in table {
            let refused = read(more).unwrap_err();
            assert!(matches!(&refused, ApiError::Invalid { field: own, .. } if own == field), "{refused}");
        }
    }
}
