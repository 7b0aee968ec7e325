//! Failing calls, and loads without a measurement.

use super::load;

#[test]
fn a_refused_call_fails_the_load_with_its_reason() {
    let loaded = load(&["--calls", "2", "--seconds", "1", "--env", "CORDBOARD_CALLS__MAX=1"]);
    assert!(!loaded.output.status.success());
    let failures = loaded.failures();
    for reason in [
        "the caller's connection was closed during the call",
        "calls were never answered by the provider's voice",
    ] {
        assert!(failures.iter().any(|why| why.contains(reason)), "{reason:?} is not among {failures:?}");
    }
    assert_eq!(loaded.runs().len(), 1, "what was measured is reported");
}

#[test]
fn a_load_without_a_server_names_the_unreachable_address() {
    // No process listens at this port.
    let loaded = load(&["--calls", "1", "--seconds", "1", "--to", "127.0.0.1:9"]);
    assert!(loaded.report.is_none() && !loaded.output.status.success());
    let said = loaded.said();
    for part in ["nobody takes calls at", "127.0.0.1:9", "is the server up?"] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
}

#[test]
fn a_server_that_fails_to_start_shows_its_log() {
    let loaded = load(&["--calls", "1", "--seconds", "1", "--env", "CORDBOARD_CALLS__MAX=none"]);
    assert!(loaded.report.is_none() && !loaded.output.status.success());
    let said = loaded.said();
    assert!(said.contains("the server did not start") && said.contains("CORDBOARD_CALLS__MAX"), "{said}");
}
