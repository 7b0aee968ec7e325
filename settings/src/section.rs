//! The macros by which a section and a word are declared.

/// Declares a section: the struct, its defaults, how it is read and how it is listed, from one text.
///
/// What stands before the name of the struct is what stands before each name (`"http."`). After `with` come the sections inside this one.
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
            /// What the sources say of this section; the defaults of what they do not.
            pub fn read(layers: &mut $crate::Layers) -> Self {
                Self {
                    $( $field: layers.take(concat!($prefix, stringify!($field))).unwrap_or_else(|| $default), )+
                    $($( $inner: <$Inner>::read(layers), )+)?
                }
            }

            /// What of this section's own settings no text may show.
            pub fn secrets(&self) -> Vec<String> {
                let mut secrets = Vec::new();
                $( secrets.extend($crate::SettingValue::secrets(&self.$field)); )+
                secrets
            }

            /// Every setting of this section with its present value.
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
                    _ => Err(format!("{text:?} is none of its words")),
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
