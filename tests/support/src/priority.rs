//! Stand-ins that carry sound run before what else the tests' machine has to do, as telephones and switches do.

/// Has the calling thread, and those that it starts, run before others, where the tests may: as root.
pub(crate) fn raise() {
    // No process is the calling thread. Who may not has sound torn where the machine is busy.
    let _ = rustix::process::setpriority_process(None, -10);
}
