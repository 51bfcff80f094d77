//! What a peer may send to do harm.

use bytes::Bytes;
use nova_objects::types::{In, Verbatim};
use nova_rpc::{Encoded, Format};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::shelf::{Widget, WidgetList, full};

fn decode(format: Format, bytes: impl Into<Bytes>) -> Result<Widget, String> {
    let encoded = Encoded::from_bytes(format, bytes.into());
    let _ = encoded.decode::<In<WidgetList>>();
    let _ = encoded.decode::<In<Verbatim>>();
    let _ = nova_objects::primitive::explain(&encoded, &WidgetList::manifest());
    encoded.decode::<In<Widget>>().map(|In(widget)| widget).map_err(|error| error.detail())
}

use nova_objects::VersionedObject;

/// A widget on loan inside a widget on loan, and so on.
fn nested(depth: usize) -> String {
    let head = r#"{"nova_object.name":"Widget","nova_object.namespace":"shelf","nova_object.version":"1.3","nova_object.data":{"loan":"#;
    head.repeat(depth) + "null" + &"}}".repeat(depth)
}

#[test]
fn nesting_is_followed_to_a_depth_and_refused_beyond_it() {
    assert!(decode(Format::Json, nested(20)).is_ok());
    assert!(decode(Format::Json, nested(100_000)).is_err());
    let deep = rmp_serde::to_vec(&Value::Null).unwrap();
    let mut bytes = Vec::new();
    for _ in 0..100_000 {
        bytes.push(0x81);
        bytes.extend(rmp_serde::to_vec("nova_object.data").unwrap());
        bytes.push(0x81);
        bytes.extend(rmp_serde::to_vec("loan").unwrap());
    }
    bytes.extend(deep);
    assert!(decode(Format::MessagePack, bytes).is_err());
}

#[test]
fn a_value_of_any_other_type_is_an_error_in_every_field() {
    let good = serde_json::to_value(full()).unwrap();
    let fields: Vec<_> = good["nova_object.data"].as_object().unwrap().keys().cloned().collect();
    for field in fields {
        for bad in [
            json!({"a": {"b": []}}),
            json!([[[1]]]),
            json!(-1.5e308),
            json!(u64::MAX),
            json!("\u{0}"),
            json!(true),
        ] {
            let mut primitive = good.clone();
            primitive["nova_object.data"][&field] = bad;
            for format in [Format::Json, Format::MessagePack] {
                let encoded = format.encode(&primitive).unwrap();
                let _ = decode(format, encoded.bytes().clone());
            }
        }
    }
}

#[test]
fn numbers_beyond_any_machine_fail_their_field_and_not_the_process() {
    for number in ["1e400", "-1e400", &"9".repeat(400), "18446744073709551616"] {
        let text = nested(1)
            .replace("null", "null,\"revision\":")
            .replace("\"revision\":", &format!("\"revision\":{number}"));
        assert!(decode(Format::Json, text).is_err(), "{number}");
        let unknown = nested(1).replace("null", &format!("null,\"unknown\":{number}"));
        assert!(decode(Format::Json, unknown).is_ok(), "{number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(Format::MessagePack, bytes.clone());
        let _ = decode(Format::Json, bytes);
    }

    #[test]
    fn no_damage_to_a_good_object_makes_reading_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for format in [Format::Json, Format::MessagePack] {
            let mut bytes = format.encode(&full()).unwrap().bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = decode(format, bytes);
        }
    }
}
