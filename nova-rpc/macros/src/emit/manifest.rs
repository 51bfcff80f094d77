//! The static that describes the contract.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Type;
use syn::ext::IdentExt;

use super::static_name;
use crate::check::{Argument, Contract, Kind, Method, Version};

pub(super) fn interface(contract: &Contract) -> TokenStream {
    let Contract { vis, ident, .. } = contract;
    let (static_name, name) = (static_name(ident), ident.to_string());
    let topic = option(contract.topic.as_ref());
    let namespace = option(contract.namespace.as_ref());
    let version = version(contract.version);
    let to = if contract.to_server { quote!(Server) } else { quote!(Any) };
    let unknown_args = if contract.ignore_unknown { quote!(Ignore) } else { quote!(Refuse) };
    let methods = contract.methods.iter().enumerate().map(|(index, spec)| method(index, spec));
    let doc = format!("What [`{ident}`] says about itself.");
    quote! {
        #[doc = #doc]
        #vis static #static_name: ::nova_rpc::interface::Interface = ::nova_rpc::interface::Interface {
            name: #name,
            topic: #topic,
            namespace: #namespace,
            version: #version,
            to: ::nova_rpc::interface::Addressing::#to,
            unknown_args: ::nova_rpc::interface::UnknownArgs::#unknown_args,
            methods: &[#(#methods),*],
        };
    }
}

fn method(index: usize, method: &Method) -> TokenStream {
    let name = method.ident.unraw().to_string();
    let kind = match method.kind {
        Kind::Call => quote!(Call),
        Kind::Cast => quote!(Cast),
        Kind::Fanout => quote!(Fanout),
    };
    let since = version(method.since);
    let timeout = if method.long { quote!(Long) } else { quote!(Default) };
    let ack = if method.ack_after { quote!(After) } else { quote!(Before) };
    let idempotent = method.idempotent;
    let args = method.args.iter().map(argument);
    let returns = type_text(&method.result);
    quote! {
        ::nova_rpc::interface::MethodSpec {
            index: #index,
            name: #name,
            kind: ::nova_rpc::interface::Kind::#kind,
            since: #since,
            timeout: ::nova_rpc::interface::Timeout::#timeout,
            ack: ::nova_rpc::interface::Ack::#ack,
            idempotent: #idempotent,
            args: &[#(#args),*],
            returns: #returns,
        }
    }
}

fn argument(arg: &Argument) -> TokenStream {
    let name = arg.ident.unraw().to_string();
    let ty = type_text(&arg.ty);
    let since = version(arg.since);
    let too_new = if arg.drop { quote!(Drop) } else { quote!(Refuse) };
    quote! {
        ::nova_rpc::interface::ArgSpec {
            name: #name,
            r#type: #ty,
            since: #since,
            too_new: ::nova_rpc::interface::TooNew::#too_new,
        }
    }
}

fn version(Version { major, minor }: Version) -> TokenStream {
    quote! { ::nova_rpc::Version::new(#major, #minor) }
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote! { ::core::option::Option::Some(#value) },
        None => quote! { ::core::option::Option::None },
    }
}

/// A type as a person writes it: tokens have a space between any two.
fn type_text(ty: &Type) -> String {
    let spaced = ty.to_token_stream().to_string();
    let tight: String = spaced.split(' ').collect();
    tight.replace(',', ", ").replace("dyn", "dyn ")
}
