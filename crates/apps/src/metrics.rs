//! What an application measures, for the harness to read after the run and to print.

use hdrhistogram::Histogram;
use resplay_base::Mono;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// Three significant digits, from a microsecond up: a histogram of a few kilobytes.
const HISTOGRAM_DIGITS: u8 = 3;
/// Longer ones count as this long, but in the maximum: it bounds the histogram's size.
const LATENCY_MAX: Duration = Duration::from_secs(86_400);
/// An error that has not occurred for this long, while the same thing succeeds, is over.
const QUIET: Duration = Duration::from_secs(5);

/// Everything measured so far. Names are lower case with hyphens, and printed as they are.
#[derive(Default)]
pub struct Metrics {
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    counters: BTreeMap<&'static str, u64>,
    maxima: BTreeMap<&'static str, u64>,
    latencies: BTreeMap<&'static str, Latency>,
    errors: BTreeMap<String, u64>,
    /// Errors that go on, by what fails and its text.
    episodes: BTreeMap<String, BTreeMap<String, Episode>>,
    violations: Vec<String>,
    timeline: Vec<Event>,
}

/// One kind of error from its first occurrence until it is over.
struct Episode {
    last: Mono,
    count: u64,
}

struct Latency {
    histogram: Histogram<u64>,
    max: Duration,
}

/// A notable event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, on the host's monotonic clock.
    pub at: Mono,
    /// What.
    pub text: String,
}

/// Everything that was measured, as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How often something happened.
    pub counters: BTreeMap<String, u64>,
    /// The highest value of something.
    pub maxima: BTreeMap<String, u64>,
    /// How long something took.
    pub latencies: BTreeMap<String, LatencySummary>,
    /// How often each error occurred, by its text.
    pub errors: BTreeMap<String, u64>,
    /// Where the application found that something does not hold which must.
    pub violations: Vec<String>,
    /// Notable events in the order of time.
    pub timeline: Vec<Event>,
}

/// A distribution of latencies, to three digits; the maximum is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencySummary {
    /// How many there were.
    pub count: u64,
    /// Half were at most this.
    pub p50: Duration,
    /// 99 % were at most this.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Metrics {
    /// Counts one.
    pub fn count(&self, name: &'static str) {
        self.add(name, 1);
    }

    /// Counts several; zero makes the counter appear in the report.
    pub fn add(&self, name: &'static str, n: u64) {
        *self.inner.borrow_mut().counters.entry(name).or_default() += n;
    }

    /// Keeps the value if it is the highest so far.
    pub fn maximum(&self, name: &'static str, value: u64) {
        let mut inner = self.inner.borrow_mut();
        let highest = inner.maxima.entry(name).or_default();
        *highest = value.max(*highest);
    }

    /// Puts a latency into its histogram.
    pub fn latency(&self, name: &'static str, took: Duration) {
        self.inner.borrow_mut().latencies.entry(name).or_insert_with(Latency::new).record(took);
    }

    /// Puts an event into the timeline.
    pub fn note(&self, at: Mono, text: impl Into<String>) {
        self.inner.borrow_mut().timeline.push(Event { at, text: text.into() });
    }

    /// The application found that something does not hold which must; the check `self-check` reads it.
    pub fn violation(&self, at: Mono, text: impl Into<String>) {
        let text = text.into();
        self.note(at, format!("violated: {text}"));
        self.inner.borrow_mut().violations.push(text);
    }

    /// Goes on from what another life of the same application measured.
    pub fn resume(&self, before: Metrics) {
        *self.inner.borrow_mut() = before.inner.into_inner();
    }

    /// Takes everything out.
    pub fn take(&self) -> Metrics {
        Metrics { inner: RefCell::new(self.inner.take()) }
    }

    /// Counts an error of `what` (a command, the connection). The first one, and the first one after the error was
    /// over, go into the timeline.
    pub fn failure(&self, at: Mono, what: &str, error: &str) {
        let inner = &mut *self.inner.borrow_mut();
        match inner.errors.get_mut(error) {
            Some(count) => *count += 1,
            None => drop(inner.errors.insert(error.to_owned(), 1)),
        }
        match inner.episodes.get_mut(what).and_then(|episodes| episodes.get_mut(error)) {
            Some(episode) => episode.again(at),
            None => inner.begin(at, what, error),
        }
    }

    /// Takes note that `what` succeeded: after five quiet seconds this ends its errors, with a line in the timeline.
    pub fn success(&self, at: Mono, what: &str) {
        let inner = &mut *self.inner.borrow_mut();
        let Some(episodes) = inner.episodes.get_mut(what) else { return };
        let over = episodes.extract_if(.., |_, episode| at.since(episode.last) >= QUIET);
        let timeline = &mut inner.timeline;
        over.for_each(|(error, episode)| timeline.push(episode.end(what, &error)));
        if episodes.is_empty() {
            inner.episodes.remove(what);
        }
    }

    /// All of it, as plain data.
    pub fn report(&self) -> Report {
        let inner = self.inner.borrow();
        let named =
            |map: &BTreeMap<&'static str, u64>| map.iter().map(|(k, v)| (k.to_string(), *v)).collect();
        let latencies = inner.latencies.iter().map(|(name, latency)| (name.to_string(), latency.summary()));
        Report {
            counters: named(&inner.counters),
            maxima: named(&inner.maxima),
            latencies: latencies.collect(),
            errors: inner.errors.clone(),
            violations: inner.violations.clone(),
            timeline: inner.timeline(),
        }
    }
}

impl Inner {
    fn begin(&mut self, at: Mono, what: &str, error: &str) {
        self.timeline.push(Event { at, text: format!("{what}: {error}") });
        self.episodes
            .entry(what.to_owned())
            .or_default()
            .insert(error.to_owned(), Episode { last: at, count: 1 });
    }

    /// The timeline in order, with a line for each error that was never followed by five good seconds.
    fn timeline(&self) -> Vec<Event> {
        let mut timeline = self.timeline.clone();
        for (what, episodes) in &self.episodes {
            timeline.extend(episodes.iter().map(|(error, episode)| episode.end(what, error)));
        }
        timeline.sort_by_key(|event| event.at);
        timeline
    }
}

impl Episode {
    fn again(&mut self, at: Mono) {
        self.last = at;
        self.count += 1;
    }

    /// The line that ends the episode, at the time of its last error.
    fn end(&self, what: &str, error: &str) -> Event {
        let times = if self.count == 1 { "once".to_owned() } else { format!("{} times", self.count) };
        Event { at: self.last, text: format!("{what}: the last of these errors ({times}): {error}") }
    }
}

impl Latency {
    fn new() -> Latency {
        let histogram =
            Histogram::new(HISTOGRAM_DIGITS).expect("three digits are within the library's range");
        Latency { histogram, max: Duration::ZERO }
    }

    fn record(&mut self, took: Duration) {
        self.max = self.max.max(took);
        let micros = took.min(LATENCY_MAX).as_micros() as u64;
        self.histogram.record(micros).expect("the histogram grows up to the longest latency");
    }

    fn summary(&self) -> LatencySummary {
        let at = |quantile| Duration::from_micros(self.histogram.value_at_quantile(quantile)).min(self.max);
        LatencySummary { count: self.histogram.len(), p50: at(0.5), p99: at(0.99), max: self.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Mono {
        Mono(n * 1_000_000_000)
    }

    fn texts(metrics: &Metrics) -> Vec<String> {
        let timeline = metrics.report().timeline;
        timeline.into_iter().map(|event| format!("{} {}", event.at, event.text)).collect()
    }

    #[test]
    fn quantiles_are_those_of_the_values_put_in() {
        let metrics = Metrics::default();
        (1..=1000).for_each(|n| metrics.latency("page", Duration::from_millis(n)));
        let page = metrics.report().latencies["page"];
        assert_eq!((page.count, page.max), (1000, Duration::from_secs(1)));
        assert_eq!(page.p50.as_millis(), 500);
        assert_eq!(page.p99.as_millis(), 990);
    }

    #[test]
    fn an_error_is_noted_when_it_begins_and_when_it_is_over_but_not_in_between() {
        let metrics = Metrics::default();
        (10..20).for_each(|n| metrics.failure(second(n), "SET", "OOM"));
        metrics.success(second(21), "SET");
        metrics.failure(second(22), "SET", "OOM");
        metrics.success(second(30), "GET");
        metrics.success(second(30), "SET");
        let lines = ["10.000000 SET: OOM", "22.000000 SET: the last of these errors (11 times): OOM"];
        assert_eq!(texts(&metrics), lines);
        assert_eq!(metrics.report().errors["OOM"], 11);
    }

    #[test]
    fn an_error_that_goes_on_to_the_end_has_its_last_occurrence_in_the_report() {
        let metrics = Metrics::default();
        metrics.failure(second(1), "connection", "refused");
        metrics.note(second(2), "restarted");
        metrics.failure(second(3), "connection", "refused");
        let last = "3.000000 connection: the last of these errors (2 times): refused";
        assert_eq!(texts(&metrics), ["1.000000 connection: refused", "2.000000 restarted", last]);
    }
}
