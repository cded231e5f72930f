"""What the benchmarks over real TCP share: servers side by side, bursts, and the report that they write."""

import csv
import io
import os
import pathlib
import platform
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
OTHERS = ["valkey-server", "redis-server"]
OURS = "resplay"
CLIENTS = 50


class Server:
    """A running server on a free port, without persistence unless told otherwise."""

    def __init__(self, name, program, directory, more=()):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.name = name
        words = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", directory, *more]
        self.process = subprocess.Popen(program + words, stdout=subprocess.DEVNULL, cwd=directory)
        self.wait_until_ready()

    def wait_until_ready(self):
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask(["PING"]) == b"+PONG\r\n":
                    return
            except OSError:
                pass
            time.sleep(0.005)
        raise SystemExit(f"{self.name} does not serve")

    def ask(self, words):
        """The bytes of a short reply."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request(words))
            return connection.recv(1 << 16)

    def info(self, field):
        """A field of INFO."""
        lines = self.ask(["INFO", "persistence"]).decode().splitlines()
        return next(line.split(":", 1)[1] for line in lines if line.startswith(field + ":"))

    def end(self):
        self.process.kill()
        self.process.wait()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))

    def burst(self, command, pipeline, requests, spread=1):
        """Requests per second, and microseconds of the server's processor time per request. `__rand_int__` in the
        command is a number below `spread`, in twelve digits."""
        before = self.cpu_seconds()
        words = ["redis-benchmark", "-p", str(self.port), "-P", str(pipeline), "-c", str(CLIENTS), "-r", str(spread)]
        words += ["-n", str(requests), "--csv", *command]
        output = subprocess.run(words, capture_output=True, text=True, check=True)
        row = list(csv.DictReader(io.StringIO(output.stdout)))[0]
        return float(row["rps"]), (self.cpu_seconds() - before) * 1e6 / requests

    def send(self, requests):
        """Sends many requests and waits for their replies, none of which may be an error or a nested one."""
        requests = [request(words) if isinstance(words, list) else words for words in requests]
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            for at in range(0, len(requests), 64):
                chunk = requests[at : at + 64]
                connection.sendall(b"".join(chunk))
                self.expect(connection, len(chunk))

    def expect(self, connection, replies):
        lines, pending = 0, b""
        while lines < replies:
            pending += connection.recv(1 << 16)
            *whole, pending = pending.split(b"\r\n")
            bad = [line for line in whole if line.startswith((b"-", b"*"))]
            if bad:
                raise SystemExit(f"{self.name}: {bad[0]!r}")
            # A bulk string is two lines: its length, and its bytes.
            lines += len(whole) - sum(line.startswith(b"$") for line in whole)


def request(words):
    """A request as bytes."""
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def start(name, options, directory, more=()):
    program = [str(options.binary), "serve"] if name == OURS else [name]
    return Server(name, program, directory, more)


def version(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[2].removeprefix("v=")


def machine():
    cpus = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{len(cpus)} × {cpus[0]}, Linux {platform.release()}" if cpus else platform.platform()


def markdown(head, rows):
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def publish(text, begin, end, path):
    """Replaces a script's section of the report, or adds it."""
    report = path.read_text() if path.exists() else "# Speed\n\nEvery figure can be had again by the command beside it. Trust the ratios.\n"
    text = f"{begin}\n{text}\n{end}"
    if begin in report and end in report:
        before, rest = report.split(begin, 1)
        report = before + text + rest.split(end, 1)[1]
    else:
        report = report.rstrip("\n") + "\n\n" + text + "\n"
    path.write_text(report)


def arguments(parser):
    """Options that all benchmarks have."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--binary", default=target / "release" / "resplay")
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "reports" / "speed.md")
    return parser
