"""scripts/run and scripts/test, copied and run with stand-ins for Python: no network, no install."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
TOOLS = ["awk", "bash", "cmp", "cp", "df", "dirname", "grep", "id", "ln", "mkdir", "readlink", "rm", "sh", "sleep"]
TOOLS += ["tail", "tee", "touch"]

# A Python of the right version that writes its `-m` commands down in python.log; only `-m venv` does something.
GOOD_PYTHON = """#!/bin/sh
case "$*" in
    *version_info*) exit 0 ;;
    --version) echo Python 3.12.0; exit 0 ;;
    "-m pip --version") exit 0 ;;
esac
echo "$*" >> python.log
case "$*" in
    "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
esac
"""
OLD_PYTHON = "#!/bin/sh\nexit 1\n"


class Copy:
    """A copy of the scripts in a folder of its own, and a PATH that holds `TOOLS` and what `program` adds."""

    def __init__(self, folder: Path):
        self.project = folder / "project"
        self.bin = folder / "bin"
        self.bin.mkdir()
        shutil.copytree(PROJECT / "scripts", self.project / "scripts")
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.project / name).write_text("one==1\n")
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or pytest.fail(f"{tool} is not on this machine"))

    def program(self, name: str, text: str) -> Path:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def command(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(self.project / "scripts" / script), *arguments],
            env={"PATH": str(self.bin), "HOME": str(self.project), **environment},
            cwd=self.bin,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def log(self) -> list[str]:
        """What the Python from `GOOD_PYTHON` was asked to do."""
        log = self.project / "python.log"
        return log.read_text().splitlines() if log.exists() else []

    def installs(self) -> int:
        return sum("-m pip install" in line for line in self.log())


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def assert_one_sentence(done: subprocess.CompletedProcess[str], status: int, *parts: str) -> None:
    assert done.returncode == status, done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for part in parts:
        assert part in done.stderr


@pytest.mark.parametrize("port", ["0", "65536", "123456789012345678901", "-1", "80a", "8501.0", "", " 8501"])
def test_a_bad_port_is_named(copy, port):
    assert_one_sentence(copy.command("run", "--port", port), 2, "--port", "1 to 65535")


def test_a_port_without_its_number_is_refused(copy):
    assert_one_sentence(copy.command("run", "--port"), 2, "--port", "1 to 65535")


def test_an_unknown_option_is_named(copy):
    assert_one_sentence(copy.command("run", "--prot", "8501"), 2, "--prot", "--port")


def test_a_taken_port_is_named_before_anything_is_installed(copy, taken_port):
    copy.program("python3", GOOD_PYTHON)
    assert_one_sentence(copy.command("run", "--port", str(taken_port)), 1, str(taken_port), "--port")
    assert copy.log() == []


@pytest.mark.parametrize("script", ["run", "test"])
def test_help_prints_the_usage_and_does_nothing(copy, script):
    done = copy.command(script, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: bash scripts/{script}")


@pytest.mark.parametrize("script", ["run", "test"])
def test_without_python_it_says_which_one_to_install(copy, script):
    assert_one_sentence(copy.command(script), 1, "3.11", "https://www.python.org/downloads")


def test_a_python_that_is_too_old_does_not_count(copy):
    copy.program("python3", OLD_PYTHON)
    assert_one_sentence(copy.command("test"), 1, "3.11", "https://www.python.org/downloads")


def test_a_python_that_fails_is_passed_over_for_the_next(copy, free_port):
    copy.program("python3.13", OLD_PYTHON)
    copy.program("python3.11", GOOD_PYTHON)
    assert copy.command("run", "--port", free_port).returncode == 0


def test_vae_lab_python_is_preferred(copy, free_port):
    copy.program("python3.13", OLD_PYTHON)
    mine = copy.program("my python", GOOD_PYTHON)
    assert copy.command("run", "--port", free_port, VAE_LAB_PYTHON=str(mine)).returncode == 0


def test_a_vae_lab_python_that_does_not_fit_is_named(copy):
    copy.program("python3", GOOD_PYTHON)
    old = copy.program("old", OLD_PYTHON)
    assert_one_sentence(copy.command("test", VAE_LAB_PYTHON=str(old)), 1, "VAE_LAB_PYTHON", str(old))


@pytest.mark.parametrize(
    "complaint", ["because ensurepip is not\\navailable", "/usr/bin/python3: No module named venv"]
)
def test_without_the_venv_module_it_says_what_to_install(copy, complaint):
    no_venv = GOOD_PYTHON + f'case "$*" in "-m venv"*) printf "{complaint}\\n"; exit 1 ;; esac\n'
    copy.program("python3", no_venv)
    assert_one_sentence(copy.command("test"), 1, "python3-venv")


def test_without_room_it_says_how_much_is_needed(copy):
    copy.program("python3", GOOD_PYTHON)
    copy.program("df", "#!/bin/sh\necho header\necho /dev/disk 9 9 1048576 99% /\n")
    assert_one_sentence(copy.command("test"), 1, "4 GB", "1024 MB")
    assert not (copy.project / ".venv").exists()


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        ("WARNING: Retrying after NewConnectionError: Name or service not known", "network"),
        ("ERROR: [Errno 28] No space left on device", "disk"),
        ("ERROR: No matching distribution found for one==1", "No matching distribution found for one==1"),
    ],
)
def test_a_failed_install_says_why(copy, pip_says, sentence):
    copy.program("python3", GOOD_PYTHON + f'case "$*" in *"pip install"*) echo "{pip_says}" >&2; exit 1 ;; esac\n')
    assert_one_sentence(copy.command("test"), 1, sentence, ".venv/install.log")


def test_the_app_is_started_on_the_port(copy, free_port):
    copy.program("python3", GOOD_PYTHON)
    done = copy.command("run", "--port", free_port)
    assert f"Open http://localhost:{free_port} " in done.stdout
    assert copy.log()[-1] == f"-m streamlit run server.py --server.port {free_port} --server.address 127.0.0.1"


def test_only_with_lan_do_others_in_the_network_see_the_app(copy, free_port):
    # Its answer to the question for this computer's address.
    copy.program(
        "python3", GOOD_PYTHON.replace("esac\necho", "    *in_network*) echo 192.168.1.7; exit 0 ;;\nesac\necho", 1)
    )
    done = copy.command("run", "--port", free_port, "--lan")
    assert f"Others in your network open http://192.168.1.7:{free_port}\n" in done.stdout
    assert copy.log()[-1].endswith("--server.address 0.0.0.0")


def test_in_ci_no_browser_is_opened(copy, free_port):
    copy.program("python3", GOOD_PYTHON)
    copy.command("run", f"--port={free_port}", CI="true")
    assert copy.log()[-1].endswith("--server.headless true")


def test_the_second_start_installs_nothing(copy, free_port):
    copy.program("python3", GOOD_PYTHON)
    copy.command("run", "--port", free_port)
    copy.command("run", "--port", free_port)
    assert copy.installs() == 1


def test_changed_requirements_are_installed_again(copy, free_port):
    copy.program("python3", GOOD_PYTHON)
    copy.command("run", "--port", free_port)
    (copy.project / "requirements.txt").write_text("one==2\n")
    copy.command("run", "--port", free_port)
    assert copy.installs() == 2


def test_an_interrupted_install_is_begun_anew(copy, free_port):
    copy.program("python3", GOOD_PYTHON)
    copy.command("run", "--port", free_port)
    (copy.project / ".venv" / "installing").touch()
    copy.command("run", "--port", free_port)
    assert [line for line in copy.log() if "venv .venv" in line] == ["-m venv .venv"] * 2


def test_a_failed_download_leaves_what_was_installed_in_use(copy, free_port):
    copy.program("python3", GOOD_PYTHON + 'case "$*" in *requirements-dev.txt*) exit 1 ;; esac\n')
    copy.command("run", "--port", free_port)
    assert copy.command("test").returncode == 1
    copy.command("run", "--port", free_port)
    assert [line for line in copy.log() if "venv .venv" in line] == ["-m venv .venv"]


def test_two_starts_at_once_install_once(copy, free_port):
    copy.program("python3", GOOD_PYTHON + 'case "$*" in *"pip install"*) sleep 0.5 ;; esac\n')
    command = ["bash", str(copy.project / "scripts" / "run"), "--port", free_port]
    both = [subprocess.Popen(command, env={"PATH": str(copy.bin)}, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=30) for process in both] == [0, 0]
    assert copy.installs() == 1


def test_the_lock_of_a_dead_set_up_is_taken_over(copy, free_port):
    copy.program("python3", GOOD_PYTHON)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (copy.project / ".venv.lock").symlink_to(str(dead.pid))
    assert copy.command("run", "--port", free_port).returncode == 0
    assert not os.path.lexists(copy.project / ".venv.lock")


def test_every_check_runs_and_pytest_gets_the_arguments(copy):
    copy.program("python3", GOOD_PYTHON)
    browser = copy.program("browser", "#!/bin/sh\n")
    copy.command("test", "tests/pages", "-x", CHROMIUM_PATH=str(browser))
    checks = ["-m ruff check", "-m ruff format --check", "-m pyright", "-m pytest -n 2 --dist loadfile tests/pages -x"]
    assert copy.log()[-4:] == checks


def test_the_first_failing_check_is_named_and_stops_the_rest(copy):
    copy.program("python3", GOOD_PYTHON + 'case "$*" in "-m ruff format"*) exit 1 ;; esac\n')
    browser = copy.program("browser", "#!/bin/sh\n")
    done = copy.command("test", CHROMIUM_PATH=str(browser))
    assert_one_sentence(done, 1, "ruff format --check")
    assert copy.log()[-1] == "-m ruff format --check"


def test_a_chromium_on_the_path_is_handed_to_the_tests(copy):
    copy.program("python3", GOOD_PYTHON + 'case "$*" in "-m pytest"*) echo "got $CHROMIUM_PATH" ;; esac\n')
    browser = copy.program("chromium", "#!/bin/sh\n")
    assert copy.command("test").stdout.splitlines()[-1] == f"got {browser}"


def test_a_chromium_path_that_does_not_run_is_named(copy):
    copy.program("python3", GOOD_PYTHON)
    assert_one_sentence(copy.command("test", CHROMIUM_PATH="/no/such"), 1, "CHROMIUM_PATH", "/no/such")
