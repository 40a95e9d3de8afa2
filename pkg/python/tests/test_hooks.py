"""The hook for pre-commit and the action for GitHub, at the root of the repository, run for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
SCRIPTS = Path(sys.executable).parent
DEPLOY = ROOT / "examples" / "deploy"


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """With the command on the path: the package's, or the one that cargo builds."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    places = [folder for folder in (SCRIPTS, target / "debug") if (folder / "cmkit").is_file()]
    assert places, "there is no command: build it with `cargo build -p cmkit-cli`"
    identity = {f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{places[0]}{os.pathsep}{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "TF_BUILD"))}
    return {**clean, **identity, "PATH": path}


def repository(folder: Path, environment: dict[str, str], *files: Path) -> Path:
    """A git repository with these files in it."""
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "files"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    return folder


def test_the_manifest_of_the_hook_is_valid() -> None:
    subprocess.run([SCRIPTS / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], check=True)


@pytest.mark.parametrize(("name", "code"), [("faulty", 1), ("golden", 0)])
def test_the_hook_runs(tmp_path: Path, environment: dict[str, str], name: str, code: int) -> None:
    hook = repository(tmp_path / "hook", environment, ROOT / ".pre-commit-hooks.yaml")
    user = repository(tmp_path / "user", environment, DEPLOY / f"{name}.json", ROOT / "pkg" / "npm" / "package.json")
    command: list[str | Path] = [SCRIPTS / "pre-commit", "try-repo", hook, "cmkit-check", "--all-files", "--color", "never"]
    home = {**environment, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=user, env=home, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("error[CMK5001]" in done.stdout) is (code == 1)
    assert "(no files to check)" not in done.stdout


def test_the_action_keeps_to_the_schema() -> None:
    check: list[str | Path] = [SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"]
    subprocess.run(check, check=True)


def run_action(folder: Path, environment: dict[str, str], **given: str) -> tuple[int, dict[str, str]]:
    """Runs the shell steps of the action with inputs; gives how it ended, and the outputs of its check."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert given.keys() <= action["inputs"].keys()
    inputs = {name: given.get(name, about.get("default", "")) for name, about in action["inputs"].items()}
    outputs = folder / "outputs"
    outputs.touch()
    code = 0
    for step in action["runs"]["steps"]:
        if "run" not in step:
            continue
        said = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        variables = {name: filled(value, inputs, said) for name, value in step.get("env", {}).items()}
        host = {"GITHUB_OUTPUT": str(outputs), "GITHUB_ACTION_PATH": str(ROOT)}
        # As GitHub runs `shell: bash`.
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        code = subprocess.run(bash, cwd=folder, env={**environment, **host, **variables}).returncode
        if code:
            break
    return code, dict(line.split("=", 1) for line in outputs.read_text().splitlines())


def filled(value: str, inputs: dict[str, Any], outputs: dict[str, str]) -> str:
    name = value.removeprefix("${{ ").removesuffix(" }}")
    if name.startswith("inputs."):
        return str(inputs[name.removeprefix("inputs.")])
    return outputs[name.removeprefix("steps.check.outputs.")]


@pytest.mark.parametrize(
    ("given", "code", "exit_code"),
    [
        ({"files": "faulty.json", "at": "2026-12-01"}, 1, "1"),
        ({"files": "faulty.json\n", "at": "2026-12-01", "fail-on": "never"}, 0, "0"),
        ({"files": "golden.json\nfaulty.json", "each": "true"}, 1, "1"),
        ({"files": "golden.json", "unknown": "ignore"}, 0, "0"),
        ({"files": "unsure.json"}, 0, "4"),
        ({"files": "unsure.json", "each": "true"}, 0, "0"),  # with the parameters beside it
        ({"files": "unsure.json", "unknown": "fail"}, 1, "1"),
        ({"files": "$(touch stolen)"}, 3, "3"),
    ],
)
def test_the_action_runs(tmp_path: Path, environment: dict[str, str], given: dict[str, str], code: int, exit_code: str) -> None:
    for name in ("faulty", "golden"):
        shutil.copy(DEPLOY / f"{name}.json", tmp_path)
    unsure = (DEPLOY / "golden.json").read_text().replace('"AzureServices"', "\"[parameters('bypass')]\"")
    unsure = unsure.replace('"parameters": {', '"parameters": { "bypass": { "type": "string" },', 1)
    (tmp_path / "unsure.json").write_text(unsure)
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
    parameters = {"$schema": schema, "contentVersion": "1.0.0.0", "parameters": {"bypass": {"value": "AzureServices"}}}
    (tmp_path / "unsure.parameters.json").write_text(json.dumps(parameters))
    ended, outputs = run_action(tmp_path, environment, **given)
    assert (ended, outputs["exit-code"]) == (code, exit_code)
    assert not (tmp_path / "stolen").exists()
    assert (outputs.get("sarif") == "cmkit.sarif") is (tmp_path / "cmkit.sarif").is_file() is (exit_code != "3")
