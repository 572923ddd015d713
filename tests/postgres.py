"""A PostgreSQL server for the tests, in a folder of its own."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import psycopg

DEBIAN = Path("/usr/lib/postgresql")
PASSWORD = "s3cret-p@ss/word"
# Nothing of it shall outlive the tests, so it need not reach the disk.
QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB"]


def programs() -> Path | None:
    """The folder of PostgreSQL's programs: the newest of Debian's, or that of the `initdb` on the PATH."""
    debian = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = debian[-1] if debian else on_path and Path(on_path).resolve()
    return found.parent if found else None


class Server:
    """A cluster that listens on a free port of this computer alone, and asks for a password."""

    def __init__(self, bin_folder: Path):
        self.bin = bin_folder
        # PostgreSQL refuses to run as root.
        self.owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        self.folder = Path(tempfile.mkdtemp(prefix="vae-lab-pg-"))
        self.process: subprocess.Popen | None = None
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Starts it and waits until it answers."""
        settings = ["listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", *QUICK]
        flags = [flag for setting in settings for flag in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), *flags],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self.owner,
            )
        self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-t", "30", tries=300)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stops it; what was committed is there after another start."""
        if self.process:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def _make(self) -> None:
        if self.owner:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["--auth=scram-sha-256", "--username=lab", "--encoding=UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", "-D", self.folder / "data", f"--pwfile={secret}", *options)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """The address of a database on this server, as hosts write it."""
        return f"{scheme}://lab:{PASSWORD.replace('@', '%40').replace('/', '%2F')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of a new, empty database."""
        name = f"lab_{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str) -> None:
        """Runs a statement as the server's own user."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        """Stops the server and removes its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object, tries: int = 1) -> None:
        for attempt in range(tries):
            done = subprocess.run(
                [self.bin / program, *map(str, arguments)],
                capture_output=True,
                text=True,
                cwd=self.folder,
                **self.owner,
            )
            if not done.returncode:
                return
            assert self.process is None or self.process.poll() is None, (self.folder / "log").read_text()
            if attempt + 1 < tries:
                time.sleep(0.1)
        raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")
