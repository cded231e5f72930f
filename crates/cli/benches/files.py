#!/usr/bin/env python3
"""Persistence beside valkey-server: how long a restart takes, how fast writes are under each appendfsync, and what a background
save of many keys does to clients and memory; rewrites its sections of reports/speed.md.

    cargo build --release && crates/cli/benches/files.py [--keys 1000000,5000000] [--rounds 5] [--parts writes,restarts,saves]

A restart is timed from the start of the process to its first PONG, on the same files, which valkey-server has written. A
quarter of the keys are hashes of four fields, the others strings; every tenth has a time to live.
"""

import argparse
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from servers import OURS, ROOT, arguments, machine, markdown, publish, request, start, version

THEIRS = "valkey-server"
BOTH = (OURS, THEIRS)
FOREVER = "33177117420"


def keys(count):
    """Requests that make so many keys, a chunk at a time."""
    for at in range(0, count, 1_000):
        yield [words for n in range(at, min(at + 1_000, count)) for words in key(n)]


def key(n):
    if n % 4 == 3:
        yield ["HSET", f"hash:{n}", "name", f"user {n}", "mail", f"user{n}@example.org", "age", n % 90, "city", "Zürich"]
        name = f"hash:{n}"
    else:
        yield ["SET", f"key:{n}", f"value of key number {n:012}, and some more"]
        name = f"key:{n}"
    if n % 10 == 0:
        yield ["EXPIREAT", name, FOREVER]


def populate(server, count):
    for chunk in keys(count):
        server.send(chunk)


def write_files(options, directory, count):
    """An RDB file, an append-only file with an RDB base, and one of commands alone, all of the same keys."""
    server = start(THEIRS, options, directory)
    try:
        populate(server, count)
        server.ask(["SAVE"])
        for name, preamble in (("preamble", "yes"), ("commands", "no")):
            server.ask(["CONFIG", "SET", "aof-use-rdb-preamble", preamble])
            server.ask(["CONFIG", "SET", "appendonly", "yes"])
            while server.info("aof_rewrite_in_progress") != "0" or server.info("aof_rewrite_scheduled") != "0":
                time.sleep(0.1)
            server.ask(["CONFIG", "SET", "appendonly", "no"])
            shutil.copytree(f"{directory}/appendonlydir", f"{directory}/{name}/appendonlydir")
    finally:
        server.end()
    shutil.rmtree(f"{directory}/appendonlydir")


FORMS = [
    ("RDB file", "", []),
    ("append-only file, RDB base", "preamble", ["--appendonly", "yes"]),
    ("append-only file, commands", "commands", ["--appendonly", "yes"]),
]


def restart(name, options, directory, more):
    began = time.monotonic()
    server = start(name, options, directory, more)
    took = time.monotonic() - began
    loaded = server.ask(["DBSIZE"])
    server.end()
    return took, loaded


def restarts(options, directory):
    rows = []
    for count in options.keys:
        place = f"{directory}/{count}"
        pathlib.Path(place).mkdir()
        write_files(options, place, count)
        for form, where, more in FORMS:
            rounds = []
            for turn in range(options.rounds):
                order = BOTH if turn % 2 else BOTH[::-1]
                took = {name: restart(name, options, f"{place}/{where}", more) for name in order}
                assert all(loaded == b":%d\r\n" % count for _, loaded in took.values()), took
                rounds.append({name: seconds for name, (seconds, _) in took.items()})
            rows.append([f"{count:,} keys", form, *compare(rounds, "{:.2f} s")])
            print(*rows[-1], flush=True)
        shutil.rmtree(place)
    return markdown(["data", "file", *BOTH, "ratio"], rows)


def compare(rounds, form):
    """Medians of both, and of ours to theirs."""
    medians = [form.format(statistics.median(r[name] for r in rounds)) for name in BOTH]
    return [*medians, f"**{statistics.median(r[OURS] / r[THEIRS] for r in rounds):.2f}**"]


def writes(options, directory):
    rows = []
    for policy in ("always", "everysec", "no"):
        for pipeline, requests in ((1, 100_000), (16, 400_000)):
            rounds, processor = [], {name: [] for name in BOTH}
            for turn in range(2 * options.rounds + 1):
                order = BOTH if turn % 2 else BOTH[::-1]
                bursts = {name: burst(name, options, directory, policy, pipeline, requests) for name in order}
                rounds.append({name: rate / 1000 for name, (rate, _) in bursts.items()})
                for name, (_, micros) in bursts.items():
                    processor[name].append(micros)
            costs = [f"{statistics.median(processor[name][1:]):.2f}" for name in BOTH]
            rows.append([policy, pipeline, *compare(rounds[1:], "{:.1f} k/s"), *costs])
            print(*rows[-1], flush=True)
    head = ["appendfsync", "pipeline", *BOTH, "ratio", *(f"processor µs per request, {name}" for name in BOTH)]
    return markdown(head, rows)


def burst(name, options, directory, policy, pipeline, requests):
    place = tempfile.mkdtemp(dir=directory)
    server = start(name, options, place, ["--appendonly", "yes", "--appendfsync", policy])
    try:
        return server.burst(["SET", "key:__rand_int__", "x" * 64], pipeline, requests, 100_000)
    finally:
        server.end()
        shutil.rmtree(place)


class Probe(threading.Thread):
    """Sends PING after PING, and notes how long the longest took."""

    def __init__(self, server):
        super().__init__()
        self.connection = socket.create_connection(("127.0.0.1", server.port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.longest, self.goes_on = 0.0, True

    def run(self):
        ping = request(["PING"])
        while self.goes_on:
            began = time.monotonic()
            self.connection.sendall(ping)
            self.connection.recv(64)
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.001)

    def end(self):
        self.goes_on = False
        self.join()
        return self.longest * 1000


def family_kilobytes(pid):
    """What a process and its children have in memory, pages that they share counted once."""
    pids = [pid, *map(int, subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split())]
    total = 0
    for one in pids:
        try:
            lines = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def under_load(server, count, work):
    """Does something while a client overwrites random keys; the longest PING in milliseconds, and what it gave."""
    load = ["redis-benchmark", "-p", str(server.port), "-c", "4", "-n", "1000000000", "-r", str(count), "-q"]
    with subprocess.Popen([*load, "SET", "key:__rand_int__", "y" * 40], stdout=subprocess.DEVNULL) as writer:
        time.sleep(1)
        probe = Probe(server)
        probe.start()
        try:
            result = work()
        finally:
            longest = probe.end()
            writer.kill()
    return longest, result


def background_save(server):
    """Seconds, and the most memory in megabytes, above what there was."""
    before = family_kilobytes(server.process.pid)
    began, most = time.monotonic(), before
    server.ask(["BGSAVE"])
    while server.info("rdb_bgsave_in_progress") == "1":
        most = max(most, family_kilobytes(server.process.pid))
        time.sleep(0.05)
    return time.monotonic() - began, (most - before) / 1024


def saves(options, directory):
    count = max(options.keys)
    rows = []
    for name in BOTH:
        place = tempfile.mkdtemp(dir=directory)
        server = start(name, options, place)
        try:
            populate(server, count)
            quiet, _ = under_load(server, count, lambda: time.sleep(5))
            longest, (seconds, megabytes) = under_load(server, count, lambda: background_save(server))
            told = int(server.info("rdb_last_cow_size")) / 1e6
        finally:
            server.end()
            shutil.rmtree(place)
        rows.append([name, f"{seconds:.1f} s", f"{longest:.1f} ms", f"{quiet:.1f} ms", f"{megabytes:.0f} MB", f"{told:.0f} MB"])
        print(*rows[-1], flush=True)
    head = ["server", "BGSAVE took", "longest PING meanwhile", "without BGSAVE", "more memory, at its most", "`rdb_last_cow_size`"]
    return markdown(head, rows)


PARTS = {"writes": writes, "restarts": restarts, "saves": saves}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", default="1000000,5000000", help="how many, separated by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", default=",".join(PARTS), help="which, separated by commas")
    options = arguments(parser).parse_args()
    options.keys = [int(word) for word in options.keys.split(",")]
    for part in options.parts.split(","):
        with tempfile.TemporaryDirectory() as directory:
            table = PARTS[part](options, directory)
        begin, end = f"<!-- {part}: written by crates/cli/benches/files.py -->", f"<!-- {part}: end -->"
        publish(section(options, part, table), begin, end, options.report)


def section(options, part, table):
    title, text = TEXTS[part]
    return f"""## Persistence: {title}

Against {THEIRS} {version(THEIRS)}, {options.rounds} rounds, medians of paired rounds; client, server and disk share this machine:
{machine()}. How: `{pathlib.Path(__file__).resolve().relative_to(ROOT)} --parts {part}`.

{text.format(count=max(options.keys))}

{table}"""


TEXTS = {
    "writes": (
        "writes",
        "SET of 64 bytes, 50 clients, with an append-only file; the ratio is ours to theirs, above 1 we are faster. Without pipelining both\n"
        "sides wait for redis-benchmark, so there the processor time decides:",
    ),
    "restarts": (
        "restart",
        "From the start of the process to its first PONG, on the same files; the ratio is ours to theirs, below 1 we are faster:",
    ),
    "saves": (
        "BGSAVE",
        "BGSAVE of {count:,} keys while four clients overwrite random keys: the real server forks, which stops it once for as long as it\n"
        "takes to copy its page tables, and then copies pages that change; ours writes what is about to change before it changes:",
    ),
}


if __name__ == "__main__":
    main()
