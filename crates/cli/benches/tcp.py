#!/usr/bin/env python3
"""Throughput over real TCP, side by side with the real servers; rewrites its section of reports/speed.md.

    cargo build --release && crates/cli/benches/tcp.py [--rounds 7] [--requests 100000]

The three servers stand side by side, idle but for the one under test. In each round every server gets the same burst
from redis-benchmark (50 clients), one right after the other and in another order each time, so that what else the
machine does hits all of them alike. Ratios are taken within a round; their median is printed, and the medians of the
rates beside it. redis-benchmark is one thread and often the slower side: the processor time of the server per request,
which does not depend on it, stands in the last columns.
"""

import argparse
import csv
import io
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTS = ["set", "get", "incr", "hset"]
PIPELINES = [1, 16]
PIPELINED_MORE = 8  # as many times the requests, so that a burst takes about as long
OTHERS = ["valkey-server", "redis-server"]
OURS = "resplay"
BEGIN, END = "<!-- tcp: written by crates/cli/benches/tcp.py -->", "<!-- tcp: end -->"


class Server:
    """A running server, without persistence, on a free port."""

    def __init__(self, name, program, directory):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.name = name
        words = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", directory]
        self.process = subprocess.Popen(program + words, stdout=subprocess.DEVNULL, cwd=directory)
        self.wait_until_ready()

    def wait_until_ready(self):
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.01)
        raise SystemExit(f"{self.name} does not listen")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def burst(self, test, pipeline, requests):
        """Requests per second, and microseconds of the server's processor time per request."""
        before = self.cpu_seconds()
        words = ["redis-benchmark", "-p", str(self.port), "-t", test, "-P", str(pipeline), "-c", "50"]
        output = subprocess.run(words + ["-n", str(requests), "--csv"], capture_output=True, text=True, check=True)
        row = list(csv.DictReader(io.StringIO(output.stdout)))[0]
        return float(row["rps"]), (self.cpu_seconds() - before) * 1e6 / requests


def measure(servers, options):
    """For each pipeline depth and test: a list of rounds, each {server: (rate, cpu)}."""
    results = {}
    for pipeline in PIPELINES:
        requests = options.requests * (PIPELINED_MORE if pipeline > 1 else 1)
        for test in TESTS:
            rounds = results[pipeline, test] = []
            for turn in range(options.rounds + 1):
                order = servers[turn % 3 :] + servers[: turn % 3]
                rounds.append({server.name: server.burst(test, pipeline, requests) for server in order})
            del rounds[0]  # warms caches up
            print(pipeline, test, {name: round(rate) for name, (rate, _) in rounds[-1].items()}, flush=True)
    return results


def table(results):
    head = ["pipeline", "command", OURS, *OTHERS, *(f"ratio to {name}" for name in OTHERS)]
    head += [f"µs of processor: {OURS}", *OTHERS]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for (pipeline, test), rounds in results.items():
        rates = [f"{median(rounds, name, 0) / 1000:.0f} k/s" for name in [OURS, *OTHERS]]
        ratios = [statistics.median(r[OURS][0] / r[name][0] for r in rounds) for name in OTHERS]
        spent = [f"{median(rounds, name, 1):.2f}" for name in [OURS, *OTHERS]]
        cells = [str(pipeline), test.upper(), *rates, *(f"**{ratio:.2f}**" for ratio in ratios), *spent]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def median(rounds, name, what):
    return statistics.median(r[name][what] for r in rounds)


def version(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[2].removeprefix("v=")


def section(results, options):
    cpus = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    machine = f"{len(cpus)} × {cpus[0]}, Linux {platform.release()}" if cpus else platform.platform()
    others = ", ".join(f"{name} {version(name)}" for name in OTHERS)
    return f"""{BEGIN}
## Real TCP

Ratios are ours to theirs: above 1 we are faster. Against {others}; redis-benchmark with 50 clients, one key, on the
loopback interface; no persistence. {options.rounds} rounds of {options.requests} requests each
({options.requests * PIPELINED_MORE} when pipelined), medians. Client and server share this machine: {machine}.
How: `{pathlib.Path(__file__).resolve().relative_to(ROOT)}`, which says how rounds are paired.

{table(results)}
{END}"""


def publish(text, path):
    """Replaces this script's section of the report, or adds it."""
    report = path.read_text() if path.exists() else "# Speed\n\nEvery figure can be had again by the command beside it. Trust the ratios.\n"
    if BEGIN in report and END in report:
        before, rest = report.split(BEGIN, 1)
        report = before + text + rest.split(END, 1)[1]
    else:
        report = report.rstrip("\n") + "\n\n" + text + "\n"
    path.write_text(report)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--requests", type=int, default=100_000)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    arguments.add_argument("--binary", default=target / "release" / "resplay")
    arguments.add_argument("--report", type=pathlib.Path, default=ROOT / "reports" / "speed.md")
    options = arguments.parse_args()
    servers = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            servers.append(Server(OURS, [str(options.binary), "serve"], directory))
            servers.extend(Server(name, [name], directory) for name in OTHERS)
            publish(section(measure(servers, options), options), options.report)
        finally:
            for server in servers:
                server.process.kill()
                server.process.wait()


main()
