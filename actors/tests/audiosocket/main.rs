//! The AudioSocket port and its legs over real sockets: a test plays Asterisk on one side and the call on the other.
#![cfg(test)]

mod asterisk;
mod captures;
#[cfg(feature = "fault-injection")]
mod deaths;
mod ending;
mod hostile;
mod leased_ports;
mod leg_call;
mod listening;
mod on_record;
mod port_leases;
mod recording;
mod shortage;
mod sound;
mod stage;
#[path = "../freeswitch/virtual_time.rs"]
mod virtual_time;
