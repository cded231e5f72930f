//! The stage: a scenario's hosts in their world, and what faults may do to them.

use crate::format::{AppPlan, NodePlan, Plan, Word};
use crate::host::{HostNode, Recorded};
use crate::museum;
use crate::recorder::{Recorder, Witness};
use resplay_apps::metrics::Metrics;
use resplay_apps::operator::{self, Action};
use resplay_apps::{App, AppEnv};
use resplay_base::{Boot, Node, Random};
use resplay_checkers::{EventKind, MemorySample, NodeEvent, Slow, SlowDisk};
use resplay_history::Operation;
use resplay_world::{
    Config, CrashModel, CutMark, CutPoint, DiskProfile, FaultId, HostId, HostProfile, LinkProfile, Status,
    World,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Directives that every server of a scenario starts with, before its own: others may connect, and nothing is
/// saved that the scenario does not ask for.
const DEFAULTS: &str = "protected-mode no\nsave \"\"\n";

/// Where a server's configuration file is said to lie.
const CONFIG_PATH: &str = "/etc/resplay.conf";

/// A scenario's hosts in their world.
pub struct Stage {
    /// The world.
    pub world: World<HostNode>,
    /// Draws of faults while they happen.
    pub random: Random,
    seed: u64,
    hosts: BTreeMap<String, HostId>,
    servers: BTreeMap<String, ServerPlan>,
    apps: BTreeMap<String, AppLives>,
    bugs: Vec<String>,
    recorder: Recorder,
    notes: Vec<Note>,
    events: Vec<NodeEvent>,
    pauses: Vec<SlowDisk>,
    samples: Vec<MemorySample>,
}

/// A line for the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// True time, in nanoseconds.
    pub at_ns: u64,
    /// What happened.
    pub text: String,
}

/// An application over its lives: how to begin another, and what those before left behind.
struct AppLives {
    app: &'static App,
    options: toml::Table,
    env: AppEnv,
    starts: u64,
    metrics: Option<Metrics>,
    operations: Vec<Operation>,
}

struct ServerPlan {
    plan: NodePlan,
    starts: u64,
    /// True time at which its machine was switched on, in nanoseconds.
    booted_ns: u64,
}

impl Stage {
    /// Puts up the hosts: servers first, then applications by name, then the operator with these actions.
    /// `keeps_trace`: every event is kept, from the first boot on.
    pub fn new(plan: &Plan, seed: u64, bugs: &[String], actions: Vec<Action>, keeps_trace: bool) -> Stage {
        let config = Config { link: link(plan), ..Config::default() };
        let mut stage = Stage {
            world: World::with_config(seed, config),
            random: Random::stream(seed, "plan/faults"),
            seed,
            hosts: BTreeMap::new(),
            servers: BTreeMap::new(),
            apps: BTreeMap::new(),
            bugs: bugs.to_vec(),
            recorder: Recorder::default(),
            notes: Vec::new(),
            events: Vec::new(),
            pauses: Vec::new(),
            samples: Vec::new(),
        };
        if keeps_trace {
            stage.world.keep_trace(0, usize::MAX);
        }
        plan.nodes.iter().for_each(|(name, node)| stage.add_server(name, node));
        plan.apps.keys().for_each(|name| stage.add_app(name, plan));
        stage.add_operator(plan, actions);
        stage
    }

    /// The host of this name.
    ///
    /// # Panics
    /// If there is none: names were checked when the scenario was read.
    pub fn host(&self, name: &str) -> HostId {
        self.hosts[name]
    }

    /// Every host with its name, by name.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, HostId)> {
        self.hosts.iter().map(|(name, host)| (name.as_str(), *host))
    }

    /// The servers' names.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.servers.keys().map(String::as_str)
    }

    /// Puts a line into the timeline.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(Note { at_ns: self.world.now(), text: text.into() });
    }

    /// The lines so far.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Starts of servers, and what faults did to them, so far.
    pub fn events(&self) -> &[NodeEvent] {
        &self.events
    }

    /// Memory of servers, as sampled so far; limits are not filled in.
    pub fn samples(&self) -> &[MemorySample] {
        &self.samples
    }

    /// Takes note of how much memory each server uses.
    pub fn sample_memory(&mut self) {
        for name in self.servers.keys() {
            if let Some(node) = self.world.node(self.hosts[name]) {
                let (at_ns, used_bytes) = (self.world.now(), node.resident_bytes());
                self.samples.push(MemorySample { at_ns, node: name.clone(), used_bytes, limit_bytes: 0 });
            }
        }
    }

    /// Where journals go.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// From now on a server's disk notes its cut points, and keeps those wanted.
    pub fn watch_cuts(&mut self, name: &str, wanted: BTreeSet<u64>) {
        let host = self.host(name);
        self.world.disk_mut(host).watch_cuts(wanted);
    }

    /// Every server's disk passes a cut point now, at which nothing happens.
    pub fn mark_idle(&mut self) {
        let now = self.world.now();
        for name in self.servers.keys() {
            self.world.disk_mut(self.hosts[name]).mark_idle(now);
        }
    }

    /// The cut points that each server's disk noted so far.
    pub fn cut_marks(&self) -> BTreeMap<String, Vec<CutMark>> {
        let marks = |name: &String| self.world.disk(self.hosts[name]).cut_marks().to_vec();
        self.servers.keys().map(|name| (name.clone(), marks(name))).collect()
    }

    /// The cut points that a server's disk kept; they are gone from here.
    pub fn take_cuts(&mut self, name: &str) -> Vec<CutPoint> {
        let host = self.host(name);
        self.world.disk_mut(host).take_cuts()
    }

    /// Kills a process.
    pub fn kill(&mut self, name: &str) -> Vec<FaultId> {
        if self.apps.contains_key(name) {
            self.take_from_app(name);
        } else {
            self.event_unless_down(name, EventKind::Crashed);
        }
        vec![self.world.crash(self.hosts[name])]
    }

    /// Takes the power from a server's machine.
    pub fn lose_power(&mut self, name: &str) -> Vec<FaultId> {
        self.event(name, EventKind::PowerLost);
        vec![self.world.power_loss(self.hosts[name])]
    }

    /// What an application measured and saw in all its lives so far, this one included; it is gone from here.
    pub fn take_app(&mut self, name: &str) -> Option<(Metrics, Vec<Operation>)> {
        self.take_from_app(name);
        let lives = self.apps.get_mut(name)?;
        Some((lives.metrics.take()?, std::mem::take(&mut lives.operations)))
    }

    fn take_from_app(&mut self, name: &str) {
        let (Some(lives), Some(node)) = (self.apps.get_mut(name), self.world.node_mut(self.hosts[name]))
        else {
            return;
        };
        if let Some(app) = node.app_mut() {
            lives.metrics = Some(app.take_metrics());
            lives.operations.append(&mut app.take_operations());
        }
    }

    /// From its next start on, a server has these directives over those it had.
    pub fn configure(&mut self, name: &str, config: &BTreeMap<String, Word>) {
        if let Some(server) = self.servers.get_mut(name) {
            server.plan = server.plan.with_config(config);
        }
    }

    /// Starts a server or application that is down; one that runs is left alone.
    pub fn restart(&mut self, name: &str) {
        let host = self.host(name);
        if self.world.node(host).is_some() {
            return;
        }
        if self.apps.contains_key(name) {
            let node = self.app(name);
            self.world.restart(host, node, Boot::default());
            return;
        }
        if self.world.status(host) == Status::PoweredOff
            && let Some(server) = self.servers.get_mut(name)
        {
            server.booted_ns = self.world.now();
        }
        let (node, boot) = self.server(name);
        self.event(name, EventKind::Restarted);
        self.world.restart(host, node, boot);
    }

    /// Whether a process runs there, paused or not.
    pub fn is_up(&self, name: &str) -> bool {
        self.world.node(self.hosts[name]).is_some()
    }

    /// Stops a process for so long.
    pub fn pause(&mut self, name: &str, lasts: Duration) -> FaultId {
        self.note_pause(name, lasts);
        self.world.pause(self.hosts[name])
    }

    /// Makes the processor of a host so many times slower, for so long.
    pub fn slow_cpu(&mut self, name: &str, factor: f64, lasts: Duration) -> FaultId {
        // What comes too late for the judges may be as late as if it had stood still.
        self.note_pause(name, lasts);
        self.world.slow_cpu(self.hosts[name], factor)
    }

    fn note_pause(&mut self, name: &str, lasts: Duration) {
        let from_ns = self.world.now();
        let to_ns = Some(from_ns.saturating_add(u64::try_from(lasts.as_nanos()).unwrap_or(u64::MAX)));
        self.pauses.push(SlowDisk { node: name.to_string(), what: Slow::Pause, from_ns, to_ns });
    }

    /// All pauses so far.
    pub fn pauses(&self) -> &[SlowDisk] {
        &self.pauses
    }

    fn event(&mut self, name: &str, kind: EventKind) {
        self.events.push(NodeEvent { at_ns: self.world.now(), node: name.to_string(), kind });
    }

    fn event_unless_down(&mut self, name: &str, kind: EventKind) {
        if self.world.node(self.hosts[name]).is_some() {
            self.event(name, kind);
        }
    }

    fn add_server(&mut self, name: &str, plan: &NodePlan) {
        let server = ServerPlan { plan: plan.clone(), starts: 0, booted_ns: 0 };
        self.servers.insert(name.to_string(), server);
        let (node, boot) = self.server(name);
        self.event(name, EventKind::Started);
        let host = self.world.add_idle_host(name, &self.next_ip(), profile(plan));
        self.hosts.insert(name.to_string(), host);
        plan.files.iter().for_each(|(path, text)| self.world.disk_mut(host).write(path, text.as_str()));
        self.world.restart(host, node, boot);
    }

    fn add_app(&mut self, name: &str, plan: &Plan) {
        let AppPlan { app, options } = &plan.apps[name];
        let env = plan.env(name, self.seed);
        let options = options.clone();
        let lives = AppLives { app, options, env, starts: 0, metrics: None, operations: Vec::new() };
        self.apps.insert(name.to_string(), lives);
        let node = self.app(name);
        self.add(name, HostProfile::default(), node, Boot::default());
    }

    /// An application's next process, with random streams of its own.
    fn app(&mut self, name: &str) -> HostNode {
        let Some(lives) = self.apps.get_mut(name) else { unreachable!("{name} is an application") };
        lives.starts += 1;
        let mut env = lives.env.clone();
        if lives.starts > 1 {
            env.seed = Random::stream(self.seed, &format!("restart/{name}/{}", lives.starts)).next_u64();
        }
        let built = (lives.app.build)(&lives.options, &env);
        let mut node = built.expect("its options were checked when the scenario was read");
        if let Some(metrics) = lives.metrics.take() {
            node.resume_metrics(metrics);
        }
        HostNode::App(Box::new(node))
    }

    fn add_operator(&mut self, plan: &Plan, actions: Vec<Action>) {
        let watch = plan.nodes.keys().cloned().collect();
        let duties = operator::Plan { watch, every: plan.watch, actions, duration: plan.duration };
        let env = plan.env(crate::format::OPERATOR, self.seed);
        let node =
            operator::operator(&env, duties).expect("commands were checked when the scenario was read");
        let node = HostNode::App(Box::new(node));
        self.add(crate::format::OPERATOR, HostProfile::default(), node, Boot::default());
    }

    fn add(&mut self, name: &str, profile: HostProfile, node: HostNode, boot: Boot) {
        let host = self.world.add_host(name, &self.next_ip(), profile, node, boot);
        self.hosts.insert(name.to_string(), host);
    }

    fn next_ip(&self) -> String {
        format!("10.0.0.{}", self.hosts.len() + 1)
    }

    /// A server's next process and what it is started with.
    fn server(&mut self, name: &str) -> (HostNode, Boot) {
        let Some(plan) = self.servers.get_mut(name) else { unreachable!("{name} is a server") };
        plan.starts += 1;
        let stream = format!("boot/{name}/{}", plan.starts);
        let boot = boot(&config_text(&plan.plan), Random::stream(self.seed, &stream).next_u64());
        let server = Recorded::new(Witness::new(&self.recorder, name, plan.booted_ns));
        let bug = museum::first_of(&self.bugs);
        (HostNode::Server { server: Box::new(server), bug }, boot)
    }
}

/// A server's configuration file.
pub(crate) fn config_text(plan: &NodePlan) -> String {
    let config = plan.config.iter().map(|(name, value)| match value.as_str() {
        "" => format!("{name} \"\"\n"),
        value => format!("{name} {value}\n"),
    });
    DEFAULTS.to_string() + &config.collect::<String>()
}

/// What a server is started with.
pub(crate) fn boot(config: &str, seed: u64) -> Boot {
    let config = Some((CONFIG_PATH.to_string(), config.as_bytes().to_vec()));
    Boot { config, seed, ..Boot::default() }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn link(plan: &Plan) -> LinkProfile {
    let network = &plan.network;
    LinkProfile {
        latency_ns: nanos(network.latency.0),
        jitter_ns: nanos(network.jitter.0),
        bandwidth_bytes_per_s: network.bandwidth.map(|bytes| bytes.0),
        window_bytes: network.window.0,
    }
}

/// A server's machine.
pub(crate) fn profile(plan: &NodePlan) -> HostProfile {
    let disk = DiskProfile {
        fsync_ns: nanos(plan.disk.fsync.0),
        bytes_per_s: plan.disk.bandwidth.0,
        capacity_bytes: plan.disk.capacity.map(|bytes| bytes.0),
        crash_model: if plan.disk.reorder { CrashModel::Reorder } else { CrashModel::Prefix },
        ..DiskProfile::default()
    };
    HostProfile { disk, memory_bytes: plan.memory_bytes, ..HostProfile::default() }
}
