//! A power loss in the middle of an append: waiting for the moment, and leaving a command cut in two.

use crate::stage::Stage;
use resplay_resp::decode;
use std::collections::BTreeMap;
use std::ops::Range;

/// At most how long after a write to an idle disk the power fails, in nanoseconds: about what a sync takes, so that
/// the seed decides how far that sync has come.
const DELAY_MAX_NS: u64 = 400_000;
/// How long to wait for the moment, in nanoseconds. On a disk that is never written to it does not come.
const PATIENCE_NS: u64 = 10_000_000_000;

/// Runs on until the server's disk holds something that is not synced, and then for a drawn time in which it stays so.
pub fn wait_for_append(stage: &mut Stage, node: &str) {
    let until = stage.world.now() + PATIENCE_NS;
    let mut delay_ns = stage.random.below(DELAY_MAX_NS);
    while stage.world.now() < until {
        if !is_dirty(stage, node) {
            if !stage.world.step() {
                return;
            }
            continue;
        }
        stage.world.run_until(stage.world.now() + delay_ns);
        if is_dirty(stage, node) {
            return;
        }
        // The sync was faster: not so late next time.
        delay_ns /= 2;
    }
}

fn is_dirty(stage: &mut Stage, node: &str) -> bool {
    let (host, now) = (stage.host(node), stage.world.now());
    stage.world.disk_mut(host).at_stake(now) > 0
}

/// The server's append-only files as it sees them, by path.
pub fn append_only_files(stage: &Stage, node: &str) -> BTreeMap<String, Vec<u8>> {
    let image = stage.world.disk(stage.host(node)).image();
    image.files.into_iter().filter(|(path, _)| path.ends_with(".aof")).collect()
}

/// After a power loss: if what is left of the last file ends between two commands, cuts one of them in two, as a
/// legal crash could have: the first that is lost, or else the last. Says what is left.
pub fn tear(stage: &mut Stage, node: &str, before: &BTreeMap<String, Vec<u8>>) -> String {
    let host = stage.host(node);
    let Some((path, whole)) = before.last_key_value() else {
        return "there is no append-only file".to_string();
    };
    let left = stage.world.disk(host).read(path).map_or(0, <[u8]>::len);
    let commands = commands(whole);
    let torn = commands.iter().find(|command| command.start < left && left < command.end);
    let chosen = torn.or_else(|| commands.iter().find(|command| command.start == left)).or(commands.last());
    let Some(command) = chosen.filter(|command| command.len() > 1) else {
        return "the append-only file is empty".to_string();
    };
    let cut = if torn.is_some() { left } else { command.start + 1 + stage.random.index(command.len() - 1) };
    if torn.is_none() {
        stage.world.disk_mut(host).write(path, &whole[..cut]);
    }
    format!("{path} ends in the middle of a command")
}

/// After a power loss: makes the last file as long as it was, with zeros for what is lost: whole commands, at
/// least the last one. Says what is left.
pub fn fill_with_zeros(stage: &mut Stage, node: &str, before: &BTreeMap<String, Vec<u8>>) -> String {
    let host = stage.host(node);
    let Some((path, whole)) = before.last_key_value() else {
        return "there is no append-only file".to_string();
    };
    let left = stage.world.disk(host).read(path).map_or(0, <[u8]>::len);
    let starts = commands(whole).into_iter().map(|command| command.start);
    let kept = starts.take_while(|start| *start <= left).last().unwrap_or(0);
    let mut bytes = whole[..kept].to_vec();
    bytes.resize(whole.len(), 0);
    stage.world.disk_mut(host).write(path, bytes);
    format!("the last {} bytes of {path} read as zeros", whole.len() - kept)
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
