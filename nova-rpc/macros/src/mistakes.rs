//! Every mistake, not only the first.

use quote::ToTokens;
use std::fmt::Display;

/// The mistakes found so far, each at its place.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Notes that `at` is wrong.
    pub(crate) fn add(&mut self, at: impl ToTokens, what: impl Display) {
        self.push(syn::Error::new_spanned(at, what));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, or its mistake noted.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn into_error(self) -> Option<syn::Error> {
        self.0
    }
}
