//! The server's side: from encoded arguments to the trait's methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::static_name;
use crate::check::{Contract, Method};

pub(super) fn dispatcher(contract: &Contract) -> TokenStream {
    let Contract { vis, ident, .. } = contract;
    let name = format_ident!("{}Dispatcher", ident);
    let interface = static_name(ident);
    let arms = contract.methods.iter().enumerate().map(|(index, method)| arm(index, method));
    let doc = format!("Serves a [`{ident}`] over RPC: an endpoint for [`Server`](::nova_rpc::Server).");
    quote! {
        #[doc = #doc]
        #vis struct #name<M>(::std::sync::Arc<M>);

        impl<M: #ident> #name<M> {
            /// Serves `implementation`.
            pub fn new(implementation: ::std::sync::Arc<M>) -> Self {
                Self(implementation)
            }
        }

        impl<M> ::core::clone::Clone for #name<M> {
            fn clone(&self) -> Self {
                Self(::std::sync::Arc::clone(&self.0))
            }
        }

        impl<M> ::core::fmt::Debug for #name<M> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::stringify!(#name))
            }
        }

        impl<M: #ident> ::nova_rpc::Endpoint for #name<M> {
            fn interface(&self) -> &'static ::nova_rpc::Interface {
                &#interface
            }

            fn dispatch(
                self: ::std::sync::Arc<Self>,
                request: ::nova_rpc::Incoming,
            ) -> ::nova_rpc::__private::BoxFuture<
                'static,
                ::core::result::Result<::nova_rpc::Encoded, ::nova_rpc::__private::Fault>,
            > {
                match request.method.index {
                    #(#arms)*
                    _ => ::nova_rpc::__private::no_such_method(request),
                }
            }
        }
    }
}

fn arm(index: usize, method: &Method) -> TokenStream {
    let ident = &method.ident;
    let names: Vec<_> = method.args.iter().map(|arg| format_ident!("__{}", arg.ident)).collect();
    let types = method.args.iter().map(|arg| &arg.ty);
    let pattern = list(names.iter());
    let list_type = list(types);
    quote! {
        #index => ::std::boxed::Box::pin(async move {
            let #pattern = ::nova_rpc::__private::read_args::<#list_type>(&request)?;
            let result = self.0.#ident(&request.cx, #(#names),*).await?;
            request.reply(&result)
        }),
    }
}

/// `a, b` → `(a, (b, ()))`: how generic code takes any number of things of any type.
pub(super) fn list(items: impl DoubleEndedIterator<Item = impl quote::ToTokens>) -> TokenStream {
    items.rfold(quote!(()), |rest, item| quote!((#item, #rest)))
}
