//! Every transcript of the corpus, against the engine in this process and against the real servers.
//!
//! `RESPLAY_RECORD=1 cargo test -p resplay-conform --test replay` writes what valkey-server answers into the
//! transcripts. Without the real servers their tests are skipped, unless `RESPLAY_REQUIRE_ORACLES=1`.

use libtest_mimic::{Arguments, Failed, Trial};
use resplay_base::Boot;
use resplay_conform::{Divergences, InProcess, Oracle, OracleError, Play, Tcp, Transcript, free_port, play};
use resplay_engine::Server;
use resplay_server::{LogTo, Options, spawn};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

const VALKEY: (&str, &str) = ("valkey-server", "8.0.1");
const REDIS: (&str, &str) = ("redis-server", "7.0.15");

fn main() {
    let arguments = Arguments::from_args();
    let corpus = Arc::new(Corpus::open());
    if is_set("RESPLAY_RECORD") {
        return corpus.record(arguments.filter.as_deref().unwrap_or(""));
    }
    let is_whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    let conclusion = libtest_mimic::run(&arguments, corpus.trials());
    if is_whole {
        corpus.report_unused_rows();
    }
    conclusion.exit();
}

/// The transcripts, and the rows about them.
struct Corpus {
    root: PathBuf,
    files: Vec<String>,
    divergences: Divergences,
    /// Rows that covered a mismatch, and servers that were asked.
    used: Mutex<(BTreeSet<usize>, BTreeSet<&'static str>)>,
}

impl Corpus {
    fn open() -> Corpus {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
        let text = fs::read_to_string(root.join("divergences.toml")).expect("corpus/divergences.toml");
        let divergences =
            Divergences::parse(&text).unwrap_or_else(|error| panic!("divergences.toml: {error}"));
        let mut files = Vec::new();
        walk(&root, "", &mut files).expect("the corpus can be read");
        Corpus { root, files, divergences, used: Mutex::default() }
    }

    fn trials(self: &Arc<Corpus>) -> Vec<Trial> {
        self.files.iter().flat_map(|file| self.trials_of(file)).collect()
    }

    fn trials_of(self: &Arc<Corpus>, file: &str) -> Vec<Trial> {
        let trial = |server: (&'static str, &'static str)| {
            let (corpus, file) = (Arc::clone(self), file.to_owned());
            Trial::test(format!("{file} {}", server.0), move || corpus.ask(&file, server))
        };
        let own = |suffix: &str, replay: fn(&Corpus, &str) -> Result<(), Failed>| {
            let (corpus, file) = (Arc::clone(self), file.to_owned());
            Trial::test(format!("{file} resplay{suffix}"), move || replay(&corpus, &file))
        };
        vec![own("", Corpus::replay), own(" over TCP", Corpus::replay_over_tcp), trial(VALKEY), trial(REDIS)]
    }

    /// Replays against the engine in this process.
    fn replay(&self, file: &str) -> Result<(), Failed> {
        let transcript = self.read(file)?;
        let mut target = InProcess::boot(Server::new(), &args(&transcript))?;
        let played = play(&transcript, &mut target)?;
        self.judge("resplay", file, &transcript, &played)
    }

    /// Replays against the engine behind real sockets.
    fn replay_over_tcp(&self, file: &str) -> Result<(), Failed> {
        let transcript = self.read(file)?;
        let dir = tempfile::tempdir()?;
        let (port, path) = (free_port()?, dir.path().to_string_lossy());
        let place = ["--port", &port.to_string(), "--dir", &path].map(str::to_owned);
        let boot = Boot { args: [&place[..], &args(&transcript)].concat(), config: None, seed: 1, pid: 1 };
        let options = Options { log: LogTo::Nowhere, ..Options::of(&boot) };
        let running = spawn(Server::new(), boot, options)?;
        running.address().ok_or("it does not listen")?;
        let password = transcript.settings.iter().find(|(name, _)| name == "requirepass");
        let mut target =
            Tcp::connect((Ipv4Addr::LOCALHOST, port).into(), password.map(|(_, value)| value.as_str()))?;
        let played = play(&transcript, &mut target);
        running.terminate()?;
        self.judge("resplay", file, &transcript, &played?)
    }

    fn read(&self, file: &str) -> Result<Transcript, Failed> {
        let text = fs::read_to_string(self.root.join(file))?;
        Transcript::parse(&text).map_err(|error| format!("corpus/{file}: {error}").into())
    }

    /// Replays against a real server.
    fn ask(&self, file: &str, (program, version): (&'static str, &'static str)) -> Result<(), Failed> {
        let transcript = self.read(file)?;
        let oracle = match Oracle::start(program, version, &args(&transcript)) {
            Ok(oracle) => oracle,
            Err(error) if is_set("RESPLAY_REQUIRE_ORACLES") => return Err(error.to_string().into()),
            Err(OracleError::Missing(_)) => {
                eprintln!("skipped: {program} is not installed");
                return Ok(());
            }
            Err(error) => return Err(error.to_string().into()),
        };
        let played = play(&transcript, &mut oracle.connect()?)?;
        self.judge(program, file, &transcript, &played)
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
        used.1.insert(server);
        for mismatch in played.mismatches(transcript) {
            match self.divergences.covering(server, file, &mismatch) {
                Some(row) => drop(used.0.insert(row)),
                None => unknown.push(format!("corpus/{file}: {mismatch}")),
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(format!("\n{}", unknown.join("\n")).into()) }
    }

    /// A row that no longer differs must go.
    fn report_unused_rows(&self) {
        let used = self.used.lock().expect("the tests are over");
        for (index, row) in self.divergences.rows.iter().enumerate() {
            let asked = used.1.contains(row.server.as_str());
            assert!(!asked || used.0.contains(&index), "divergences.toml: nothing differs any more: {row:?}");
        }
    }

    fn record(&self, filter: &str) {
        for file in self.files.iter().filter(|file| file.contains(filter)) {
            let transcript = self.read(file).unwrap_or_else(|error| panic!("{error:?}"));
            let oracle = Oracle::start(VALKEY.0, VALKEY.1, &args(&transcript)).expect("valkey-server runs");
            let mut target = oracle.connect().expect("valkey-server answers");
            let played = play(&transcript, &mut target).unwrap_or_else(|error| panic!("{file}: {error}"));
            let recorded = played.record(&transcript).to_string();
            fs::write(self.root.join(file), recorded).expect("the corpus can be written");
            println!("recorded corpus/{file}");
        }
    }
}

/// What every server is started with: nothing on disk, then the transcript's own settings.
fn args(transcript: &Transcript) -> Vec<String> {
    let mut args: Vec<String> = ["--save", "", "--appendonly", "no"].map(str::to_owned).to_vec();
    for (name, value) in &transcript.settings {
        args.extend([format!("--{name}"), value.clone()]);
    }
    args
}

fn walk(root: &Path, below: &str, files: &mut Vec<String>) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(below))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() && name != "spec" {
            walk(root, &path, files)?;
        } else if name.ends_with(".txt") {
            files.push(path);
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "what is installed differs between machines, and CI insists")]
fn is_set(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| value == "1")
}
