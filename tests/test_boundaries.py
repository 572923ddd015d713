"""The layers of the design: arrows point down, and TensorFlow comes only when it is needed."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import PROJECT
from vae.runs import Store

MODULES = sorted((PROJECT / "vae").rglob("*.py"))
PAGES = [PROJECT / "server.py", PROJECT / "streamlit_app.py", *sorted((PROJECT / "pages").rglob("*.py"))]
# From the top down; a module imports nothing of a layer above its own.
LAYERS = (
    ("vae.cli", "vae.cli_runs"),
    ("vae.foreground", "vae.report", "vae.snapshot", "vae.sources"),
    ("vae.verdict", "vae.standings"),
    ("vae.names",),
    ("vae.requests",),
    ("vae.exports",),
    ("vae.jobs",),
    ("vae.training",),
    ("vae.evaluation", "vae.loops"),
    ("vae.latent", "vae.posterior", "vae.model"),
    ("vae.objective", "vae.data"),
    ("vae.own_data",),
    ("vae.causes", "vae.comparison", "vae.proof"),
    ("vae.curve_figures", "vae.replicates"),
    ("vae.curves",),
    ("vae.runs",),
    ("vae.quotas",),
    ("vae.footprint", "vae.access", "vae.passphrase"),
    ("vae.config", "vae.digits", "vae.logs", "vae.uploads"),
    ("vae.confined",),
)
# They only name what they start or list, and import it when it is asked for.
LISTS = {"vae.loops", "vae.jobs.worker"}


# What the pages may read of the record; all else, and these functions, change something, as `vae.requests` may.
READS = {"get", "newest", "metrics", "validations", "weights_folder", "folder"}
CHANGES = {
    "vae.jobs.local.submit",
    "vae.jobs.local.reap",
    "vae.jobs.likelihood.start",
    "vae.jobs.likelihood.work",
    "vae.exports.files.import_run",
    *(f"vae.own_data.{change}" for change in ("keep", "delete")),
    *(f"vae.runs.{module}" for module in ("queue", "disk")),
    *(f"vae.runs.likelihoods.{change}" for change in ("begin", "update", "ask_stop")),
    *(f"vae.runs.weights.{change}" for change in ("save", "delete")),
}


def name(path):
    """The module's dotted name."""
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def imports(path):
    """All modules that a file imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer(module):
    """The number of a module's layer, 0 at the top; None for one that belongs to no layer."""
    for number, members in enumerate(LAYERS):
        if any(module == member or module.startswith(member + ".") for member in members):
            return number
    return None


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_package_never_imports_streamlit(path):
    assert not {module for module in imports(path) if module.split(".")[0] in ("streamlit", "pages")}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_imports_from_a_layer_above(path):
    own = layer(name(path))
    if own is not None and name(path) not in LISTS:
        above = [module for module in imports(path) if (at := layer(module)) is not None and at < own]
        assert above == []


def changes(source):
    """All places where a page's source reaches for something that changes the record, past `vae.requests`."""
    tree = ast.parse(source)
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names}
    found = {origin for origin in imported.values() if origin in CHANGES}
    methods = {method for method in vars(Store) if not method.startswith("__")} - READS
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and imported.get(ast.unparse(node.value)) != "vae.requests":
            whole = ast.unparse(node)
            first, _, rest = whole.partition(".")
            found |= {origin for origin in CHANGES if f"{imported.get(first, first)}.{rest}" == origin}
            ours = node.attr in methods and (node.attr != "append" or first in ("record", "_record", "store"))
            found |= {whole} if ours else set()
    return found


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_pages_change_things_through_requests_alone(path):
    # What guards the record has to open it.
    allowed = {"super().begin"} if path.name == "guard.py" else set()
    assert changes(path.read_text()) == allowed


@pytest.mark.parametrize(
    "source",
    [
        "record.delete(run_id)",
        "button(on_click=record.ask_stop)",
        "open_store().rename(run_id, name)",
        "store = record; store._update(run_id, (), pinned=True)",
        "with record.begin() as connection: pass",
        "from vae.jobs import local; local.submit(record, config, loops)",
        "from vae.jobs.local import submit as go",
        "import vae.jobs.local; vae.jobs.local.submit(record, config, loops)",
        "from vae.runs import likelihoods as estimates; button(on_click=estimates.ask_stop)",
        "from vae.runs import queue",
    ],
)
def test_a_page_that_changes_something_itself_is_found(source):
    assert changes(source)


@pytest.mark.parametrize("path", MODULES + PAGES, ids=name)
def test_no_module_outgrows_one_idea(path):
    limit = 155 if path in PAGES and path.parent.name != "parts" else 290
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize(
    "module",
    ["vae", "vae.config", "vae.confined", "vae.digits", "vae.figures", "vae.curves", "vae.cli", "vae.loops",
     "vae.jobs.local", "vae.jobs.estimate", "vae.requests", "vae.snapshot", "vae.exports.files",
     "pages.parts.exports", "pages.parts.frame", "pages.parts.forms", "pages.parts.live", "pages.parts.models",
     "pages.parts.snapshots", "pages.parts.background", "server"],
)  # fmt: skip
def test_it_is_imported_without_tensorflow(module):
    code = f"import sys, {module}; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert run.stdout.strip() == "[]"
