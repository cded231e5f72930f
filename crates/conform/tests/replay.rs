//! Every transcript of the corpus, against the engine in this process, before the reference model as well, and against
//! the real servers.
//!
//! `RESPLAY_RECORD=1 cargo test -p resplay-conform --test replay` writes what valkey-server answers into the
//! transcripts. Without the real servers their tests are skipped, unless `RESPLAY_REQUIRE_ORACLES=1`.

#[path = "support/switch.rs"]
mod switch;

use libtest_mimic::{Arguments, Failed, Trial};
use resplay_base::Boot;
use resplay_conform::{Corpus, InProcess, Oracle, OracleError, Play, Tcp, Transcript, args, free_port, play};
use resplay_engine::Server;
use resplay_model::Model;
use resplay_server::{LogTo, Options, spawn};
use resplay_spec::EXCEPTIONS;
use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use switch::is_set;

const VALKEY: (&str, &str) = ("valkey-server", "8.0.1");
const REDIS: (&str, &str) = ("redis-server", "7.0.15");

/// Transcripts on which the reference model cannot follow, and why.
const NOT_JUDGED: &[(&str, &str)] =
    &[("generic/restore.txt", PAYLOADS), ("generic/restore_checked.txt", PAYLOADS)];
const PAYLOADS: &str = "the model knows what is in a payload only if it saw it dumped";

fn main() {
    let arguments = Arguments::from_args();
    let cases = Arc::new(Cases::open());
    if is_set("RESPLAY_RECORD") {
        return cases.record(arguments.filter.as_deref().unwrap_or(""));
    }
    let is_whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    let conclusion = libtest_mimic::run(&arguments, cases.trials());
    if is_whole {
        cases.report_what_is_unused();
    }
    conclusion.exit();
}

/// The transcripts, and what was needed of the rows about them.
struct Cases {
    root: PathBuf,
    corpus: Corpus,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// Rows that covered a mismatch.
    rows: BTreeSet<usize>,
    /// Servers that were asked.
    servers: BTreeSet<&'static str>,
    /// Exceptions from the shapes of replies that valkey-server needed: command and what was said.
    exceptions: BTreeSet<(&'static str, &'static str)>,
}

impl Cases {
    fn open() -> Cases {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
        let corpus = Corpus::open(&root).unwrap_or_else(|error| panic!("corpus/{error}"));
        Cases { root, corpus, used: Mutex::default() }
    }

    fn trials(self: &Arc<Cases>) -> Vec<Trial> {
        self.corpus.files.iter().flat_map(|(file, _)| self.trials_of(file)).collect()
    }

    fn trials_of(self: &Arc<Cases>, file: &str) -> Vec<Trial> {
        let trial = |server: (&'static str, &'static str)| {
            let (cases, file) = (Arc::clone(self), file.to_owned());
            Trial::test(format!("{file} {}", server.0), move || cases.ask(&file, server))
        };
        let own = |suffix: &str, replay: fn(&Cases, &str) -> Result<(), Failed>| {
            let (cases, file) = (Arc::clone(self), file.to_owned());
            Trial::test(format!("{file} resplay{suffix}"), move || replay(&cases, &file))
        };
        vec![
            own("", Cases::replay),
            own(" over TCP", Cases::replay_over_tcp),
            own(" before the model", Cases::replay_before_the_model),
            trial(VALKEY),
            trial(REDIS),
        ]
    }

    /// Replays against the engine in this process.
    fn replay(&self, file: &str) -> Result<(), Failed> {
        let transcript = self.read(file);
        let mut target = InProcess::boot(Server::new(), &args(transcript))?;
        let played = play(transcript, &mut target)?;
        self.judge("resplay", file, transcript, &played)
    }

    /// Replays against the engine in this process, and lets the reference model judge what it did.
    fn replay_before_the_model(&self, file: &str) -> Result<(), Failed> {
        let transcript = self.read(file);
        let mut engine = Server::new();
        engine.keep_journal(true);
        let mut target = InProcess::boot(engine, &args(transcript))?;
        play(transcript, &mut target)?;
        let mut model = Model::new();
        let judgement = target.node().journal().iter().try_for_each(|entry| model.apply(entry));
        match (judgement, NOT_JUDGED.iter().find(|(other, _)| *other == file)) {
            (Err(mismatch), None) => Err(mismatch.to_string().into()),
            (Ok(()), Some((_, why))) => Err(format!("the model follows now; no longer: {why}").into()),
            (Err(_), Some(_)) | (Ok(()), None) => Ok(()),
        }
    }

    /// Replays against the engine behind real sockets.
    fn replay_over_tcp(&self, file: &str) -> Result<(), Failed> {
        let transcript = self.read(file);
        let dir = tempfile::tempdir()?;
        let (port, path) = (free_port()?, dir.path().to_string_lossy());
        let place = ["--port", &port.to_string(), "--dir", &path].map(str::to_owned);
        let boot = Boot { args: [&place[..], &args(transcript)].concat(), config: None, seed: 1, pid: 1 };
        let options = Options { log: LogTo::Nowhere, ..Options::of(&boot) };
        let running = spawn(Server::new(), boot, options)?;
        running.address().ok_or("it does not listen")?;
        let password = transcript.settings.iter().find(|(name, _)| name == "requirepass");
        let mut target =
            Tcp::connect((Ipv4Addr::LOCALHOST, port).into(), password.map(|(_, value)| value.as_str()))?;
        let played = play(transcript, &mut target);
        running.terminate()?;
        self.judge("resplay", file, transcript, &played?)
    }

    fn read(&self, file: &str) -> &Transcript {
        let found = self.corpus.files.iter().find(|(path, _)| path == file);
        &found.expect("trials are made of what was read").1
    }

    /// Replays against a real server.
    fn ask(&self, file: &str, (program, version): (&'static str, &'static str)) -> Result<(), Failed> {
        let transcript = self.read(file);
        let oracle = match Oracle::start(program, version, &args(transcript)) {
            Ok(oracle) => oracle,
            Err(error) if is_set("RESPLAY_REQUIRE_ORACLES") => return Err(error.to_string().into()),
            Err(OracleError::Missing(_)) => {
                eprintln!("skipped: {program} is not installed");
                return Ok(());
            }
            Err(error) => return Err(error.to_string().into()),
        };
        let played = play(transcript, &mut oracle.connect()?)?;
        self.judge(program, file, transcript, &played)
    }

    fn judge(
        &self,
        server: &'static str,
        file: &str,
        transcript: &Transcript,
        played: &Play,
    ) -> Result<(), Failed> {
        let mut unknown = Vec::new();
        let mut used = self.used.lock().expect("no test panicked while it held the rows");
        used.servers.insert(server);
        for mismatch in played.mismatches(transcript) {
            match self.corpus.divergences.covering(server, file, &mismatch) {
                Some(row) => drop(used.rows.insert(row)),
                None => unknown.push(format!("corpus/{file}: {mismatch}")),
            }
        }
        // The shapes are Valkey 8.0.1's own; an older server has other ones.
        for play in played.plays().filter(|_| server != REDIS.0) {
            unknown.extend(play.misfits.iter().map(|misfit| format!("corpus/{file}: {misfit}")));
            let excused = play.excused.iter().filter(|_| server == VALKEY.0);
            used.exceptions.extend(excused.map(|exception| (exception.command, exception.says)));
        }
        if unknown.is_empty() { Ok(()) } else { Err(format!("\n{}", unknown.join("\n")).into()) }
    }

    /// A row that no longer differs must go, and so must an exception that Valkey does not need.
    fn report_what_is_unused(&self) {
        let used = self.used.lock().expect("the tests are over");
        for (index, row) in self.corpus.divergences.rows.iter().enumerate() {
            let asked = used.servers.contains(row.server.as_str());
            let is_used = !asked || used.rows.contains(&index);
            assert!(is_used, "divergences.toml: nothing differs any more: {row:?}");
        }
        for exception in EXCEPTIONS.iter().filter(|_| used.servers.contains(VALKEY.0)) {
            let is_used = used.exceptions.contains(&(exception.command, exception.says));
            assert!(is_used, "spec/src/exceptions.rs: the corpus does not need {exception:?}");
        }
    }

    fn record(&self, filter: &str) {
        for (file, _) in self.corpus.files.iter().filter(|(file, _)| file.contains(filter)) {
            let transcript = self.read(file);
            let oracle = Oracle::start(VALKEY.0, VALKEY.1, &args(transcript)).expect("valkey-server runs");
            let mut target = oracle.connect().expect("valkey-server answers");
            let played = play(transcript, &mut target).unwrap_or_else(|error| panic!("{file}: {error}"));
            let recorded = played.record(transcript).to_string();
            fs::write(self.root.join(file), recorded).expect("the corpus can be written");
            println!("recorded corpus/{file}");
        }
    }
}
