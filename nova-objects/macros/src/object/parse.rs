//! From tokens to what the author said.

use crate::errors::Errors;
use crate::generic::argument;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, LitStr, Type};

/// One object.
pub(super) struct Object {
    pub(super) ident: Ident,
    pub(super) vis: syn::Visibility,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) version: Version,
    pub(super) converts: bool,
    pub(super) fields: Vec<Field>,
}

/// One field.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) since: Version,
    pub(super) default: Option<TokenStream>,
}

/// A version that was checked here.
#[derive(Default)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Object {
    pub(super) fn parse(input: &DeriveInput) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let said = errors.keep(Said::parse(&input.attrs)).unwrap_or_default();
        if said.namespace.is_none() {
            errors.at(input.ident.span(), "say whose object this is: `#[object(namespace = \"…\")]`");
        }
        if said.version.is_none() {
            errors.at(input.ident.span(), "say which version this is: `#[object(version = \"1.0\")]`");
        }
        let version = said.version.and_then(|text| errors.keep(Version::parse(&text)));
        if !input.generics.params.is_empty() {
            errors
                .at(input.generics.span(), "a versioned object has no generics: its fields are its contract");
        }
        let fields = Field::parse_all(input, &mut errors);
        if let Some(version) = &version {
            fields.iter().for_each(|field| check_since(field, version, &mut errors));
        }
        errors.finish()?;
        Ok(Self {
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            name: said.name.map_or_else(|| input.ident.unraw().to_string(), |name| name.value()),
            namespace: said.namespace.map(|text| text.value()).unwrap_or_default(),
            version: version.unwrap_or_default(),
            converts: said.convert,
            fields,
        })
    }

    /// The type of the members, when this is a list object.
    pub(super) fn member(&self) -> Option<&Type> {
        let [field] = self.fields.as_slice() else { return None };
        if field.name != "objects" {
            return None;
        }
        argument(&field.ty, "Field").and_then(|inner| argument(inner, "Members"))
    }
}

impl Field {
    fn parse_all(input: &DeriveInput, errors: &mut Errors) -> Vec<Self> {
        let Data::Struct(syn::DataStruct { fields: Fields::Named(named), .. }) = &input.data else {
            errors.at(input.ident.span(), "only a struct with named fields can be a versioned object");
            return Vec::new();
        };
        let is_meta = |field: &&syn::Field| field.ident.as_ref().is_some_and(|ident| ident == "meta");
        if !named.named.iter().any(|field| is_meta(&field)) {
            let message = "the first field is `pub meta: Meta`: it keeps the version the object was read at";
            errors.at(input.ident.span(), message);
        }
        let others = named.named.iter().filter(|field| !is_meta(field));
        others.filter_map(|field| errors.keep(Self::parse(field.ident.as_ref()?, field))).collect()
    }

    fn parse(ident: &Ident, field: &syn::Field) -> syn::Result<Self> {
        let said = Said::parse(&field.attrs)?;
        if let Some(wrong) = said.namespace.or(said.version) {
            return Err(Error::new(wrong.span(), "this belongs to the struct; a field has `since`"));
        }
        Ok(Self {
            ident: ident.clone(),
            name: said.name.map_or_else(|| ident.unraw().to_string(), |name| name.value()),
            ty: field.ty.clone(),
            since: said.since.as_ref().map(Version::parse).transpose()?.unwrap_or_default(),
            default: said.default.map(ToTokens::into_token_stream),
        })
    }
}

impl Version {
    fn parse(text: &LitStr) -> syn::Result<Self> {
        let value = text.value();
        let parsed =
            value.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        match parsed {
            Some((major, minor)) => Ok(Self { major, minor }),
            None => Err(Error::new(text.span(), format!("{value:?} is not a version such as \"1.22\""))),
        }
    }
}

/// Everything an `#[object(…)]` can say.
#[derive(Default)]
struct Said {
    name: Option<LitStr>,
    namespace: Option<LitStr>,
    version: Option<LitStr>,
    since: Option<LitStr>,
    default: Option<Expr>,
    convert: bool,
}

impl Said {
    fn parse(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut said = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("object")) {
            attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                match word.as_str() {
                    "name" => said.name = Some(meta.value()?.parse()?),
                    "namespace" => said.namespace = Some(meta.value()?.parse()?),
                    "version" => said.version = Some(meta.value()?.parse()?),
                    "since" => said.since = Some(meta.value()?.parse()?),
                    "default" => said.default = Some(meta.value()?.parse()?),
                    "convert" => said.convert = true,
                    _ => return Err(meta.error("not one of name, namespace, version, convert, since, default")),
                }
                Ok(())
            })?;
        }
        Ok(said)
    }
}

fn check_since(field: &Field, version: &Version, errors: &mut Errors) {
    if (field.since.major, field.since.minor) > (version.major, version.minor) {
        let message = format!("{} is newer than the object; raise the object's version", field.name);
        errors.at(field.ident.span(), message);
    }
}
