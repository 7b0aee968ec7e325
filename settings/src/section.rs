//! The macros that declare a section, and a choice of words.

/// Declares a section: the struct, its defaults, its parsing and its list, from one text.
///
/// The string before the name of the struct is the prefix of each name (`"http."`). Nested sections follow after `with`.
#[macro_export]
macro_rules! section {
    (
        $(#[$meta:meta])*
        $prefix:literal $Section:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $Value:ty = $default:expr, )+
        } $( with { $( $(#[doc = $inner_doc:literal])+ $inner:ident: $Inner:ty, )+ } )?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Section {
            $( $(#[doc = $doc])+ pub $field: $Value, )+
            $($( $(#[doc = $inner_doc])+ pub $inner: $Inner, )+)?
        }

        impl Default for $Section {
            fn default() -> Self {
                Self {
                    $( $field: $default, )+
                    $($( $inner: <$Inner>::default(), )+)?
                }
            }
        }

        impl $Section {
            /// Reads the sources' values for this section. Missing ones get their defaults.
            pub fn read(layers: &mut $crate::Layers) -> Self {
                Self {
                    $( $field: layers.take(concat!($prefix, stringify!($field))).unwrap_or_else(|| $default), )+
                    $($( $inner: <$Inner>::read(layers), )+)?
                }
            }

            /// Values of this section and its nested sections that no text may show.
            pub fn secrets(&self) -> Vec<String> {
                let mut secrets = Vec::new();
                $( secrets.extend($crate::SettingValue::secrets(&self.$field)); )+
                $($( secrets.extend(self.$inner.secrets()); )+)?
                secrets
            }

            /// Lists every setting of this section with its current value.
            pub fn list(&self) -> Vec<$crate::Listed> {
                #[allow(unused_mut)]
                let mut rows = vec![
                    $( $crate::Listed::of(concat!($prefix, stringify!($field)), concat!($($doc),+), &self.$field), )+
                ];
                $($( rows.extend(self.$inner.list()); )+)?
                rows
            }
        }
    };
}

/// Declares the sections of several kinds as one struct. Each kind is a name and the type of its [`section!`].
#[macro_export]
macro_rules! sections {
    ($Sections:ident { $( $kind:ident: $Section:ty, )+ }) => {
        /// The section of each kind.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $Sections {
            $( #[doc = concat!("Of the kind `", stringify!($kind), "`.")] pub $kind: $Section, )+
        }

        impl $Sections {
            /// Reads all sections' values from the sources.
            pub fn read(layers: &mut $crate::Layers) -> Self {
                Self { $( $kind: <$Section>::read(layers), )+ }
            }

            /// Lists every setting of all sections.
            pub fn list(&self) -> Vec<$crate::Listed> {
                let mut listed = Vec::new();
                $( listed.extend(self.$kind.list()); )+
                listed
            }

            /// Values of all sections that no text may show.
            pub fn secrets(&self) -> Vec<String> {
                let mut secrets = Vec::new();
                $( secrets.extend(self.$kind.secrets()); )+
                secrets
            }
        }
    };
}

/// Declares a setting that is one of a few words.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $Words:ident { $( $(#[$word_meta:meta])* $Word:ident = $text:tt, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Words { $( $(#[$word_meta])* $Word, )+ }

        impl $crate::SettingValue for $Words {
            fn expected() -> String {
                [$($text),+].join(" or ")
            }

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $( $text => Ok(Self::$Word), )+
                    _ => Err(format!("{text:?} is not one of its words")),
                }
            }

            fn shown(&self) -> String {
                match self {
                    $( Self::$Word => $text.to_owned(), )+
                }
            }
        }
    };
}
