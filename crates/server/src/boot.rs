//! What the process was started with, read from the command line, the disk and the operating system.

use resplay_base::Boot;
use std::io::{self, Read};
use std::path::Path;

/// Boot facts from the words after the program's name, as `redis-server` takes them: a configuration file first
/// (`-` reads it from standard input), unless the first word is an option. Draws the seed from the operating system.
pub fn boot(mut words: Vec<String>) -> io::Result<Boot> {
    let config = match words.first() {
        Some(first) if first == "-" || !first.starts_with('-') => Some(read_config(&words.remove(0))?),
        _ => None,
    };
    Ok(Boot { args: words, config, seed: getrandom::u64()?, pid: std::process::id() })
}

fn read_config(path: &str) -> io::Result<(String, Vec<u8>)> {
    let mut text = Vec::new();
    if path == "-" {
        io::stdin().read_to_end(&mut text)?;
        return Ok((String::from("/dev/stdin"), text));
    }
    let because =
        |why: io::Error| io::Error::new(why.kind(), format!("can't open config file '{path}': {why}"));
    std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut text)).map_err(because)?;
    Ok((std::path::absolute(Path::new(path))?.to_string_lossy().into_owned(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn options_alone_mean_no_configuration_file() {
        let boot = boot(words(&["--port", "7000"])).unwrap();
        assert_eq!(boot.config, None);
        assert_eq!(boot.args, ["--port", "7000"]);
    }

    #[test]
    fn a_first_word_without_a_dash_names_the_configuration_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.conf").to_string_lossy().into_owned();
        std::fs::write(&path, "port 7000\n").unwrap();
        let boot = boot(words(&[&path, "--port", "7001"])).unwrap();
        assert_eq!(boot.config, Some((path, b"port 7000\n".to_vec())));
        assert_eq!(boot.args, ["--port", "7001"]);
    }

    #[test]
    fn a_missing_configuration_file_is_named_in_the_error() {
        let error = boot(words(&["/nowhere/a.conf"])).unwrap_err();
        assert!(error.to_string().contains("/nowhere/a.conf"), "{error}");
    }
}
