//! Closed lists: enums whose every word stands in code, with the word of columns and wire and the names of the screens.
//! One macro, so that a list is read as the table it is.

/// Declares a closed list: variant, word, Chinese name, English name. Gives `ALL`, `as_str`, `parse` and `label`.
macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $zh:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[doc = concat!($zh, ": ", $en, ".")] #[serde(rename = $word)] $variant,)*
        }
        impl $name {
            /// All, in the order of the list.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// As it stands in columns and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// From a column or the wire.
            pub fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|it| it.as_str() == text)
            }

            /// As the screens name it.
            pub fn label(self) -> $crate::class::Label {
                match self { $($name::$variant => $crate::class::Label::new($zh, $en)),* }
            }
        }
    };
}
pub(crate) use closed;
