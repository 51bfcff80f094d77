//! `#[remotable(Object)]`.

mod emit;
mod parse;
mod shape;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;

/// The trait, and what goes with it; the trait alone and every mistake, when there are any.
pub(crate) fn expand(object: &syn::Path, item: syn::ItemTrait) -> TokenStream {
    let mut errors = Errors::default();
    let actions = parse::Actions::parse(object, item, &mut errors);
    let item = emit::item(&actions);
    let rest = match errors.into_compile_errors() {
        None => emit::rest(&actions),
        Some(errors) => errors,
    };
    quote!(#item #rest)
}
