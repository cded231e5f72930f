//! Every scenario and variant as a named test, run twice; every scenario's snapshot beside its file; the digests of
//! all of them; and the schema. `UPDATE=1 cargo test` rewrites schema and digests, `INSTA_UPDATE=always` the snapshots.

use libtest_mimic::{Arguments, Failed, Trial};
use resplay_harness::cuts::CutRequest;
use resplay_harness::{Outcome, Request, Scenario, Verdict, run, schema, snapshot};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock};

const SEED: u64 = 1;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let scenarios: Vec<Arc<Loaded>> =
        files(&root()).iter().map(|path| Arc::new(Loaded::read(path))).collect();
    let mut trials = vec![Trial::test("the_schema_is_that_of_the_types", schema_is_current)];
    for loaded in &scenarios {
        trials.extend(loaded.trials());
    }
    trials.push(Trial::test("the_digests_are_those_of_the_commit", move || digests_are_current(&scenarios)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A scenario, and the outcomes of its runs so far.
struct Loaded {
    /// `caching/stampede`.
    name: String,
    path: PathBuf,
    scenario: Scenario,
    outcomes: BTreeMap<Option<String>, OnceLock<Outcome>>,
}

impl Loaded {
    fn read(path: &Path) -> Loaded {
        let below = path.strip_prefix(root()).expect("a file below the root");
        let text = fs::read_to_string(path).expect("a readable file");
        let shown = format!("scenarios/{}", below.display());
        let scenario = Scenario::parse(&shown, &text).unwrap_or_else(|mistake| panic!("{shown}: {mistake}"));
        let variants = scenario.variants().map(|name| Some(name.to_string()));
        let outcomes = [None].into_iter().chain(variants).map(|variant| (variant, OnceLock::new())).collect();
        Loaded { name: below.with_extension("").display().to_string(), path: path.into(), scenario, outcomes }
    }

    fn trials(self: &Arc<Loaded>) -> Vec<Trial> {
        let variants = self.variants().map(|variant| {
            let (loaded, wanted) = (self.clone(), variant.clone());
            let name = format!("{}::{}", self.name, variant.as_deref().unwrap_or("base"));
            Trial::test(name, move || loaded.passes_twice(&wanted))
        });
        let loaded = self.clone();
        let snapshot = Trial::test(format!("{}::snapshot", self.name), move || loaded.snapshot_is_current());
        let loaded = self.clone();
        let printed =
            Trial::test(format!("{}::print", self.name), move || loaded.runs_the_same_when_printed());
        variants.chain([snapshot, printed]).collect()
    }

    /// The base, then the variants in the order of the file.
    fn variants(&self) -> impl Iterator<Item = Option<String>> {
        [None].into_iter().chain(self.scenario.variants().map(|name| Some(name.to_string())))
    }

    fn run(&self, variant: &Option<String>) -> Outcome {
        let request = Request {
            scenario: &self.scenario,
            variant: variant.as_deref(),
            sets: &[],
            seed: SEED,
            bugs: &[],
            cuts: CutRequest::default(),
        };
        run(&request).expect("a variant of this scenario")
    }

    fn outcome(&self, variant: &Option<String>) -> &Outcome {
        self.outcomes[variant].get_or_init(|| self.run(variant))
    }

    fn passes_twice(&self, variant: &Option<String>) -> Result<(), Failed> {
        let (first, second) = (self.outcome(variant), self.run(variant));
        check(first.verdict == Verdict::Pass, || {
            format!("{}\n{}", first.why.join("\n"), first.report.timeline_text())
        })?;
        check(first.digest == second.digest, || "two runs with one seed have different digests".to_string())
    }

    fn snapshot_is_current(&self) -> Result<(), Failed> {
        let outcomes: Vec<Outcome> = self.variants().map(|variant| self.outcome(&variant).clone()).collect();
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(self.path.parent().expect("a file lies in a directory"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let name = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        settings.bind(|| insta::assert_snapshot!(name, snapshot(&outcomes)));
        Ok(())
    }

    fn runs_the_same_when_printed(&self) -> Result<(), Failed> {
        let printed = self.scenario.to_string();
        let again =
            Scenario::parse("printed", &printed).map_err(|mistake| format!("{mistake}\n{printed}"))?;
        let request = Request {
            scenario: &again,
            variant: None,
            sets: &[],
            seed: SEED,
            bugs: &[],
            cuts: CutRequest::default(),
        };
        let outcome = run(&request).map_err(|mistake| mistake.to_string())?;
        check(outcome.digest == self.outcome(&None).digest, || printed.clone())
    }
}

fn schema_is_current() -> Result<(), Failed> {
    let text = serde_json::to_string_pretty(&schema()).expect("a schema prints") + "\n";
    is_current(&root().join("schema.json"), &text)
}

fn digests_are_current(scenarios: &[Arc<Loaded>]) -> Result<(), Failed> {
    let mut text = format!("# scenario variant digest, with seed {SEED}; generated by UPDATE=1 cargo test\n");
    for loaded in scenarios {
        for variant in loaded.variants() {
            let digest = loaded.outcome(&variant).digest;
            text += &format!("{} {} {digest:016x}\n", loaded.name, variant.as_deref().unwrap_or("base"));
        }
    }
    is_current(&root().join("digests.txt"), &text)
}

/// Compares a generated file with what it should be, or rewrites it when asked. One test writes at a time.
fn is_current(path: &Path, text: &str) -> Result<(), Failed> {
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = WRITING.lock();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    check(found == text, || format!("{} is out of date: run UPDATE=1 cargo test", path.display()))
}

fn check(holds: bool, message: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(message().into()) }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

/// Every scenario below a directory, sorted by path.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    let below = paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}
