//! Append-only files with the times of their commands: cut at one, they have the data of that second.

use crate::bench::{BOOT_WALL, Bench};
use crate::datasets::{AFTER_S, BEFORE_S, assert_same, fingerprint, play, real_time, steps, without_idle};
use crate::logs::{
    Files, MANIFEST, READS, REDIS, VALKEY, directory_of, files_in, files_on, loaded_here, put_files,
};
use crate::real::Real;
use resplay_base::Random;
use resplay_conform::MemoryDisk;
use std::ops::Range;
use std::process::Command;
use std::time::Duration;

/// Of these none has values of a hundred thousand elements.
const SEEDS: Range<u64> = 4..7;
const SECONDS: usize = 6;

/// A moment: its second, and all data then.
type Moment = (i64, Vec<String>);

/// What a server here writes within some seconds, and the last moments of those.
fn written(seed: u64, preamble: &str, real: &mut Real) -> (Files, Vec<Moment>) {
    let words = ["--appendonly", "yes", "--aof-timestamp-enabled", "yes", "--aof-use-rdb-preamble", preamble];
    let at = real_time(real, BEFORE_S);
    let mut bench = Bench::boot_unjudged(&[READS, &words].concat(), MemoryDisk::default(), at);
    let mut random = Random::stream(seed, "pace");
    let mut all = steps("timestamps", seed).concat();
    // A death would take its time.
    all.retain(|step| step.wait_ms == 0);
    let mut moments = Vec::new();
    for (second, steps) in all.chunks(all.len().div_ceil(SECONDS)).enumerate() {
        play(&mut bench, steps);
        bench.ask("DISCARD");
        // Something to see in every second.
        bench.ask(&format!("SET second {second}"));
        if second == 1 {
            assert_eq!(bench.ask("BGREWRITEAOF"), "Background append only file rewriting started");
            bench.finish();
        } else if second > 1 {
            let now_s = (BOOT_WALL.0 + (bench.now().0 / 1_000) as i64) / 1_000_000;
            moments.push((now_s, without_idle(fingerprint(&mut bench))));
        }
        bench.wait(Duration::from_millis(random.between(1_000, 2_500)));
    }
    (files_on(&mut bench.disk), moments)
}

/// Has the program for checks cut the log; both servers then have the data of that moment.
fn cut(program: &str, real: &mut Real, files: &Files, (second, wanted): &Moment) {
    put_files(real.dir(), files);
    let manifest = directory_of(real.dir()).join(MANIFEST);
    let output = Command::new(program)
        .args(["--truncate-to-timestamp", &second.to_string()])
        .arg(&manifest)
        .output()
        .expect("it is installed with the server");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{program} says: {said}");
    let cut = files_in(real.dir());
    let story = format!("{program}, cut at {second}: {said}");
    let mut bench = loaded_here(&cut, real_time(real, AFTER_S), &story);
    let here = fingerprint(&mut bench);
    real.do_it(&[b"DEBUG", b"LOADAOF"]);
    assert_same(&here, &fingerprint(real), &story);
    assert_same(&without_idle(here), wanted, &story);
}

#[test]
fn a_log_cut_at_a_second_has_the_data_of_that_second() {
    let Some(mut real) = Real::start(VALKEY.0, VALKEY.1, READS) else { return };
    let Some(_) = Real::start(REDIS.0, REDIS.1, READS) else { return };
    for seed in SEEDS {
        for (program, preamble) in
            [("valkey-check-aof", "yes"), ("valkey-check-aof", "no"), ("redis-check-aof", "no")]
        {
            let (files, moments) = written(seed, preamble, &mut real);
            assert!(moments.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
            for moment in &moments {
                cut(program, &mut real, &files, moment);
            }
        }
    }
}
