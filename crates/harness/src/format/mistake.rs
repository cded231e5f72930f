//! What is wrong with a scenario, said so that it can be mended: which file, which line, which words, and the
//! word that was probably meant.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text that a scenario was read from: a file, or a `--set` argument.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user gave it, or `--set`.
    pub name: String,
    /// All of it.
    pub text: Arc<str>,
}

/// Where in which text something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The text.
    pub source: Arc<Source>,
    /// The bytes.
    pub at: Range<usize>,
}

impl Mark {
    /// The text that is marked.
    pub fn words(&self) -> &str {
        self.source.text.get(self.at.clone()).unwrap_or_default()
    }

    /// The same place narrowed to `part`, counted from its own beginning.
    pub fn part(&self, part: Range<usize>) -> Mark {
        Mark { source: self.source.clone(), at: self.at.start + part.start..self.at.start + part.end }
    }
}

/// A mistake in a scenario. Prints as a miette diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    message: String,
    mark: Option<Mark>,
    help: Option<String>,
}

impl Mistake {
    /// A mistake whose place is not known yet.
    pub fn new(message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), mark: None, help: None }
    }

    /// A word that is none of the known ones: suggests the nearest, or lists them all.
    pub fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Mistake {
        let known: Vec<&str> = known.into_iter().collect();
        let help = match nearest(word, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("no {what} is known here"),
            None => format!("known: {}", known.join(", ")),
        };
        Mistake::new(format!("unknown {what} `{word}`")).with_help(help)
    }

    /// Adds what to do about it.
    pub fn with_help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }

    /// Says where it is, unless something closer to the place has said so already.
    pub fn at(mut self, mark: &Mark) -> Mistake {
        self.mark.get_or_insert_with(|| mark.clone());
        self
    }

    /// The marked place, if the mistake has one.
    pub fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }
}

/// The known word closest to a misspelt one, if any is close enough to be what was meant.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |candidate: &&&str| strsim::damerau_levenshtein(word, candidate);
    let best = known.iter().min_by_key(distance)?;
    let allowed = 1 + word.chars().count().max(best.chars().count()) / 3;
    (distance(&best) <= allowed).then_some(*best)
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl miette::Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.mark.as_ref().map(|mark| &*mark.source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let mark = self.mark.as_ref()?;
        let label = miette::LabeledSpan::new_with_span(Some("here".into()), mark.at.clone());
        Some(Box::new(std::iter::once(label)))
    }
}

impl miette::SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}

impl serde::de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Mistake {
        Mistake::new(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Mistake {
        Mistake::unknown("key", field, expected.iter().copied())
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Mistake {
        Mistake::unknown("word", variant, expected.iter().copied())
    }

    fn missing_field(field: &'static str) -> Mistake {
        Mistake::new(format!("the key `{field}` is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_only_when_it_is_near() {
        let known = ["strategy", "clients", "rate"];
        assert_eq!(nearest("stratgey", &known), Some("strategy"));
        assert_eq!(nearest("client", &known), Some("clients"));
        assert_eq!(nearest("wholly-other", &known), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
