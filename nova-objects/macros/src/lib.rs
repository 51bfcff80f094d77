//! The macros of `nova-objects`: [`VersionedObject`] and `remotable`.
//!
//! Both stay thin: what they emit is a table and one-line calls into `nova-objects`, where the work is done.

mod errors;
mod generic;
mod object;
mod remotable;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Makes a struct a versioned object.
///
/// The struct begins with `meta: Meta`; every other field is a `Field<T>` or a `ReadOnly<T>`. All are `pub`, so that
/// objects can be taken apart exhaustively.
///
/// On the struct: `#[object(namespace = "nova", version = "1.22")]`, and
/// * `name = "…"` when the name on the wire is not the struct's,
/// * `convert` when going back to an older version takes more than leaving out newer fields: see `Convert`.
///
/// On a field, all optional:
/// * `#[object(since = "1.21")]`: the version that first had the field,
/// * `#[object(default = false)]`: what `set_defaults` gives it,
/// * `#[object(name = "…")]` when its name on the wire is not the field's.
#[proc_macro_derive(VersionedObject, attributes(object))]
pub fn versioned_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as syn::DeriveInput);
    object::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Turns a trait of actions into everything around it: the methods callers use on the object, the names peers may ask
/// for, and the trait itself, which a store implements.
///
/// `#[remotable(Service)]` stands on a trait whose methods are `async fn name(&self, cx: &RequestContext, …) ->
/// Result<T, Fault>`. One whose next parameter is `&mut Service` acts on an object, another on the class. Parameters
/// are owned values, `&str`, `&[T]`, `&T` or `Option`s of these; an `Option` may be left out by peers. Every type is a
/// `FieldType`. `Send + Sync + 'static` and `#[async_trait]` are added where they are not written.
#[proc_macro_attribute]
pub fn remotable(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let object = parse_macro_input!(arguments as syn::Path);
    let actions = parse_macro_input!(item as syn::ItemTrait);
    remotable::expand(&object, actions).into()
}
