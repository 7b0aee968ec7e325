//! Tests of both databases. A test takes its database from `Room::new()`, which knows by the name of the module
//! that it is in which one is meant.

mod actor;
mod belongings;
mod call_agents;
mod campaign_filters;
mod campaign_sums;
mod campaigns;
mod changes;
mod contact_links;
mod copying;
mod death;
mod deliveries;
mod dialling;
mod extractions;
mod faults;
mod figure_months;
mod figures;
mod floor;
mod floors;
mod folding;
mod keys;
mod merges;
mod profiles;
mod recordings;
mod resume;
mod retention;
mod revisions;
pub(crate) mod room;
mod searching;
mod shadows;
mod talk_links;
mod texts;
mod tool_writes;
mod unreadable;
mod unreadable_settings;
mod versions;
mod warehouse;
