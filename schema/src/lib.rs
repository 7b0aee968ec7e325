//! Cordboard's nouns: ids, vocabulary, events, wire formats, audio arithmetic, tables and rows.
//!
//! Nothing here has a clock, a runtime, a lock or a socket.

pub mod account;
pub mod activity;
pub mod appointment;
pub mod audio;
pub mod audit;
pub mod business;
pub mod call;
pub mod call_list;
pub mod custom_tool;
pub mod customer;
pub mod dashboard;
pub mod delivery;
pub mod dial;
pub mod dialplan;
pub mod did;
pub mod digit;
pub mod document;
pub mod event;
pub mod extension;
pub mod fold;
pub mod ids;
pub mod integration;
pub mod lead;
pub mod limits;
pub mod line;
pub mod message;
pub mod notice;
#[cfg(feature = "openapi")]
mod openapi;
pub mod outbound;
pub mod permission;
pub mod phone;
pub mod plain;
pub mod profile;
pub mod profile_body;
pub mod profile_version;
pub mod prompt;
pub mod provider;
#[cfg(feature = "tables")]
pub mod rows;
pub mod said;
pub mod slots;
pub mod sms;
pub mod style;
pub mod switch;
#[cfg(feature = "tables")]
pub mod tables;
pub mod time;
pub mod tool;
pub mod usage;
pub mod webhook;
pub mod wire;
pub mod written;
