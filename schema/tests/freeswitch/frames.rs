//! Every captured connection, whole and in pieces.

use std::fs;

use cordboard_schema::wire::esl::{Decoder, EslError, Frame, Notice};

use crate::{bytes, captured, drain, esl_captures, folder, frames};

/// Returns the number of frames of each kind: authentication, replies, API answers, events, answers to `connect`, notices,
/// rejections, others.
fn counts(frames: &[Frame]) -> [usize; 8] {
    let mut counts = [0; 8];
    for frame in frames {
        counts[match frame {
            Frame::AuthRequest => 0,
            Frame::Reply(_) => 1,
            Frame::ApiResponse(_) => 2,
            Frame::Event(_) => 3,
            Frame::ChannelData(_) => 4,
            Frame::Disconnect(_) => 5,
            Frame::Rejected(_) => 6,
            Frame::Other { .. } => 7,
        }] += 1;
    }
    counts
}

#[test]
fn every_capture_is_decoded_from_first_byte_to_last() {
    let names = esl_captures();
    assert_eq!(names.len(), 215, "captures of ESL in the folder");
    let mut sum = [0; 8];
    for name in &names {
        let frames = captured(name);
        let others = frames.iter().filter_map(|frame| match frame {
            Frame::Other { content_type, .. } => Some(content_type.as_str()),
            _ => None,
        });
        for content_type in others {
            assert!(["log/data", "text/event-xml"].contains(&content_type), "{name}: {content_type:?}");
        }
        for (count, more) in sum.iter_mut().zip(counts(&frames)) {
            *count += more;
        }
    }
    assert_eq!(sum, [34, 1_012, 468, 1_936, 180, 231, 1, 102]);
}

/// The offsets of the timeline were written by another program, which saw the bytes arrive. Each one is where a frame starts, or
/// is inside a frame that arrived in two pieces.
#[test]
fn frames_start_where_the_timelines_say() {
    let mut compared = 0;
    for name in esl_captures() {
        let bytes = bytes(&format!("{name}.fs2app.bin"));
        let mut starts: Vec<u64> =
            drain(&mut Decoder::new(), &bytes).into_iter().map(|(end, _)| end).collect();
        starts.insert(0, 0);
        let timeline = fs::read_to_string(folder().join(format!("{name}.txt"))).unwrap();
        for line in timeline.lines() {
            let words: Vec<&str> = line.split_whitespace().take(4).collect();
            let [_, "F>A", at, length] = words[..] else { continue };
            let (Some(at), Some(length)) = (at.strip_prefix('@'), length.strip_prefix('+')) else { continue };
            let (at, length): (u64, u64) = (at.parse().unwrap(), length.parse().unwrap());
            // A line of 0 bytes is a remark, for example about the end of the connection.
            if length > 0 && line.contains("Content-Type: command/reply") {
                assert!(starts.contains(&at), "{name}: no frame starts at {at}: {line}");
                compared += 1;
            }
        }
    }
    assert!(compared > 800, "only {compared} replies in the timelines");
}

#[test]
fn the_frames_of_captures_are_counted() {
    let rows: &[(&str, [usize; 8])] = &[
        ("ai_call_flow.out", [0, 9, 3, 15, 1, 2, 0, 0]),
        ("ai_call_flow.in", [1, 3, 4, 6, 0, 0, 0, 0]),
        ("in_auth_bad2", [1, 1, 0, 0, 0, 1, 0, 0]),
        ("in_burst", [1, 2, 21, 3, 0, 0, 0, 0]),
        ("in_log_and_xml", [1, 4, 0, 0, 0, 0, 0, 102]),
        ("in_rude_rejection", [0, 0, 0, 0, 0, 1, 1, 0]),
        ("net_accept_close", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("out_basic_json", [0, 4, 0, 13, 1, 2, 0, 0]),
        ("out_basic_plain", [0, 4, 0, 13, 1, 1, 0, 0]),
        ("out_errors", [0, 47, 23, 0, 2, 1, 0, 0]),
        ("out_errors2", [0, 11, 6, 6, 1, 1, 0, 0]),
        ("out_event_body", [0, 9, 2, 6, 1, 1, 0, 0]),
        ("out_getvar_multiline", [0, 5, 2, 2, 1, 1, 0, 0]),
    ];
    for (name, expected) in rows {
        assert_eq!(counts(&captured(name)), *expected, "{name}");
    }
}

#[test]
fn a_byte_at_a_time_gives_the_same_frames() {
    for name in esl_captures() {
        let bytes = bytes(&format!("{name}.fs2app.bin"));
        let whole = drain(&mut Decoder::new(), &bytes);
        let mut decoder = Decoder::new();
        let single: Vec<_> = bytes.chunks(1).flat_map(|byte| drain(&mut decoder, byte)).collect();
        assert!(whole == single, "{name} read byte by byte differs");
    }
}

/// Every prefix of a capture gives only its whole frames, and the rest waits.
#[test]
fn a_cut_anywhere_waits_for_the_rest() {
    for name in ["ai_call_flow.in", "out_getvar_multiline", "out_event_body", "in_rude_rejection"] {
        let bytes = bytes(&format!("{name}.fs2app.bin"));
        let whole = drain(&mut Decoder::new(), &bytes);
        let mut before = Decoder::new();
        for (index, (end, _)) in whole.iter().enumerate() {
            let (start, end) = (before.position() as usize, *end as usize);
            for cut in start..end {
                let mut decoder = before.clone();
                let part = drain(&mut decoder, &bytes[start..cut]);
                assert_eq!(part, [], "{name}: a frame before its end, at {cut} of {end}");
                let rest = drain(&mut decoder, &bytes[cut..end]);
                assert!(rest == whole[index..=index], "{name} cut at byte {cut} differs");
            }
            drain(&mut before, &bytes[start..end]);
        }
    }
}

/// A `getvar` of a text with line ends: the reply is put together again, and the rest of it does not disturb the next frame.
#[test]
fn a_reply_of_several_lines_is_one_frame() {
    let replies: Vec<String> = captured("out_getvar_multiline")
        .into_iter()
        .filter_map(|frame| match frame {
            Frame::Reply(reply) => Some(reply.text),
            _ => None,
        })
        .collect();
    let sdp = &replies[3];
    assert!(sdp.starts_with("v=0\r\no=- 8263 8263 IN IP4 127.0.0.1\r\ns=-\r\n"), "{sdp:?}");
    assert!(sdp.ends_with("a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r"), "{sdp:?}");
    assert_eq!(replies[4], "sofia/internal/1001@127.0.0.1");
}

#[test]
fn a_reply_has_no_body_whatever_its_text_says() {
    let bytes = b"Content-Type: command/reply\nReply-Text: a\nContent-Length: 9999\n\n\
        Content-Type: command/reply\nReply-Text: x\n\nrest: of it\n\nContent-Type: auth/request\n\n";
    let texts: Vec<String> = frames(bytes).iter().map(|frame| format!("{frame:?}")).collect();
    assert_eq!(
        texts,
        [
            r#"Reply(Reply { text: "a", job_uuid: None })"#,
            r#"Reply(Reply { text: "x", job_uuid: None })"#,
            r#"Other { content_type: "", body: "" }"#,
            "AuthRequest",
        ]
    );
}

#[test]
fn notices_say_whether_the_connection_stays() {
    let notices = |name: &str| -> Vec<Notice> {
        let frames = captured(name).into_iter();
        frames.filter_map(|frame| if let Frame::Disconnect(n) = frame { Some(n) } else { None }).collect()
    };
    let channel = || Some("0f4335a8-4c35-4911-9315-66d4157b8cc7".to_owned());
    let goodbye = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/".to_owned();
    assert_eq!(
        notices("out_hangup_linger5"),
        [
            Notice::Linger { channel: channel(), seconds: Some(5) },
            Notice::Final { channel: channel(), text: goodbye.clone() },
        ]
    );
    assert!(matches!(&notices("out_basic_plain")[0], Notice::Linger { seconds: None, .. }));
    assert_eq!(notices("in_rude_rejection"), [Notice::Final { channel: None, text: goodbye }]);
    let down = Notice::Final { channel: None, text: "The system is being shut down.".to_owned() };
    assert_eq!(notices("fs_shutdown.in"), [down]);
    assert_eq!(captured("in_rude_rejection")[0], Frame::Rejected("Access Denied, go away.".to_owned()));
}

#[test]
fn an_unreadable_stream_gives_an_error_with_its_place() {
    let auth = b"Content-Type: auth/request\n\n".as_slice();
    let offset = auth.len() as u64;
    let long_line = [auth, b"X: ", &vec![b'x'; 300_000]].concat();
    let max = 262_144;
    let rows: &[(&[u8], EslError)] = &[
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", EslError::NotFreeswitch),
        (b"\x16\x03\x01\n", EslError::NotFreeswitch),
        (b"RFB 003.008\n", EslError::NotFreeswitch),
        (&[auth, b"Content-Type: a\nContent-Length: x\n\n"].concat(), EslError::BadLength { offset }),
        (&[auth, b"Content-Type: a\nContent-Length: -1\n\n"].concat(), EslError::BadLength { offset }),
        (&[auth, b"Content-Type: a\nContent-Length: \n\n"].concat(), EslError::BadLength { offset }),
        (
            &[auth, b"Content-Type: a\nContent-Length: 4194305\n\n"].concat(),
            EslError::BodyTooLong { offset, len: 4_194_305, max: 4_194_304 },
        ),
        (
            &[auth, b"Content-Length: 99999999999999999999999\n\n"].concat(),
            EslError::BodyTooLong { offset, len: u64::MAX, max: 4_194_304 },
        ),
        (&long_line, EslError::HeadersTooLong { offset, max }),
    ];
    for (bytes, error) in rows {
        let mut decoder = Decoder::new();
        let drained = drain(&mut decoder, bytes);
        assert_eq!(
            drained.last().unwrap().1,
            Err(*error),
            "{:?}",
            String::from_utf8_lossy(&bytes[..40.min(bytes.len())])
        );
        assert_eq!(decoder.buffered_bytes(), 0, "lost bytes are not kept");
        // Later input gives the same error, and an empty read ends a caller's loop.
        assert_eq!(drain(&mut decoder, auth), [(decoder.position(), Err(*error))]);
        assert_eq!(decoder.decode(&mut &b""[..]), Ok(None));
    }
    let error = EslError::BodyTooLong { offset: 28, len: 5_000_000, max: 4_194_304 };
    assert_eq!(
        error.to_string(),
        "the frame at byte 28 announces a body of 5000000 bytes, at most 4194304 are accepted"
    );
}

#[test]
fn a_decoder_can_have_a_smaller_limit() {
    let mut decoder = Decoder::with_body_bytes_max(10);
    let fits = b"Content-Type: api/response\nContent-Length: 10\n\n0123456789";
    assert_eq!(drain(&mut decoder, fits)[0].1, Ok(Frame::ApiResponse("0123456789".to_owned())));
    let offset = fits.len() as u64;
    let long = b"Content-Type: api/response\nContent-Length: 11\n\n01234567890";
    assert_eq!(drain(&mut decoder, long)[0].1, Err(EslError::BodyTooLong { offset, len: 11, max: 10 }));
}

/// 2,000 calls in one answer are 1.8 MB; the maximum is twice that.
#[test]
fn the_longest_answer_is_read() {
    let body = "x".repeat(4_194_304);
    let bytes = format!("Content-Type: api/response\nContent-Length: {}\n\n{body}", body.len());
    let mut decoder = Decoder::new();
    let drained: Vec<_> =
        bytes.as_bytes().chunks(65_536).flat_map(|piece| drain(&mut decoder, piece)).collect();
    assert_eq!(drained.len(), 1);
    assert_eq!(drained[0].1, Ok(Frame::ApiResponse(body)));
    assert_eq!(decoder.buffered_bytes(), 0);
}

#[test]
fn only_a_header_block_beyond_the_limit_is_refused() {
    let block = |bytes: usize| {
        let frame = "Content-Type: auth/request\nX: \n\n";
        frame.replace("X: ", &format!("X: {}", "x".repeat(bytes - frame.len())))
    };
    let read = |bytes: usize| drain(&mut Decoder::new(), block(bytes).as_bytes()).remove(0).1;
    assert_eq!(read(262_144), Ok(Frame::AuthRequest));
    assert_eq!(read(262_145), Err(EslError::HeadersTooLong { offset: 0, max: 262_144 }));
}

#[test]
fn a_replys_further_lines_follow_its_text() {
    let reply = |block: &str| match frames(format!("Content-Type: command/reply\n{block}\n\n").as_bytes())
        .remove(0)
    {
        Frame::Reply(reply) => reply.text,
        other => panic!("{other:?}"),
    };
    assert_eq!(reply("Reply-Text: one\ntwo\nthree"), "one\ntwo\nthree");
    assert_eq!(
        reply("Reply-Text: one\nJob-UUID: 7\ntwo"),
        "one",
        "what is behind another header is not its own"
    );
}

#[test]
fn overlong_words_are_shortened_in_messages() {
    let body = "x".repeat(100_000);
    let frame = |kind: &str| {
        let text = format!("Content-Type: text/{kind}\nContent-Length: 100000\n\n{body}");
        drain(&mut Decoder::new(), text.as_bytes()).remove(0).1
    };
    let told = "x".repeat(1_024);
    assert_eq!(frame("rude-rejection"), Ok(Frame::Rejected(told.clone())));
    assert_eq!(
        frame("disconnect-notice"),
        Ok(Frame::Disconnect(Notice::Final { channel: None, text: told }))
    );
}
