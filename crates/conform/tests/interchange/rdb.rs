//! RDB files.

use crate::bench::{Bench, disk_with};
use crate::datasets::{
    AFTER_S, BEFORE_S, assert_same, end, fingerprint, keep_all, play, play_real, real_time, seeds, steps,
};
use crate::logs::{READS, REDIS, VALKEY, accepts};
use crate::rdb_files::{read, write};
use crate::real::Real;
use resplay_conform::MemoryDisk;
use resplay_persistence::rdb::Version;

/// A real server loads this file, which its program for checks accepts.
fn load(real: &mut Real, file: &[u8], check: &str, story: &str) {
    std::fs::write(real.file(), file).expect("written");
    accepts(check, &real.file(), story);
    real.read(file);
}

#[test]
fn valkey_and_redis_load_the_files_that_are_saved_here() {
    let (Some(mut valkey), Some(mut redis)) =
        (Real::start(VALKEY.0, VALKEY.1, READS), Real::start(REDIS.0, REDIS.1, READS))
    else {
        return;
    };
    for seed in seeds("our rdb") {
        let story = format!("seed {seed}");
        let mut bench = Bench::boot_unjudged(READS, MemoryDisk::default(), real_time(&mut valkey, BEFORE_S));
        for part in steps("our rdb", seed) {
            play(&mut bench, &part);
        }
        end(&mut bench);
        assert_eq!(bench.ask("SAVE"), "OK");
        let wanted = fingerprint(&mut bench);
        let file = bench.disk.bytes("dump.rdb").expect("it was saved").to_vec();
        load(&mut valkey, &file, "valkey-check-rdb", &story);
        assert_same(&fingerprint(&mut valkey), &wanted, &format!("{story}: valkey"));
        // Redis 7.0 refuses this version, so it gets the one before; what it understood is seen on the way back.
        load(&mut redis, &write(&read(&file), Version::V10), "redis-check-rdb", &story);
        valkey.read(&redis.saved());
        assert_same(&fingerprint(&mut valkey), &wanted, &format!("{story}: redis"));
    }
}

fn theirs_load_here((program, version): (&str, &str), way: &str) {
    let (Some(mut writer), Some(mut valkey)) =
        (Real::start(program, version, READS), Real::start(VALKEY.0, VALKEY.1, READS))
    else {
        return;
    };
    for seed in seeds(way) {
        let story = format!("{way}, seed {seed}");
        writer.do_it(&[b"FLUSHALL"]);
        writer.do_it(&[b"SELECT", b"0"]);
        for part in steps(way, seed) {
            play_real(&mut writer, &part);
        }
        writer.ask(&[b"DISCARD"]);
        keep_all(&mut writer);
        let file = writer.saved();
        valkey.read(&file);
        let wanted = fingerprint(&mut valkey);
        let mut bench =
            Bench::boot_unjudged(READS, disk_with("dump.rdb", &file), real_time(&mut valkey, AFTER_S));
        bench.finish();
        assert_same(&fingerprint(&mut bench), &wanted, &story);
        assert_eq!(bench.ask("DEBUG RELOAD"), "OK");
        assert_same(&fingerprint(&mut bench), &wanted, &format!("{story}: saved and read once more"));
    }
}

#[test]
fn files_of_valkey_load_here() {
    theirs_load_here(VALKEY, "rdb of valkey");
}

#[test]
fn files_of_redis_load_here() {
    theirs_load_here(REDIS, "rdb of redis");
}
