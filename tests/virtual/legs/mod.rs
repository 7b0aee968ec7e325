//! One suite for the kinds of callers' legs (AudioSocket, FreeSWITCH, Twilio, browsers): the same calls, heard by the caller and read from the
//! journal, whatever carries their voice. A new kind of leg is added by a line in `kind.rs`. The life of an AudioSocket's connection is in
//! `connections.rs`.

mod connections;
mod conversations;
mod endings;
mod keys;
mod kind;
mod offers;
mod pages;
mod returns;
mod sent_on;
mod stage;
