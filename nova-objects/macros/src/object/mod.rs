//! `#[derive(VersionedObject)]`.

mod emit;
mod parse;

use proc_macro2::TokenStream;

/// The implementation for one struct, or everything that is wrong with it.
pub(crate) fn expand(input: &syn::DeriveInput) -> syn::Result<TokenStream> {
    Ok(emit::object(&parse::Object::parse(input)?))
}
