//! The oslo codec on what real peers wrote: tests/golden/oslo and tests/golden/nova-amqp.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use nova_core::Env;
use nova_rpc::Codec;
use nova_rpc::codec::{Oslo, ReplyOutcome};
use serde_json::{Map, Value};

/// One recorded message.
struct Recorded {
    at: String,
    body: Bytes,
    message: Map<String, Value>,
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

/// Every enveloped message of the files whose names `wanted` accepts.
fn recorded(wanted: impl Fn(&str) -> bool) -> Vec<Recorded> {
    let folders = ["oslo", "nova-amqp"].map(|folder| golden().join(folder).read_dir().unwrap());
    let mut paths: Vec<PathBuf> = folders.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    paths.retain(|path| wanted(path.file_name().unwrap().to_str().unwrap()));
    paths.sort();
    paths.iter().flat_map(|path| messages(path)).collect()
}

fn messages(path: &Path) -> Vec<Recorded> {
    let text = std::fs::read_to_string(path).unwrap();
    let line = |(number, line): (usize, &str)| {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = line.get("body")?.as_str()?.to_owned();
        let outer: Value = serde_json::from_str(&body).unwrap();
        let message = serde_json::from_str(outer.get("oslo.message")?.as_str()?).unwrap();
        let at = format!("{}:{}", path.display(), number + 1);
        Some(Recorded { at, body: body.into(), message })
    };
    text.lines().enumerate().filter_map(line).collect()
}

/// The message inside a frame of ours.
fn message(frame: &Bytes) -> Map<String, Value> {
    let outer: Value = serde_json::from_slice(frame).unwrap();
    serde_json::from_str(outer["oslo.message"].as_str().unwrap()).unwrap()
}

fn codec() -> (Oslo, Env) {
    let env = Env::builder().seed(1).build();
    (Oslo::new(&env), env)
}

#[test]
fn every_recorded_request_is_read_and_written_again_as_it_was() {
    let (codec, env) = codec();
    let requests: Vec<_> =
        recorded(|_| true).into_iter().filter(|one| one.message.contains_key("method")).collect();
    assert!(requests.len() >= 90, "{}", requests.len());
    for Recorded { at, body, message: was } in requests {
        let (head, args) =
            codec.decode_request(&body, &env).unwrap_or_else(|error| panic!("{at}: {error:?}"));
        assert_eq!(args.decode::<Value>().unwrap(), was["args"], "{at}");
        let mut written = message(&codec.encode_request(&head, &args).unwrap());
        // Contexts that are not Nova's have fewer keys than we write.
        written.retain(|key, _| was.contains_key(key) || !key.starts_with("_context_"));
        // A peer that gives no version means 1.0.
        if !was.contains_key("version") {
            assert_eq!(written.remove("version"), Some("1.0".into()), "{at}");
        }
        assert_eq!(written, was, "{at}");
    }
}

#[test]
fn every_recorded_context_of_novas_is_written_with_the_same_keys() {
    let (codec, env) = codec();
    let is_novas = |one: &Recorded| {
        one.message.contains_key("_context_service_catalog") && one.message.contains_key("method")
    };
    let requests: Vec<_> = recorded(|_| true).into_iter().filter(is_novas).collect();
    assert!(requests.len() > 40, "{}", requests.len());
    for Recorded { at, body, message: was } in requests {
        let (head, args) = codec.decode_request(&body, &env).unwrap();
        let written = message(&codec.encode_request(&head, &args).unwrap());
        assert_eq!(written.keys().collect::<Vec<_>>(), was.keys().collect::<Vec<_>>(), "{at}");
    }
}

#[test]
fn every_recorded_reply_is_read_and_written_again_as_it_was() {
    let (codec, _) = codec();
    let replies: Vec<_> =
        recorded(|_| true).into_iter().filter(|one| one.message.contains_key("ending")).collect();
    assert!(replies.len() > 80, "{}", replies.len());
    let mut failures = 0;
    for Recorded { at, body, message: mut was } in replies {
        let reply = codec.decode_reply(&body).unwrap_or_else(|error| panic!("{at}: {error:?}"));
        let mut written = message(&codec.encode_reply(&reply).unwrap());
        was.remove("_unique_id");
        written.remove("_unique_id").expect("a reply has an id");
        let failure = |message: &mut Map<String, Value>| {
            message.remove("failure").and_then(|text| serde_json::from_str::<Map<_, _>>(text.as_str()?).ok())
        };
        let (mut failure_written, failure_was) = (failure(&mut written), failure(&mut was));
        if let (Some(written), Some(was)) = (&mut failure_written, &failure_was) {
            failures += 1;
            // A key of ours, which Python does not read.
            written.retain(|key, _| was.contains_key(key) || key != "code");
        }
        assert_eq!(failure_written, failure_was, "{at}");
        assert_eq!(written, was, "{at}");
    }
    assert!(failures > 10, "{failures}");
}

#[test]
fn recorded_failures_are_faults_with_class_module_code_and_keywords() {
    let (codec, _) = codec();
    let faults: Vec<_> = recorded(|name| name == "nova_conductor_failures.jsonl")
        .iter()
        .map(|one| match codec.decode_reply(&one.body).unwrap().outcome {
            ReplyOutcome::Done(Err(fault)) => fault,
            other => panic!("{}: {other:?}", one.at),
        })
        .collect();
    let found = |class: &str| faults.iter().find(|fault| fault.class() == class).unwrap();
    let missing = found("InstanceNotFound");
    assert_eq!((missing.module(), missing.code()), ("nova.exception", 404));
    assert!(missing.data().kwargs.contains_key("instance_id") && !missing.data().kwargs.contains_key("code"));
    assert!(missing.data().traceback.iter().any(|line| line.contains("InstanceNotFound")));
    assert_eq!(found("IncompatibleObjectVersion").module(), "oslo_versionedobjects.exception");
}

#[test]
fn recorded_signs_of_life_are_told_from_answers() {
    let (codec, _) = codec();
    let outcomes: Vec<_> = recorded(|name| name == "rpc_call_monitor.jsonl")
        .iter()
        .filter(|one| one.message.contains_key("ending"))
        .map(|one| codec.decode_reply(&one.body).unwrap().outcome)
        .collect();
    let running = outcomes.iter().filter(|outcome| **outcome == ReplyOutcome::StillRunning).count();
    assert_eq!((running, outcomes.len()), (5, 7));
}
