"""Python modules of a checkout run only where the command line names them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmcli.errors import UsageError
from llmcli.extract.schema.sources import load_schema

from ..helpers import RunLlmcli

PWNED = "import os\nos.write(2, b'PWNED')\nraise SystemExit(99)\n"


def test_python_m_llmcli_imports_nothing_from_the_working_directory(isolated: Path, run_llmcli: RunLlmcli) -> None:
    """Python puts it first on the path, and has imported by then what it needs to find us.

    Only a package called llmcli would still be taken for us, before a line of ours runs.
    """
    code = "import runpy, sys; print(*sys.modules)"
    before = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True).stdout
    for name in {*sys.stdlib_module_names, "typer", "anthropic", "sitecustomize", "llmcli_x"} - set(before.split()):
        (isolated / f"{name}.py").write_text(PWNED)
    done = run_llmcli("ask", "-n", "-m", "sim", "hi")
    assert (done.code, done.err) == (0, "")


MODEL = "from pydantic import BaseModel\nclass M(BaseModel):\n    {}: int\n"


def test_a_module_that_is_installed_is_not_looked_for_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither it, nor what it imports."""
    site, checkout = tmp_path / "site", tmp_path / "checkout"
    (site / "acme_of_a_test").mkdir(parents=True)
    (site / "acme_of_a_test" / "__init__.py").write_text("")
    (site / "acme_of_a_test" / "forms.py").write_text(
        "try:\n    import optional_of_a_test\nexcept ImportError:\n    pass\n" + MODEL.format("installed")
    )
    (checkout / "acme_of_a_test").mkdir(parents=True)
    for name in ("acme_of_a_test/__init__.py", "acme_of_a_test/forms.py", "optional_of_a_test.py", "pydantic.py"):
        (checkout / name).write_text(PWNED)
    monkeypatch.syspath_prepend(site)
    schema = load_schema("acme_of_a_test.forms:M", checkout)
    assert isinstance(schema.document, dict)
    assert list(schema.document["properties"]) == ["installed"]


@pytest.mark.parametrize("spec", ["evil.json", '{"$ref": "evil.py"}', "evil", "name, evil", "evil.py"])
def test_no_other_schema_runs_code(spec: str, tmp_path: Path) -> None:
    for name in ("evil.py", "evil", "evil.json"):
        (tmp_path / name).write_text("import os; os._exit(99)")
    try:
        load_schema(spec, tmp_path)
    except UsageError:
        return


@pytest.mark.parametrize("reference", ["http://127.0.0.1:1/x", "file:///etc/passwd", "other.json", "//host/x"])
def test_a_schema_leads_to_no_other_document(reference: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(UsageError, match="leads out of the document"):
        load_schema(f'{{"$ref": "{reference}"}}', tmp_path)


def test_a_picture_is_drawn_by_our_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """matplotlib takes its own from a `matplotlibrc` in the working directory, which may have LaTeX run."""
    import matplotlib

    from llmcli.commands.cost.plot import plot

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(matplotlib.rcParams, "text.usetex", True)
    plot(tmp_path / "out.svg", [])
    assert (tmp_path / "out.svg").read_text().startswith("<?xml")
