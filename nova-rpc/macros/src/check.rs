//! From what is written to a contract that makes sense.

use syn::{Attribute, GenericArgument, Ident, LitStr, PathArguments, ReceiverKind, Type, Visibility};

use crate::mistakes::Mistakes;
use crate::parse::{Written, WrittenArg, WrittenMethod};

/// Names that generated clients use for themselves.
const RESERVED: [&str; 6] = ["new", "on", "with_timeout", "capped", "can_send", "clone"];
/// Which arguments are sent is a set of bits.
const MOST_ARGS: usize = 64;

pub(crate) struct Contract {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) topic: Option<LitStr>,
    pub(crate) namespace: Option<LitStr>,
    pub(crate) version: Version,
    pub(crate) to_server: bool,
    pub(crate) ignore_unknown: bool,
    pub(crate) methods: Vec<Method>,
}

pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) kind: Kind,
    pub(crate) since: Version,
    pub(crate) long: bool,
    pub(crate) ack_after: bool,
    pub(crate) idempotent: bool,
    pub(crate) context: Argument,
    pub(crate) args: Vec<Argument>,
    /// The `T` of `Result<T, Fault>`.
    pub(crate) result: Type,
    /// All of `Result<T, Fault>`.
    pub(crate) output: Type,
}

pub(crate) struct Argument {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) since: Version,
    pub(crate) drop: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Call,
    Cast,
    Fanout,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

pub(crate) fn contract(written: Written, mistakes: &mut Mistakes) -> Option<Contract> {
    let Written { attrs, vis, ident, topic, version, namespace, to, unknown_args, methods } = written;
    let version = match &version {
        Some(text) => parse_version(text, mistakes),
        None => {
            mistakes.add(&ident, "a contract has a version: write #[rpc_interface(version = \"1.0\", …)]");
            None
        }
    };
    if methods.is_empty() {
        mistakes.add(&ident, "a contract has at least one method");
    }
    // Without a version everything else can still be checked.
    let newest = version.unwrap_or(Version { major: u32::MAX, minor: u32::MAX });
    let methods: Vec<_> =
        methods.into_iter().filter_map(|method| check_method(method, newest, mistakes)).collect();
    Some(Contract {
        attrs,
        vis,
        ident,
        topic,
        namespace,
        version: version?,
        to_server: choice(to, ["any", "server"], mistakes),
        ignore_unknown: choice(unknown_args, ["refuse", "ignore"], mistakes),
        methods,
    })
}

/// Whether the second of two words is given; the first is the default.
fn choice(text: Option<LitStr>, words: [&str; 2], mistakes: &mut Mistakes) -> bool {
    let Some(text) = text else { return false };
    let value = text.value();
    if !words.contains(&&*value) {
        mistakes.add(&text, format_args!("this is \"{}\" or \"{}\"", words[0], words[1]));
    }
    value == words[1]
}

fn parse_version(text: &LitStr, mistakes: &mut Mistakes) -> Option<Version> {
    let value = text.value();
    let parsed = value
        .split_once('.')
        .and_then(|(major, minor)| Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? }));
    if parsed.is_none() {
        mistakes.add(text, "a version is \"major.minor\", for example \"4.5\"");
    }
    parsed
}

/// The version something was added in: `default` if it does not say, and never newer than the contract.
fn since(text: Option<&LitStr>, default: Version, newest: Version, mistakes: &mut Mistakes) -> Version {
    let Some(text) = text else { return default };
    let Some(since) = parse_version(text, mistakes) else { return default };
    if newest.major != u32::MAX && (since.major != newest.major || since > newest) {
        mistakes
            .add(text, format_args!("the contract is version {newest}: this cannot be in it since {since}"));
    }
    since
}

fn check_method(written: WrittenMethod, newest: Version, mistakes: &mut Mistakes) -> Option<Method> {
    let WrittenMethod { attrs, sig, kinds, since: since_text, timeout, ack, idempotent, args, output } =
        written;
    check_name(&sig.ident, mistakes);
    check_shape(&sig, mistakes);
    let kind = check_kind(&sig.ident, &kinds, mistakes);
    let added = since(since_text.as_ref(), Version { major: newest.major, minor: 0 }, newest, mistakes);
    if let Some(word) = &timeout
        && (word != "long" || kind != Some(Kind::Call))
    {
        mistakes.add(word, "a call may have `timeout = long`; nothing else has a timeout here");
    }
    let mut args = args.into_iter();
    let context = check_context(&sig.ident, args.next(), added, mistakes);
    let args: Vec<_> = args.map(|arg| check_arg(arg, added, newest, mistakes)).collect();
    if args.len() > MOST_ARGS {
        mistakes.add(&sig.ident, format_args!("a method has at most {MOST_ARGS} arguments"));
    }
    let (result, output) = check_output(&sig.ident, output, kind, mistakes)?;
    Some(Method {
        attrs,
        ident: sig.ident,
        kind: kind?,
        since: added,
        long: timeout.is_some(),
        ack_after: choice(ack, ["before", "after"], mistakes),
        idempotent,
        context: context?,
        args,
        result,
        output,
    })
}

fn check_name(ident: &Ident, mistakes: &mut Mistakes) {
    let name = ident.to_string();
    if RESERVED.contains(&&*name) {
        mistakes
            .add(ident, format_args!("`{name}` is a method of every generated client; choose another name"));
    }
    if name.starts_with('_') {
        mistakes.add(ident, "names that begin with _ are private: no peer may call them");
    }
}

fn check_shape(sig: &syn::Signature, mistakes: &mut Mistakes) {
    if sig.asyncness.is_none() {
        mistakes.add(sig.fn_token, "a method of a contract is an `async fn`");
    }
    if !sig.generics.params.is_empty() {
        mistakes.add(
            &sig.generics,
            "a method of a contract has no generic parameters: peers could not know them",
        );
    }
    match sig.receiver() {
        Some(receiver) if matches!(receiver.kind, ReceiverKind::Reference(_, _, None)) => {}
        Some(receiver) => mistakes.add(receiver, "requests run side by side: take `&self`"),
        None => mistakes.add(&sig.ident, "a method of a contract takes `&self` first"),
    }
}

fn check_kind(ident: &Ident, kinds: &[Ident], mistakes: &mut Mistakes) -> Option<Kind> {
    match kinds {
        [] => mistakes.add(ident, "say whether somebody waits: #[rpc(call)], #[rpc(cast)] or #[rpc(fanout)]"),
        [kind] if kind == "call" => return Some(Kind::Call),
        [kind] if kind == "cast" => return Some(Kind::Cast),
        [_] => return Some(Kind::Fanout),
        [_, second, ..] => mistakes.add(second, "a method is one of call, cast and fanout"),
    }
    None
}

fn check_context(
    method: &Ident,
    arg: Option<WrittenArg>,
    added: Version,
    mistakes: &mut Mistakes,
) -> Option<Argument> {
    let Some(arg) = arg else {
        mistakes.add(method, "a method takes `cx: &RequestContext` after `&self`");
        return None;
    };
    let is_context = match &arg.ty {
        Type::Reference(reference) => {
            last_segment(&reference.elem).is_some_and(|segment| segment.ident == "RequestContext")
        }
        _ => false,
    };
    if !is_context || arg.ident != "cx" {
        mistakes.add(&arg.ident, "the first argument is `cx: &RequestContext`");
    }
    Some(Argument { ident: arg.ident, ty: arg.ty, since: added, drop: false })
}

fn check_arg(arg: WrittenArg, added: Version, newest: Version, mistakes: &mut Mistakes) -> Argument {
    let since = since(arg.since.as_ref(), added, newest, mistakes);
    if matches!(arg.ty, Type::Reference(_)) {
        mistakes.add(&arg.ty, "arguments are owned by the method; generated clients borrow them");
    }
    if since > added && option_of(&arg.ty).is_none() {
        mistakes.add(
            &arg.ty,
            format_args!(
                "`{}` is newer than its method, so older peers do not send it: it must be an Option",
                arg.ident
            ),
        );
    }
    if since < added {
        mistakes.add(&arg.since, "an argument is not older than its method");
    }
    if let Some(drop) = &arg.drop
        && since <= added
    {
        mistakes.add(drop, "only an argument newer than its method can be left out: give it `since`");
    }
    Argument { ident: arg.ident, ty: arg.ty, since, drop: arg.drop.is_some() }
}

/// The `T` of `Result<T, Fault>`, and the whole.
fn check_output(
    method: &Ident,
    output: Option<Type>,
    kind: Option<Kind>,
    mistakes: &mut Mistakes,
) -> Option<(Type, Type)> {
    let Some(output) = output else {
        mistakes.add(method, "every method returns `Result<T, Fault>`: a server may always refuse");
        return None;
    };
    let Some(result) = fault_result(&output) else {
        mistakes.add(&output, "every method returns `Result<T, Fault>`: a server may always refuse");
        return None;
    };
    let unit = matches!(&result, Type::Tuple(tuple) if tuple.elems.is_empty());
    if !unit && kind.is_some_and(|kind| kind != Kind::Call) {
        mistakes.add(&result, "nobody waits for the result of a cast or fanout: it is `()`");
    }
    Some((result, output))
}

fn fault_result(output: &Type) -> Option<Type> {
    let segment = last_segment(output).filter(|segment| segment.ident == "Result")?;
    match &type_args(segment)[..] {
        [result, error] if last_segment(error).is_some_and(|segment| segment.ident == "Fault") => {
            Some((*result).clone())
        }
        _ => None,
    }
}

/// The `T` of `Option<T>`.
pub(crate) fn option_of(ty: &Type) -> Option<&Type> {
    generic_of(ty, "Option")
}

/// The `T` of `name<T>`.
pub(crate) fn generic_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    match type_args(segment)[..] {
        [inner] => Some(inner),
        _ => None,
    }
}

pub(crate) fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn type_args(segment: &syn::PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(args) = &segment.arguments else { return Vec::new() };
    let types = args.args.iter().filter_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}
