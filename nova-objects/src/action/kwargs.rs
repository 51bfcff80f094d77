//! Arguments on their way out.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::types::{FieldType, Out};

/// Arguments by name, in a chain that the macro builds; one without a value is left out.
#[derive(Debug)]
#[doc(hidden)]
pub struct Kwargs<L>(L);

impl Kwargs<()> {
    pub fn none() -> Self {
        Self(())
    }
}

impl<L: Chain> Kwargs<L> {
    pub fn arg<A: Serialize>(
        self,
        name: &'static str,
        value: Option<A>,
    ) -> Kwargs<(L, &'static str, Option<A>)> {
        Kwargs((self.0, name, value))
    }
}

impl<L: Chain> Serialize for Kwargs<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.count()))?;
        self.0.entries(&mut map)?;
        map.end()
    }
}

#[doc(hidden)]
pub trait Chain {
    fn count(&self) -> usize;
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl Chain for () {
    fn count(&self) -> usize {
        0
    }

    fn entries<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<L: Chain, A: Serialize> Chain for (L, &'static str, Option<A>) {
    fn count(&self) -> usize {
        self.0.count() + usize::from(self.2.is_some())
    }

    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0.entries(map)?;
        match &self.2 {
            Some(value) => map.serialize_entry(self.1, value),
            None => Ok(()),
        }
    }
}

/// Lets serde write a borrowed list in its primitive form.
#[derive(Debug)]
#[doc(hidden)]
pub struct Slice<'a, T>(pub &'a [T]);

impl<T: FieldType> Serialize for Slice<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Out))
    }
}
