"""Claims 4 and 40: what a rewrite and a background save read, and the memory that they take."""

import os
import pathlib
import random
import re
import time

from servers import OURS, markdown, request

from .server import ALL, Filler, megabytes

KEYS, VALUE_BYTES, BURST = 200_000, 200, 500
DELAY = "-4"  # rdb-key-save-delay: a nap after every fourth key on average, so that a save takes some seconds
SLOW_DISK = 8_000_000  # bytes per second, so that ours takes some seconds as well
STEADY = 20_000  # overwrites per second, the same for a rewrite and a save


def bursts(seed):
    """Requests that set every key once, in random order and to values that do not compress."""
    drawn = random.Random(seed)
    order = drawn.sample(range(KEYS), KEYS)
    for at in range(0, KEYS, BURST):
        chunk = [request(["SET", f"key:{n}", drawn.randbytes(VALUE_BYTES // 2).hex()]) for n in order[at : at + BURST]]
        yield len(chunk), b"".join(chunk)


def fill(server):
    filler = Filler(server, [])
    for burst in bursts(1):
        filler.send(burst)
    filler.connection.close()


def kilobytes(pid, field):
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field + ":")), 0)


def children(pid):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(path.parent.name))
    return found


class Writing:
    """A save or a rewrite, watched from beginning to end. Sizes in bytes."""

    def __init__(self, server, command, filler=None):
        pid = server.process.pid
        pace = self.pace(filler)
        self.before = 1024 * kilobytes(pid, "Pss")
        self.most, self.private, self.children = self.before, 0, set()
        written, began = filler.written if filler else 0, time.monotonic()
        server.ask(command)
        progress = "rdb_bgsave_in_progress" if command == "BGSAVE" else "aof_rewrite_in_progress"
        while server.info(progress) == "1":
            now = children(pid)
            self.children.update(now)
            # Pages that several processes share count once in the sum of their proportional sizes.
            self.most = max(self.most, 1024 * sum(kilobytes(one, "Pss") for one in [pid, *now]))
            self.private = max([self.private, *(1024 * kilobytes(one, "Private_Dirty") for one in now)])
            time.sleep(0.05)
        self.seconds = time.monotonic() - began
        self.written = filler.written - written if filler else 0
        self.told = int(server.info("rdb_last_cow_size" if command == "BGSAVE" else "aof_last_cow_size"))
        self.slowdown = pace and (self.written / self.seconds) / pace

    @staticmethod
    def pace(filler):
        """Overwrites per second when nothing is saved."""
        if not filler:
            return 0
        time.sleep(0.5)
        written = filler.written
        time.sleep(1)
        return filler.written - written


def slow(server):
    """Makes saves of the real servers last."""
    if server.name != OURS:
        server.ask("CONFIG", "SET", "rdb-key-save-delay", DELAY)


def bgsave(bench):
    rows, holds, load = [], True, list(bursts(2))
    for name in ALL:
        for rate in [None, SLOW_DISK] if name == OURS else [None]:
            with bench.start(name, bench.place(), shim=bool(rate), rate=rate) as server:
                fill(server)
                slow(server)
                quiet = Writing(server, "BGSAVE")
                filler = Filler(server, load)
                filler.start()
                busy = Writing(server, "BGSAVE", filler)
                filler.end()
            title = f"{name}, disk of {SLOW_DISK // 1_000_000} MB/s" if rate else name
            for what, save in (("none", quiet), (f"{busy.written:,}", busy)):
                more = save.most - save.before
                rows.append([title if save is quiet else "", what, f"{save.seconds:.1f} s", megabytes(save.before), megabytes(save.most)])
                rows[-1] += [f"{100 * more / save.before:+.0f} %", f"{save.told / 1e6:,.1f} MB"]
                rows[-1] += [f"{100 * save.slowdown:.0f} %" if save is busy else ""]
                print(*rows[-1], flush=True)
            more = (busy.most - busy.before) / busy.before
            holds &= more < 0.3 if name == OURS else more > 0.6 and quiet.most < 1.3 * quiet.before
    head = ["server", "overwrites meanwhile", "BGSAVE took", "memory before", "at its most", "more", "`rdb_last_cow_size`"]
    head.append("speed of overwrites, against before")
    return holds, f"""## 40. A BGSAVE under heavy writes can double memory

**True for the real servers.** Memory shared with the child is copied page by page as it changes; when all pages have changed before the
save ends, there are two copies of everything. Without writes a save costs next to nothing.

{KEYS:,} keys of {VALUE_BYTES} bytes, overwritten in random order as fast as one connection can; memory is the proportional set size of parent and
child together. `rdb-key-save-delay` makes the save last, as much data would.

{markdown(head, rows)}

Resplay does not fork. It writes what is about to change before it changes, so a save costs as much memory as is waiting to be
written. The price is paid in time: the thread that serves clients also writes the file, so on a slow disk (the shim delays
write(2)) it makes its clients wait, which the child of a real server does not.

```sh
valkey-benchmark -q -t set -r {KEYS} -d {VALUE_BYTES} -n 100000000 &      # as filling and as heavy writes
sleep 20; valkey-cli CONFIG SET rdb-key-save-delay {DELAY}; valkey-cli BGSAVE; sleep 5
grep -h ^Pss: $(printf '/proc/%s/smaps_rollup ' $(pgrep valkey-server))      # the server and its child
sleep 10; valkey-cli INFO persistence | grep cow
```"""


def rewrite(bench):
    rows, opened, emptied, holds, load = [], [], [], True, list(bursts(2))
    for name in ALL:
        with bench.start(name, bench.place(), "--appendonly", "yes", shim=True, rate=SLOW_DISK if name == OURS else None) as server:
            fill(server)
            slow(server)
            filler = Filler(server, load, per_second=STEADY)
            filler.start()
            began, old = time.monotonic(), set(data_files(server.place))
            log = Writing(server, "BGREWRITEAOF", filler)
            events = [event for event in server.events() if event.kind == "open" and event.at > began]
            dump = Writing(server, "BGSAVE", filler)
            filler.end()
        writers = log.children or {server.process.pid}
        names = sorted({os.path.basename(event.rest) for event in events if event.pid in writers})
        reread = old.intersection(names)
        opened.append([name, len(reread), ", ".join(f"`{re.sub('-[0-9]+', '-PID', word)}`" for word in names)])
        rows.append([name, *(cell for one in (log, dump) for cell in (f"{one.seconds:.1f} s", memory(one.told), memory(one.private)))])
        print(*opened[-1], *rows[-1], flush=True)
        keys = rewrite_of_emptied_files(bench, name)
        emptied.append([name, *keys])
        holds &= not reread and keys == (1000, 1000)
        holds &= name == OURS or 0.5 < log.told / dump.told < 2
    found = [[*one, *two[1:]] for one, two in zip(opened, emptied)]
    head = ["server", "old files opened by the one who writes", "what it opens", "keys before", "keys after a rewrite of emptied files and a restart"]
    sizes = ["server", "BGREWRITEAOF took", "`aof_last_cow_size`", "private memory of the child"]
    sizes += ["BGSAVE took", "`rdb_last_cow_size`", "private memory of the child"]
    return holds, f"""## 4. AOF rewrite reads the old AOF file, so it needs less memory than an RDB save

**False.** A rewrite writes what is in memory, in a forked child like BGSAVE, and never looks into the old files; it needs as much memory.

The old files can be emptied under a running server: a rewrite brings everything back.

{markdown(head, found)}

The same {KEYS:,} keys of {VALUE_BYTES} bytes, the same {STEADY:,} random overwrites per second:

{markdown(sizes, rows)}

Resplay has no child: what it writes early because it is about to change is all the memory that either takes (here on a disk of
{SLOW_DISK // 1_000_000} MB/s, so that both last).

```sh
valkey-server --appendonly yes & sleep 1; valkey-cli MSET a 1 b 2
truncate -s 0 appendonlydir/*.rdb appendonlydir/*.aof      # if these were read, all would be lost
valkey-cli BGREWRITEAOF; sleep 1; kill -9 $!
valkey-server --appendonly yes & sleep 1; valkey-cli MGET a b
```"""


def memory(count):
    return f"{count / 1e6:,.1f} MB" if count else "–"


def data_files(place):
    names = (path.name for path in pathlib.Path(place, "appendonlydir").iterdir())
    return [name for name in names if not name.endswith(".manifest")]


def rewrite_of_emptied_files(bench, name):
    """Keys before; and after all files were emptied, a rewrite, a kill and a restart."""
    place = bench.place()
    with bench.start(name, place, "--appendonly", "yes") as server:
        server.ask("MSET", *(word for n in range(1000) for word in (f"key:{n}", n)))
        before = server.size()
        for file in data_files(place):
            os.truncate(f"{place}/appendonlydir/{file}", 0)
        server.ask("BGREWRITEAOF")
        server.wait_until_idle()
    with bench.start(name, place, "--appendonly", "yes") as server:
        return before, server.size()
