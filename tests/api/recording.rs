//! A recording, whole and in parts.

use std::io::Cursor;

use cordboard::config::{Config, RecordingFormat, Recordings, Sources};
use cordboard::recordings::{RecordingFiles, RecordingKeeper, RemoteStore};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;
use cordboard_test_support::moto::Moto;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::entries::Conversation;
use crate::setup::{ADMIN, Answer, Setup};

/// A second at 8 kHz: the left channel counts up, the right one counts down.
pub(crate) fn recorded(setup: &Setup) -> String {
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let file = format!("{}.wav", said.call_id);
    let spec =
        WavSpec { channels: 2, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut wav = WavWriter::create(setup.recording_path(&file), spec).unwrap();
    for n in 0..8_000_i16 {
        wav.write_sample(n).unwrap();
        wav.write_sample(-n).unwrap();
    }
    wav.finalize().unwrap();
    setup.journal(vec![said.entry(Fact::RecordingStarted { offset_ms: 0 })]);
    format!("/api/v1/calls/{}/recording", said.call_id)
}

/// Creates the recording of a finished call in Opus.
fn in_opus(setup: &Setup) -> String {
    let path = over(setup);
    encode(setup, &Recordings::default(), RecordingFormat::Opus);
    path
}

/// Does the work after calls, with these settings.
fn encode(setup: &Setup, settings: &Recordings, format: RecordingFormat) {
    let remote = RemoteStore::open(settings).unwrap();
    let files = RecordingFiles::new(setup.recording_path(""), remote);
    let keeper = RecordingKeeper::new(setup.store.clone(), files, format);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(keeper.run_once(crate::entries::now() + 60_000)).unwrap();
}

/// Creates a finished call with a recording of two seconds.
fn over(setup: &Setup) -> String {
    let mut said = Conversation::new(setup.store.organization_id());
    let spec =
        WavSpec { channels: 2, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut wav = WavWriter::create(setup.recording_path(&format!("{}.wav", said.call_id)), spec).unwrap();
    for n in 0..16_000_i32 {
        // The caller hums for a second, and hears an answer for another second.
        let hum = if n % 20 < 10 { 8_000_i16 } else { -8_000 };
        let [left, right] = if n < 8_000 { [hum, 0] } else { [0, hum] };
        wav.write_sample(left).unwrap();
        wav.write_sample(right).unwrap();
    }
    wav.finalize().unwrap();
    let mut entries = said.live();
    entries.push(said.entry(Fact::RecordingStarted { offset_ms: 0 }));
    entries.push(said.entry(Fact::RecordingFinished { duration_ms: 2_000 }));
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    format!("/api/v1/calls/{}/recording", said.call_id)
}

fn range(setup: &Setup, path: &str, range: &str) -> Answer {
    setup.request("GET", path, &[("Authorization", &format!("Bearer {ADMIN}")), ("Range", range)])
}

fn samples(answer: &Answer) -> (u16, Vec<i16>) {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("audio/wav"));
    let wav = WavReader::new(Cursor::new(&answer.body)).unwrap();
    assert_eq!(wav.spec().sample_rate, 8_000);
    (wav.spec().channels, wav.into_samples().map(Result::unwrap).collect())
}

/// The name under which a browser saves the recording at this path.
fn file_name(path: &str, ending: &str) -> String {
    let call_id = path.split('/').nth(4).unwrap();
    format!("inline; filename=\"{call_id}.{ending}\"")
}

#[test]
fn a_recording_is_served_whole_and_by_ranges() {
    let setup = Setup::open();
    let path = recorded(&setup);
    let whole = setup.get(&path);
    let len = whole.body.len();
    assert_eq!((whole.status, len), (200, 44 + 32_000));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("content-disposition"), Some(&*file_name(&path, "wav")));
    assert_eq!(samples(&whole).1[..4], [0, 0, 1, -1]);

    for (asked, from, to) in [
        ("bytes=0-43", 0, 44),
        ("bytes=100-", 100, len),
        ("bytes=-10", len - 10, len),
        ("bytes=32000-99999999", 32_000, len),
    ] {
        let part = range(&setup, &path, asked);
        assert_eq!(part.status, 206, "{asked}");
        assert_eq!(part.body, whole.body[from..to], "{asked}");
        assert_eq!(part.header("content-range"), Some(&*format!("bytes {from}-{}/{len}", to - 1)));
    }
    for asked in ["bytes=0-1,5-6", "bytes=5-1", "lines=1-2", "bytes=x"] {
        let answer = range(&setup, &path, asked);
        assert!(answer.status == 200 || answer.status == 416, "{asked}: {}", answer.status);
    }
    let behind = range(&setup, &path, "bytes=99999999-");
    behind.problem(416);
    assert_eq!(behind.header("content-range"), Some(&*format!("bytes */{len}")));

    let head = setup.request("HEAD", &path, &[("Authorization", &format!("Bearer {ADMIN}"))]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*len.to_string()));
}

/// Returns the answer to a request with these headers.
fn asked(setup: &Setup, path: &str, headers: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {ADMIN}");
    let headers: Vec<_> =
        [("Authorization", bearer.as_str())].into_iter().chain(headers.iter().copied()).collect();
    setup.request("GET", path, &headers)
}

#[test]
fn a_cached_recording_is_not_sent_again() {
    let setup = Setup::open();
    let path = in_opus(&setup);
    let whole = setup.get(&path);
    assert_eq!(whole.header("content-disposition"), Some(&*file_name(&path, "opus")));
    let tag = whole.header("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let answer = asked(&setup, &path, &[("If-None-Match", &known), ("Range", "bytes=0-9")]);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), Some(&*tag));
    }
    assert_eq!(asked(&setup, &path, &[("If-None-Match", "\"other\"")]).body, whole.body);

    let rest = asked(&setup, &path, &[("If-Range", &tag), ("Range", "bytes=100-")]);
    assert_eq!((rest.status, &*rest.body), (206, &whole.body[100..]));
    assert_eq!(rest.header("etag"), Some(&*tag));
    for other in ["\"other\"", &format!("W/{tag}"), "Sat, 29 Oct 1994 19:43:31 GMT"] {
        let answer = asked(&setup, &path, &[("If-Range", other), ("Range", "bytes=100-")]);
        assert!(answer.status == 200 && answer.body == whole.body, "{other}");
    }
    assert_eq!(
        setup.get(&format!("{path}?channel=caller")).header("etag"),
        None,
        "a cut is made for each request"
    );
}

#[test]
fn a_wav_has_a_tag_once_it_is_whole() {
    let setup = Setup::open();
    let (live, over) = (recorded(&setup), over(&setup));
    assert_eq!(setup.get(&live).header("etag"), None);
    assert_eq!(setup.get(&over).header("etag"), None, "the file may still be written");
    setup.change(|connection| {
        use diesel::connection::SimpleConnection as _;
        Ok(connection
            .batch_execute("UPDATE calls SET ended_at = '2026-01-01 00:00:00' WHERE ended_at IS NOT NULL")?)
    });
    assert_eq!(setup.get(&live).header("etag"), None);
    let tag = setup.get(&over).header("etag").unwrap().to_owned();
    assert_eq!(asked(&setup, &over, &[("If-None-Match", &tag)]).status, 304);
}

#[test]
fn a_cut_is_a_complete_wav_file() {
    let setup = Setup::open();
    let path = recorded(&setup);
    let cut = |query: &str| samples(&setup.get(&format!("{path}?{query}")));
    let left = |from: i16, to: i16| (from..to).collect::<Vec<i16>>();

    assert_eq!(cut("from_ms=250&to_ms=500&channel=caller"), (1, left(2_000, 4_000)));
    assert_eq!(cut("from_ms=900&channel=caller"), (1, left(7_200, 8_000)));
    assert_eq!(cut("channel=caller"), (1, left(0, 8_000)));
    assert_eq!(cut("from_ms=5000&channel=caller"), (1, vec![]), "after the end");
    assert_eq!(cut("to_ms=18446744073709551615&channel=caller").1.len(), 8_000);
    let (channels, both) = cut("from_ms=0&to_ms=1");
    assert_eq!((channels, &both[..4]), (2, &[0, 0, 1, -1][..]));

    assert!(setup.get(&format!("{path}?from_ms=2&to_ms=1")).problem(400).contains("`to_ms`"));
    setup.get(&format!("{path}?channel=left")).problem(400);
    setup.get(&format!("{path}?from_ms=-1")).problem(400);
}

#[test]
fn an_opus_recording_is_served_unchanged_and_cut_as_wav() {
    let setup = Setup::open();
    let path = in_opus(&setup);
    let whole = setup.get(&path);
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("audio/ogg")));
    assert!(whole.body.starts_with(b"OggS") && whole.body.len() * 6 < 64_000, "{}", whole.body.len());
    let part = range(&setup, &path, "bytes=100-199");
    assert_eq!((part.status, &*part.body), (206, &whole.body[100..200]));
    assert_eq!(part.header("content-type"), Some("audio/ogg"));

    let cut = |query: &str| samples(&setup.get(&format!("{path}?{query}")));
    let loud = |samples: &[i16]| samples.iter().filter(|sample| sample.unsigned_abs() > 3_000).count();
    let side =
        |samples: &[i16], side: usize| samples.iter().skip(side).step_by(2).copied().collect::<Vec<_>>();
    let (channels, all) = cut("from_ms=0");
    assert_eq!((channels, all.len()), (2, 32_000));
    for (at, speaks, silent) in [(0, 1_000..7_000, 9_000..16_000), (1, 9_000..15_000, 0..7_000)] {
        let heard = side(&all, at);
        assert!(loud(&heard[speaks]) > 4_000 && loud(&heard[silent]) == 0, "side {at}");
    }
    let (channels, caller) = cut("channel=caller&from_ms=250&to_ms=500");
    assert_eq!((channels, caller.len()), (1, 2_000));
    assert!(loud(&caller) > 1_300, "{}", loud(&caller));
    assert_eq!(cut("from_ms=5000").1, Vec::<i16>::new(), "after the end");
}

/// Safari plays nothing that is not served by ranges, and begins with the first two bytes.
#[test]
fn a_cut_is_served_by_ranges_too() {
    let setup = Setup::open();
    for (path, is_exact) in [(recorded(&setup), true), (in_opus(&setup), false)] {
        for query in ["from_ms=0", "from_ms=250&channel=caller"] {
            let path = format!("{path}?{query}");
            let whole = setup.get(&path);
            let len = whole.body.len();
            assert_eq!((whole.status, whole.header("accept-ranges")), (200, Some("bytes")), "{path}");
            let middle = 44 + 8_001;
            for (asked, from, to) in [
                ("bytes=0-1".to_owned(), 0, 2),
                ("bytes=0-".to_owned(), 0, len),
                ("bytes=40-999".to_owned(), 40, 1_000),
                (format!("bytes={middle}-"), middle, len),
                (format!("bytes={middle}-{}", middle + 99), middle, middle + 100),
                ("bytes=-10".to_owned(), len - 10, len),
            ] {
                let part = range(&setup, &path, &asked);
                let told = (part.status, part.header("content-type"), part.body.len());
                assert_eq!(told, (206, Some("audio/wav"), to - from), "{path} {asked}");
                assert_eq!(part.header("content-range"), Some(&*format!("bytes {from}-{}/{len}", to - 1)));
                // An Opus decoder that begins in the middle has heard less before it.
                if is_exact || from < 44 {
                    assert_eq!(part.body, whole.body[from..to], "{path} {asked}");
                }
            }
            range(&setup, &path, &format!("bytes={len}-")).problem(416);
        }
    }
}

#[test]
fn a_range_of_opus_begins_at_its_moment() {
    let setup = Setup::open();
    let path = format!("{}?from_ms=0", in_opus(&setup));
    let whole = setup.get(&path).body;
    // The right side of a moment, half a second after the beginning, where only the left side hums.
    let from = 44 + 4 * 4_000 + 2;
    let part = range(&setup, &path, &format!("bytes={from}-")).body;
    let samples = |bytes: &[u8]| -> Vec<i16> {
        bytes.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]])).collect()
    };
    let (expected, heard) = (samples(&whole[from..]), samples(&part));
    assert_eq!(heard.len(), expected.len());
    let loud: Vec<_> = expected.iter().zip(&heard).filter(|(one, _)| one.unsigned_abs() > 3_000).collect();
    let alike = loud.iter().filter(|(one, other)| one.signum() == other.signum()).count();
    assert!(loud.len() > 6_000 && alike * 100 > loud.len() * 97, "{alike} of {}", loud.len());
}

#[test]
fn a_recording_that_becomes_opus_during_a_request_is_served() {
    let setup = Setup::open();
    let path = in_opus(&setup);
    // The row was read just before its new name was written.
    setup.change(|connection| {
        use diesel::connection::SimpleConnection as _;
        Ok(connection.batch_execute("UPDATE recordings SET file = replace(file, '.opus', '.wav')")?)
    });
    assert_eq!(setup.get(&path).header("content-type"), Some("audio/ogg"));
    assert_eq!(samples(&setup.get(&format!("{path}?from_ms=0&channel=caller"))).1.len(), 16_000);
}

#[test]
fn a_recording_that_is_not_there_is_not_found() {
    let setup = Setup::open();
    let path = recorded(&setup);
    let id = path.split('/').nth(4).unwrap();
    std::fs::remove_file(setup.recording_path(&format!("{id}.wav"))).unwrap();
    setup.get(&path).problem(404);
    setup.get(&format!("{path}?channel=caller")).problem(404);

    let mut silent = Conversation::new(setup.store.organization_id());
    setup.journal(silent.live());
    setup.get(&format!("/api/v1/calls/{}/recording", silent.call_id)).problem(404);
}

#[test]
fn an_invalid_recording_fails_without_revealing_its_path() {
    let setup = Setup::open();
    let path = recorded(&setup);
    let id = path.split('/').nth(4).unwrap();
    std::fs::write(setup.recording_path(&format!("{id}.wav")), "not a WAV file").unwrap();
    assert_eq!(
        setup.get(&format!("{path}?channel=caller")).problem(500),
        "the server failed; its log says why"
    );
}

#[test]
fn the_audit_log_names_who_played_a_recording() {
    let setup = Setup::open();
    let path = recorded(&setup);
    assert_eq!(setup.request("HEAD", &path, &[("Authorization", &format!("Bearer {ADMIN}"))]).status, 200);
    assert_eq!(setup.get("/api/v1/audit-log").json()["items"], serde_json::json!([]), "a look is no playing");
    assert_eq!(range(&setup, &path, "bytes=1-").status, 206);
    let line = &crate::audit::lines(&setup, "recording.played", 1)[0];
    assert_eq!(line["actor"]["kind"], "installation");
    assert!(path.contains(line["subject"].as_str().unwrap()), "{line}");
    assert_eq!(line["address"], "127.0.0.1");
}

#[test]
fn recordings_moved_to_s3_are_served_and_cut_as_before() {
    let moto = Moto::start().unwrap();
    let environment = Moto::environment("", &moto.endpoint());
    let configuration = Config::load(&Sources { environment, ..Sources::default() }).unwrap();
    let settings = configuration.config.recordings.clone();
    let setup = Setup::open_with(configuration);
    for format in [RecordingFormat::Wav, RecordingFormat::Opus] {
        let path = over(&setup);
        if format == RecordingFormat::Opus {
            encode(&setup, &Recordings::default(), format);
        }
        let asked = || {
            let cuts = ["?from_ms=250&to_ms=500&channel=caller", "?from_ms=1900", "?from_ms=5000"];
            let cuts = cuts.map(|cut| setup.get(&format!("{path}{cut}")));
            let ranges = ["bytes=0-43", "bytes=100-", "bytes=-10"].map(|asked| range(&setup, &path, asked));
            let answers = [setup.get(&path)].into_iter().chain(cuts).chain(ranges);
            answers.map(|answer| (answer.status, answer.body)).collect::<Vec<_>>()
        };
        let before = asked();
        encode(&setup, &settings, format);
        assert_eq!(std::fs::read_dir(setup.recording_path("")).unwrap().count(), 0, "{format:?}");
        assert!(asked() == before, "{format:?}");
    }
    assert_eq!(moto.keys().unwrap().len(), 2);
}
