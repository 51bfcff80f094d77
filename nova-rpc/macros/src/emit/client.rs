//! The caller's side.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type};

use super::dispatcher::list;
use super::static_name;
use crate::check::{Argument, Contract, Kind, Method, generic_of, last_segment, option_of};

/// Types that clients take by value.
const COPIED: [&str; 14] =
    ["bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];

pub(super) fn clients(contract: &Contract) -> TokenStream {
    let Contract { vis, ident, .. } = contract;
    let client = format_ident!("{}Client", ident);
    let doc = format!("Calls [`{ident}`].");
    let new = new(contract);
    if !contract.to_server {
        let doc_on = "The same on one server; methods declared `fanout` still reach all.";
        let on = on(&client, doc_on);
        let methods = methods(contract, |_| true);
        return client_type(vis, &client, &doc, &[new, on], &methods);
    }
    let one = format_ident!("{}On", ident);
    let on = on(&one, "The methods on one server.");
    let topic_wide =
        client_type(vis, &client, &doc, &[new, on], &methods(contract, |kind| kind == Kind::Fanout));
    let doc = format!("Calls [`{ident}`] on one server; made by [`{client}::on`].");
    let single = client_type(vis, &one, &doc, &[], &methods(contract, |kind| kind != Kind::Fanout));
    quote! { #topic_wide #single }
}

fn client_type(
    vis: &syn::Visibility,
    name: &Ident,
    doc: &str,
    constructors: &[TokenStream],
    methods: &[TokenStream],
) -> TokenStream {
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #name(::nova_rpc::__private::Caller);

        #[allow(dead_code, clippy::too_many_arguments)]
        impl #name {
            #(#constructors)*

            /// The same with calls that wait at most `timeout`.
            pub fn with_timeout(&self, timeout: ::core::time::Duration) -> Self {
                Self(self.0.with_timeout(timeout))
            }

            /// The same with messages no newer than `version`.
            pub fn capped(&self, version: ::nova_rpc::Version) -> Self {
                Self(self.0.capped(version))
            }

            /// Whether messages of `version` may be sent now.
            pub fn can_send(&self, version: ::nova_rpc::Version) -> bool {
                self.0.can_send(version)
            }

            #(#methods)*
        }
    }
}

fn new(contract: &Contract) -> TokenStream {
    let interface = static_name(&contract.ident);
    match &contract.topic {
        Some(topic) => quote! {
            /// Calls servers of the contract's topic.
            pub fn new(client: &::nova_rpc::Client) -> Self {
                Self(::nova_rpc::__private::Caller::new(client, &#interface, #topic))
            }
        },
        None => quote! {
            /// Calls servers of `topic`.
            pub fn new(
                client: &::nova_rpc::Client,
                topic: impl ::core::convert::Into<::std::borrow::Cow<'static, str>>,
            ) -> Self {
                Self(::nova_rpc::__private::Caller::new(client, &#interface, topic))
            }
        },
    }
}

fn on(result: &Ident, doc: &str) -> TokenStream {
    quote! {
        #[doc = #doc]
        pub fn on(&self, server: &str) -> #result {
            #result(self.0.on(server))
        }
    }
}

fn methods(contract: &Contract, wanted: impl Fn(Kind) -> bool) -> Vec<TokenStream> {
    let interface = static_name(&contract.ident);
    let methods = contract.methods.iter().enumerate().filter(|(_, method)| wanted(method.kind));
    methods.map(|(index, spec)| method(&interface, index, spec)).collect()
}

fn method(interface: &Ident, index: usize, method: &Method) -> TokenStream {
    let Method { attrs, ident, args, result, .. } = method;
    let inputs = args.iter().map(|arg| {
        let (ident, ty) = (&arg.ident, borrowed(&arg.ty));
        quote! { #ident: #ty }
    });
    let given = args.iter().map(|arg| given(arg, method));
    let values = list(args.iter().map(|arg| &arg.ident));
    let send = match method.kind {
        Kind::Call => format_ident!("call"),
        Kind::Cast | Kind::Fanout => format_ident!("cast"),
    };
    quote! {
        #(#attrs)*
        pub async fn #ident(
            &self,
            cx: &::nova_rpc::__private::RequestContext,
            #(#inputs),*
        ) -> ::core::result::Result<#result, ::nova_rpc::CallError> {
            self.0.#send(cx, &#interface.methods[#index], &[#(#given),*], #values).await
        }
    }
}

/// Whether an argument has a value; one as old as its method is always sent.
fn given(arg: &Argument, method: &Method) -> TokenStream {
    let ident = &arg.ident;
    if arg.since > method.since { quote!(#ident.is_some()) } else { quote!(true) }
}

/// How a client takes an argument of type `ty`: by reference, unless it is as cheap to copy.
fn borrowed(ty: &Type) -> TokenStream {
    if let Some(inner) = option_of(ty) {
        let inner = borrowed(inner);
        return quote! { ::core::option::Option<#inner> };
    }
    if let Some(item) = generic_of(ty, "Vec") {
        return quote! { &[#item] };
    }
    match last_segment(ty).map(|segment| segment.ident.to_string()) {
        Some(name) if name == "String" => quote! { &str },
        Some(name) if COPIED.contains(&&*name) => quote! { #ty },
        _ => quote! { &#ty },
    }
}
