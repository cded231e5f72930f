//! Parameters whose values have a form of their own.

use super::directive::read_enum;
use super::numbers;
use resplay_resp::number;

type Outcome = Result<Vec<u8>, String>;

/// Keeps a word that passes a test.
fn checked(words: &[&[u8]], is_good: fn(&[u8]) -> bool, why: &str) -> Outcome {
    if is_good(words[0]) { Ok(words[0].to_vec()) } else { Err(why.to_string()) }
}

/// The name of a file or directory, without a path; `what` names the parameter.
fn plain_name(words: &[&[u8]], what: &str, kind: &str) -> Outcome {
    let word = words[0];
    if word.is_empty() {
        return Err(format!("{what} can't be empty"));
    }
    if word.contains(&b'/') {
        return Err(format!("{what} can't be a path, just a {kind}"));
    }
    Ok(word.to_vec())
}

/// `appendfilename`.
pub fn append_file_name(_: &[u8], words: &[&[u8]]) -> Outcome {
    plain_name(words, "appendfilename", "filename")
}

/// `appenddirname`.
pub fn append_dir_name(_: &[u8], words: &[&[u8]]) -> Outcome {
    plain_name(words, "appenddirname", "dirname")
}

/// `dbfilename`.
pub fn db_file_name(_: &[u8], words: &[&[u8]]) -> Outcome {
    plain_name(words, "dbfilename", "filename")
}

/// `cluster-config-file`.
pub fn cluster_file_name(_: &[u8], words: &[&[u8]]) -> Outcome {
    checked(words, |word| !word.is_empty(), "cluster-config-file can't be empty")
}

/// `hz`: a value out of range becomes the nearest one in range, 1 to 500.
pub fn hz(_: &[u8], words: &[&[u8]]) -> Outcome {
    let text = numbers::integer(words[0], 0, i64::from(i32::MAX))?;
    let value = number::parse_i64(&text).unwrap_or_default();
    Ok(value.clamp(1, 500).to_string().into_bytes())
}

/// `activedefrag`: there is no allocator here that could move memory.
pub fn active_defrag(_: &[u8], words: &[&[u8]]) -> Outcome {
    match &words[0].to_ascii_lowercase()[..] {
        b"no" => Ok(b"no".to_vec()),
        b"yes" => {
            Err("Active defragmentation cannot be enabled: it requires a server compiled with a modified \
                       Jemalloc like the one shipped by default with the source distribution"
                .to_string())
        }
        _ => Err("argument must be 'yes' or 'no'".to_string()),
    }
}

/// `oom-score-adj`: `relative` is what `yes` means.
pub fn oom_score_adj(_: &[u8], words: &[&[u8]]) -> Outcome {
    let word = read_enum(words[0], &["no", "yes", "relative", "absolute"])?;
    Ok(if word == b"relative" { b"yes".to_vec() } else { word })
}

/// `oom-score-adj-values`: three numbers.
pub fn oom_score_adj_values(_: &[u8], words: &[&[u8]]) -> Outcome {
    if words.len() != 3 {
        return Err("wrong number of arguments".to_string());
    }
    let is_good = |word: &&[u8]| numbers::c_integer(word).is_some_and(|n| (-2000..=2000).contains(&n));
    if !words.iter().all(is_good) {
        return Err("Invalid oom-score-adj-values, elements must be between -2000 and 2000.".to_string());
    }
    let values = words.iter().filter_map(|word| numbers::c_integer(word)).map(|n| n.to_string());
    Ok(values.collect::<Vec<_>>().join(" ").into_bytes())
}

/// `shutdown-on-sigint` and `shutdown-on-sigterm`: flags.
pub fn shutdown_flags(_: &[u8], words: &[&[u8]]) -> Outcome {
    const WORDS: &[&str] = &["default", "save", "nosave", "now", "force"];
    let mut chosen = Vec::new();
    for word in words {
        chosen.push(read_enum(word, WORDS)?);
    }
    if chosen.is_empty() {
        return read_enum(b"", WORDS);
    }
    let has = |flag: &str| chosen.iter().any(|word| word == flag.as_bytes());
    if has("save") && has("nosave") {
        return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".to_string());
    }
    let flags: Vec<&str> = WORDS[1..].iter().copied().filter(|word| has(word)).collect();
    Ok(if flags.is_empty() { b"default".to_vec() } else { flags.join(" ").into_bytes() })
}

/// `save`: pairs of seconds and changes; one empty word means never.
pub fn save(_: &[u8], words: &[&[u8]]) -> Outcome {
    if words == [b""] {
        return Ok(Vec::new());
    }
    let numbers: Option<Vec<i64>> = words.iter().map(|word| numbers::c_integer(word)).collect();
    let is_good = |numbers: &Vec<i64>| {
        numbers.len().is_multiple_of(2) && numbers.chunks(2).all(|pair| pair[0] >= 1 && pair[1] >= 0)
    };
    let numbers = numbers.filter(is_good).ok_or("Invalid save parameters")?;
    Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ").into_bytes())
}

/// `client-output-buffer-limit`: class, hard limit, soft limit, seconds; classes not named keep theirs.
pub fn output_buffer_limit(old: &[u8], words: &[&[u8]]) -> Outcome {
    // One empty word is what the real servers see as no words at all.
    let words = if words == [b""] { &[] } else { words };
    if words.len() % 4 != 0 {
        return Err("Wrong number of arguments in buffer limit configuration.".to_string());
    }
    let old = String::from_utf8_lossy(old).into_owned();
    let mut classes: Vec<String> = old.split(' ').map(str::to_string).collect();
    for group in words.chunks(4) {
        let at = match &group[0].to_ascii_lowercase()[..] {
            b"normal" => 0,
            b"slave" | b"replica" => 4,
            b"pubsub" => 8,
            _ => return Err("Invalid client class specified in buffer limit configuration.".to_string()),
        };
        let limits = output_limits(group)
            .ok_or("Error in hard, soft or soft_seconds setting in buffer limit configuration.")?;
        classes.splice(at + 1..at + 4, limits);
    }
    Ok(classes.join(" ").into_bytes())
}

fn output_limits(group: &[&[u8]]) -> Option<[String; 3]> {
    let seconds = numbers::c_integer(group[3]).filter(|seconds| *seconds >= 0)?;
    Some([numbers::bytes(group[1])?.to_string(), numbers::bytes(group[2])?.to_string(), seconds.to_string()])
}

/// `notify-keyspace-events`: one letter a class, `A` for all of them.
pub fn notify_events(_: &[u8], words: &[&[u8]]) -> Outcome {
    const CLASSES: &str = "g$lshzxetdn";
    const IN_ALL: &str = "g$lshzxetd";
    let text = String::from_utf8_lossy(words[0]).into_owned();
    if !text.chars().all(|letter| letter == 'A' || "KEm".contains(letter) || CLASSES.contains(letter)) {
        return Err("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".to_string());
    }
    let has = |letter: char| text.contains(letter) || (text.contains('A') && IN_ALL.contains(letter));
    let classes: String = if IN_ALL.chars().all(has) {
        "A".to_string()
    } else {
        "g$lshzxetdn".chars().filter(|letter| has(*letter)).collect()
    };
    let kinds: String = "KEm".chars().filter(|letter| has(*letter)).collect();
    // CONFIG GET does not tell `n` beside `A`: it stands where it can be taken away (`Directive::shown`).
    let untold = if classes == "A" && has('n') { "n" } else { "" };
    Ok((classes + &kinds + untold).into_bytes())
}

/// `latency-tracking-info-percentiles`: numbers from 0 to 100.
pub fn percentiles(_: &[u8], words: &[&[u8]]) -> Outcome {
    if words == [b""] {
        return Ok(Vec::new());
    }
    let mut texts = Vec::new();
    for word in words {
        let value = number::parse_f64(word).ok_or("Invalid latency-tracking-info-percentiles parameters")?;
        if !(0.0..=100.0).contains(&value) {
            return Err(
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".to_string()
            );
        }
        let text = format!("{value:.6}");
        texts.push(text.trim_end_matches('0').trim_end_matches('.').to_string());
    }
    Ok(texts.join(" ").into_bytes())
}

/// `bind`: at most sixteen addresses.
pub fn bind(_: &[u8], words: &[&[u8]]) -> Outcome {
    if words.len() > 16 {
        return Err("Too many bind addresses specified.".to_string());
    }
    Ok(words.join(&b' '))
}

/// `replicaof`: a host and a port.
pub fn replica_of(_: &[u8], words: &[&[u8]]) -> Outcome {
    let [host, port] = *words else { return Err("wrong number of arguments".to_string()) };
    if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
        return Ok(Vec::new());
    }
    let port = numbers::c_integer(port).filter(|port| (0..=65535).contains(port));
    let port = port.ok_or("Invalid primary port")?;
    Ok([host, b" ", port.to_string().as_bytes()].concat())
}

/// `proc-title-template`: words, and variables in braces.
pub fn title_template(_: &[u8], words: &[&[u8]]) -> Outcome {
    const WHY: &str = "template format is invalid or contains unknown variables";
    const VARIABLES: &[&str] =
        &["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];
    let text = String::from_utf8_lossy(words[0]);
    let mut rest = &text[..];
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or(WHY)?;
        if !VARIABLES.contains(&&rest[open + 1..open + close]) {
            return Err(WHY.to_string());
        }
        rest = &rest[open + close + 1..];
    }
    // The real servers try a template with an empty title, and want something to remain.
    if text.replace("{title}", "").trim().is_empty() {
        return Err(WHY.to_string());
    }
    Ok(words[0].to_vec())
}

/// `cluster-announce-client-ipv4`.
pub fn ipv4(_: &[u8], words: &[&[u8]]) -> Outcome {
    checked(words, |word| word.is_empty() || parses::<std::net::Ipv4Addr>(word), "Invalid IPv4 address")
}

/// `cluster-announce-client-ipv6`.
pub fn ipv6(_: &[u8], words: &[&[u8]]) -> Outcome {
    checked(words, |word| word.is_empty() || parses::<std::net::Ipv6Addr>(word), "Invalid IPv6 address")
}

fn parses<T: std::str::FromStr>(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|text| text.parse::<T>().is_ok())
}

/// `cluster-announce-hostname`.
pub fn host_name(_: &[u8], words: &[&[u8]]) -> Outcome {
    if words[0].len() >= 256 {
        return Err("Hostnames must be less than 256 characters".to_string());
    }
    let is_good = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte));
    checked(words, is_good, "Hostnames may only contain alphanumeric characters, hyphens or dots")
}

/// `cluster-announce-human-nodename`.
pub fn node_name(_: &[u8], words: &[&[u8]]) -> Outcome {
    let is_good = |word: &[u8]| !word.iter().any(|byte| b"!#$%&()*+;<>?@[]^{|}~".contains(byte));
    checked(words, is_good, "Announced human node name contained invalid character")
}

/// `repl-backlog-size`: less than 16 KiB becomes that.
pub fn backlog_size(_: &[u8], words: &[&[u8]]) -> Outcome {
    const MIN: u64 = 16 << 10;
    let text = numbers::memory(words[0], 1, i64::MAX as u64)?;
    let size = numbers::bytes(&text).unwrap_or_default();
    Ok(size.max(MIN).to_string().into_bytes())
}

/// `tls-cluster` and `tls-replication`: there is no TLS here, so it fails as where there is no certificate.
pub fn encrypted(_: &[u8], words: &[&[u8]]) -> Outcome {
    match &words[0].to_ascii_lowercase()[..] {
        b"no" => Ok(b"no".to_vec()),
        b"yes" => Err("Unable to update TLS configuration. Check server logs.".to_string()),
        _ => Err("argument must be 'yes' or 'no'".to_string()),
    }
}

/// `locale-collate`: only the locales that every machine has in the same form.
pub fn locale(_: &[u8], words: &[&[u8]]) -> Outcome {
    checked(words, |word| [&b""[..], b"C", b"POSIX"].contains(&word), "Invalid locale name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::directive::Read;

    fn check(read: Read, old: &str, value: &str, expect: Result<&str, &str>) {
        let words: Vec<&[u8]> = value.as_bytes().split(|byte| *byte == b' ').collect();
        let got = read(old.as_bytes(), &words).map(|text| String::from_utf8(text).unwrap());
        assert_eq!(got.as_deref().map_err(String::as_str), expect, "{value:?}");
    }

    #[test]
    fn save_takes_pairs() {
        check(save, "", "60 1 60 1", Ok("60 1 60 1"));
        check(save, "", "", Ok(""));
        check(save, "", "60 ", Ok("60 0"));
        check(save, "", "+60 1", Ok("60 1"));
        for bad in ["60 -1", "0 1", " 60 1", "60 1 10", "a b"] {
            check(save, "", bad, Err("Invalid save parameters"));
        }
    }

    #[test]
    fn buffer_limits_change_only_the_classes_named() {
        let old = "normal 0 0 0 slave 1 2 3 pubsub 4 5 6";
        check(
            output_buffer_limit,
            old,
            "replica 1mb 1kb 5",
            Ok("normal 0 0 0 slave 1048576 1024 5 pubsub 4 5 6"),
        );
        check(output_buffer_limit, old, "", Ok(old));
        check(
            output_buffer_limit,
            old,
            "a b",
            Err("Wrong number of arguments in buffer limit configuration."),
        );
        check(
            output_buffer_limit,
            old,
            "primary 1 1 1",
            Err("Invalid client class specified in buffer limit configuration."),
        );
    }

    #[test]
    fn event_classes_come_back_in_the_real_servers_order() {
        check(notify_events, "", "KEA", Ok("AKE"));
        check(notify_events, "", "mKE$n", Ok("$nKEm"));
        check(notify_events, "", "AnKEm", Ok("AKEmn"));
        check(notify_events, "", "dng", Ok("gdn"));
        check(notify_events, "", "q", Err("Invalid event class character. Use 'Ag$lshzxeKEtmdn'."));
    }

    #[test]
    fn shutdown_flags_exclude_each_other_where_they_must() {
        check(shutdown_flags, "", "default save", Ok("save"));
        check(shutdown_flags, "", "SAVE NOW", Ok("save now"));
        check(shutdown_flags, "", "default", Ok("default"));
        check(
            shutdown_flags,
            "",
            "save nosave",
            Err("shutdown options SAVE and NOSAVE can't be used simultaneously"),
        );
    }
}
