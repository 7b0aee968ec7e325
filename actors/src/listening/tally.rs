//! Counters of a port's connections.

use std::sync::atomic::{AtomicU64, Ordering};

use super::LineAMinute;

/// Connections of a port so far.
pub trait Outcomes {
    /// Returns their number by outcome, each with its word in the metrics.
    fn outcomes(&self) -> Vec<(&'static str, u64)>;
}

/// Counters of a listener of any kind.
pub(crate) trait Tally: Default + Send + Sync + 'static {
    /// A snapshot of the counters.
    type Read: Outcomes + 'static;

    /// Connections that were reported to the registry.
    fn arrived(&self) -> &AtomicU64;

    /// Connections from outside the allowed networks, which were closed at once.
    fn not_allowed(&self) -> &AtomicU64;

    /// Silent connections that were dropped to make room for another.
    fn no_room(&self) -> &AtomicU64;

    /// Log lines about peers that do not belong here.
    fn about_strangers(&self) -> &LineAMinute;

    /// Log lines about switches with wrong settings.
    fn about_switches(&self) -> &LineAMinute;

    /// Log lines about connections from outside the allowed networks.
    fn about_refused(&self) -> &LineAMinute;

    /// Returns a snapshot.
    fn read(&self) -> Self::Read;
}

/// Declares what a listener counts, including `arrived`, `not_allowed` and `no_room`: `$Counters`, which readers get, and
/// `$Tally`, which the listener counts in. The names of the fields are the words of the outcomes.
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

        impl $crate::listening::Outcomes for $Counters {
            fn outcomes(&self) -> Vec<(&'static str, u64)> {
                vec![$( (stringify!($field), self.$field), )+]
            }
        }

        #[derive(Debug, Default)]
        pub(super) struct $Tally {
            $( pub(super) $field: std::sync::atomic::AtomicU64, )+
            about_strangers: $crate::listening::LineAMinute,
            about_switches: $crate::listening::LineAMinute,
            about_refused: $crate::listening::LineAMinute,
        }

        impl $crate::listening::Tally for $Tally {
            type Read = $Counters;

            fn arrived(&self) -> &std::sync::atomic::AtomicU64 {
                &self.arrived
            }

            fn not_allowed(&self) -> &std::sync::atomic::AtomicU64 {
                &self.not_allowed
            }

            fn no_room(&self) -> &std::sync::atomic::AtomicU64 {
                &self.no_room
            }

            fn about_strangers(&self) -> &$crate::listening::LineAMinute {
                &self.about_strangers
            }

            fn about_switches(&self) -> &$crate::listening::LineAMinute {
                &self.about_switches
            }

            fn about_refused(&self) -> &$crate::listening::LineAMinute {
                &self.about_refused
            }

            fn read(&self) -> $Counters {
                $Counters { $( $field: self.$field.load(std::sync::atomic::Ordering::Relaxed), )+ }
            }
        }
    };
}
pub(crate) use tally;

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
