//! The modes of a FreeSWITCH with a part missing, control without audio and audio without control, and what arrives at FreeSWITCH's two ports that
//! no FreeSWITCH sends.

mod audio_alone;
mod control_alone;
mod hostile_control;
mod hostile_stream;
mod stage;
mod stranger;
mod without_module;
