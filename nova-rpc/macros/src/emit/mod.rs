//! The code for a contract: one function for each generated item.

mod client;
mod dispatcher;
mod manifest;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ItemTrait, TraitItem};

use crate::check::{Contract, Method};

/// Everything the attribute expands to.
pub(crate) fn contract(contract: &Contract) -> TokenStream {
    let parts = [
        interface_trait(contract),
        manifest::interface(contract),
        client::clients(contract),
        dispatcher::dispatcher(contract),
    ];
    quote! { #(#parts)* }
}

/// The errors, and the trait without our attributes, so that its other users do not fail as well.
pub(crate) fn mistakes(item: &ItemTrait, error: Option<syn::Error>) -> TokenStream {
    let mut item = item.clone();
    for method in &mut item.items {
        if let TraitItem::Fn(method) = method {
            method.attrs.retain(|attr| !attr.path().is_ident("rpc"));
            for input in &mut method.sig.inputs {
                if let syn::FnArg::Typed(input) = input {
                    input.attrs.retain(|attr| !attr.path().is_ident("rpc"));
                }
            }
        }
    }
    let errors = error.map(|error| error.to_compile_error());
    quote! {
        #errors
        #[allow(async_fn_in_trait, dead_code)]
        #item
    }
}

fn interface_trait(contract: &Contract) -> TokenStream {
    let Contract { attrs, vis, ident, .. } = contract;
    let methods = contract.methods.iter().map(trait_method);
    quote! {
        #(#attrs)*
        #vis trait #ident: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#methods)*
        }
    }
}

fn trait_method(method: &Method) -> TokenStream {
    let Method { attrs, ident, context, args, output, .. } = method;
    let inputs = std::iter::once(context).chain(args).map(|arg| {
        let (ident, ty) = (&arg.ident, &arg.ty);
        quote! { #ident: #ty }
    });
    quote! {
        #(#attrs)*
        fn #ident(&self, #(#inputs),*)
            -> impl ::core::future::Future<Output = #output> + ::core::marker::Send;
    }
}

/// `SchedulerApi` → `SCHEDULER_API`.
fn static_name(ident: &Ident) -> Ident {
    let name: Vec<char> = ident.to_string().chars().collect();
    let mut shouted = String::new();
    for (at, letter) in name.iter().enumerate() {
        let after_small = at > 0 && !name[at - 1].is_uppercase();
        let before_small = at > 0 && name.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) {
            shouted.push('_');
        }
        shouted.extend(letter.to_uppercase());
    }
    format_ident!("{}", shouted, span = ident.span())
}
