"""The guide's programs, as they stand in docs/local-vault.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import COMMAND

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/local-vault.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    return GUIDE.split(f"```{language}\n", 1)[1].split("```", 1)[0]


@pytest.mark.parametrize(
    ("language", "run"), [("python", [sys.executable]), ("js", ["node"])], ids=["python", "javascript"]
)
def test_a_program_of_the_guide(language: str, run: list[str]) -> None:
    # Where its packages are found: a module of JavaScript looks beside itself.
    program = ROOT / f"tests/azure-clients/js/guide-{os.getpid()}.{'mjs' if language == 'js' else 'py'}"
    program.write_text(block(language), encoding="utf-8")
    try:
        path = f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run([*run, program], env=os.environ | {"PATH": path}, timeout=60, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    finally:
        program.unlink()
