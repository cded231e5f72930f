//! The programs that people point at a server: redis-cli, redis-benchmark, redis-py.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::path::Path;
use std::process::Command;
use support::{Serving, has};

#[test]
fn redis_cli_works_on_both_protocols_and_inline() {
    if !has("redis-cli") {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let serving = Serving::start(dir.path(), &[]);
    let cli = |words: &[&str]| run("redis-cli", &[&["-p", &serving.port.to_string()], words].concat());
    assert_eq!(cli(&["SET", "a", "hello world"]), "OK\n");
    assert_eq!(cli(&["-2", "GET", "a"]), "hello world\n");
    assert_eq!(cli(&["-3", "HSET", "h", "x", "1", "y", "2"]), "2\n");
    assert_eq!(cli(&["-3", "--json", "HGETALL", "h"]), "{\"x\":\"1\",\"y\":\"2\"}\n");
    assert_eq!(cli(&["--no-raw", "INCR", "a"]), "(error) ERR value is not an integer or out of range\n");
    assert_eq!(cli(&["-r", "3", "INCR", "n"]), "1\n2\n3\n");
    assert_eq!(cli(&["--scan", "--pattern", "[ah]"]).lines().count(), 2);
    assert!(cli(&["INFO", "server"]).contains("valkey_version:8.0.1"));
}

#[test]
fn redis_benchmark_runs_pipelined() {
    if !has("redis-benchmark") {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let serving = Serving::start(dir.path(), &[]);
    let port = serving.port.to_string();
    let words = ["-p", &port, "-t", "set,get,incr,hset", "-P", "16", "-n", "20000", "--csv"];
    let report = run("redis-benchmark", &words);
    for test in ["SET", "GET", "INCR", "HSET"] {
        let line = report.lines().find(|line| line.starts_with(&format!("\"{test}\",")));
        let rate: f64 =
            line.and_then(|line| line.split('"').nth(3)).and_then(|rate| rate.parse().ok()).unwrap_or(0.0);
        assert!(rate > 0.0, "no {test} in\n{report}");
    }
    assert_eq!(run("redis-cli", &["-p", &port, "STRLEN", "key:__rand_int__"]), "3\n");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "where the Python with redis-py is, is the environment's matter"
)]
fn redis_py_runs_every_command() {
    let python = std::env::var("RESPLAY_PYTHON").unwrap_or_default();
    if !has(if python.is_empty() { "python with redis-py (RESPLAY_PYTHON)" } else { &python }) {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let serving = Serving::start(dir.path(), &[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/redis_py.py");
    let report = run(&python, &[&script.to_string_lossy(), &serving.port.to_string()]);
    assert!(report.contains("RESP2: ") && report.contains("RESP3: "), "{report}");
}

/// A program's output, which must end well.
fn run(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().expect("it is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {words:?}: {}\n{text}{errors}", output.status);
    text
}
