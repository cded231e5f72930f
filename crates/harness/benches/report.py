#!/usr/bin/env python3
"""How fast the simulator is; rewrites its section of reports/speed.md.

    cargo build --release && crates/harness/benches/report.py [--rounds 5]

Commands per second come from `cargo bench -p resplay-harness --bench simulator` (criterion's medians). For each shipped
scenario and variant, virtual time over wall time is the median of some runs, one at a time, all checks on.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BEGIN, END = "<!-- simulator: written by crates/harness/benches/report.py -->", "<!-- simulator: end -->"
GROUP = "simulated commands, 1 server, 50 clients"
CASES = ["digest on, checks off", "digest on, model on"]


def commands_per_second(case):
    subprocess.run(["cargo", "bench", "-q", "-p", "resplay-harness", "--bench", "simulator", "--", case], cwd=ROOT, check=True)
    folder = TARGET / "criterion" / GROUP / case / "new"
    benchmark = json.loads((folder / "benchmark.json").read_text())
    nanoseconds = json.loads((folder / "estimates.json").read_text())["median"]["point_estimate"]
    return benchmark["throughput"]["Elements"] / nanoseconds * 1e9


def runs(rounds):
    """For each scenario and variant: its runs, one per seed."""
    words = [TARGET / "release" / "resplay", "run", "--format", "json", "--jobs", "1", "--seeds", f"1..{rounds}"]
    output = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    grouped = {}
    for line in output.splitlines():
        run = json.loads(line)
        grouped.setdefault((run["scenario"], run["variant"] or "base"), []).append(run)
    return grouped


def ratio_table(grouped):
    lines = ["| scenario | variant | virtual | commands | virtual : wall |", "| --- | --- | --- | --- | --- |"]
    for (scenario, variant), of_variant in grouped.items():
        ratio = statistics.median(run["virtual_ms"] / max(run["wall_ms"], 1) for run in of_variant)
        commands = statistics.median(run["commands"] for run in of_variant)
        virtual = of_variant[0]["virtual_ms"] // 1000
        lines.append(f"| {scenario} | {variant} | {virtual} s | {commands:,.0f} | {ratio:,.0f} |")
    return "\n".join(lines)


def section(rounds):
    bench = "\n".join(f"| {case} | **{commands_per_second(case) / 1000:,.0f} k** |" for case in CASES)
    cpus = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    machine = f"{len(cpus)} × {cpus[0]}, Linux {platform.release()}" if cpus else platform.platform()
    return f"""{BEGIN}
## Simulator

One server and 50 clients that send the next command as soon as they have the reply, on one core; commands per second of
wall time, medians of criterion's samples. How: `cargo bench -p resplay-harness --bench simulator`.

| judge | simulated commands per second |
| --- | --- |
{bench}

Seconds of virtual time per second of wall time, all checks on, one run at a time; median of seeds 1 to {rounds}. Clients are
simulated applications that read like real ones, up to 500 of them, so these runs spend most of their time there.
How: `{pathlib.Path(__file__).resolve().relative_to(ROOT)}`. Machine: {machine}.

{ratio_table(runs(rounds))}
{END}"""


def publish(text, path):
    """Replaces this script's section of the report, or adds it."""
    report = path.read_text() if path.exists() else "# Speed\n\nEvery figure can be had again by the command beside it. Trust the ratios.\n"
    if BEGIN in report and END in report:
        before, rest = report.split(BEGIN, 1)
        report = before + text + rest.split(END, 1)[1]
    else:
        report = report.rstrip("\n") + "\n\n" + text + "\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(report)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--report", type=pathlib.Path, default=ROOT / "reports" / "speed.md")
    options = arguments.parse_args()
    publish(section(options.rounds), options.report)


if __name__ == "__main__":
    main()
