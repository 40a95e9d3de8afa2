"""A vault for each test, and what the workers of engines need to find it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# Workers are new processes: this Python, and the modules of these tests.
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))

from vaults import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    folder = tmp_path / "vault"
    folder.mkdir()
    return Vault(folder)
