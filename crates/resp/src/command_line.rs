//! Commands as people type them into `redis-cli`: words between spaces, in quotes where they have other bytes.

use crate::inline::{self, UnbalancedQuotes};

/// Splits a line into words as `redis-cli` does, and the servers their configuration files.
pub fn split_words(line: impl AsRef<[u8]>) -> Result<Vec<Vec<u8>>, UnbalancedQuotes> {
    let (mut bytes, mut spans) = (Vec::new(), Vec::new());
    inline::split(line.as_ref(), &mut bytes, &mut spans)?;
    Ok(spans.into_iter().map(|span| bytes[span.start..span.end].to_vec()).collect())
}

/// A command line that [`split_words`] splits into these words.
pub fn join_words<W: AsRef<[u8]>>(words: &[W]) -> String {
    words.iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn quote(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    if !word.is_empty() && word.iter().all(is_plain) {
        return word.escape_ascii().to_string();
    }
    let bytes = word.iter().map(|byte| match byte {
        b'\'' => "'".to_owned(),
        byte => byte.escape_ascii().to_string(),
    });
    format!("\"{}\"", bytes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_words_join_to_a_line_that_splits_into_them() {
        let all: Vec<u8> = (0..=255).collect();
        let words = [b"GET".to_vec(), Vec::new(), all, b"it's".to_vec(), b"a b".to_vec(), b"\\".to_vec()];
        assert_eq!(split_words(join_words(&words)), Ok(words.to_vec()));
    }

    #[test]
    fn a_quote_that_does_not_end_its_word_is_an_error() {
        assert_eq!(split_words("SET a \"b"), Err(UnbalancedQuotes));
        assert_eq!(split_words("SET 'a'b"), Err(UnbalancedQuotes));
        assert_eq!(split_words("  "), Ok(vec![]));
    }
}
