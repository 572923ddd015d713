"""What strangers send is read in a child process that cannot take the server with it."""

import contextlib
import os
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from tests.conftest import PROJECT
from vae import confined
from vae.confined import BROKEN, BUSY, TOO_LONG, TOO_MUCH, Broken, Limits, Refused

QUICK = Limits(seconds=1)


def read(reader, payload=b"", *args, limits=QUICK):
    return confined.confined(f"tests.readers:{reader}", payload, *args, limits=limits)


def test_arrays_and_json_come_back_as_they_were():
    found = read("echo", b"\x00\xff", "text", {"a": [1, 2.5, None]}, limits=Limits())
    np.testing.assert_array_equal(found["bytes"], [0, 255])
    np.testing.assert_array_equal(found["table"], [[0, 3], [1, 4], [2, 5]])
    assert (found["table"].dtype, found["none"].shape, found["none"].dtype) == (np.float32, (0, 4), bool)
    assert found["args"] == ["text", {"a": [1, 2.5, None]}]


def test_a_refusal_comes_back_as_its_sentence():
    with pytest.raises(Refused, match="^3 bytes are not what is wanted here.$") as refusal:
        read("refuse", b"abc")
    assert not isinstance(refusal.value, Broken)


def test_the_child_has_no_secrets_in_its_environment(monkeypatch):
    secrets = {"VAE_LAB_DATABASE_URL": "postgresql://u:secret@h/d", "VAE_LAB_PASSPHRASE": "secret", "AWS_KEY": "secret"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    names = set(read("environment")["names"])
    assert not names & set(secrets)
    assert names <= {*confined.PASSED_ON, "OPENBLAS_NUM_THREADS", "TF_CPP_MIN_LOG_LEVEL", "LC_CTYPE"}


def test_what_a_library_prints_does_not_get_into_the_answer():
    assert read("chatter", b"12345") == {"read": 5}


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce RLIMIT_AS")
def test_too_much_memory_is_one_sentence():
    with pytest.raises(Broken, match=TOO_MUCH):
        read("hog")


@pytest.mark.parametrize("reader", ["spin", "sleep"])
def test_too_much_time_is_one_sentence(reader):
    begun = time.monotonic()
    with pytest.raises(Broken, match=TOO_LONG):
        read(reader)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("reader", ["crash", "fail", "pickled", "no_such_reader"])
def test_a_reader_that_breaks_is_one_sentence(reader):
    with pytest.raises(Broken, match=BROKEN):
        read(reader)


def test_too_much_output_is_one_sentence():
    with pytest.raises(Broken, match=BROKEN):
        read("flood", limits=QUICK._replace(output=2**20))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no JSON\n",
        b"[]\n",
        b"{}\n",
        b'{"values": {}, "arrays": [["x", "|O", [1]]]}\n12345678',
        b'{"values": {}, "arrays": [["x", "<f4", [1000000000000]]]}\n1234',
        b'{"values": {}, "arrays": [["x", "<f4", [-1]]]}\n',
        b'{"values": {}, "arrays": [["x", "nonsense", [1]]]}\n1',
        b'{"values": {}, "arrays": [["x", "|u1", [1]]]}\n12',
        b'{"values": 3, "arrays": []}\n',
        b"[" * 200_000 + b"\n",
        b"x" * (2**20 + 5),
    ],
)
def test_an_answer_that_is_none_is_one_sentence(answer):
    with pytest.raises(Broken, match=BROKEN):
        read("forge", answer)


def test_a_forged_answer_is_only_an_answer():
    assert read("forge", b'{"values": {"a": 1}, "arrays": [["x", "|u1", [2]]]}\n12')["a"] == 1


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(psutil.Process().children())
    for reader in ("echo", "hog", "crash"):
        with contextlib.suppress(Broken):
            read(reader, b"x" * 1000)
    assert list(tmp_path.iterdir()) == []
    assert set(psutil.Process().children()) <= before


def test_a_child_ends_by_itself_when_its_server_is_gone():
    code = "from tests.test_confined import read; read('sleep')"
    server = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT)
    process = psutil.Process(server.pid)
    deadline = time.monotonic() + 60
    while not (children := process.children()) and time.monotonic() < deadline:
        time.sleep(0.02)
    server.kill()
    server.wait()
    children[0].wait(timeout=60)


def test_at_most_two_are_read_at_a_time_and_who_waits_too_long_is_told(monkeypatch):
    monkeypatch.setattr(confined, "_turns", threading.BoundedSemaphore(1))
    confined._turns.acquire()
    with pytest.raises(Broken, match=BUSY):
        read("echo", limits=Limits(seconds=0))
    confined._turns.release()
    assert read("echo", limits=Limits())["args"] == []


def test_a_full_disk_is_one_sentence(monkeypatch):
    def full():
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(Broken, match="There is no room to read a file in just now: No space left on device."):
        read("echo")


def test_it_starts_without_what_reading_does_not_need():
    code = "import sys, vae.confined; print([m for m in ('tensorflow', 'sqlalchemy', 'pydantic') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert run.stdout.strip() == "[]"
