//! From what the author said to an implementation.

use proc_macro2::TokenStream;
use quote::quote;

use super::parse::{Field, Object, Version};

/// Everything that is emitted for one object.
pub(super) fn object(object: &Object) -> TokenStream {
    let tables = tables(object);
    let versioned = versioned_object(object);
    let field_type = field_type(object);
    let serde = serde(object);
    let inherent = inherent(object);
    let list = list(object);
    quote! {
        const _: () = {
            #tables
            #versioned
            #field_type
            #serde
            #inherent
            #list
        };
    }
}

fn version(Version { major, minor }: &Version) -> TokenStream {
    quote!(::nova_objects::Version::new(#major, #minor))
}

fn tables(object: &Object) -> TokenStream {
    let Object { name, namespace, .. } = object;
    let fields = object.fields.iter().map(|field| field_spec(name, field));
    let count = object.fields.len();
    let version_text = format!("{}.{}", object.version.major, object.version.minor);
    let version = version(&object.version);
    quote! {
        static FIELDS: [::nova_objects::FieldSpec; #count] = [#(#fields),*];
        static SPEC: ::nova_objects::ObjectSpec =
            ::nova_objects::ObjectSpec::new(#name, #namespace, (#version, #version_text), &FIELDS);
    }
}

fn field_spec(object: &str, field: &Field) -> TokenStream {
    let Field { name, ty, .. } = field;
    let since = version(&field.since);
    let default = match &field.default {
        Some(default) => {
            let text = default.to_string();
            quote!(::core::option::Option::Some(#text))
        }
        None => quote!(::core::option::Option::None),
    };
    quote!(::nova_objects::FieldSpec::new::<#ty>(#object, #name, #since, #default))
}

fn versioned_object(object: &Object) -> TokenStream {
    let ident = &object.ident;
    let idents: Vec<_> = object.fields.iter().map(|field| &field.ident).collect();
    let names = object.fields.iter().map(|field| &field.name);
    let types = object.fields.iter().map(|field| &field.ty);
    let places: Vec<_> = (0..idents.len()).collect();
    let convert = convert(object);
    let defaults = object.fields.iter().enumerate().filter_map(|(place, field)| default(place, field));
    quote! {
        impl ::nova_objects::VersionedObject for #ident {
            const SPEC: &'static ::nova_objects::ObjectSpec = &SPEC;

            fn empty() -> Self {
                Self {
                    meta: ::nova_objects::Meta::new(&SPEC),
                    #( #idents: ::nova_objects::Slot::empty(&FIELDS[#places]), )*
                }
            }

            fn meta(&self) -> &::nova_objects::Meta {
                &self.meta
            }

            fn meta_mut(&mut self) -> &mut ::nova_objects::Meta {
                &mut self.meta
            }

            fn index_of(name: &str) -> ::core::option::Option<usize> {
                match name {
                    #( #names => ::core::option::Option::Some(#places), )*
                    _ => ::core::option::Option::None,
                }
            }

            fn visit<V: ::nova_objects::Visit>(&self, v: &mut V) -> ::core::result::Result<(), V::Error> {
                #( v.field(&FIELDS[#places], ::nova_objects::Slot::as_field(&self.#idents))?; )*
                let _ = v;
                ::core::result::Result::Ok(())
            }

            fn visit_mut<V: ::nova_objects::VisitMut>(&mut self, v: &mut V) -> ::core::result::Result<(), V::Error> {
                #( v.field(&FIELDS[#places], ::nova_objects::Slot::as_field_mut(&mut self.#idents))?; )*
                let _ = v;
                ::core::result::Result::Ok(())
            }

            fn visit_one<V: ::nova_objects::VisitOne>(
                &mut self,
                index: usize,
                v: V,
            ) -> ::core::result::Result<V::Output, V> {
                match index {
                    #( #places => ::core::result::Result::Ok(
                        v.field(&FIELDS[#places], ::nova_objects::Slot::as_field_mut(&mut self.#idents)),
                    ), )*
                    _ => ::core::result::Result::Err(v),
                }
            }

            fn visit_pair<V: ::nova_objects::VisitPair>(
                &self,
                other: &Self,
                v: &mut V,
            ) -> ::core::result::Result<(), V::Error> {
                #( v.pair(
                    &FIELDS[#places],
                    ::nova_objects::Slot::as_field(&self.#idents),
                    ::nova_objects::Slot::as_field(&other.#idents),
                )?; )*
                let _ = (other, v);
                ::core::result::Result::Ok(())
            }

            fn manifest_fields(manifest: &mut ::nova_objects::Manifest) {
                #( <<#types as ::nova_objects::Slot>::Value as ::nova_objects::FieldType>::manifest_into(manifest); )*
                let _ = manifest;
            }

            fn load_default(&mut self, index: usize) -> bool {
                match index {
                    #( #defaults )*
                    _ => return false,
                }
                #[allow(unreachable_code)]
                true
            }

            #convert
        }
    }
}

fn convert(object: &Object) -> TokenStream {
    if !object.converts {
        return TokenStream::new();
    }
    quote! {
        fn convert_to(
            &mut self,
            target: ::nova_objects::Version,
        ) -> ::core::result::Result<(), ::nova_objects::__private::Fault> {
            ::nova_objects::Convert::convert_to(self, target)
        }
    }
}

fn default(place: usize, field: &Field) -> Option<TokenStream> {
    let Field { ident, default, .. } = field;
    default
        .as_ref()
        .map(|default| quote!(#place => ::nova_objects::Slot::as_field_mut(&mut self.#ident).load(#default),))
}

fn field_type(object: &Object) -> TokenStream {
    let ident = &object.ident;
    quote! {
        impl ::nova_objects::FieldType for #ident {
            fn describe() -> ::std::string::String {
                ::std::string::String::from(SPEC.name)
            }

            fn write<S: ::nova_objects::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::nova_objects::primitive::serialize(self, serializer)
            }

            fn read<'de, D: ::nova_objects::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::nova_objects::primitive::deserialize(deserializer)
            }

            fn inner_changes(&self) -> bool {
                ::nova_objects::VersionedObject::has_changes(self)
            }

            fn reset_inner(&mut self) {
                ::nova_objects::VersionedObject::reset_changes(self);
            }

            fn fit_inner(
                &mut self,
                manifest: &::nova_objects::Manifest,
            ) -> ::core::result::Result<(), ::nova_objects::__private::Fault> {
                ::nova_objects::make_compatible(self, manifest)
            }

            fn manifest_into(manifest: &mut ::nova_objects::Manifest) {
                if manifest.insert(SPEC.name, SPEC.version) {
                    <Self as ::nova_objects::VersionedObject>::manifest_fields(manifest);
                }
            }
        }
    }
}

fn serde(object: &Object) -> TokenStream {
    let ident = &object.ident;
    quote! {
        impl ::nova_objects::__private::serde::Serialize for #ident {
            fn serialize<S: ::nova_objects::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::nova_objects::primitive::serialize(self, serializer)
            }
        }

        impl<'de> ::nova_objects::__private::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::nova_objects::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::nova_objects::primitive::deserialize(deserializer)
            }
        }
    }
}

/// What callers use most, callable without importing the trait.
fn inherent(object: &Object) -> TokenStream {
    let Object { ident, vis, .. } = object;
    quote! {
        #[allow(dead_code)]
        impl #ident {
            /// An object with every field unset.
            #vis fn empty() -> Self {
                ::nova_objects::VersionedObject::empty()
            }

            /// The names of the fields that were changed, or that hold an object with changes.
            #vis fn changes(&self) -> ::std::vec::Vec<&'static str> {
                ::nova_objects::VersionedObject::changes(self)
            }

            /// Forgets which fields were changed, here and in nested objects.
            #vis fn reset_changes(&mut self) {
                ::nova_objects::VersionedObject::reset_changes(self);
            }
        }
    }
}

fn list(object: &Object) -> TokenStream {
    let Some(member) = object.member() else { return TokenStream::new() };
    let Object { ident, vis, .. } = object;
    quote! {
        impl ::nova_objects::ListObject for #ident {
            type Member = #member;

            fn of(members: ::std::vec::Vec<#member>) -> Self {
                let mut list = <Self as ::nova_objects::VersionedObject>::empty();
                list.objects.load(members);
                list
            }

            fn members(&self) -> &[#member] {
                self.objects.value().map_or(&[], |members| members.as_slice())
            }
        }

        #[allow(dead_code)]
        impl #ident {
            /// A list of these, as a store made it: nothing is changed.
            #vis fn of(members: ::std::vec::Vec<#member>) -> Self {
                <Self as ::nova_objects::ListObject>::of(members)
            }

            /// What it holds; nothing when the field is unset.
            #vis fn members(&self) -> &[#member] {
                <Self as ::nova_objects::ListObject>::members(self)
            }

            /// What it holds, to be changed; each member tracks its own changes.
            #vis fn members_mut(&mut self) -> &mut [#member] {
                self.objects.nested_mut().map_or(&mut [], |members| members.as_mut_slice())
            }

            /// What it holds, taken out.
            #vis fn into_members(self) -> ::std::vec::Vec<#member> {
                self.objects.into_value().map_or_else(::std::vec::Vec::new, |members| members.0)
            }

            /// Goes over what it holds.
            #vis fn iter(&self) -> ::core::slice::Iter<'_, #member> {
                self.members().iter()
            }
        }
    }
}
