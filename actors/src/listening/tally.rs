//! Counters of a port's connections.

use std::sync::atomic::{AtomicU64, Ordering};

/// Declares what a listener counts: `$Counters`, for readers, and `$Tally`, which the listener counts in.
macro_rules! tally {
    (
        $(#[doc = $doc:literal])+
        $Counters:ident, counted in $Tally:ident {
            $( $(#[doc = $field_doc:literal])+ $field:ident, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $Counters {
            $( $(#[doc = $field_doc])+ pub $field: u64, )+
        }

        #[derive(Debug, Default)]
        pub(super) struct $Tally {
            $( pub(super) $field: std::sync::atomic::AtomicU64, )+
        }

        impl $Tally {
            pub(super) fn read(&self) -> $Counters {
                $Counters { $( $field: self.$field.load(std::sync::atomic::Ordering::Relaxed), )+ }
            }
        }
    };
}
pub(crate) use tally;

/// One more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
