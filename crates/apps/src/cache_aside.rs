//! Cache-aside: clients read pages from the cache; on a miss they ask the origin and put the page into the cache
//! with a TTL. What happens when a popular page expires is decided by the strategy.

use crate::client::{Client, ClientError, ConnectionOptions, Pool};
use crate::origin::{OriginClient, PAGE_PREFIX};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, at_least_one, parse};
use crate::units::{DurationText, Rate, Share};
use resplay_base::Random;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

/// What the names of pages that do not exist begin with.
const GHOST_PREFIX: &str = "ghost:";

/// How many queries at once the warm-up makes.
const WARM_WORKERS: u32 = 10;

/// The row of this application.
pub const APP: App = App {
    kind: "cache-aside",
    summary: "clients read pages from a cache, and fill it from an origin on a miss",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `cache-aside`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server that is the cache; may be left out when there is only one.
    pub node: Option<String>,
    /// The `origin` application behind it; may be left out when there is only one.
    pub origin: Option<String>,
    /// How many clients read.
    pub clients: u32,
    /// How many pages all clients together read.
    pub rate: Rate,
    /// How the clients connect to the cache.
    pub connection: ConnectionOptions,
    /// Share this many connections among all clients, instead of one each.
    pub pool: Option<u32>,
    /// Give up on a query of the origin after this time.
    pub origin_timeout: DurationText,
    /// How many pages there are.
    pub pages: u32,
    /// Which pages are read how often.
    pub popularity: Popularity,
    /// How steep `zipf` is: page n is read in proportion to 1 / n to this power.
    pub skew: f64,
    /// Fill the cache with all pages in one go before the first client comes, as after a deployment.
    pub warm: bool,
    /// How long a page stays in the cache.
    pub ttl: DurationText,
    /// Each TTL is longer or shorter by up to this share of it, so that pages cached together do not expire together.
    pub ttl_jitter: Share,
    /// What a client does that finds a page missing.
    pub strategy: Strategy,
    /// `mutex`: the lock ends by itself after this time, should its holder die.
    pub lock_ttl: DurationText,
    /// `mutex`: those who did not get the lock look again about this often.
    pub poll: DurationText,
    /// `xfetch`: above 1 renews earlier, below 1 later.
    pub beta: f64,
    /// The share of reads that ask for pages that do not exist.
    pub missing: Share,
    /// How many different pages that do not exist are asked for.
    pub missing_pages: u32,
    /// Also cache that a page does not exist.
    pub negative_caching: bool,
    /// How long that stays in the cache.
    pub negative_ttl: DurationText,
}

/// How reads are spread over the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Popularity {
    /// All alike.
    Uniform,
    /// Few pages get most of the reads.
    Zipf,
}

/// What a client does that finds a page missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Ask the origin, like everybody else.
    None,
    /// Ask the origin if nobody else does: a lock in the cache, `SET NX PX` with a token.
    Mutex,
    /// Ask the origin, but now and then before the page expires, the likelier the closer that is and the longer the
    /// page takes to build (probabilistic early expiration).
    Xfetch,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            origin: None,
            clients: 500,
            rate: Rate { count: 1000, per: crate::units::Period::Second },
            connection: ConnectionOptions::default(),
            pool: None,
            origin_timeout: DurationText(Duration::from_secs(30)),
            pages: 1,
            popularity: Popularity::Uniform,
            skew: 1.0,
            warm: false,
            ttl: DurationText(Duration::from_secs(60)),
            ttl_jitter: Share::default(),
            strategy: Strategy::None,
            lock_ttl: DurationText(Duration::from_secs(2)),
            poll: DurationText(Duration::from_millis(20)),
            beta: 1.0,
            missing: Share::default(),
            missing_pages: 1000,
            negative_caching: false,
            negative_ttl: DurationText(Duration::from_secs(10)),
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    at_least_one([("pages", options.pages)])?;
    let node = env.server(options.node.as_deref())?;
    let origin = env.app("origin", "origin", options.origin.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node, origin)))
}

async fn start(context: Context, options: Options, node: String, origin: String) {
    let site = Rc::new(Site { popularity: Weights::new(&options), rebuilding: RefCell::default(), options });
    if site.options.warm {
        warm(&context, &site, &node, &origin).await;
    }
    let shared = site.options.pool.map(|size| pool(&context, &site, &node, size, 0));
    for number in 0..site.options.clients {
        let cache = shared.clone().unwrap_or_else(|| pool(&context, &site, &node, 1, number));
        let visitor = Visitor {
            random: context.random(&format!("visitor {number}")),
            origin: OriginClient::new(&context, &origin, site.options.origin_timeout.0),
            site: Rc::clone(&site),
            context: context.clone(),
            cache,
            number,
        };
        context.spawn(visitor.run());
    }
}

/// A pool of connections whose numbers begin with `first`.
fn pool(context: &Context, site: &Rc<Site>, node: &str, size: u32, first: u32) -> Pool {
    let (context, site, node) = (context.clone(), Rc::clone(site), node.to_owned());
    Pool::new(size, move |number| Client::new(&context, first + number, &node, &site.options.connection))
}

/// Puts every page into the cache at once, as soon as the cache is there. What comes to it together expires together.
async fn warm(context: &Context, site: &Rc<Site>, node: &str, origin: &str) {
    let built = build_all(context, site, origin).await;
    // The number after the last visitor's.
    let mut client = Client::new(context, site.options.clients, node, &site.options.connection);
    while client.connect().await.is_err() {}
    let mut random = context.random("warm-up");
    let sets: Vec<_> =
        built.iter().filter_map(|page| page.set(context, &site.options, &mut random)).collect();
    let words: Vec<Vec<&[u8]>> = sets.iter().map(|set| set.iter().map(Vec::as_slice).collect()).collect();
    client.pipeline(&words.iter().map(Vec::as_slice).collect::<Vec<_>>()).await;
}

/// Asks the origin for every page.
async fn build_all(context: &Context, site: &Rc<Site>, origin: &str) -> Vec<Built> {
    let pages = Rc::new(RefCell::new(0..site.options.pages));
    let start_worker = |_| {
        let client = OriginClient::new(context, origin, site.options.origin_timeout.0);
        context.spawn(fetch_all(context.clone(), client, Rc::clone(&pages)))
    };
    let workers: Vec<_> = (0..WARM_WORKERS).map(start_worker).collect();
    let mut built = Vec::new();
    for worker in workers {
        built.extend(worker.await);
    }
    built
}

/// One worker of the warm-up: asks for pages until none is left.
async fn fetch_all(context: Context, mut origin: OriginClient, pages: Rc<RefCell<Range<u32>>>) -> Vec<Built> {
    let mut built = Vec::new();
    loop {
        let Some(number) = pages.borrow_mut().next() else { return built };
        let began = context.mono();
        let name = format!("{PAGE_PREFIX}{number}");
        if let Ok(body) = origin.query(&name).await {
            built.push(Built { name, body, took: context.mono().since(began) });
        }
    }
}

/// What the origin said about a page, and how long it took.
struct Built {
    name: String,
    /// `None`: there is no such page.
    body: Option<Vec<u8>>,
    took: Duration,
}

impl Built {
    /// The command that puts it into the cache; `None` for a missing page without negative caching.
    fn set(&self, context: &Context, options: &Options, random: &mut Random) -> Option<Vec<Vec<u8>>> {
        let ttl = match self.body {
            Some(_) => jittered(options.ttl.0, options.ttl_jitter, random),
            None if options.negative_caching => options.negative_ttl.0,
            None => return None,
        };
        let stamp = Stamp {
            took_us: self.took.as_micros() as i64,
            expires_us: context.now().wall.0 + ttl.as_micros() as i64,
        };
        let ttl_ms = ttl.as_millis().max(1).to_string().into_bytes();
        let value = stamp.write(self.body.as_deref());
        Some(vec![b"SET".to_vec(), self.name.clone().into_bytes(), value, b"PX".to_vec(), ttl_ms])
    }
}

/// What all visitors have in common.
struct Site {
    options: Options,
    popularity: Weights,
    /// How many visitors ask the origin for each page at this moment.
    rebuilding: RefCell<BTreeMap<String, u64>>,
}

/// Draws page numbers.
struct Weights {
    /// The chance of a page number up to and including this one; empty when all are alike.
    cumulative: Vec<f64>,
    pages: u32,
}

impl Weights {
    fn new(options: &Options) -> Weights {
        let pages = options.pages;
        let cumulative = match options.popularity {
            Popularity::Uniform => Vec::new(),
            Popularity::Zipf => zipf(pages, options.skew),
        };
        Weights { cumulative, pages }
    }

    fn draw(&self, random: &mut Random) -> u64 {
        if self.cumulative.is_empty() {
            return random.below(self.pages.into());
        }
        let total = self.cumulative.last().copied().unwrap_or_default();
        let point = random.unit() * total;
        self.cumulative.partition_point(|up_to| *up_to <= point) as u64
    }
}

/// Running sums of 1 / n^skew.
fn zipf(pages: u32, skew: f64) -> Vec<f64> {
    let weights = (1..=pages).map(|rank| 1.0 / libm::pow(f64::from(rank), skew));
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

/// One client, reading page after page.
struct Visitor {
    context: Context,
    site: Rc<Site>,
    cache: Pool,
    origin: OriginClient,
    random: Random,
    number: u32,
}

/// What the cache says about a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lookup {
    /// It is there, or it is known not to exist.
    Fresh,
    /// It is there, but this visitor should renew it.
    Early,
    /// It is not there, or the cache did not answer.
    Miss,
}

impl Visitor {
    async fn run(mut self) {
        let options = &self.site.options;
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, options.rate, options.clients);
        loop {
            pacer.wait().await;
            let page = self.choose();
            let began = self.context.mono();
            if let Err(why) = self.read(&page).await {
                self.context.metrics().failure(self.context.mono(), "page", &why);
            }
            self.context.metrics().latency("page", self.context.mono().since(began));
        }
    }

    fn choose(&mut self) -> String {
        let options = &self.site.options;
        if self.random.chance(options.missing.get()) {
            return format!("{GHOST_PREFIX}{}", self.random.below(options.missing_pages.max(1).into()));
        }
        format!("{PAGE_PREFIX}{}", self.site.popularity.draw(&mut self.random))
    }

    async fn read(&mut self, page: &str) -> Result<(), String> {
        let metrics = self.context.metrics();
        metrics.count("reads");
        match self.look_up(page).await {
            Lookup::Fresh => {
                self.context.metrics().count("hits");
                return Ok(());
            }
            Lookup::Early => self.context.metrics().count("early-renewals"),
            Lookup::Miss => self.context.metrics().count("misses"),
        }
        match self.site.options.strategy {
            Strategy::None | Strategy::Xfetch => self.rebuild(page).await,
            Strategy::Mutex => self.rebuild_in_turn(page).await,
        }
    }

    async fn look_up(&mut self, page: &str) -> Lookup {
        let Ok(Reply::Bulk(cached)) = self.command(&[b"GET", page.as_bytes()]).await else {
            return Lookup::Miss;
        };
        if self.site.options.strategy == Strategy::Xfetch && self.is_due(&cached) {
            return Lookup::Early;
        }
        Lookup::Fresh
    }

    /// XFetch: whether now, moved ahead by a random multiple of the time that the page took to build, is past its
    /// expiry. The multiple is exponentially distributed.
    fn is_due(&mut self, cached: &[u8]) -> bool {
        let Some(stamp) = Stamp::read(cached) else { return false };
        let ahead = stamp.took_us as f64 * self.site.options.beta * -libm::log(1.0 - self.random.unit());
        self.context.now().wall.0 as f64 + ahead >= stamp.expires_us as f64
    }

    /// Asks the origin and puts its answer into the cache.
    async fn rebuild(&mut self, page: &str) -> Result<(), String> {
        let began = self.context.mono();
        self.context.metrics().count("origin-queries");
        let body = {
            let _counted = Rebuilding::begin(&self.context, &self.site, page);
            self.origin.query(page).await?
        };
        let built = Built { name: page.to_owned(), body, took: self.context.mono().since(began) };
        self.context.metrics().latency("rebuild", built.took);
        if let Some(set) = built.set(&self.context, &self.site.options, &mut self.random) {
            let words: Vec<&[u8]> = set.iter().map(Vec::as_slice).collect();
            // The page is served even when the cache refuses it; the client has counted the error.
            let _ = self.command(&words).await;
        }
        Ok(())
    }

    /// Rebuilds the page under a lock, or waits until somebody else has.
    async fn rebuild_in_turn(&mut self, page: &str) -> Result<(), String> {
        let lock = format!("lock:{page}");
        let token = format!("{}-{:016x}", self.number, self.random.next_u64());
        loop {
            match self.take_lock(&lock, &token).await {
                Ok(true) => break,
                Ok(false) => self.context.metrics().count("lock-waits"),
                // Without a cache there is no lock either: the page comes first.
                Err(_) => return self.rebuild(page).await,
            }
            let poll = self.site.options.poll.0;
            self.context.sleep(jittered(poll, Share::HALF, &mut self.random)).await;
            if self.look_up(page).await != Lookup::Miss {
                return Ok(());
            }
        }
        // Somebody may have finished between the miss and the lock.
        let result = match self.look_up(page).await {
            Lookup::Miss => self.rebuild(page).await,
            Lookup::Fresh | Lookup::Early => Ok(()),
        };
        self.release_lock(&lock, &token).await;
        result
    }

    async fn take_lock(&mut self, lock: &str, token: &str) -> Result<bool, ClientError> {
        let ttl_ms = self.site.options.lock_ttl.0.as_millis().max(1).to_string();
        let set: &[&[u8]] = &[b"SET", lock.as_bytes(), token.as_bytes(), b"NX", b"PX", ttl_ms.as_bytes()];
        let reply = self.command(set).await?;
        Ok(!reply.is_null())
    }

    /// Deletes the lock if it is still this visitor's. Errors were counted; the lock then ends by itself.
    async fn release_lock(&mut self, lock: &str, token: &str) {
        let mut client = self.cache.get().await;
        match client.compare_and_delete(lock.as_bytes(), token.as_bytes()).await {
            Ok(true) | Err(_) => {}
            Ok(false) => self.context.metrics().count("locks-outlived"),
        }
    }

    async fn command(&self, words: &[&[u8]]) -> Result<Reply, ClientError> {
        self.cache.get().await.request(words).await
    }
}

/// A duration made longer or shorter by up to a share of it.
fn jittered(duration: Duration, share: Share, random: &mut Random) -> Duration {
    if share.get() == 0.0 {
        return duration;
    }
    let factor = 1.0 + share.get() * (2.0 * random.unit() - 1.0);
    Duration::from_nanos((duration.as_nanos() as f64 * factor) as u64)
}

/// What is stored in front of a page: how long it took to build and when it expires, in microseconds. A page that
/// does not exist has no line end after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    took_us: i64,
    expires_us: i64,
}

impl Stamp {
    fn write(self, body: Option<&[u8]>) -> Vec<u8> {
        let mut value = format!("{} {}", self.took_us, self.expires_us).into_bytes();
        if let Some(body) = body {
            value.push(b'\n');
            value.extend_from_slice(body);
        }
        value
    }

    fn read(value: &[u8]) -> Option<Stamp> {
        let line = value.split(|byte| *byte == b'\n').next()?;
        let (took, expires) = str::from_utf8(line).ok()?.split_once(' ')?;
        Some(Stamp { took_us: took.parse().ok()?, expires_us: expires.parse().ok()? })
    }
}

/// Counts the visitors that ask the origin for one page at the same time, for as long as it lives.
struct Rebuilding<'a> {
    site: &'a Rc<Site>,
    page: &'a str,
}

impl<'a> Rebuilding<'a> {
    fn begin(context: &Context, site: &'a Rc<Site>, page: &'a str) -> Rebuilding<'a> {
        let mut rebuilding = site.rebuilding.borrow_mut();
        let count = rebuilding.entry(page.to_owned()).or_default();
        *count += 1;
        context.metrics().maximum("concurrent-rebuilds", *count);
        Rebuilding { site, page }
    }
}

impl Drop for Rebuilding<'_> {
    fn drop(&mut self) {
        let mut rebuilding = self.site.rebuilding.borrow_mut();
        if let Some(count) = rebuilding.get_mut(self.page) {
            *count -= 1;
            if *count == 0 {
                rebuilding.remove(self.page);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back_whether_the_page_exists_or_not() {
        let stamp = Stamp { took_us: 50_000, expires_us: 1_700_000_000_000_000 };
        for body in [None, Some(&b"page\n1"[..]), Some(b"")] {
            assert_eq!(Stamp::read(&stamp.write(body)), Some(stamp));
        }
        assert_eq!(Stamp::read(b"foreign"), None);
    }

    #[test]
    fn zipf_reads_the_first_page_about_as_often_as_the_formula_says() {
        let options = Options { pages: 10, popularity: Popularity::Zipf, ..Options::default() };
        let weights = Weights::new(&options);
        let mut random = Random::stream(1, "test");
        let firsts = (0..10_000).filter(|_| weights.draw(&mut random) == 0).count();
        // 1 / H(10) = 0.3414.
        assert!((3_250..3_580).contains(&firsts), "{firsts}");
    }

    #[test]
    fn jitter_stays_within_its_share() {
        let mut random = Random::stream(1, "test");
        let ttl = Duration::from_secs(100);
        let share = Share::new(0.1).expect("a share");
        let all: Vec<_> = (0..1000).map(|_| jittered(ttl, share, &mut random).as_secs()).collect();
        assert!(all.iter().all(|secs| (90..110).contains(secs)));
        assert!(all.contains(&91) && all.contains(&108));
        assert_eq!(jittered(ttl, Share::default(), &mut random), ttl);
    }
}
