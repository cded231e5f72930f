"""Claims 5 and 6: which files a server loads, and which it refuses."""

import pathlib
import shutil

from servers import markdown, request

from .server import ALL

AOF, RDB = ["--appendonly", "yes"], ["--appendonly", "no"]
FIRST, SECOND, BASE = "appendonly.aof.1.incr.aof", "appendonly.aof.2.incr.aof", "appendonly.aof.1.base.rdb"


class Files:
    """What a server leaves that once kept an AOF, and later only a dump."""

    def __init__(self, bench, name):
        self.bench, self.name, self.place = bench, name, bench.place()
        with bench.start(name, self.place, *AOF, "--appendfsync", "always") as server:
            server.ask("SET", "written", "to the AOF")
        with bench.start(name, self.place, *RDB) as server:
            server.ask("SET", "written", "to the RDB file")
            server.ask("SAVE")

    def copy(self, *without):
        place = shutil.copytree(self.place, f"{self.bench.place()}/files")
        for one in without:
            path = pathlib.Path(place, one)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return place

    def loaded(self, place, config):
        with self.bench.start(self.name, place, *config) as server:
            return server.get("written") or "nothing"

    def after_shutdown(self):
        """AOF turned on in the configuration where there was only a dump; then an orderly stop, and off again."""
        place = self.copy("appendonlydir")
        with self.bench.start(self.name, place, *AOF, "--save", "3600 1") as server:
            server.shut_down()
        return self.loaded(place, RDB)

    def after_switch(self):
        """The same turned on in the running server."""
        place = self.copy("appendonlydir")
        with self.bench.start(self.name, place, *RDB) as server:
            server.ask("CONFIG", "SET", "appendonly", "yes")
            server.wait_until_idle()
        return self.loaded(place, AOF)


def both_files(bench):
    files = [Files(bench, name) for name in ALL]
    rows = []

    def row(there, config, expected, outcome):
        found = [outcome(one) for one in files]
        rows.append([there, config, *(word.removeprefix("to ") for word in found)])
        print(*rows[-1], sep=" | ", flush=True)
        return all(word == expected for word in found)

    cases = [
        ("both", (), AOF, "to the AOF"),
        ("both", (), RDB, "to the RDB file"),
        ("only `dump.rdb`", ["appendonlydir"], AOF, "nothing"),
        ("only `dump.rdb`", ["appendonlydir"], RDB, "to the RDB file"),
        ("only `appendonlydir`", ["dump.rdb"], AOF, "to the AOF"),
        ("only `appendonlydir`", ["dump.rdb"], RDB, "nothing"),
    ]
    holds = [
        row(there, f"`{config[1]}`", expected, lambda one, without=without, config=config: one.loaded(one.copy(*without), config))
        for there, without, config, expected in cases
    ]
    holds.append(row("only `dump.rdb`", "`yes`, with save points, SHUTDOWN, then `no`", "nothing", Files.after_shutdown))
    holds.append(row("only `dump.rdb`", "`no`, CONFIG SET `yes`, then `yes`", "to the RDB file", Files.after_switch))
    return all(holds), f"""## 5. When both files exist the server loads the AOF

**True only if `appendonly` is `yes`.** That parameter decides alone; which files exist, and which is newer, does not matter.

What is loaded: the older AOF, or the newer RDB file.

{markdown(["files", "`appendonly`", *ALL], rows)}

The third row costs people their data: AOF is turned on in the configuration of a server that had only a dump, and after the restart it
is empty, without a warning. The seventh: an orderly stop then overwrites the dump with nothing. The last row is the way to do it: turn it
on in the running server, then in the configuration.

```sh
valkey-server --appendonly no & sleep 1; valkey-cli SET written 'to the RDB file'; valkey-cli SAVE; kill -9 $!
valkey-server --appendonly yes & sleep 1; valkey-cli GET written
```"""


def commands(*requests):
    return b"".join(request(words) for words in requests)


WRITES = [["SET", f"key:{n}", f"value-{n}"] for n in range(10)]
ALL_TEN = commands(*WRITES)
TRANSACTION = commands(*WRITES[:8], ["MULTI"], *WRITES[8:], ["EXEC"])
HEAD = commands(["SELECT", "0"])
# What is there instead of the ten writes: first file, second file; then what to expect with `yes` and with `no`.
DAMAGE = [
    ("nothing", HEAD + ALL_TEN, None, "10 keys", "10 keys"),
    ("cut in the middle of the last command", HEAD + ALL_TEN[:-5], None, "9 keys, says so", "refuses"),
    ("cut before EXEC of a transaction of two", HEAD + TRANSACTION[:-5], None, "8 keys, says so", "refuses"),
    ("cut between two commands", HEAD + commands(*WRITES[:9]), None, "9 keys", "9 keys"),
    ("cut, but another file follows", HEAD + ALL_TEN[:-5], HEAD + ALL_TEN, "refuses", "refuses"),
    ("a length in the middle is garbled", HEAD + ALL_TEN.replace(b"$7\r\nvalue-5", b"$x\r\nvalue-5"), None, "refuses", "refuses"),
    ("a length in the middle is too large", HEAD + ALL_TEN.replace(b"$7\r\nvalue-5", b"$9007\r\nvalue-5"), None, "5 keys, says so", "refuses"),
    ("a letter of a value is another", HEAD + ALL_TEN.replace(b"value-5", b"vapue-5"), None, "10 keys, one wrong", "10 keys, one wrong"),
]


def write(place, first, second):
    directory = pathlib.Path(place, "appendonlydir")
    directory.mkdir()
    manifest = f"file {FIRST} seq 1 type i\n"
    directory.joinpath(FIRST).write_bytes(first)
    if second:
        manifest += f"file {SECOND} seq 2 type i\n"
        directory.joinpath(SECOND).write_bytes(second)
    directory.joinpath("appendonly.aof.manifest").write_text(manifest)


def start(bench, name, place, answer):
    """What becomes of a start, in a few words."""
    with bench.start(name, place, *AOF, "--aof-load-truncated", answer) as server:
        if server.status is not None:
            return "refuses" if server.status == 1 else f"ends with status {server.status}"
        size, wrong = server.size(), server.get("key:5") not in ("value-5", None)
        says = "Truncating the AOF" in server.log()
        return f"{size} keys" + ", one wrong" * wrong + ", says so" * says


def cut_base(bench, name, answer):
    """A base file that lacks its last bytes."""
    place = bench.place()
    with bench.start(name, place, *AOF) as server:
        for words in WRITES:
            server.ask(*words)
        server.ask("BGREWRITEAOF")
        server.wait_until_idle()
        base = next(pathlib.Path(place, "appendonlydir").glob("*.base.rdb"))
    base.write_bytes(base.read_bytes()[:-20])
    return start(bench, name, place, answer)


def truncated(bench):
    rows, holds = [], True
    for damage, first, second, *expected in DAMAGE:
        for answer, awaited in zip(("yes", "no"), expected):
            found = []
            for name in ALL:
                place = bench.place()
                write(place, first, second)
                found.append(start(bench, name, place, answer))
            rows.append([damage if answer == "yes" else "", f"`{answer}`", *found])
            print(*rows[-1], sep=" | ", flush=True)
            holds &= found == [awaited] * len(ALL)
    rows.append(["the base, an RDB file, is cut", "`yes`", *(cut_base(bench, name, "yes") for name in ALL)])
    holds &= rows[-1][2:] == ["refuses"] * len(ALL)
    return holds, f"""## 6. A server refuses to start on a truncated AOF unless told otherwise

**False: by default it starts.** `aof-load-truncated` is `yes`: the server cuts off the half command, or the transaction without its EXEC,
says so in the log and goes on. Told `no` it refuses with status 1. Any other damage that it notices it refuses either way.

Ten writes stand in the file. What is wrong with it, `aof-load-truncated`, and what the servers do:

{markdown(["damage", "told", *ALL], rows)}

Three rows are worth a second look. A file that is cut between two commands is a good file: nobody can see that something is missing.
A length that became too large looks like a file that ends too early: with `yes` everything behind it is thrown away. And commands
carry no checksum, so a changed letter in a value becomes data.

```sh
valkey-server --appendonly yes & sleep 1; valkey-cli MSET a 1 b 2; valkey-cli SET c 3; kill -9 $!
truncate -s -5 appendonlydir/appendonly.aof.1.incr.aof
valkey-server --appendonly yes --aof-load-truncated no      # refuses; without the option it starts, and c is gone
resplay run scenarios/persistence/crash-mid-aof.toml --variant refuse
```"""
