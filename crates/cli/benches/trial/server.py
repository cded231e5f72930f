"""A server that stands between a shim and the power switch."""

import collections
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from servers import OTHERS, OURS, ROOT, request

ALL = [*OTHERS, OURS]
NEVER = 30.0  # seconds after which something that must happen did not
Event = collections.namedtuple("Event", "at pid kind rest")


class Bench:
    """Starts servers; everything it makes is below one directory."""

    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.shim = f"{directory}/shim.so"
        source = pathlib.Path(__file__).with_name("shim.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim, source, "-ldl"], check=True)
        self.binary = shutil.copy(options.binary, f"{directory}/{OURS}")  # it may be built anew meanwhile

    def place(self):
        """An empty directory."""
        return tempfile.mkdtemp(dir=self.directory)

    def start(self, name, place, *config, shim=False, rate=None):
        """A server on the files in this directory. `shim`: it runs under the shim; `rate`: `TRIAL_RATE`."""
        program = [self.binary, "serve"] if name == OURS else [name]
        side = tempfile.mkdtemp(dir=self.directory, prefix="side-")
        environment = dict(os.environ)
        if shim:
            environment |= {"LD_PRELOAD": self.shim, "TRIAL_LOG": f"{side}/events", "TRIAL_HANG": f"{side}/hang"}
        if rate:
            environment["TRIAL_RATE"] = str(rate)
        return Server(name, program, place, side, config, environment)

    def ours(self, *words):
        """What the simulator prints."""
        return subprocess.run([self.binary, *words], capture_output=True, text=True, check=False, cwd=ROOT).stdout


class Server:
    """A running server on a free port, or one that refused to start: then `status` is its exit status."""

    def __init__(self, name, program, place, side, config, environment):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        self.name, self.place, self.side, self.status = name, place, side, None
        if not any(word == "--save" for word in config):
            config = ["--save", "", *config]
        with open(f"{side}/log", "wb") as log:
            words = [*program, "--port", str(self.port), "--dir", place, *config]
            self.process = subprocess.Popen(words, stdout=log, stderr=log, cwd=place, env=environment, start_new_session=True)
        try:
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def wait_until_ready(self):
        wait_for(lambda: self.has_ended() or self.serves(), f"{self.name} neither serves nor ends")

    def has_ended(self):
        self.status = self.process.poll()
        return self.status is not None

    def serves(self):
        try:
            return self.ask("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def kill(self):
        """Kills it and its children, as the system would: nothing is flushed."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, *words):
        """The bytes of a short reply."""
        with self.connect() as connection:
            connection.sendall(request(words))
            return connection.recv(1 << 16)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def get(self, key):
        """A string's value, or `None`."""
        reply = self.ask("GET", key)
        return None if reply == b"$-1\r\n" else reply.split(b"\r\n")[1].decode()

    def size(self):
        """How many keys it has."""
        return int(self.ask("DBSIZE")[1:])

    def info(self, field):
        lines = self.ask("INFO", "everything").decode().splitlines()
        return next(line.split(":", 1)[1] for line in lines if line.startswith(field + ":"))

    def log(self):
        return pathlib.Path(f"{self.side}/log").read_text(errors="replace")

    def shut_down(self):
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait()

    def wait_until_idle(self):
        """No background save, no rewrite."""
        busy = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
        wait_for(lambda: all(self.info(field) == "0" for field in busy), f"{self.name} does not finish", 120)

    def hang(self, which):
        """From now on fsyncs of files whose path contains this do not come back."""
        temporary = f"{self.side}/new"
        pathlib.Path(temporary).write_text(which)
        os.rename(temporary, f"{self.side}/hang")

    def events(self):
        """What the shim told so far."""
        try:
            lines = pathlib.Path(f"{self.side}/events").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [Event(int(at) / 1e9, int(pid), kind, rest) for at, pid, kind, rest in (line.split(" ", 3) for line in lines)]

    def wait_for_event(self, kind, since=0):
        """Waits until the shim has told this, after that time."""
        wait_for(lambda: any(event.kind == kind and event.at > since for event in self.events()), f"{self.name}: no {kind}")

    def lose_power(self):
        """After it was killed: of each append-only file what the last finished fsync found is left. Names are kept."""
        safe = {}
        for event in self.events():
            if event.kind == "sync":
                inode, length = map(int, event.rest.split())
                safe[inode] = length
        for path in pathlib.Path(self.place, "appendonlydir").iterdir():
            found = path.stat()
            os.truncate(path, min(found.st_size, safe.get(found.st_ino, 0)))


class Writer(threading.Thread):
    """Sets a key of its own to 1, 2, 3 …, each after the reply to the one before, and notes when each was acknowledged."""

    def __init__(self, server, number, pause):
        super().__init__(daemon=True)
        self.key, self.pause, self.acknowledged = f"writer:{number}", pause, []
        self.connection = server.connect()

    def run(self):
        try:
            while True:
                self.connection.sendall(request(["SET", self.key, len(self.acknowledged) + 1]))
                if self.connection.recv(64) != b"+OK\r\n":
                    return
                self.acknowledged.append(time.monotonic())
                time.sleep(self.pause)
        except OSError:
            pass
        finally:
            self.connection.close()


class Filler(threading.Thread):
    """Overwrites random keys until it is told to stop, in bursts that were made before."""

    def __init__(self, server, bursts, per_second=None):
        super().__init__(daemon=True)
        self.connection, self.bursts, self.goes_on, self.written = server.connect(), bursts, True, 0
        self.per_second, self.began = per_second, time.monotonic()

    def run(self):
        try:
            while self.goes_on:
                for burst in self.bursts:
                    self.send(burst)
                    if not self.goes_on:
                        return
        except OSError:
            pass

    def send(self, burst):
        commands, data = burst
        self.connection.sendall(data)
        left = 5 * commands  # "+OK\r\n"
        while left > 0:
            left -= len(self.connection.recv(left))
        self.written += commands
        if self.per_second:
            time.sleep(max(0, self.began + self.written / self.per_second - time.monotonic()))

    def end(self):
        """How many commands it sent."""
        self.goes_on = False
        self.join()
        self.connection.close()
        return self.written


def wait_for(happens, otherwise, seconds=NEVER):
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            raise SystemExit(otherwise)
        time.sleep(0.01)


def milliseconds(seconds):
    return f"{seconds * 1000:,.0f} ms"


def megabytes(count):
    return f"{count / 1e6:,.0f} MB"
