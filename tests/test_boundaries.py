"""The layers of the design: arrows point down, and TensorFlow comes only when it is needed."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

MODULES = sorted((PROJECT / "vae").rglob("*.py"))
PAGES = [PROJECT / "streamlit_app.py", *sorted((PROJECT / "pages").rglob("*.py"))]
# From the top down; a module imports nothing of a layer above its own.
LAYERS = (
    ("vae.cli", "vae.report", "vae.sources"),
    ("vae.exports",),
    ("vae.jobs",),
    ("vae.training",),
    ("vae.evaluation", "vae.loops"),
    ("vae.latent", "vae.posterior", "vae.model"),
    ("vae.objective", "vae.data"),
    ("vae.causes", "vae.comparison", "vae.proof"),
    ("vae.curve_figures", "vae.replicates"),
    ("vae.curves",),
    ("vae.runs",),
    ("vae.config",),
)
# They only name what they start or list, and import it when it is asked for.
LISTS = {"vae.loops", "vae.jobs.worker"}


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


@pytest.mark.parametrize("path", MODULES + PAGES, ids=name)
def test_no_module_outgrows_one_idea(path):
    limit = 155 if path in PAGES and path.parent.name != "parts" else 290
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize(
    "module",
    ["vae", "vae.config", "vae.digits", "vae.figures", "vae.curves", "vae.cli", "vae.loops", "vae.jobs.local",
     "vae.jobs.estimate", "vae.exports.files", "pages.parts.exports", "pages.parts.frame", "pages.parts.forms",
     "pages.parts.live", "pages.parts.models"],
)  # fmt: skip
def test_it_is_imported_without_tensorflow(module):
    code = f"import sys, {module}; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert run.stdout.strip() == "[]"
