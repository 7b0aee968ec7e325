//! Stand-ins and harnesses.
