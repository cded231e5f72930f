//! A power loss in the middle of an append, or of replacing files: waiting for the moment, and leaving a command cut in two.

use crate::stage::Stage;
use resplay_resp::decode;
use resplay_world::Disk;
use std::ops::Range;
use std::time::Duration;

/// At most how long after a write to an idle disk the power fails, in nanoseconds: about what a sync takes, so that
/// the seed decides how far that sync has come.
const DELAY_MAX_NS: u64 = 400_000;
/// So many files the end of a rewrite renames and removes.
const RENAMES_MAX: u64 = 4;
/// How long to wait for the moment. On a disk that is never written to it does not come.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Runs on until the server's append-only file holds something that is not synced, and then for a drawn time in which it
/// stays so; no longer than until then. Whether the moment came.
pub fn wait_for_append(stage: &mut Stage, node: &str, until_ns: u64) -> bool {
    let mut delay_ns = stage.random.below(DELAY_MAX_NS);
    while stage.world.now() < until_ns {
        if !is_dirty(stage, node) {
            if !step(stage, until_ns) {
                return false;
            }
            continue;
        }
        stage.world.run_until((stage.world.now() + delay_ns).min(until_ns));
        if is_dirty(stage, node) {
            return true;
        }
        // The sync was faster: not so late next time.
        delay_ns /= 2;
    }
    false
}

/// Runs on until the server has renamed or removed a drawn number of files, and then for a drawn time: what it is about has
/// several such steps. No longer than until then; whether the moment came.
pub fn wait_for_rename(stage: &mut Stage, node: &str, until_ns: u64) -> bool {
    let host = stage.host(node);
    let enough = stage.world.disk(host).replaced() + stage.random.between(1, RENAMES_MAX);
    while stage.world.disk(host).replaced() < enough {
        if !step(stage, until_ns) {
            return false;
        }
    }
    // Most steps that follow it take microseconds, some a sync.
    let delay_ns = if stage.random.chance(0.5) { 0 } else { stage.random.below(DELAY_MAX_NS) };
    stage.world.run_until((stage.world.now() + delay_ns).min(until_ns));
    true
}

/// Runs on to the next event, unless that comes after this time.
fn step(stage: &mut Stage, until_ns: u64) -> bool {
    let comes = stage.world.next_event().is_some_and(|at_ns| at_ns <= until_ns);
    comes && stage.world.step()
}

fn is_dirty(stage: &mut Stage, node: &str) -> bool {
    let (host, now) = (stage.host(node), stage.world.now());
    let disk = stage.world.disk_mut(host);
    let Some(path) = last_log(disk) else { return false };
    disk.durable_len(&path, now) < disk.read(&path).map_or(0, <[u8]>::len) as u64
}

fn last_log(disk: &Disk) -> Option<String> {
    disk.paths().rfind(|path| path.ends_with(".aof")).map(str::to_string)
}

/// An append-only file as the server sees it.
pub struct AppendOnlyFile {
    path: String,
    bytes: Vec<u8>,
    /// So many bytes are safe from a power loss.
    durable: usize,
}

/// The server's last append-only file.
pub fn append_only_file(stage: &mut Stage, node: &str) -> Option<AppendOnlyFile> {
    let (host, now) = (stage.host(node), stage.world.now());
    let disk = stage.world.disk_mut(host);
    let path = last_log(disk)?;
    let durable = disk.durable_len(&path, now) as usize;
    Some(AppendOnlyFile { bytes: disk.read(&path)?.to_vec(), path, durable })
}

/// After a power loss: if what is left of the file ends between two commands, cuts one of them in two, as a legal crash
/// could have: the first that is lost, or else the last if it was not safe. Says what is left.
pub fn tear(stage: &mut Stage, node: &str, before: Option<AppendOnlyFile>) -> String {
    let host = stage.host(node);
    let Some(AppendOnlyFile { path, bytes, durable }) = before else {
        return "there is no append-only file".to_string();
    };
    let left = stage.world.disk(host).read(&path).map_or(0, <[u8]>::len);
    let commands = commands(&bytes);
    let torn = commands.iter().find(|command| command.start < left && left < command.end);
    if torn.is_none() {
        let in_danger = |command: &&Range<usize>| command.end > durable.max(command.start + 1);
        let lost = commands.iter().find(|command| command.start == left);
        let Some(command) = lost.or(commands.last()).filter(in_danger) else {
            return format!("all of {path} was safe");
        };
        let first = durable.max(command.start + 1);
        let cut = first + stage.random.index(command.end - first);
        stage.world.disk_mut(host).write(&path, &bytes[..cut]);
    }
    format!("{path} ends in the middle of a command")
}

/// After a power loss: makes the file as long as it was, with zeros for what is lost: whole commands, at least the last one,
/// unless that was safe. Says what is left.
pub fn fill_with_zeros(stage: &mut Stage, node: &str, before: Option<AppendOnlyFile>) -> String {
    let host = stage.host(node);
    let Some(AppendOnlyFile { path, bytes, durable }) = before else {
        return "there is no append-only file".to_string();
    };
    let left = stage.world.disk(host).read(&path).map_or(0, <[u8]>::len);
    let mut starts = commands(&bytes).into_iter().map(|command| command.start);
    let Some(kept) = starts.rfind(|start| (durable..=left).contains(start)) else {
        return format!("all of {path} was safe");
    };
    let mut image = bytes[..kept].to_vec();
    image.resize(bytes.len(), 0);
    stage.world.disk_mut(host).write(&path, image);
    format!("the last {} bytes of {path} read as zeros", bytes.len() - kept)
}

/// Where each command of a file lies.
fn commands(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut found = Vec::new();
    while let Ok(Some((_, length))) = decode(&bytes[at..]) {
        found.push(at..at + length);
        at += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_up_to_the_first_that_is_not_whole() {
        let found = commands(b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI");
        assert_eq!(found, [0..14, 14..28]);
        assert!(commands(b"").is_empty());
    }
}
