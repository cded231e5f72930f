#!/usr/bin/env python3
"""Puts claims about persistence on trial, on the real servers and on ours; rewrites their sections of reports/claims.md.

    cargo build --release && crates/cli/benches/claims.py [--only 2,3]

Needs Python 3, a C compiler, valkey-server and redis-server. A claim whose figures do not bear out the verdict that the report
gives fails the script, and its section is left alone.
"""

import argparse
import pathlib
import tempfile

from servers import OTHERS, ROOT, arguments, publish, version
from trial import memory, power, restart
from trial.server import Bench

CLAIMS = {
    2: power.everysec,
    3: power.always,
    4: memory.rewrite,
    5: restart.both_files,
    6: restart.truncated,
    40: memory.bgsave,
}
HEAD = """# Claims

Things that are said about Redis, judged on real servers and in the simulated world.

`kill -9` takes a process, and leaves what it has written with the kernel. A power failure takes that as well. It is emulated: a shim
(`crates/cli/benches/trial/shim.c`, by LD_PRELOAD) notes how long each file was at its last finished fsync; after the kill the files are cut
to that length, and the server starts on what is left. The same shim makes fsyncs hang. What a client was told, and what is
not there after the restart, counts as lost; its age is the time from the reply to the end.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="numbers of claims, separated by commas")
    arguments(parser).set_defaults(report=ROOT / "reports" / "claims.md")
    options = parser.parse_args()
    chosen = [int(number) for number in options.only.split(",")] if options.only else list(CLAIMS)
    failed = []
    for number in chosen:
        with tempfile.TemporaryDirectory() as directory:
            holds, text = CLAIMS[number](Bench(options, directory))
        print(text, flush=True)
        if not holds:
            failed.append(number)
            continue
        if not options.report.exists():
            options.report.write_text(HEAD)
        begin, end = f"<!-- claim {number}: written by crates/cli/benches/claims.py -->", f"<!-- claim {number}: end -->"
        publish(f"{text}\n\n{footer(number, options.binary)}", begin, end, options.report)
    if failed:
        raise SystemExit(f"not borne out: {failed}")


def footer(number, binary):
    others = ", ".join(f"{name} {version(name)}" for name in OTHERS)
    build = " Resplay was a debug build, which is several times slower." if pathlib.Path(binary).parent.name == "debug" else ""
    return f"All figures again, with {others}: `crates/cli/benches/claims.py --only {number}`.{build}"


if __name__ == "__main__":
    main()
