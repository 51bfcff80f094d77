//! How a parameter is passed, sent and received.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Type};

use crate::generic::argument;

/// The way a parameter is written.
pub(super) enum Shape {
    /// `&str`.
    Text,
    /// `&[T]`.
    Slice(Type),
    /// `&T`.
    Borrowed(Type),
    /// `Option<&str>`.
    MaybeText,
    /// `Option<&[T]>`.
    MaybeSlice(Type),
    /// `Option<&T>`.
    MaybeBorrowed(Type),
    /// `Option<T>`.
    MaybeOwned(Type),
    /// `T`.
    Owned(Type),
}

impl Shape {
    pub(super) fn of(ty: &Type) -> syn::Result<Self> {
        if let Some(inner) = option(ty) {
            return Ok(match Self::of(inner)? {
                Self::Text => Self::MaybeText,
                Self::Slice(item) => Self::MaybeSlice(item),
                Self::Borrowed(inner) => Self::MaybeBorrowed(inner),
                Self::Owned(inner) => Self::MaybeOwned(inner),
                _ => {
                    return Err(syn::Error::new_spanned(
                        ty,
                        "an `Option` of an `Option` cannot be told apart on the wire",
                    ));
                }
            });
        }
        let Type::Reference(reference) = ty else { return Ok(Self::Owned(ty.clone())) };
        if reference.mutability.is_some() {
            let message =
                "only the object itself is `&mut`, and only as the first parameter after the context";
            return Err(syn::Error::new_spanned(ty, message));
        }
        match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => Ok(Self::Text),
            Type::Slice(slice) if matches!(*slice.elem, Type::Reference(_)) => {
                Err(syn::Error::new_spanned(ty, "take a slice of owned values, for example `&[String]`"))
            }
            Type::Slice(slice) => Ok(Self::Slice((*slice.elem).clone())),
            inner => Ok(Self::Borrowed(inner.clone())),
        }
    }

    /// The type a received value has.
    pub(super) fn owned(&self) -> TokenStream {
        match self {
            Self::Text | Self::MaybeText => quote!(::std::string::String),
            Self::Slice(item) | Self::MaybeSlice(item) => quote!(::std::vec::Vec<#item>),
            Self::Borrowed(inner)
            | Self::MaybeBorrowed(inner)
            | Self::MaybeOwned(inner)
            | Self::Owned(inner) => {
                quote!(#inner)
            }
        }
    }

    pub(super) fn is_optional(&self) -> bool {
        matches!(self, Self::MaybeText | Self::MaybeSlice(_) | Self::MaybeBorrowed(_) | Self::MaybeOwned(_))
    }

    /// A received value, passed to the store.
    pub(super) fn pass(&self, name: &Ident) -> TokenStream {
        match self {
            Self::Text | Self::Slice(_) | Self::Borrowed(_) => quote!(&#name),
            Self::MaybeText | Self::MaybeSlice(_) => quote!(#name.as_deref()),
            Self::MaybeBorrowed(_) => quote!(#name.as_ref()),
            Self::MaybeOwned(_) | Self::Owned(_) => quote!(#name),
        }
    }

    /// A caller's value as something serde writes, or nothing.
    pub(super) fn send(&self, name: &Ident) -> TokenStream {
        match self {
            Self::Text => quote!(::core::option::Option::Some(#name)),
            Self::Slice(_) => quote!(::core::option::Option::Some(::nova_objects::__private::Slice(#name))),
            Self::Borrowed(_) => quote!(::core::option::Option::Some(::nova_objects::types::Out(#name))),
            Self::MaybeText => quote!(#name),
            Self::MaybeSlice(_) => quote!(#name.map(::nova_objects::__private::Slice)),
            Self::MaybeBorrowed(_) => quote!(#name.map(::nova_objects::types::Out)),
            Self::MaybeOwned(_) => quote!(#name.as_ref().map(::nova_objects::types::Out)),
            Self::Owned(_) => quote!(::core::option::Option::Some(::nova_objects::types::Out(&#name))),
        }
    }
}

fn option(ty: &Type) -> Option<&Type> {
    argument(ty, "Option")
}
