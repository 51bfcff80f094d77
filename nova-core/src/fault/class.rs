//! Declared fault classes.

use serde_json::{Map, Value};

/// A class of [`Fault`](super::Fault) with typed fields.
///
/// Declared with [`faults!`](crate::faults), not implemented by hand.
pub trait FaultClass: Sized {
    /// The Python module peers find the class in.
    const MODULE: &'static str;
    /// The class name on the wire.
    const CLASS: &'static str;
    /// The HTTP status a REST service answers with.
    const CODE: u16;
    /// Whether users may see the message.
    const SAFE: bool;

    /// The text of this occurrence.
    fn message(&self) -> String;

    /// The fields, by name.
    fn kwargs(&self) -> Map<String, Value>;

    /// The class rebuilt from its fields; `None` if one is missing or of another type.
    fn from_kwargs(kwargs: &Map<String, Value>) -> Option<Self>;
}

/// Declares [fault classes](FaultClass) of one module.
///
/// Each is a plain struct with public fields that turns into a [`Fault`](crate::Fault) with `?` or `.into()`.
/// Grammar: `module "python.module";` then, per class, doc comments, `Name(code, "text {field}") { field: Type, … }`,
/// with `safe` after the code when users may see the text. Field types are anything serde can turn into JSON.
///
/// See [the module](crate::fault) for an example.
#[macro_export]
macro_rules! faults {
    (module $module:literal; $(
        $(#[$meta:meta])*
        $name:ident($code:literal, $($rest:tt)*) { $($field:ident : $type:ty),* $(,)? }
    )*) => { $(
        $crate::__fault_class! {
            [$module] [$(#[$meta])*] $name $code ($($rest)*) { $($field: $type),* }
        }
    )* };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __fault_class {
    ([$module:literal] $meta:tt $name:ident $code:literal (safe, $text:literal) $fields:tt) => {
        $crate::__fault_class! { @emit $module $meta $name $code true $text $fields }
    };
    ([$module:literal] $meta:tt $name:ident $code:literal ($text:literal) $fields:tt) => {
        $crate::__fault_class! { @emit $module $meta $name $code false $text $fields }
    };
    (@emit $module:literal [$(#[$meta:meta])*] $name:ident $code:literal $safe:literal $text:literal
        { $($field:ident : $type:ty),* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(unreachable_pub)]
        pub struct $name {
            $(
                #[doc = concat!("The `", stringify!($field), "` of the text.")]
                pub $field: $type,
            )*
        }

        impl $crate::fault::FaultClass for $name {
            const MODULE: &'static str = $module;
            const CLASS: &'static str = stringify!($name);
            const CODE: u16 = $code;
            const SAFE: bool = $safe;

            fn message(&self) -> ::std::string::String {
                let Self { $($field),* } = self;
                $( let _ = $field; )*
                ::std::format!($text)
            }

            #[allow(unused_mut, clippy::let_and_return)]
            fn kwargs(&self) -> $crate::__private::serde_json::Map<String, $crate::__private::serde_json::Value> {
                let mut kwargs = $crate::__private::serde_json::Map::new();
                $(
                    if let Ok(value) = $crate::__private::serde_json::to_value(&self.$field) {
                        kwargs.insert(::std::string::String::from(stringify!($field)), value);
                    }
                )*
                kwargs
            }

            #[allow(unused_variables)]
            fn from_kwargs(
                kwargs: &$crate::__private::serde_json::Map<String, $crate::__private::serde_json::Value>,
            ) -> ::std::option::Option<Self> {
                ::std::option::Option::Some(Self { $(
                    $field: $crate::__private::serde_json::from_value(kwargs.get(stringify!($field))?.clone()).ok()?,
                )* })
            }
        }
    };
}
