"""Dockerfile and compose.yaml say what the project is. No image is built here: that takes a Docker engine."""

import fnmatch
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
# One line an instruction.
STEPS = [line.split(None, 1) for line in re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines() if line and line[0] != "#"]


def steps(name: str) -> list[str]:
    """What follows each instruction of a kind."""
    return [rest for instruction, rest in STEPS if instruction == name]


def copied() -> list[str]:
    """The files and folders of the project that the image gets."""
    sources = [shlex.split(rest)[:-1] for rest in steps("COPY") if not rest.startswith("--from")]
    return [source for group in sources for source in group]


def sent(path: str) -> bool:
    """Whether .dockerignore lets a path through: the last pattern that fits it, or a folder above it, decides."""
    through = True
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    for pattern in (line for line in lines if line and line[0] != "#"):
        above = [path, *map(str, Path(path).parents)]
        if any(fnmatch.fnmatch(part, pattern.lstrip("!").removeprefix("**/")) for part in above):
            through = pattern.startswith("!")
    return through


@pytest.mark.parametrize("source", copied())
def test_every_path_that_is_copied_exists_and_is_sent(source):
    assert (PROJECT / source).exists() and sent(source)


@pytest.mark.parametrize("path", ["runs", ".env", ".streamlit/secrets.toml", ".git", ".venv", "tests"])
def test_runs_and_secrets_are_not_sent_to_docker(path):
    assert not sent(path)


def test_every_tracked_file_that_the_app_reads_is_in_the_image():
    read = set()
    for file in [PROJECT / "streamlit_app.py", *(PROJECT / "pages").rglob("*.py"), *(PROJECT / "vae").rglob("*.py")]:
        read |= {f"docs/{name}" for name in re.findall(r'"docs" / "([^"]+)"', file.read_text())}
    assert read and read <= set(copied())


def test_the_image_starts_the_app_as_scripts_run_does():
    (command,) = map(json.loads, steps("CMD"))
    started = re.search(r"exec \.venv/bin/python (-m streamlit run server\.py)", (PROJECT / "scripts/run").read_text())
    assert " ".join(command).startswith(f"python {started[1]} --server.port 8501")
    assert command[-4:] == ["--server.headless", "true", "--server.address", "0.0.0.0"]
    assert steps("EXPOSE") == ["8501"] and "PATH=/app/.venv/bin:$PATH" in DOCKERFILE


def test_the_image_does_not_run_as_root_and_keeps_runs_in_a_volume():
    assert steps("USER") == ["1000"]
    assert steps("VOLUME") == ["/data"] and "VAE_LAB_ARTIFACTS=/data" in DOCKERFILE
    assert [instruction for instruction, _ in STEPS].index("USER") < [i for i, _ in STEPS].index("CMD")


def test_the_image_installs_the_pinned_requirements_on_a_python_that_fits():
    assert any("install" in rest and "-r requirements.txt" in rest for rest in steps("RUN"))
    versions = {re.search(r"python:3\.(\d+)-slim", rest)[1] for rest in steps("FROM")}
    assert len(versions) == 1 and 11 <= int(*versions) <= 13


def test_the_health_check_is_a_command_of_python_that_fails_where_nothing_answers():
    check = json.loads(steps("HEALTHCHECK")[0].split("CMD", 1)[1])
    assert "/_stcore/health" in check[2]
    here = [sys.executable, "-c", check[2].replace(":8501", ":1")]
    assert subprocess.run(here, cwd=PROJECT, capture_output=True).returncode == 1


@pytest.fixture(scope="module")
def compose() -> dict:
    """compose.yaml, read by the YAML parser that Playwright brings along."""
    from playwright._impl._driver import compute_driver_executable

    node, cli = compute_driver_executable()
    code = (
        "const {yaml} = require(process.argv[1] + '/lib/utilsBundle.js');"
        "console.log(JSON.stringify(yaml.parse(require('fs').readFileSync(0, 'utf8'), {strict: true})))"
    )
    with (PROJECT / "compose.yaml").open() as file:
        run = subprocess.run([node, "-e", code, str(Path(cli).parent)], stdin=file, capture_output=True, text=True)
    return json.loads(run.stdout)


def test_compose_has_the_app_and_its_database(compose):
    assert set(compose["services"]) == {"lab", "database"}
    assert compose["services"]["lab"]["build"]["context"] == "."
    assert compose["services"]["lab"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "pg_isready" in compose["services"]["database"]["healthcheck"]["test"]


def test_compose_holds_no_password_and_asks_for_one(compose):
    lab, database = (compose["services"][name]["environment"] for name in ("lab", "database"))
    assert lab["PGPASSWORD"] == database["POSTGRES_PASSWORD"] and database["POSTGRES_PASSWORD"].startswith("${")
    assert ":?" in lab["PGPASSWORD"]
    assert lab["VAE_LAB_DATABASE_URL"] == f"postgresql://{database['POSTGRES_USER']}@database/{database['POSTGRES_DB']}"


def test_compose_keeps_what_matters_in_volumes_and_the_rest_read_only(compose):
    mounts = [mount for service in compose["services"].values() for mount in service["volumes"]]
    assert {mount.split(":")[0] for mount in mounts} == set(compose["volumes"])
    assert "weights:/data" in mounts
    assert all(service["read_only"] for service in compose["services"].values())


def test_compose_opens_no_port_to_the_world(compose):
    assert compose["services"]["lab"]["ports"] == ["127.0.0.1:8501:8501"]
    assert "ports" not in compose["services"]["database"]


def test_without_a_checkout_the_commit_is_the_one_that_the_image_was_built_from():
    code = "from vae.runs import environment; print(environment.commit())"
    for named, told in (("0123456789abcdef0123", "0123456789ab"), ("[click](evil)", ""), ("", "")):
        # Without a PATH there is no Git, as in the image.
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={"PATH": "/nowhere", "VAE_LAB_COMMIT": named},
            cwd=PROJECT,
            capture_output=True,
            text=True,
        )
        assert run.stdout.strip() == told


HOSTING = (PROJECT / "docs" / "hosting.md").read_text()


def test_every_event_that_is_logged_is_documented():
    told = {
        event for file in (PROJECT / "vae").rglob("*.py") for event in re.findall(r'tell\("([^"]+)"', file.read_text())
    }
    assert told and all(f"`{event}`" in HOSTING for event in told)


def test_the_hosting_guide_starts_the_app_as_the_image_does():
    (command,) = map(json.loads, steps("CMD"))
    (started,) = re.findall(r"^    ExecStart=\S+/python (.*)$", HOSTING, re.MULTILINE)
    assert started.split()[:-1] == command[1:-1]


def test_every_variable_of_ours_in_the_hosting_guide_is_in_the_readme():
    ours = set(re.findall(r"^\| `(VAE_LAB_[A-Z_]+)`", HOSTING, re.MULTILINE))
    assert ours and ours <= set(re.findall(r"`(VAE_LAB_[A-Z_]+)`", (PROJECT / "README.md").read_text()))
