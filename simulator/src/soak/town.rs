//! The server of a soak, and the parties around it: callers at telephones and in browsers, agents at their desks, a program.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use cordboard::boot::{self, Running};
use cordboard_schema::ids::OrganizationId;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::Soak;
use super::look::{self, Look};
use crate::generate::SENTENCES;
use crate::here::call_of;
use crate::ledger;
use crate::log::Log;
use crate::parties::caller::{self, Caller, Callers, ServerAddresses, Story};
use crate::parties::desk::Desk;
use crate::parties::program::Program;
use crate::plan::{Line, Manner};
use crate::stage::{AGENTS, Stage, access_token, configuration, headers_of};

/// Settings of the server: those that desks need. All others have their defaults.
const SETTINGS: [(&str, &str); 2] =
    [("extensions.operator", "people,operator,1"), ("calls.fallback_extension", "operator")];
/// Time for which a server rests before the first caller and after the last one.
const SETTLE: Duration = Duration::from_secs(60);
/// Time until a caller who has hung up is gone, whatever they were doing.
const GONE: Duration = Duration::from_secs(60);
/// Time for which recordings are kept: those of a whole day would fill a disk.
const RECORDINGS_KEPT: Duration = Duration::from_secs(600);
/// Number of agents who come and go: those of the queue.
const AGENTS_OF_QUEUE: usize = 2;
/// Most bytes of the server's log that are kept.
const LOG_BYTES: usize = 64 * 1024;
/// Number of failures that are kept.
const FAILURES_KEPT: usize = 20;

/// A caller.
struct Guest {
    number: u32,
    line: Line,
    leaves: Instant,
    acts: Instant,
}

/// A party that is there or away until a moment.
struct Shift<T> {
    until: Instant,
    party: Option<T>,
}

/// Failures or warnings.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Failures {
    /// How many there were.
    pub count: u64,
    /// The first of them.
    pub first: Vec<String>,
}

impl Failures {
    fn note(&mut self, why: String) {
        self.count += 1;
        if self.first.len() < FAILURES_KEPT {
            self.first.push(why);
        }
    }
}

/// The server and all parties.
pub(super) struct Town<'a> {
    soak: Soak,
    stage: &'a Stage,
    log: Log,
    server: Running,
    addresses: ServerAddresses,
    database: PathBuf,
    chance: StdRng,
    callers: Callers,
    begun: u32,
    guests: Vec<Guest>,
    /// Callers who have hung up, with the moment at which they must be gone.
    leaving: VecDeque<(Instant, u32)>,
    program: Shift<Program>,
    commands: u64,
    desks: [Shift<Desk>; AGENTS_OF_QUEUE],
    /// Recordings that existed at the last check, and the time of the next check.
    recordings: (Instant, Vec<PathBuf>),
    failures: Failures,
}

impl<'a> Town<'a> {
    /// Starts the server over a folder, without any parties.
    pub(super) async fn open(stage: &'a Stage, soak: Soak, folder: &Path) -> io::Result<Self> {
        let log = Log::with_room(LOG_BYTES);
        let began = Instant::now();
        let server = boot::start(&configuration(folder, &SETTINGS)?).await.map_err(io::Error::other)?;
        let addresses = ServerAddresses {
            life: 0,
            began_ms: 0,
            began,
            audiosocket: server.addresses.audiosocket,
            http: server.addresses.http,
            links: stage.links.clone(),
            twilio: None,
            switch: None,
            is_over: Rc::default(),
        };
        Ok(Self {
            soak,
            stage,
            log,
            server,
            addresses,
            database: folder.join("data").join("cordboard.db"),
            chance: StdRng::seed_from_u64(soak.seed),
            callers: Rc::new(RefCell::new(BTreeMap::new())),
            begun: 0,
            guests: Vec::new(),
            leaving: VecDeque::new(),
            program: Shift { until: began, party: None },
            commands: 0,
            desks: std::array::from_fn(|_| Shift { until: began, party: None }),
            recordings: (began, Vec::new()),
            failures: Failures::default(),
        })
    }

    fn organization(&self) -> OrganizationId {
        self.stage.organizations[0]
    }

    /// Measures the server before any party comes, once it is idle.
    pub(super) async fn look_at_rest(&self) -> io::Result<Look> {
        sleep(SETTLE).await;
        self.look(Duration::ZERO).await
    }

    /// Measures the server at a time after the first caller.
    pub(super) async fn look(&self, at: Duration) -> io::Result<Look> {
        let of = (at, u64::from(self.begun), || self.log.open_spans());
        look::look(&self.server, self.organization(), &self.database, of).await
    }

    /// Has parties come, act or leave when they are due.
    pub(super) async fn tick(&mut self, now: Instant) -> io::Result<()> {
        self.leave(now);
        self.forget(now);
        self.act(now).await;
        // One for each tick: a crowd that arrives at once would be another measurement.
        if self.guests.len() < self.soak.calls as usize {
            self.come(now);
        }
        self.change_program(now).await;
        for agent in 0..AGENTS_OF_QUEUE {
            self.change_desk(agent, now).await?;
        }
        self.remove_recordings(now)
    }

    fn come(&mut self, now: Instant) {
        let number = self.begun;
        self.begun += 1;
        let line = match self.chance.random_range(0..10) {
            0..7 => Line::Audiosocket,
            7..9 => Line::FirstBrowser,
            _ => Line::SecondBrowser,
        };
        let leaves = now + Duration::from_millis(self.chance.random_range(20_000..60_000));
        let acts = now + Duration::from_millis(self.chance.random_range(1_000..5_000));
        self.callers.borrow_mut().insert(number, Caller::new(number, line, None));
        self.guests.push(Guest { number, line, leaves, acts });
        let announced = line == Line::Audiosocket && self.chance.random_bool(0.5);
        let (callers, addresses) = (Rc::clone(&self.callers), self.addresses.clone());
        tokio::task::spawn_local(
            async move { caller::connect(&callers, number, &addresses, announced).await },
        );
    }

    /// Has callers say something or press a key, or a program act on their call, when that is due.
    async fn act(&mut self, now: Instant) {
        let mut commanded = Vec::new();
        let now_ms = self.addresses.ms_of(now);
        for guest in self.guests.iter_mut().filter(|guest| guest.acts <= now) {
            guest.acts = now + Duration::from_millis(self.chance.random_range(2_000..8_000));
            let mut callers = self.callers.borrow_mut();
            let Some(caller) = callers.get_mut(&guest.number) else { continue };
            match self.chance.random_range(0..10) {
                0..8 => caller.say(self.chance.random_range(0..SENTENCES), now_ms),
                8 => caller.press('1'),
                _ if guest.line != Line::SecondBrowser => commanded.push(guest.number),
                _ => {}
            }
        }
        for number in commanded {
            self.command(number).await;
        }
    }

    async fn command(&mut self, number: u32) {
        let Some(program) = &self.program.party else { return };
        let Some(call) = call_of(&self.server, self.organization(), &self.callers, number).await else {
            return;
        };
        self.commands += 1;
        let command = match self.chance.random_range(0..4) {
            0 => json!({ "command": "say", "call_id": call, "text": "One moment." }),
            1 => json!({ "command": "hold", "call_id": call }),
            2 => json!({ "command": "unhold", "call_id": call }),
            _ => json!({ "command": "bridge", "call_id": call, "target": "help" }),
        };
        program.command(command, self.commands);
    }

    /// Has callers hang up whose time is over.
    fn leave(&mut self, now: Instant) {
        let mut callers = self.callers.borrow_mut();
        for guest in self.guests.extract_if(.., |guest| guest.leaves <= now) {
            if let Some(caller) = callers.get_mut(&guest.number) {
                caller.hang_up();
            }
            self.leaving.push_back((now + GONE, guest.number));
        }
    }

    /// Forgets callers who must be gone by now, with everything that they have heard.
    fn forget(&mut self, now: Instant) {
        let mut callers = self.callers.borrow_mut();
        while let Some((gone, number)) = self.leaving.front().copied()
            && gone <= now
        {
            self.leaving.pop_front();
            let Some(caller) = callers.remove(&number) else { continue };
            if caller.is_connected() {
                self.failures.note(format!("caller {number} has hung up, and is still connected"));
            } else if caller.stories.is_empty() {
                self.failures.note(format!("caller {number} was never connected"));
            }
            for Story { violations, .. } in caller.stories {
                violations.into_iter().for_each(|why| self.failures.note(format!("caller {number}: {why}")));
            }
        }
    }

    /// Connects a program to the control socket for some minutes, and disconnects it for some seconds.
    async fn change_program(&mut self, now: Instant) {
        if let Some(program) = &self.program.party {
            program.forget();
        }
        if self.program.until > now {
            return;
        }
        if self.program.party.take().is_some() {
            self.program.until = now + Duration::from_millis(self.chance.random_range(1_000..20_000));
            return;
        }
        self.program.until = now + Duration::from_millis(self.chance.random_range(120_000..900_000));
        self.program.party = Program::connect(self.addresses.http, &headers_of(self.organization())).await;
        if self.program.party.is_none() {
            self.failures.note("a program could not connect".to_owned());
        }
    }

    /// The same with an agent's desk. Agents take every caller who is offered.
    async fn change_desk(&mut self, agent: usize, now: Instant) -> io::Result<()> {
        if self.desks[agent].until > now {
            return Ok(());
        }
        if self.desks[agent].party.take().is_some() {
            self.desks[agent].until = now + Duration::from_millis(self.chance.random_range(1_000..60_000));
            return Ok(());
        }
        let stays = Duration::from_millis(self.chance.random_range(120_000..480_000));
        let manner = Manner {
            answers_after_ms: self.chance.random_range(0..5_000),
            takes: Some(true),
            talks_ms: self.chance.random_range(2_000..10_000),
            hands_back: self.chance.random_bool(0.5),
            consult: None,
        };
        let token = access_token(self.addresses.http, AGENTS[agent].0).await?;
        let party = Desk::open(self.addresses.http, &token, agent, manner).await;
        if party.is_none() {
            self.failures.note(format!("the desk of {} did not open", AGENTS[agent].0));
        }
        self.desks[agent] = Shift { until: now + stays, party };
        Ok(())
    }

    /// Removes the recordings that existed at the last check.
    fn remove_recordings(&mut self, now: Instant) -> io::Result<()> {
        if now.duration_since(self.recordings.0) < RECORDINGS_KEPT {
            return Ok(());
        }
        for file in std::mem::take(&mut self.recordings.1) {
            match fs::remove_file(file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        self.recordings.0 = now;
        files_below(&self.server.recordings_dir, &mut self.recordings.1)
    }

    /// Has everyone leave: callers, agents, the program. Returns a measurement after that, when the server is idle.
    pub(super) async fn everybody_leaves(&mut self, from: Instant) -> io::Result<Look> {
        let now = Instant::now();
        self.guests.iter_mut().for_each(|guest| guest.leaves = now);
        self.leave(now);
        self.program.party = None;
        self.desks.iter_mut().for_each(|desk| desk.party = None);
        sleep(GONE).await;
        self.forget(Instant::now());
        for open in ledger::wait_for_quiet(self.addresses.http, self.organization()).await {
            self.failures.note(format!("open after the last call: {open}"));
        }
        sleep(SETTLE).await;
        self.look(from.elapsed()).await
    }

    /// Shuts the server down. Returns the number of calls, failures, and warnings of the server.
    pub(super) async fn close(self) -> io::Result<(u64, Failures, Failures)> {
        self.server.stop(std::future::pending()).await.map_err(io::Error::other)?;
        let mut warnings = Failures::default();
        self.log.lines().into_iter().for_each(|line| warnings.note(line));
        warnings.count += self.log.left_out();
        Ok((u64::from(self.begun), self.failures, warnings))
    }
}

/// Adds all files below a folder; none if there is no folder.
fn files_below(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files_below(&entry.path(), into)?;
        } else {
            into.push(entry.path());
        }
    }
    Ok(())
}
