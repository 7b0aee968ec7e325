//! Each row of a call's behaviour as a script, with the time in seconds before each fact.

mod commands;
mod cost;
mod ends;
mod failures;
mod heard_out;
mod interruptions;
mod keys;
mod meeting;
mod messages;
mod next;
mod order;
mod rebirths;
mod silence;
mod speaking;
mod tools;
