"""Claims 2 and 3: what a crash takes under each `appendfsync`."""

import re
import shutil
import time

from servers import markdown

from .server import ALL, Writer, milliseconds

WRITERS = 4
AOF, RDB = "appendonlydir/", "temp-"
CRASH = "scenarios/persistence/crash-mid-aof.toml"
# The power fails at any moment, not in the middle of an append; in the second one an fsync hangs then.
HEALTHY = [
    *("run", CRASH, "--variant", "everysec", "--seed", "3"),
    *("--set", 'faults.power={ at = "30s", power-loss = { node = "cache", restart-after = "3s" } }'),
]
HUNG = [*HEALTHY, "--set", 'faults.hang={ at = "20s", for = "15s", slow-disk = { node = "cache", by = "30s" } }']
LIES = [
    *("run", CRASH, "--variant", "always", *HEALTHY[4:]),
    *("--set", 'faults.lie={ at = "20s", for = "15s", lying-fsync = { node = "cache" } }'),
]


class Loss:
    """Acknowledged writes that are not there after a restart."""

    def __init__(self, server, writers, at):
        self.count, self.oldest = 0, 0.0
        for writer in writers:
            missing = writer.acknowledged[int(server.get(writer.key) or 0) :]
            self.count += len(missing)
            self.oldest = max([self.oldest, *(at - when for when in missing[:1])])

    def __str__(self):
        return f"{self.count:,}, the oldest {milliseconds(self.oldest)} old" if self.count else "0"


class Crash:
    """A life under four clients that ends with kill -9, and two that follow: with all that the kernel had, and without what
    was not synced."""

    def __init__(self, bench, name, policy, story, more=(), pause=0.001):
        config = ["--appendonly", "yes", "--appendfsync", policy, *more]
        place = bench.place()
        with bench.start(name, place, *config, shim=True) as server:
            writers = [Writer(server, number, pause) for number in range(WRITERS)]
            for writer in writers:
                writer.start()
            since = story(server)
            at = time.monotonic()
            server.kill()
        for writer in writers:
            writer.join()
        times = [when for writer in writers for when in writer.acknowledged]
        self.writes, self.later = len(times), sum(when > since for when in times)
        copy = shutil.copytree(place, f"{place}-copy")
        self.killed = restart(bench, name, copy, config, writers, at)
        server.lose_power()
        self.power = restart(bench, name, place, config, writers, at)
        self.log = server.log()
        print(name, policy, story.__name__, self.writes, self.later, "killed:", self.killed, "power:", self.power, flush=True)


def restart(bench, name, place, config, writers, at):
    with bench.start(name, place, *config) as server:
        return Loss(server, writers, at)


def healthy(server):
    """The end comes shortly before the next fsync is due."""
    time.sleep(1.5)
    server.wait_for_event("sync", time.monotonic())
    time.sleep(0.9)
    return time.monotonic()


def hung(seconds, which=AOF, ask=None):
    """The end comes while an fsync hangs, for so long; what follows the beginning of that is counted."""

    def story(server):
        time.sleep(1.5)
        server.hang(which)
        if ask:
            server.ask(ask)
        server.wait_for_event("hang")
        time.sleep(0.1)
        since = time.monotonic()
        time.sleep(seconds - 0.1)
        return since

    story.__name__ = f"hung-{seconds}-{which}"
    return story


def everysec(bench):
    rows, holds = [], True
    for name in ALL:
        stories = (healthy, hung(1.5), hung(5.5), hung(3, RDB, "BGSAVE"))
        well, short, long, saving = (Crash(bench, name, "everysec", story) for story in stories)
        rows += [
            [name, "fsyncs are healthy, the last was 0.9 s ago", well.killed, well.power],
            ["", "an fsync hangs, for 1.5 s so far", short.killed, short.power],
            ["", "an fsync hangs, for 5.5 s so far", long.killed, long.power],
            ["", "only the fsync of a BGSAVE hangs, for 3 s so far", saving.killed, saving.power],
        ]
        holds &= well.killed.count == 0 and 0.5 < well.power.oldest < 1.3
        holds &= 1.0 < short.killed.oldest < 2.2 and short.power.oldest > 1.5 and long.power.oldest > 6 and long.killed.oldest > 1.0
        holds &= saving.power.oldest < 1.3
        holds &= "Asynchronous AOF fsync is taking too long" in long.log
    simulated, hanging = told(bench.ours(*HEALTHY)), told(bench.ours(*HUNG))
    holds &= simulated[2] == "0" and hanging[2] == "0"
    table = markdown(["server", "the end comes when", "lost if the process is killed", "lost if the power fails"], rows)
    return holds, f"""## 2. With `appendfsync everysec` at most one second of writes is lost

**Only while every fsync returns at once.** A hanging fsync makes the loss as long as the hang, and then even a process that is
merely killed loses up to two seconds.

Once a second a thread starts an fsync; clients never wait for it. If the one before is still under way, the server keeps new writes in
its own memory (a kill takes them), and after two seconds it appends them without waiting ("Asynchronous AOF fsync is taking too long"; a
power failure takes them). It goes on acknowledging all the time.

{table}

In the simulated world, with a healthy disk: {simulated[0]} acknowledged writes lost, the oldest {simulated[1]} before the crash. With an fsync
that hangs for ten seconds before the crash: {hanging[0]}, the oldest {hanging[1]}. The check `promise-ledger` allows what was
acknowledged since the last fsync began that was finished, so neither breaks the promise; `scenarios/persistence/everysec.toml` has both.

```sh
resplay {shell(HEALTHY)}
resplay {shell(HUNG)}
```"""


def shell(words):
    return " ".join(f"'{word}'" if " " in word else word for word in words)


def told(text):
    """Of a run's output: how many acknowledged writes were lost, how old the oldest was, how many the promise did not allow."""
    found = re.search(r"^promise-ledger: lost ([\d,]+) acknowledged writes?(?: \(oldest ([^)]*) before the crash\))?, ([\d,]+) beyond", text, re.M)
    return (found[1], found[2] or "0 ms", found[3]) if found else ("?", "?", "?")


def always(bench):
    rows, holds = [], True
    for name in ALL:
        well = Crash(bench, name, "always", hung(1), pause=0)
        saving = Crash(bench, name, "always", hung(1, RDB, "BGSAVE"), pause=0)
        skipped = Crash(bench, name, "always", hung(1, RDB, "BGSAVE"), ["--no-appendfsync-on-rewrite", "yes"], pause=0)
        for when, crash in (
            ("the fsync of the AOF hangs", well),
            ("the fsync of a BGSAVE hangs", saving),
            ("the same, `no-appendfsync-on-rewrite yes`", skipped),
        ):
            rows.append([name if crash is well else "", when, f"{crash.writes:,}", f"{crash.later:,}", crash.killed, crash.power])
        holds &= well.writes > 100 and well.later == 0
        holds &= all(crash.killed.count == 0 and crash.power.count == 0 for crash in (well, saving))
        holds &= saving.later > 0 and skipped.killed.count == 0 and skipped.power.count > 0
    head = ["server", "the end comes when", "acknowledged", "of these during the hang", "lost if the process is killed", "lost if the power fails"]
    judged, lies = cuts(bench), told(bench.ours(*LIES))
    holds &= judged is not None and judged[-1] == 0 and lies[2] not in "0?"
    return holds, f"""## 3. With `appendfsync always` nothing acknowledged is lost

**True, only if `no-appendfsync-on-rewrite` is `no` (as by default) and the disk does not lie.** With `yes` the server acknowledges without
any fsync for as long as a BGSAVE or a rewrite runs.

Replies are held back until the fsync has returned: while it hangs, nobody gets any.

{markdown(head, rows)}

In the simulated world power fails at every operation of the disk, in every state that may be left. `always` in `crash-cuts.toml`: {judged[0]:,} cut
points, {judged[1]:,} states, {judged[2]} violations. On a disk that says an fsync is done and has done nothing, for ten seconds: {lies[0]} lost,
the oldest {lies[1]} before the crash.

```sh
resplay run scenarios/persistence/crash-cuts.toml --variant always --cuts
resplay run scenarios/persistence --cuts      # all policies, with restarts
resplay {shell(LIES)}
```"""


def cuts(bench):
    """Cut points, states judged and violations of the scenario that has all of them."""
    keep = bench.place()
    text = bench.ours("run", "scenarios/persistence/crash-cuts.toml", "--variant", "always", "--cuts", "--keep-cuts", keep)
    found = re.search(r"^all +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) .* ([\d,]+)$", text, re.M)
    return [int(found[n].replace(",", "")) for n in (2, 4, 5)] if found else None
