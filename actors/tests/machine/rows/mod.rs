//! Each row of a call's behaviour as a script, with the time in seconds before each fact.

mod ends;
mod interruptions;
mod keys;
mod meeting;
mod messages;
mod next;
mod silence;
mod speaking;
mod tools;
