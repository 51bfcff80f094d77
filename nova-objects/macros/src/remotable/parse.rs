//! From a trait to the actions in it.

use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, ItemTrait, Pat, Path, ReturnType, TraitItem, TraitItemFn, Type};

use super::shape::Shape;
use crate::errors::Errors;
use crate::generic::argument;

/// The actions of one object.
pub(super) struct Actions {
    pub(super) item: ItemTrait,
    pub(super) object: Path,
    pub(super) methods: Vec<Method>,
}

/// One action.
pub(super) struct Method {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) docs: Vec<Attribute>,
    pub(super) on_object: bool,
    pub(super) params: Vec<Param>,
    /// The `T` of the `Result<T, Fault>`.
    pub(super) result: Type,
}

/// One parameter, after the context and the object.
pub(super) struct Param {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) shape: Shape,
}

impl Actions {
    pub(super) fn parse(object: &Path, item: ItemTrait, errors: &mut Errors) -> Self {
        if !item.generics.params.is_empty() {
            errors
                .at(item.generics.span(), "a trait of actions has no generics: stores are used behind `dyn`");
        }
        let mut methods = Vec::new();
        for member in &item.items {
            match member {
                TraitItem::Fn(method) => methods.extend(Method::parse(object, method, errors)),
                other => errors.at(other.span(), "a trait of actions has only methods"),
            }
        }
        Self { item, object: object.clone(), methods }
    }
}

impl Method {
    fn parse(object: &Path, method: &TraitItemFn, errors: &mut Errors) -> Option<Self> {
        let signature = &method.sig;
        if signature.asyncness.is_none() {
            errors.at(signature.span(), "an action is an `async fn`: it may run elsewhere");
        }
        if !signature.generics.params.is_empty() {
            errors.at(signature.generics.span(), "an action has no generics: its types are its contract");
        }
        let mut inputs = signature.inputs.iter().peekable();
        check_receiver(inputs.next(), signature, errors);
        check_context(inputs.next(), signature, errors);
        let on_object = inputs.next_if(|input| is_object(object, input)).is_some();
        let params = inputs.filter_map(|input| Param::parse(input, errors)).collect();
        Some(Self {
            ident: signature.ident.clone(),
            name: signature.ident.unraw().to_string(),
            docs: method.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
            on_object,
            params,
            result: errors.keep(result(signature))?,
        })
    }

    /// Arguments and result as text that formatting does not change.
    pub(super) fn signature(&self) -> String {
        use quote::ToTokens;
        let words = |ty: &Type| ty.to_token_stream().to_string().replace(' ', "");
        let params: Vec<_> =
            self.params.iter().map(|param| format!("{}: {}", param.name, words(&param.ty))).collect();
        format!("({}) -> {}", params.join(", "), words(&self.result))
    }
}

fn check_receiver(input: Option<&FnArg>, signature: &syn::Signature, errors: &mut Errors) {
    let shared = matches!(input, Some(FnArg::Receiver(receiver)) if receiver.mutability.is_none());
    if !shared {
        errors.at(signature.ident.span(), "the first parameter is `&self`: the store");
    }
}

fn check_context(input: Option<&FnArg>, signature: &syn::Signature, errors: &mut Errors) {
    let is_context = |ty: &Type| match ty {
        Type::Reference(reference) => {
            last_ident(&reference.elem).is_some_and(|ident| ident == "RequestContext")
        }
        _ => false,
    };
    if !matches!(input, Some(FnArg::Typed(typed)) if is_context(&typed.ty)) {
        errors.at(signature.ident.span(), "the second parameter is `cx: &RequestContext`");
    }
}

/// Whether the parameter is `&mut Object`.
fn is_object(object: &Path, input: &FnArg) -> bool {
    let FnArg::Typed(typed) = input else { return false };
    let Type::Reference(reference) = &*typed.ty else { return false };
    let wanted = object.segments.last().map(|segment| &segment.ident);
    reference.mutability.is_some() && last_ident(&reference.elem) == wanted
}

fn last_ident(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

fn result(signature: &syn::Signature) -> syn::Result<Type> {
    let of_result = match &signature.output {
        ReturnType::Type(_, ty) => argument(ty, "Result").cloned(),
        ReturnType::Default => None,
    };
    of_result.ok_or_else(|| syn::Error::new_spanned(signature, "an action returns `Result<T, Fault>`"))
}

impl Param {
    fn parse(input: &FnArg, errors: &mut Errors) -> Option<Self> {
        let FnArg::Typed(typed) = input else { return None };
        let Pat::Ident(pattern) = &*typed.pat else {
            errors.at(typed.pat.span(), "a parameter is a plain name, which is its name on the wire");
            return None;
        };
        let name = pattern.ident.unraw().to_string();
        if name == "objects" {
            errors.at(pattern.ident.span(), "`objects` is the handle that callers pass; choose another name");
        }
        let shape = errors.keep(Shape::of(&typed.ty))?;
        Some(Self { ident: pattern.ident.clone(), name, ty: (*typed.ty).clone(), shape })
    }
}
