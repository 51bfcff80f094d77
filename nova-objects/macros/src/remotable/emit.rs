//! From actions to code.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{TypeParamBound, parse_quote};

use super::parse::{Actions, Method, Param};

/// The trait itself, with what it needs to be used behind `dyn`.
pub(super) fn item(actions: &Actions) -> TokenStream {
    let mut item = actions.item.clone();
    let needed: [TypeParamBound; 3] =
        [parse_quote!(::core::marker::Send), parse_quote!(::core::marker::Sync), parse_quote!('static)];
    for (bound, name) in needed.into_iter().zip(["Send", "Sync", "'static"]) {
        if !item.supertraits.iter().any(|own| last_word(own) == name) {
            item.supertraits.push(bound);
        }
    }
    let has_async_trait = item.attrs.iter().any(|attribute| {
        attribute.path().segments.last().is_some_and(|segment| segment.ident == "async_trait")
    });
    if !has_async_trait {
        item.attrs.push(parse_quote!(#[::nova_objects::async_trait]));
    }
    quote!(#item)
}

fn last_word(bound: &TypeParamBound) -> String {
    match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
        }
        TypeParamBound::Lifetime(lifetime) => lifetime.to_string(),
        _ => String::new(),
    }
}

/// Everything around the trait.
pub(super) fn rest(actions: &Actions) -> TokenStream {
    let callers = callers(actions);
    let remotable = remotable(actions);
    let wire = wire(actions);
    quote! {
        #callers
        const _: () = {
            #remotable
            #wire
        };
    }
}

/// The methods that callers use.
fn callers(actions: &Actions) -> TokenStream {
    let object = &actions.object;
    let methods = actions.methods.iter().map(|method| caller(actions, method));
    quote! {
        impl #object {
            #( #methods )*
        }
    }
}

fn caller(actions: &Actions, method: &Method) -> TokenStream {
    let vis = &actions.item.vis;
    let Method { ident, name, docs, params, result, .. } = method;
    let declared = params.iter().map(|Param { ident, ty, .. }| quote!(#ident: #ty));
    let passed = params.iter().map(|param| &param.ident);
    let kwargs = params.iter().map(|param| {
        let (name, value) = (&param.name, param.shape.send(&param.ident));
        quote!(.arg(#name, #value))
    });
    let kwargs = quote!(::nova_objects::__private::Kwargs::none() #( #kwargs )*);
    let (receiver, itself, remote) = match method.on_object {
        true => {
            (quote!(&mut self,), quote!(self,), quote!(remote.object_action(cx, self, #name, &kwargs).await))
        }
        false => (quote!(), quote!(), quote!(remote.class_action::<Self, #result>(cx, #name, &kwargs).await)),
    };
    quote! {
        #( #docs )*
        #[allow(clippy::too_many_arguments)]
        #vis async fn #ident(
            #receiver
            cx: &::nova_objects::__private::RequestContext,
            objects: &::nova_objects::Objects,
            #( #declared ),*
        ) -> ::core::result::Result<#result, ::nova_objects::__private::Fault> {
            match objects.route::<Self>()? {
                ::nova_objects::__private::Route::Local(store) => store.#ident(cx, #itself #( #passed ),*).await,
                ::nova_objects::__private::Route::Remote(remote) => {
                    let kwargs = #kwargs;
                    #remote
                }
            }
        }
    }
}

fn remotable(actions: &Actions) -> TokenStream {
    let (object, ident) = (&actions.object, &actions.item.ident);
    let specs = actions.methods.iter().map(|method| {
        let (name, signature) = (&method.name, method.signature());
        let kind = if method.on_object { format_ident!("on_object") } else { format_ident!("on_class") };
        quote!(::nova_objects::ActionSpec::#kind(#name, #signature))
    });
    quote! {
        impl ::nova_objects::Remotable for #object {
            type Actions = dyn #ident;

            const ACTIONS: &'static [::nova_objects::ActionSpec] = &[ #( #specs ),* ];

            fn wire(
                actions: ::std::sync::Arc<dyn #ident>,
            ) -> ::std::sync::Arc<dyn ::nova_objects::__private::ActionsWire> {
                ::std::sync::Arc::new(Wire(actions))
            }
        }
    }
}

/// The names peers may ask for.
fn wire(actions: &Actions) -> TokenStream {
    let ident = &actions.item.ident;
    let on_class = actions.methods.iter().filter(|method| !method.on_object).map(class_arm);
    let on_object =
        actions.methods.iter().filter(|method| method.on_object).map(|method| object_arm(actions, method));
    quote! {
        struct Wire(::std::sync::Arc<dyn #ident>);

        impl ::nova_objects::__private::ActionsWire for Wire {
            #[allow(unused_variables)]
            fn class_action<'a>(
                &'a self,
                cx: &'a ::nova_objects::__private::RequestContext,
                __call: ::nova_objects::__private::Call<'a>,
            ) -> ::nova_objects::__private::BoxFuture<
                'a,
                ::core::result::Result<::nova_objects::__private::Encoded, ::nova_objects::__private::Fault>,
            > {
                ::std::boxed::Box::pin(async move {
                    match __call.method() {
                        #( #on_class )*
                        _ => ::core::result::Result::Err(__call.unknown()),
                    }
                })
            }

            #[allow(unused_variables)]
            fn object_action<'a>(
                &'a self,
                cx: &'a ::nova_objects::__private::RequestContext,
                __object: &'a ::nova_objects::__private::Encoded,
                __call: ::nova_objects::__private::Call<'a>,
            ) -> ::nova_objects::__private::BoxFuture<
                'a,
                ::core::result::Result<
                    (::nova_objects::__private::Encoded, ::nova_objects::__private::Encoded),
                    ::nova_objects::__private::Fault,
                >,
            > {
                ::std::boxed::Box::pin(async move {
                    match __call.method() {
                        #( #on_object )*
                        _ => ::core::result::Result::Err(__call.unknown()),
                    }
                })
            }
        }
    }
}

fn class_arm(method: &Method) -> TokenStream {
    let Method { ident, name, params, .. } = method;
    let received = received(method);
    let passed = params.iter().map(|param| param.shape.pass(&param.ident));
    quote! {
        #name => {
            #received
            __call.reply(self.0.#ident(cx, #( #passed ),*).await?)
        }
    }
}

fn object_arm(actions: &Actions, method: &Method) -> TokenStream {
    let object = &actions.object;
    let Method { ident, name, params, .. } = method;
    let received = received(method);
    let passed = params.iter().map(|param| param.shape.pass(&param.ident));
    quote! {
        #name => {
            #received
            let (__before, mut __after) = __call.object::<#object>(__object)?;
            let __result = self.0.#ident(cx, &mut __after, #( #passed ),*).await?;
            __call.object_reply(&__before, &__after, &__result)
        }
    }
}

/// Reads the arguments into variables of their names.
fn received(method: &Method) -> TokenStream {
    let names = method.params.iter().map(|param| &param.name);
    let idents: Vec<_> = method.params.iter().map(|param| &param.ident).collect();
    let types = method.params.iter().map(|param| param.shape.owned());
    let places = 0..idents.len();
    let taken = method.params.iter().map(|param| {
        let (ident, name) = (&param.ident, &param.name);
        match param.shape.is_optional() {
            true => quote!(let #ident = __args.#ident.flatten();),
            false => {
                quote!(let #ident = ::nova_objects::__private::required(__args.#ident, &__call.action(), #name)?;)
            }
        }
    });
    let types: Vec<_> = types
        .zip(&method.params)
        .map(|(ty, param)| if param.shape.is_optional() { quote!(::core::option::Option<#ty>) } else { ty })
        .collect();
    quote! {
        #[derive(::core::default::Default)]
        struct Args {
            #( #idents: ::core::option::Option<#types>, )*
        }

        impl ::nova_objects::__private::Params for Args {
            const NAMES: &'static [&'static str] = &[ #( #names ),* ];

            #[allow(unused_variables)]
            fn read<'de, D: ::nova_objects::__private::serde::Deserializer<'de>>(
                &mut self,
                index: usize,
                deserializer: D,
            ) -> ::core::result::Result<(), D::Error> {
                match index {
                    #( #places => {
                        self.#idents = ::core::option::Option::Some(
                            ::nova_objects::FieldType::read(deserializer)?,
                        );
                    } )*
                    _ => (),
                }
                ::core::result::Result::Ok(())
            }
        }

        #[allow(unused_variables)]
        let __args: Args = __call.params()?;
        #( #taken )*
    }
}
