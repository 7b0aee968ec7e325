//! Stand-ins and harnesses for the end-to-end tests.
//!
//! The systems that Cordboard talks to are written a second time here, from their own documents and captures alone (`tests/captures`): a real
//! Asterisk in a folder of its own ([`asterisk`], controlled by [`ami`]), people with SIP and RTP ([`sip`], [`baresip`]), an AudioSocket client
//! that behaves as Asterisk does ([`audiosocket`]), a FreeSWITCH with its calls ([`freeswitch`]), a Twilio ([`twilio`], [`twilio_rest`]), a
//! browser on the audio socket ([`browser`]), a voice AI ([`openai`], [`openai_live`], [`elevenlabs`], [`deepgram`], [`gemini`], [`cascade`]), a
//! web server ([`receiver`]), a website that signs who its visitors are ([`website`]), a mail server ([`smtp`]), a PostgreSQL ([`postgres`]), a
//! Redis ([`redis`], and [`redis_stand_in`] in virtual time), a false MySQL ([`mysql_stand_in`]), a link that can be cut ([`tcp_proxy`]), clients
//! that misbehave ([`stranger`]), and the real binary under test ([`server`]). [`audio`] and [`ear`] check what was heard, [`book`] what the
//! server knows about it. [`control`] is a program on its control socket, [`desk`] an agent at theirs. Every switch has to pass
//! [`handoff_suite`], [`desk_suite`], [`profile_suite`] and [`reconciler_suite`].
//!
//! Nothing here imports a type of the server: a stand-in that shared its code would share its mistakes. A stand-in's wire is written once, for
//! tokio ([`driving`]): a test in virtual time runs it as a task, and a test that blocks, and reads from top to bottom, on a thread.

pub mod age;
pub mod aiortc;
pub mod ami;
pub mod asterisk;
pub mod audio;
pub mod audiosocket;
pub mod baresip;
pub mod book;
pub mod browser;
pub mod caddy;
pub mod cascade;
pub mod chromium;
mod clock;
pub mod control;
pub mod coturn;
pub mod debian;
pub mod deepgram;
pub mod described;
pub mod desk;
pub mod desk_suite;
pub mod dialler;
pub mod dialler_switch;
pub mod driving;
pub mod duckdb;
pub mod ear;
pub mod elevenlabs;
pub mod firefox;
pub mod free_ports;
pub mod freeswitch;
pub mod gemini;
pub mod handoff_suite;
pub mod http;
pub mod json_references;
pub mod live;
pub mod loopback;
pub mod mariadb;
mod message_schemas;
pub mod moto;
pub mod mysql_stand_in;
pub mod nginx;
pub mod official_types;
pub mod openai;
pub mod openai_live;
pub mod postgres;
mod priority;
pub mod process;
pub mod profile_suite;
pub mod promtool;
pub mod proxy;
pub mod pypi;
pub mod receiver;
pub mod reconciler_suite;
pub mod redis;
pub mod redis_stand_in;
pub mod schemathesis;
pub mod server;
pub mod shell;
pub mod sip;
pub mod smtp;
pub mod speech;
pub mod stranger;
pub mod systemd;
pub mod tcp_proxy;
pub mod twilio;
pub mod twilio_rest;
pub mod udp_proxy;
pub mod vicidial_api;
mod voice_socket;
pub mod voice_stand_in;
pub mod waiting;
pub mod website;
