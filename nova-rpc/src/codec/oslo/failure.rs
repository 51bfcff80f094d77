//! Exceptions as they travel, both ways.
//!
//! A Python caller looks `class` up in `module`, if it trusts the module, and calls it with `args` and `kwargs`; if that
//! fails it raises a `RemoteError` that has only the text. So a fault of ours is written as arguments its Python class
//! takes. The other way nothing is looked up and nothing is called: module, class and arguments become the parts of a
//! [`Fault`], which a caller compares with the classes it knows.

use std::borrow::Cow;

use nova_core::Fault;
use nova_core::fault::{FaultClass, FaultData, NotImplemented, TypeError, ValueError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Python's own exceptions: built from positional arguments only.
const BUILTINS: &str = "builtins";
/// Their module in Python 2.
const OLD_BUILTINS: &str = "exceptions";
/// Nova's exceptions: built from a message and keyword arguments, the code among them.
const NOVA: &str = "nova.exception";
/// What Python appends to the names of an exception that came from elsewhere before.
const RELAYED: &str = "_Remote";
/// The keyword argument that would clash with the positional message.
const MESSAGE: &str = "message";
const CODE: &str = "code";
const UNKNOWN_CODE: u16 = 500;

#[derive(Serialize)]
struct FailureOut<'a> {
    class: &'a str,
    module: &'a str,
    message: &'a str,
    tb: &'a [String],
    args: Cow<'a, [Value]>,
    kwargs: Cow<'a, Map<String, Value>>,
    /// Ours: Python reads the keys it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    /// Ours, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    safe: bool,
}

/// The text of a fault.
pub(super) fn write(fault: &Fault) -> Result<Vec<u8>, serde_json::Error> {
    let data = fault.data();
    let failure = FailureOut {
        class: &data.class,
        module: &data.module,
        message: &data.message,
        tb: &data.traceback,
        args: positional(data),
        kwargs: keywords(data),
        code: (data.module != NOVA && data.code != UNKNOWN_CODE).then_some(data.code),
        safe: data.safe,
    };
    serde_json::to_vec(&failure)
}

/// The positional arguments. A fault of ours that names none is built from its message; one that came from Python, with a
/// traceback, from what it came with.
fn positional(data: &FaultData) -> Cow<'_, [Value]> {
    let made_here = data.args.is_empty() && data.traceback.is_empty() && !data.message.is_empty();
    if made_here { Cow::Owned(vec![Value::String(data.message.clone())]) } else { Cow::Borrowed(&data.args) }
}

/// The keyword arguments that the class's constructor takes in Python.
fn keywords(data: &FaultData) -> Cow<'_, Map<String, Value>> {
    match &*data.module {
        BUILTINS => Cow::Owned(Map::new()),
        NOVA => {
            let mut kwargs = data.kwargs.clone();
            kwargs.remove(MESSAGE);
            kwargs.insert(CODE.to_owned(), data.code.into());
            Cow::Owned(kwargs)
        }
        _ => Cow::Borrowed(&data.kwargs),
    }
}

/// A failure as it is read: every part may be missing or null, and a traceback may be one text.
#[derive(Deserialize)]
struct FailureIn {
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    module: Option<String>,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default)]
    tb: Option<Value>,
    #[serde(default)]
    args: Option<Value>,
    #[serde(default)]
    kwargs: Option<Map<String, Value>>,
    #[serde(default)]
    code: Option<Value>,
    #[serde(default)]
    safe: Option<Value>,
}

/// The fault a text describes.
pub(super) fn read(text: &str) -> Result<Fault, crate::DecodeError> {
    let failure: FailureIn = serde_json::from_str(text).map_err(crate::DecodeError::value)?;
    let name = |name: Option<String>| name.map(|name| name.trim_end_matches(RELAYED).to_owned());
    let module = match name(failure.module) {
        Some(module) if module == OLD_BUILTINS => BUILTINS.to_owned(),
        module => module.unwrap_or_default(),
    };
    let class = name(failure.class).unwrap_or_default();
    let message = failure.message.map(text_of).unwrap_or_default();
    let mut kwargs = failure.kwargs.unwrap_or_default();
    let code = failure.code.as_ref().or(kwargs.get(CODE)).and_then(status);
    match &*module {
        NOVA => {
            kwargs.remove(CODE);
        }
        BUILTINS => {
            kwargs.insert(MESSAGE.to_owned(), Value::String(message.clone()));
        }
        _ => {}
    }
    Ok(Fault::from_data(FaultData {
        code: code.unwrap_or_else(|| usual_code(&module, &class)),
        safe: matches!(failure.safe, Some(Value::Bool(true))),
        args: match failure.args {
            Some(Value::Array(args)) => args,
            None | Some(Value::Null) => Vec::new(),
            Some(only) => vec![only],
        },
        traceback: match failure.tb {
            Some(Value::Array(lines)) => lines.into_iter().map(text_of).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        },
        class,
        module,
        message,
        kwargs,
    }))
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn status(code: &Value) -> Option<u16> {
    code.as_u64().and_then(|code| u16::try_from(code).ok()).filter(|code| (100..600).contains(code))
}

/// Python's own classes have no code; these are those of our declarations of them.
fn usual_code(module: &str, class: &str) -> u16 {
    const DECLARED: [(&str, u16); 3] = [
        (TypeError::CLASS, TypeError::CODE),
        (ValueError::CLASS, ValueError::CODE),
        (NotImplemented::CLASS, NotImplemented::CODE),
    ];
    let declared = DECLARED.iter().find(|(name, _)| module == BUILTINS && *name == class);
    declared.map_or(UNKNOWN_CODE, |(_, code)| *code)
}
