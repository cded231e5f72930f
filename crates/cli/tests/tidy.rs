//! The house rules as a test: which crate may use which, no side doors in the engine, no dead files, a row for
//! each file, and functions that fit on a screen. The rules themselves are told in `crates/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Bottom first: a crate may use only those before it.
const ORDER: &[&str] = &[
    "base",
    "resp",
    "datatypes",
    "persistence",
    "engine",
    "world",
    "model",
    "spec",
    "history",
    "checkers",
    "apps",
    "harness",
    "server",
    "conform",
    "turmoil",
    "cli",
];

/// Crates that may use even less than the order allows, and why.
const ONLY: &[(&str, &[&str], &str)] = &[
    ("resp", &["base"], "the wire knows no data"),
    ("world", &["base"], "the world knows no Redis"),
    ("model", &["base", "resp"], "an oracle that shares code with the engine repeats its bugs"),
    ("spec", &["base", "resp"], "who judges a server does not ask it what is right"),
    ("history", &[], "a history can be recorded anywhere"),
    ("server", &["base"], "the driver runs any node"),
    ("engine", &["base", "resp", "datatypes", "persistence"], "a server knows no world and no judge"),
];

/// Longest function, in lines. Those in `LONG_FUNCTIONS` are older than the rule: they may shrink, not grow.
const FUNCTION_LINES_MAX: usize = 70;
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

#[test]
fn arrows_point_down_only() {
    for (name, manifest) in manifests() {
        let place = ORDER.iter().position(|other| *other == name).unwrap_or_else(|| {
            panic!("crates/{name} has no place in the order of crates: add it to ORDER and crates/README.md")
        });
        for used in workspace_dependencies(&manifest) {
            let below = ORDER[..place].contains(&used.as_str());
            assert!(below, "crates/{name} uses {used}, which is not below it");
        }
    }
}

#[test]
fn the_strictest_crates_use_only_what_they_may() {
    for (name, allowed, why) in ONLY {
        let manifest = fs::read_to_string(crates().join(name).join("Cargo.toml")).expect("a manifest");
        let ships = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for used in workspace_dependencies(ships) {
            assert!(allowed.contains(&used.as_str()), "crates/{name} uses {used}, but {why}");
        }
    }
}

#[test]
fn every_crate_has_the_workspace_lints_and_no_features() {
    for (name, manifest) in manifests() {
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "crates/{name} does not take the workspace's lints"
        );
        assert!(!manifest.contains("[features]"), "crates/{name} has features: one binary, one behaviour");
    }
    let clippy: Vec<PathBuf> =
        files_below(&root()).into_iter().filter(|path| path.ends_with(".clippy.toml")).collect();
    assert_eq!(clippy, [root().join(".clippy.toml")], "a second .clippy.toml would replace the root's bans");
}

#[test]
fn the_engine_has_no_side_doors() {
    for (path, text) in sources("engine") {
        for (number, line) in (1..).zip(text.lines()) {
            let code = line.split("//").next().unwrap_or_default();
            let is_conditional =
                code.contains("cfg(") && !code.contains("cfg(test)") || code.contains("cfg!(");
            assert!(
                !is_conditional,
                "{}:{number}: conditional compilation in the engine: {line}",
                path.display()
            );
            // A line of text for users may say such words.
            let is_text = code.trim_start().starts_with('"');
            // DEBUG is a command of the real servers, and no bug.
            let words = code.to_lowercase().replace("debug", "");
            let asks = ["simulat", "is_bug", "bug_"].iter().any(|word| words.contains(word));
            let asks = asks && !is_text;
            assert!(!asks, "{}:{number}: the engine must not know where it runs: {line}", path.display());
        }
    }
}

#[test]
fn no_file_is_dead() {
    for name in ORDER {
        for (path, _) in sources(name) {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if matches!(stem, "lib" | "main") || path.parent().is_some_and(|dir| dir.ends_with("bin")) {
                continue;
            }
            let (dir, module) = if stem == "mod" {
                let dir = path.parent().expect("a folder");
                (
                    dir.parent().expect("a folder"),
                    dir.file_name().and_then(|name| name.to_str()).unwrap_or_default(),
                )
            } else {
                (path.parent().expect("a folder"), stem)
            };
            assert!(is_declared(dir, module), "{}: no `mod {module};` names it", path.display());
        }
    }
}

/// A room in which every file has a row in a table.
struct Room {
    folder: &'static str,
    table: &'static str,
    /// What stands before and after a file's name in its row.
    row: (&'static str, &'static str),
    /// Files that serve the others.
    without_row: &'static [&'static str],
}

const fn family(folder: &'static str) -> Room {
    Room { folder, table: "mod.rs", row: ("&", "::ROW"), without_row: &[] }
}

const ROOMS: &[Room] = &[
    family("engine/src/commands/bitmap"),
    family("engine/src/commands/connection"),
    family("engine/src/commands/generic"),
    Room { without_row: &["search"], ..family("engine/src/commands/geo") },
    family("engine/src/commands/hash"),
    family("engine/src/commands/hyperloglog"),
    Room { without_row: &["ends", "several", "waiting"], ..family("engine/src/commands/list") },
    family("engine/src/commands/pubsub"),
    family("engine/src/commands/server"),
    family("engine/src/commands/set"),
    Room { without_row: &["add", "combine", "pop", "range"], ..family("engine/src/commands/sorted_set") },
    Room { without_row: &["claims", "ids", "reading", "trimming"], ..family("engine/src/commands/stream") },
    family("engine/src/commands/string"),
    family("engine/src/commands/transactions"),
    Room { folder: "harness/src/faults", table: "mod.rs", row: ("    ", "::"), without_row: &["when"] },
    Room {
        folder: "checkers/src",
        table: "lib.rs",
        row: ("run: ", "::check"),
        without_row: &["evidence", "groups", "keys", "lib", "lives"],
    },
];

#[test]
fn every_command_fault_and_check_is_a_file_with_its_row() {
    for room in ROOMS {
        let dir = crates().join(room.folder);
        let table = fs::read_to_string(dir.join(room.table)).expect("a table");
        for entry in fs::read_dir(&dir).expect("a room").flatten() {
            let name = entry.file_name().to_string_lossy().trim_end_matches(".rs").to_string();
            let is_helper = name == "mod" || room.without_row.contains(&name.as_str());
            let has_row = table.contains(&format!("{}{name}{}", room.row.0, room.row.1));
            assert!(is_helper || has_row, "{}/{name} has no row in {}", room.folder, room.table);
        }
    }
}

#[test]
fn functions_fit_on_a_screen() {
    let known: BTreeMap<_, _> = LONG_FUNCTIONS
        .iter()
        .map(|(file, name, lines)| ((file.to_string(), name.to_string()), *lines))
        .collect();
    let mut complaints = Vec::new();
    for name in ORDER {
        for (path, text) in sources(name) {
            let file = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            for (function, lines) in long_functions(&text) {
                let allowed =
                    known.get(&(file.clone(), function.clone())).copied().unwrap_or(FUNCTION_LINES_MAX);
                if lines > allowed {
                    complaints
                        .push(format!("{file}: fn {function} has {lines} lines, {allowed} are allowed"));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Functions longer than allowed: from the line of `fn` to the brace that closes at its indentation.
fn long_functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| *line == closing).unwrap_or(0);
        if end + 1 > FUNCTION_LINES_MAX {
            found.push((name.to_string(), end + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    let line = line.strip_prefix("pub(super) ").unwrap_or(line);
    let line = line.strip_prefix("const ").or_else(|| line.strip_prefix("async ")).unwrap_or(line);
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

fn is_declared(dir: &Path, module: &str) -> bool {
    let parent = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let beside = dir.with_file_name(format!("{parent}.rs"));
    let homes = [dir.join("mod.rs"), dir.join("lib.rs"), dir.join("main.rs"), beside];
    homes.iter().filter_map(|home| fs::read_to_string(home).ok()).any(|text| {
        text.lines().any(|line| {
            line.trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub(super) ")
                == format!("mod {module};")
        })
    })
}

fn workspace_dependencies(manifest: &str) -> Vec<String> {
    let names = manifest.lines().filter_map(|line| line.strip_prefix("resplay-"));
    names.map(|rest| rest.split(['.', ' ', '=']).next().unwrap_or_default().to_string()).collect()
}

fn manifests() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = fs::read_dir(crates())
        .expect("the folder of crates")
        .flatten()
        .filter_map(|entry| {
            let text = fs::read_to_string(entry.path().join("Cargo.toml")).ok()?;
            Some((entry.file_name().to_string_lossy().into_owned(), text))
        })
        .collect();
    all.sort();
    assert!(all.len() >= 10, "the crates were not found");
    all
}

fn sources(name: &str) -> Vec<(PathBuf, String)> {
    let paths = files_below(&crates().join(name).join("src"));
    let rust = paths.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "rs"));
    rust.map(|path| (path.clone(), fs::read_to_string(&path).expect("a source file"))).collect()
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                found.extend(files_below(&path));
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn crates() -> PathBuf {
    root().join("crates")
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the workspace's root").to_path_buf()
}

#[test]
fn the_counter_of_lines_sees_a_long_function() {
    let body = "    x();\n".repeat(FUNCTION_LINES_MAX);
    let text = format!("impl A {{\n    pub fn long(&self) {{\n{body}    }}\n}}\nfn short() {{\n}}\n");
    assert_eq!(long_functions(&text), [("long".to_string(), FUNCTION_LINES_MAX + 2)]);
}
