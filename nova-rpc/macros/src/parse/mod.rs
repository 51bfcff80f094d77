//! What is written, as plain structs. Nothing is judged here but syntax.

mod settings;

use proc_macro2::TokenStream;
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitStr, Pat, PatType, ReturnType, Signature, TraitItem, TraitItemFn,
    Type, Visibility,
};

use crate::mistakes::Mistakes;

pub(crate) use self::settings::Settings;

/// A contract as written.
pub(crate) struct Written {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) topic: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    pub(crate) namespace: Option<LitStr>,
    pub(crate) to: Option<LitStr>,
    pub(crate) unknown_args: Option<LitStr>,
    pub(crate) methods: Vec<WrittenMethod>,
}

/// A method as written.
pub(crate) struct WrittenMethod {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) sig: Signature,
    /// `call`, `cast`, `fanout`: as many as there are.
    pub(crate) kinds: Vec<Ident>,
    pub(crate) since: Option<LitStr>,
    pub(crate) timeout: Option<Ident>,
    pub(crate) ack: Option<LitStr>,
    pub(crate) idempotent: bool,
    pub(crate) args: Vec<WrittenArg>,
    pub(crate) output: Option<Type>,
}

/// An argument as written; the context is the first.
pub(crate) struct WrittenArg {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) since: Option<LitStr>,
    pub(crate) drop: Option<Ident>,
}

pub(crate) fn contract(options: TokenStream, item: &ItemTrait, mistakes: &mut Mistakes) -> Written {
    let mut settings = mistakes.ok(syn::parse2::<Settings>(options)).unwrap_or_default();
    let written = Written {
        attrs: item.attrs.clone(),
        vis: item.vis.clone(),
        ident: item.ident.clone(),
        topic: settings.text("topic", mistakes),
        version: settings.text("version", mistakes),
        namespace: settings.text("namespace", mistakes),
        to: settings.text("to", mistakes),
        unknown_args: settings.text("unknown_args", mistakes),
        methods: item.items.iter().filter_map(|item| only_method(item, mistakes)).collect(),
    };
    if !item.generics.params.is_empty() {
        mistakes.add(&item.generics, "a contract has no generic parameters: peers could not know them");
    }
    if !item.supertraits.is_empty() {
        mistakes.add(&item.supertraits, "a contract has no supertraits; Send, Sync and 'static are added");
    }
    settings.finish(mistakes);
    written
}

fn only_method(item: &TraitItem, mistakes: &mut Mistakes) -> Option<WrittenMethod> {
    match item {
        TraitItem::Fn(item) => Some(method(item, mistakes)),
        other => {
            mistakes.add(other, "a contract has methods only");
            None
        }
    }
}

fn method(item: &TraitItemFn, mistakes: &mut Mistakes) -> WrittenMethod {
    let mut settings = rpc_settings(&item.attrs, mistakes);
    let written = WrittenMethod {
        attrs: item.attrs.iter().filter(|attr| !attr.path().is_ident("rpc")).cloned().collect(),
        sig: item.sig.clone(),
        kinds: ["call", "cast", "fanout"]
            .into_iter()
            .filter_map(|kind| settings.flag(kind, mistakes))
            .collect(),
        since: settings.text("since", mistakes),
        timeout: settings.word("timeout", mistakes),
        ack: settings.text("ack", mistakes),
        idempotent: settings.flag("idempotent", mistakes).is_some(),
        args: item.sig.inputs.iter().filter_map(|input| argument(input, mistakes)).collect(),
        output: match &item.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(Type::clone(ty)),
        },
    };
    if let Some(body) = &item.default {
        mistakes.add(body, "a contract says what is asked, not how it is done: no bodies");
    }
    settings.finish(mistakes);
    written
}

fn argument(input: &FnArg, mistakes: &mut Mistakes) -> Option<WrittenArg> {
    let FnArg::Typed(PatType { attrs, pat, ty, .. }) = input else { return None };
    let mut settings = rpc_settings(attrs, mistakes);
    let since = settings.text("since", mistakes);
    let drop = settings.flag("drop", mistakes);
    settings.finish(mistakes);
    let Pat::Ident(pat) = &**pat else {
        mistakes.add(pat, "an argument has a plain name: it is its name on the wire");
        return None;
    };
    Some(WrittenArg { ident: pat.ident.clone(), ty: Type::clone(ty), since, drop })
}

/// The settings of all `#[rpc(…)]` among `attrs`.
fn rpc_settings(attrs: &[Attribute], mistakes: &mut Mistakes) -> Settings {
    let mut settings = Settings::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("rpc")) {
        if let Some(more) = mistakes.ok(attr.parse_args::<Settings>()) {
            settings.extend(more);
        }
    }
    settings
}
