use std::time::Duration;

use bytes::Bytes;
use nova_core::fault::{FaultClass, NotImplemented, ValueError};
use nova_core::{Env, Fault, RequestContext};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Oslo;
use crate::codec::{AnswerTo, Reply, ReplyOutcome, RequestHead};
use crate::{Codec, DecodeError, Encoded, Format, Version};

fn env() -> Env {
    Env::builder().seed(1).build()
}

fn codec() -> Oslo {
    Oslo::new(&env())
}

/// A frame around `message`, as Python writes it.
fn enveloped(message: &str) -> Bytes {
    json!({"oslo.version": "2.0", "oslo.message": message}).to_string().into()
}

fn message(frame: &Bytes) -> Value {
    let frame: Value = serde_json::from_slice(frame).unwrap();
    assert_eq!(frame["oslo.version"], "2.0");
    serde_json::from_str(frame["oslo.message"].as_str().unwrap()).unwrap()
}

fn read_args(message: &str) -> Value {
    codec().decode_request(&enveloped(message), &env()).unwrap().1.decode().unwrap()
}

fn round_trip(fault: Fault) -> Fault {
    let reply = Reply { msg_id: "m".into(), outcome: ReplyOutcome::Done(Err(fault)) };
    match codec().decode_reply(&codec().encode_reply(&reply).unwrap()).unwrap().outcome {
        ReplyOutcome::Done(Err(fault)) => fault,
        other => panic!("not a fault: {other:?}"),
    }
}

fn failure(fault: Fault) -> Value {
    let reply = Reply { msg_id: "m".into(), outcome: ReplyOutcome::Done(Err(fault)) };
    let message = message(&codec().encode_reply(&reply).unwrap());
    serde_json::from_str(message["failure"].as_str().expect("a text inside the message")).unwrap()
}

nova_core::faults! {
    module "nova.exception";
    /// A test class.
    HostGone(404, safe, "Host {host} is \"gone\"") { host: String }
}

#[test]
fn a_call_is_written_with_the_keys_python_reads_and_comes_back_whole() {
    let cx = RequestContext::builder()
        .user("u \"quoted\" \\ ü")
        .unknown("trace_info", json!({"a": [1]}))
        .build(&env());
    let mut head = RequestHead::new("ping", "u-1", cx);
    head.namespace = Some("baseapi".into());
    head.version = Version::new(1, 1);
    head.answer = Some(AnswerTo { msg_id: "m-1".into(), address: "reply_1".into() });
    head.monitor = Some(Duration::from_secs(60));
    let args = Format::Json.encode(&json!({"text": "a\n\"b\"\\ü\u{7f}"})).unwrap();
    let frame = codec().encode_request(&head, &args).unwrap();
    let written = message(&frame);
    for (key, value) in [
        ("method", json!("ping")),
        ("namespace", json!("baseapi")),
        ("version", json!("1.1")),
        ("_msg_id", json!("m-1")),
        ("_reply_q", json!("reply_1")),
        ("_timeout", json!(60)),
        ("_unique_id", json!("u-1")),
        ("_context_user_id", json!("u \"quoted\" \\ ü")),
        ("_context_trace_info", json!({"a": [1]})),
    ] {
        assert_eq!(written[key], value, "{key}");
    }
    let (read, read_args) = codec().decode_request(&frame, &env()).unwrap();
    assert_eq!(
        (&*read.method, read.namespace.as_deref(), read.version),
        ("ping", Some("baseapi"), head.version)
    );
    assert_eq!((read.answer, read.monitor, &*read.unique_id), (head.answer, head.monitor, "u-1"));
    assert_eq!(read.cx.user_id(), Some("u \"quoted\" \\ ü"));
    assert_eq!(read_args, args);
}

#[test]
fn a_cast_has_no_key_that_belongs_to_calls() {
    let head = RequestHead::new("note", "u-1", RequestContext::admin(&env()));
    let written = message(&codec().encode_request(&head, &Format::Json.encode(&json!({})).unwrap()).unwrap());
    for key in ["_msg_id", "_reply_q", "_timeout", "namespace"] {
        assert!(written.get(key).is_none(), "{key}");
    }
}

#[test]
fn what_a_peer_leaves_out_is_completed() {
    let (head, args) = codec().decode_request(&enveloped(r#"{"method":"m"}"#), &env()).unwrap();
    assert_eq!((head.version, head.namespace, head.answer), (Version::new(1, 0), None, None));
    assert_eq!(args.bytes(), "{}");
    assert!(!head.unique_id.is_empty(), "two messages without an id are not duplicates of each other");
    assert!(head.cx.request_id().starts_with("req-"));
}

#[test]
fn signs_of_life_are_asked_for_in_whole_seconds_and_less_than_two_asks_for_none() {
    let asked = |timeout: &str| {
        let message = format!(r#"{{"method":"m","_msg_id":"m","_reply_q":"q","_timeout":{timeout}}}"#);
        codec().decode_request(&enveloped(&message), &env()).unwrap().0.monitor
    };
    assert_eq!(asked("60"), Some(Duration::from_secs(60)));
    assert_eq!(asked("2.9"), Some(Duration::from_secs(2)));
    assert_eq!(asked("\"30\""), Some(Duration::from_secs(30)));
    for nothing in ["null", "0", "1", "1.9", "-5", "1e300", "\"soon\"", "[]", "true"] {
        assert_eq!(asked(nothing), None, "{nothing}");
    }
}

#[test]
fn a_request_that_cannot_be_understood_says_who_waits_for_its_answer() {
    for wrong in [
        r#""method":"m","version":7"#,
        r#""method":"m","version":"1""#,
        r#""method":"m","_context_read_deleted":"maybe""#,
        r#""method":"m","_context_timestamp":"yesterday""#,
        r#""method":["m"]"#,
        r#""args":{}"#,
    ] {
        let message = format!(r#"{{{wrong},"_msg_id":"m-1","_reply_q":"q"}}"#);
        match codec().decode_request(&enveloped(&message), &env()).unwrap_err() {
            DecodeError::Request { answer, .. } => {
                assert_eq!(*answer, AnswerTo { msg_id: "m-1".into(), address: "q".into() });
            }
            other => panic!("{wrong}: {other:?}"),
        }
        let cast = enveloped(&format!("{{{wrong}}}"));
        assert!(matches!(codec().decode_request(&cast, &env()), Err(DecodeError::Value(_))), "{wrong}");
    }
}

#[test]
fn a_bare_message_of_the_old_format_is_read() {
    let bare = Bytes::from_static(br#" {"method": "m", "args": {"x": NaN}}"#);
    let (head, args) = codec().decode_request(&bare, &env()).unwrap();
    assert_eq!(head.method, "m");
    assert_eq!(args.decode::<Value>().unwrap(), json!({"x": null}));
}

#[test]
fn only_version_two_of_the_envelope_is_read() {
    for version in ["2.1", "1.0", "3.0", "2", "", "x"] {
        let frame = json!({"oslo.version": version, "oslo.message": "{\"method\":\"m\"}"}).to_string().into();
        assert!(matches!(codec().decode_request(&frame, &env()), Err(DecodeError::Frame(_))), "{version}");
    }
}

#[test]
fn what_python_writes_and_json_does_not_know_is_repaired() {
    assert_eq!(
        read_args(
            r#"{"method":"m","args":{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN and Infinity stay in text"}}"#
        ),
        json!({"a": null, "b": [null, null], "c": "NaN and Infinity stay in text"})
    );
    assert_eq!(
        read_args(r#"{"method":"m","args":{"a":"\ud83d\ude00 \ud83d x \ude00 \\ud83d \uD800\u0041"}}"#),
        json!({"a": "\u{1f600} \u{fffd} x \u{fffd} \\ud83d \u{fffd}A"})
    );
}

#[test]
fn an_integer_too_large_for_any_of_our_types_does_not_fail_the_rest_of_the_message() {
    let args = read_args(r#"{"method":"m","args":{"a":123456789012345678901234567890,"b":1}}"#);
    assert_eq!(args["b"], 1);
}

#[test]
fn every_reply_comes_back_whole() {
    let done = ReplyOutcome::Done(Ok(Format::Json.encode(&json!({"a": "\"\\\n"})).unwrap()));
    let fault = Fault::new("keystone.exception", "Forbidden", "no \"entry\"\n")
        .with_kwarg("code", 403)
        .with_code(403);
    let mut fault = fault.into_data();
    fault.args = vec![json!("no \"entry\"\n")];
    fault.traceback = vec!["line 1\n".into(), "line 2\n".into()];
    for outcome in [
        ReplyOutcome::StillRunning,
        done,
        ReplyOutcome::Done(Ok(Format::Json.null())),
        ReplyOutcome::Done(Err(Fault::from_data(fault))),
        ReplyOutcome::Done(Err(HostGone { host: "h1".into() }.into())),
        ReplyOutcome::Done(Err(ValueError { message: "w".into() }.into())),
    ] {
        let reply = Reply { msg_id: "m-1".into(), outcome };
        let frame = codec().encode_reply(&reply).unwrap();
        let written = message(&frame);
        for key in ["result", "failure", "ending", "_msg_id", "_unique_id"] {
            assert!(written.get(key).is_some(), "{key} is missing in {written}");
        }
        assert_eq!(codec().decode_reply(&frame).unwrap(), reply);
    }
}

#[test]
fn two_replies_have_two_ids() {
    let (codec, reply) = (codec(), Reply { msg_id: "m".into(), outcome: ReplyOutcome::StillRunning });
    let id = || message(&codec.encode_reply(&reply).unwrap())["_unique_id"].clone();
    assert_ne!(id(), id());
}

#[test]
fn a_fault_of_novas_is_written_as_arguments_its_python_class_takes() {
    let written = failure(HostGone { host: "h1".into() }.into());
    assert_eq!((&written["module"], &written["class"]), (&json!("nova.exception"), &json!("HostGone")));
    assert_eq!(written["args"], json!(["Host h1 is \"gone\""]));
    assert_eq!(written["kwargs"], json!({"host": "h1", "code": 404}));
    assert_eq!(written["tb"], json!([]));
    let clash = Fault::new("nova.exception", "Invalid", "bad").with_kwarg("message", "bad");
    assert_eq!(failure(clash)["kwargs"], json!({"code": 500}), "the message is passed by position");
    assert_eq!(
        round_trip(HostGone { host: "h1".into() }.into()).downcast(),
        Some(HostGone { host: "h1".into() })
    );
}

#[test]
fn pythons_own_exceptions_take_no_keywords_and_are_still_rebuilt_here() {
    let written = failure(ValueError { message: "bad".into() }.into());
    assert_eq!(
        (&written["module"], &written["args"], &written["kwargs"]),
        (&json!("builtins"), &json!(["bad"]), &json!({}))
    );
    let read = |class: &str, module: &str| {
        let failure =
            json!({"class": class, "module": module, "message": "bad", "args": ["bad"], "kwargs": {}});
        let text = json!({"failure": failure.to_string(), "ending": true, "_msg_id": "m"}).to_string();
        match codec().decode_reply(&enveloped(&text)).unwrap().outcome {
            ReplyOutcome::Done(Err(fault)) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read("ValueError", "builtins").downcast::<ValueError>().unwrap().message, "bad");
    assert_eq!(read("ValueError_Remote", "exceptions").code(), 400, "of Python 2, and relayed");
    assert_eq!(read("NotImplementedError", "builtins").code(), NotImplemented::CODE);
    assert_eq!(read("ValueError", "builtins_Remote").module(), "builtins");
}

#[test]
fn a_failure_with_parts_missing_or_of_other_types_is_still_a_fault() {
    for text in [
        "{}",
        r#"{"class":null,"module":null,"message":null,"tb":null,"args":null,"kwargs":null}"#,
        r#"{"class":"X","message":{"a":1},"tb":"one text","args":"only","code":"x","safe":1}"#,
    ] {
        let reply = json!({"failure": text, "_msg_id": "m"}).to_string();
        let outcome = codec().decode_reply(&enveloped(&reply)).unwrap().outcome;
        assert!(
            matches!(&outcome, ReplyOutcome::Done(Err(fault)) if fault.code() == 500 && !fault.is_safe())
        );
    }
}

#[test]
fn a_result_ends_a_call_and_a_null_that_does_not_end_it_is_a_sign_of_life() {
    let read = |text: &str| codec().decode_reply(&enveloped(text)).unwrap().outcome;
    let running = r#"{"result":null,"failure":null,"ending":false,"_msg_id":"m"}"#;
    assert_eq!(read(running), ReplyOutcome::StillRunning);
    assert_eq!(read(r#"{"_msg_id":"m","ending":true}"#), ReplyOutcome::Done(Ok(Format::Json.null())));
    assert!(matches!(read(r#"{"_msg_id":"m","result":1,"failure":""}"#), ReplyOutcome::Done(Ok(_))));
}

#[test]
fn frames_above_the_limit_are_neither_written_nor_read() {
    let large = enveloped(r#"{"method":"m"}"#);
    let small = codec().with_max_frame(large.len() - 1);
    assert!(matches!(small.decode_request(&large, &env()), Err(DecodeError::TooLarge { .. })));
    let result = Format::Json.encode("x".repeat(100).as_str()).unwrap();
    let reply = Reply { msg_id: "m".into(), outcome: ReplyOutcome::Done(Ok(result)) };
    assert!(codec().with_max_frame(100).encode_reply(&reply).is_err());
}

#[test]
fn arguments_nested_without_end_are_an_error_when_they_are_read() {
    let deep = format!(r#"{{"method":"m","args":{}}}"#, "[".repeat(100_000) + &"]".repeat(100_000));
    if let Ok((_, args)) = codec().decode_request(&enveloped(&deep), &env()) {
        assert!(args.decode::<Value>().is_err());
    }
}

#[test]
fn values_of_the_other_format_are_refused_not_mangled() {
    let head = RequestHead::new("m", "u", RequestContext::admin(&env()));
    assert!(codec().encode_request(&head, &Format::MessagePack.encode(&1).unwrap()).is_err());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}|[\"\\\\\u{0}-\u{1f}]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_arguments_and_any_context_survive_text_inside_text(args in value(), key in "[a-z\"\\\\]{1,8}", entry in value()) {
        let key = format!("x_{key}");
        let cx = RequestContext::builder().unknown(&key, entry.clone()).build(&env());
        let encoded = Format::Json.encode(&args).unwrap();
        let frame = codec().encode_request(&RequestHead::new("m", "u", cx), &encoded).unwrap();
        let (head, read) = codec().decode_request(&frame, &env()).unwrap();
        prop_assert_eq!(read.decode::<Value>().unwrap(), args);
        prop_assert_eq!(head.cx.unknown(&key), Some(&entry));
    }

    #[test]
    fn any_result_and_any_failure_survive_text_inside_text(result in value(), text in "\\PC{0,20}", kwarg in value()) {
        let done = ReplyOutcome::Done(Ok(Encoded::from_bytes(Format::Json, result.to_string().into())));
        let fault = Fault::new("a.module", "Class", &*text).with_kwarg("k", kwarg);
        let mut fault = fault.into_data();
        fault.args = vec![Value::from(text)];
        let fault = ReplyOutcome::Done(Err(Fault::from_data(fault)));
        for outcome in [done, fault] {
            let outcome = if outcome == ReplyOutcome::Done(Ok(Format::Json.null())) { ReplyOutcome::StillRunning } else { outcome };
            let reply = Reply { msg_id: "m".into(), outcome };
            prop_assert_eq!(codec().decode_reply(&codec().encode_reply(&reply).unwrap()).unwrap(), reply);
        }
    }

    #[test]
    fn bytes_from_anywhere_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let bytes = Bytes::from(bytes);
        let _ = codec().decode_request(&bytes, &env());
        let _ = codec().decode_reply(&bytes);
    }

    #[test]
    fn text_that_looks_like_a_message_never_panics(text in r#"(\{|\}|\[|\]|"|:|,|\\|\\u|ud8|NaN|-?Infinity|null|true|1|"method"|"args"|"failure"|"_msg_id"|"_timeout"|"version"|é){0,24}"#) {
        for frame in [Bytes::from(text.clone()), enveloped(&text), enveloped(&format!("{{{text}}}"))] {
            if let Ok((_, args)) = codec().decode_request(&frame, &env()) {
                let _ = args.decode::<Value>();
            }
            let _ = codec().decode_reply(&frame);
        }
    }

    #[test]
    fn a_frame_cut_or_changed_anywhere_is_an_error_or_another_message_and_never_a_panic(at in 0usize..400, byte in any::<u8>(), cut in any::<bool>()) {
        let mut head = RequestHead::new("m", "u", RequestContext::admin(&env()));
        head.answer = Some(AnswerTo { msg_id: "m".into(), address: "q".into() });
        let frame = codec().encode_request(&head, &Format::Json.encode(&json!({"a": [1, "x"]})).unwrap()).unwrap();
        let mut bytes = frame.to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = codec().decode_request(&Bytes::from(bytes), &env());
    }
}
