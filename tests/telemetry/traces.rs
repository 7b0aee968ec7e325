//! The traces of a call, as a collector gets them.

use std::time::{Duration, Instant};

use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::collector::{Collector, attribute};
use crate::stage::{LIMIT, caller, serve, wait_call, wait_entry};

#[test]
fn a_calls_trace_has_its_legs_answers_and_tools() {
    let collector = Collector::open();
    let endpoint = format!("http://{}", collector.address);
    let mut server = serve(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("log.level", "error")]);
    let uuid = Uuid::new_v4();
    let caller = caller(&server, uuid);
    let call = wait_call(&server, uuid, "live");
    // The key that says goodbye and ends the call: a tool.
    caller.press('*');
    wait_entry(&server, &call, "tool_finished");
    caller.wait_ended(LIMIT).unwrap();
    wait_call(&server, uuid, "ended");
    server.terminate().unwrap();
    assert!(server.wait_ended(LIMIT).unwrap().success());

    let spans = collector.spans();
    let named = |name: &str| spans.iter().filter(move |(_, span)| span.name == name).collect::<Vec<_>>();
    let (program, of_call) = named("call")[0];
    assert_eq!(named("call").len(), 1);
    assert_eq!(attribute(program, "service.name").as_deref(), Some("cordboard"));
    assert_eq!(attribute(&of_call.attributes, "call_id").as_deref(), call["id"].as_str());
    for (name, count) in [("leg", 1), ("assistant", 1), ("response", 2), ("tool", 1)] {
        let spans = named(name);
        assert!(spans.len() >= count, "{} spans {name}", spans.len());
        for (_, span) in spans {
            assert_eq!(span.trace_id, of_call.trace_id, "{name}");
            assert_eq!(span.parent_span_id, of_call.span_id, "{name}");
            let is_within =
                span.start_time_unix_nano >= of_call.start_time_unix_nano && span.end_time_unix_nano > 0;
            assert!(is_within, "{name}");
        }
    }
    let (_, tool) = named("tool")[0];
    assert_eq!(attribute(&tool.attributes, "tool").as_deref(), Some("end_call"));
    assert_eq!(attribute(&tool.attributes, "outcome").as_deref(), Some("done"));
    let (_, greeting) = named("response")[0];
    assert!(attribute(&greeting.attributes, "heard_ms").is_some(), "{greeting:?}");
}

#[test]
fn a_missing_collector_harms_neither_calls_nor_the_shutdown() {
    // A port that was opened and closed: nothing listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = serve(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{nobody}"))]);
    let uuid = Uuid::new_v4();
    let caller = caller(&server, uuid);
    wait_call(&server, uuid, "live");
    caller.hang_up();
    wait_call(&server, uuid, "ended");
    let told = wait_until("a word in the log", LIMIT, || {
        server.log().contains("traces are lost: `otel.endpoint` does not accept them").then_some(())
    });
    told.unwrap();
    let began = Instant::now();
    server.terminate().unwrap();
    assert!(server.wait_ended(LIMIT).unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(8), "the end took {:?}", began.elapsed());
}
