//! Tests that every switch has to pass, and the parts that their cases are written with, in virtual time.

pub(crate) mod book;
pub(crate) mod desks;
pub(crate) mod handoff;
pub(crate) mod party;
pub(crate) mod provider;
pub(crate) mod reconciler;
pub(crate) mod stood_in;
pub(crate) mod voice;
