#!/usr/bin/env python3
"""Throughput over real TCP, side by side with the real servers; rewrites its section of reports/speed.md.

    cargo build --release && crates/cli/benches/tcp.py [--rounds 7] [--requests 100000]

The three servers stand side by side, idle but for the one under test. In each round every server gets the same burst
from redis-benchmark (50 clients), one right after the other and in another order each time, so that what else the
machine does hits all of them alike. Ratios are taken within a round; their median is printed, and the medians of the
rates beside it. redis-benchmark is one thread and often the slower side: the processor time of the server per request,
which does not depend on it, stands in the last columns, and decides where both sides wait for redis-benchmark.
"""

import argparse
import pathlib
import statistics
import tempfile

from servers import CLIENTS, OTHERS, OURS, ROOT, arguments, machine, markdown, publish, request, start, version

SPREAD = 100_000
PIPELINED_MORE = 8  # as many times the requests, so that a burst takes about as long
BEGIN, END = "<!-- tcp: written by crates/cli/benches/tcp.py -->", "<!-- tcp: end -->"
VALUE = "xxx"
FIELDS = [word for n in range(20) for word in (f"field-{n}", f"value-{n}")]
MEMBERS = [word for n in range(1000) for word in (n, f"member-{n}")]


def many(words, elements, of):
    """Requests that add so many elements, a hundred each: words, then `of(n)` for each."""
    return [request([*words, *(of(n) for n in range(at, at + 100))]) for at in range(0, elements, 100)]


# Name, pipelines, the command, and what must be there before each burst of so many requests.
TESTS = [
    ("SET", [1, 16], ["SET", "k", VALUE], None),
    ("GET", [1, 16], ["GET", "k"], lambda _: [["SET", "k", VALUE]]),
    ("INCR", [1, 16], ["INCR", "n"], None),
    ("HSET", [1, 16], ["HSET", "h", "field:__rand_int__", VALUE], None),
    ("HGETALL", [16], ["HGETALL", "h20"], lambda _: [["HSET", "h20", *FIELDS]]),
    ("LPUSH", [16], ["LPUSH", "l", VALUE], lambda _: [["DEL", "l"]]),
    ("RPOP", [16], ["RPOP", "r"], lambda n: [["DEL", "r"], *many(["RPUSH", "r"], n, lambda _: VALUE)]),
    ("SADD", [16], ["SADD", "s", "element:__rand_int__"], None),
    ("SPOP", [16], ["SPOP", "p"], lambda n: many(["SADD", "p"], n, lambda at: f"element:{at}")),
    ("ZADD", [16], ["ZADD", "z", "__rand_int__", "element:__rand_int__"], None),
    ("ZRANGE", [16], ["ZRANGE", "z1000", "400", "419"], lambda _: [["ZADD", "z1000", *MEMBERS]]),
    ("XADD", [16], ["XADD", "x", "*", "field", VALUE], lambda _: [["DEL", "x"]]),
    (
        "XREADGROUP",
        [16],
        ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "y", ">"],
        lambda n: [["DEL", "y"], ["XGROUP", "CREATE", "y", "g", "0", "MKSTREAM"]]
        + [request(["XADD", "y", "*", "field", VALUE])] * n,
    ),
    ("PFADD", [16], ["PFADD", "hll", "element:__rand_int__"], None),
]


def measure(servers, options):
    """For each pipeline depth and test: a list of rounds, each {server: (rate, cpu)}."""
    results = {}
    for name, pipelines, command, setup in TESTS:
        if options.only and name not in options.only.split(","):
            continue
        for pipeline in pipelines:
            requests = options.requests * (PIPELINED_MORE if pipeline > 1 else 1)
            rounds = results[pipeline, name] = []
            for turn in range(options.rounds + 1):
                order = servers[turn % 3 :] + servers[: turn % 3]
                rounds.append({server.name: once(server, command, setup, pipeline, requests) for server in order})
            del rounds[0]  # warms caches up
            print(pipeline, name, {name: f"{rate:.0f} {cpu:.2f}us" for name, (rate, cpu) in rounds[-1].items()}, flush=True)
    return dict(sorted(results.items(), key=lambda item: item[0][0]))


def once(server, command, setup, pipeline, requests):
    if setup:
        server.send(setup(requests))
    return server.burst(command, pipeline, requests, SPREAD)


def median(rounds, name, what):
    return statistics.median(r[name][what] for r in rounds)


def table(results):
    head = ["pipeline", "command", OURS, *OTHERS, *(f"ratio to {name}" for name in OTHERS)]
    head += [f"µs of processor: {OURS}", *OTHERS]
    rows = []
    for (pipeline, test), rounds in results.items():
        rates = [f"{median(rounds, name, 0) / 1000:.0f} k/s" for name in [OURS, *OTHERS]]
        ratios = [statistics.median(r[OURS][0] / r[name][0] for r in rounds) for name in OTHERS]
        spent = [f"{median(rounds, name, 1):.2f}" for name in [OURS, *OTHERS]]
        rows.append([pipeline, test, *rates, *(f"**{ratio:.2f}**" for ratio in ratios), *spent])
    return markdown(head, rows)


def section(results, options):
    others = ", ".join(f"{name} {version(name)}" for name in OTHERS)
    return f"""## Real TCP

Ratios are ours to theirs: above 1 we are faster. Against {others}; redis-benchmark with {CLIENTS} clients on the
loopback interface; no persistence. {options.rounds} rounds of {options.requests} requests each
({options.requests * PIPELINED_MORE} when pipelined), medians. Client and server share this machine: {machine()}.
How: `{pathlib.Path(__file__).resolve().relative_to(ROOT)}`, which says how rounds are paired and what each command finds.

{table(results)}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--only", help="commands to measure, separated by commas; the report is then left alone")
    options = arguments(parser).parse_args()
    servers = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            servers.extend(start(name, options, directory) for name in [OURS, *OTHERS])
            results = measure(servers, options)
        finally:
            for server in servers:
                server.end()
    if options.only:
        print(table(results))
    else:
        publish(section(results, options), BEGIN, END, options.report)


main()
