//! PCI requests, whose column is older than objects: a list of maps instead of a primitive.

use nova_core::Fault;
use nova_objects::Verbatim;
use nova_objects::types::Out;
use serde_json::{Map, Value, json};

use crate::actions::columns::{from_json, unfit};

const NAME: &str = "pci_requests";

/// The fields of a request, all of which the column has.
const FIELDS: &[&str] =
    &["count", "spec", "alias_name", "is_new", "numa_policy", "request_id", "requester_id"];

/// The column of an `InstancePCIRequests`.
pub(super) fn to_column(requests: &Verbatim) -> Result<String, Fault> {
    let object = serde_json::to_value(Out(requests)).map_err(|error| unfit(NAME, &error.to_string()))?;
    let requests = object.pointer("/nova_object.data/requests").and_then(Value::as_array);
    let rows = requests.into_iter().flatten().map(|request| {
        let field = |name: &&str| ((*name).to_owned(), request["nova_object.data"][*name].clone());
        Value::Object(FIELDS.iter().map(field).collect())
    });
    Ok(Value::Array(rows.collect()).to_string())
}

/// The `InstancePCIRequests` of a column; a null one asks for nothing.
pub(super) fn from_column(uuid: &str, text: Option<&str>) -> Result<Verbatim, Fault> {
    let rows: Vec<Map<String, Value>> =
        serde_json::from_str(text.unwrap_or("[]")).map_err(|error| unfit(NAME, &error.to_string()))?;
    let requests: Vec<Value> = rows.into_iter().map(|row| object("InstancePCIRequest", "1.4", row)).collect();
    let data =
        Map::from_iter([("instance_uuid".to_owned(), uuid.into()), ("requests".to_owned(), requests.into())]);
    from_json(Some(&object("InstancePCIRequests", "1.1", data).to_string()), NAME)
}

fn object(name: &str, version: &str, data: Map<String, Value>) -> Value {
    json!({
        "nova_object.name": name,
        "nova_object.namespace": "nova",
        "nova_object.version": version,
        "nova_object.data": data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pci_requests_are_kept_as_nova_keeps_them_and_come_back_the_same() {
        let text = r#"[{"alias_name":"gpu","count":2,"is_new":false,"numa_policy":null,"request_id":"r1","requester_id":null,"spec":[{"vendor_id":"8086"}]}]"#;
        let object = from_column("7f", Some(text)).unwrap();
        assert_eq!((object.name(), object.version()), ("InstancePCIRequests", "1.1"));
        let again: Value = serde_json::from_str(&to_column(&object).unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(text).unwrap());
    }
}
