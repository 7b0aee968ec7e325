//! The house of Cordboard: command line, configuration, wiring, HTTP API, store.

pub mod command;
pub mod config;
pub mod error;
pub mod store;
pub mod telemetry;
pub mod web;
