import os
from pathlib import Path

import pytest
from modelport.cli.environment import engine_environment, passphrase_file
from modelport.cli.project import Project
from modelport.errors import ModelportError

SECURE = "config:\n  sample:key:\n    secure: v1:abc\nencryptionsalt: v1:x\n"


def test_without_a_choice_everything_is_embedded(project: Project, tmp_path: Path) -> None:
    """
    Backend and passphrase lie in the project, Pulumi's home in the cache; the tracked stack file is named.
    """
    environment = engine_environment(project, "dev", {"PATH": "/usr/bin"})

    folder = project.root / ".modelport"
    assert (folder / "state").as_uri() == environment["PULUMI_BACKEND_URL"]
    assert str(folder / "passphrase") == environment["PULUMI_CONFIG_PASSPHRASE_FILE"]
    assert str(tmp_path / "cache" / "modelport" / "pulumi") == environment["PULUMI_HOME"]
    assert str(project.root / "Pulumi.dev.yaml") == environment["MODELPORT_STACK_FILE"]


def test_the_passphrase_is_made_once_and_for_this_user_only(project: Project) -> None:
    """
    Two runs use one random passphrase, in a file of mode 0600 even after a copy has widened it.
    """
    file = passphrase_file(project.workspace)
    first = file.read_text()
    file.chmod(0o644)

    again = passphrase_file(project.workspace)

    assert (file, first, 0o600) == (again, again.read_text(), again.stat().st_mode & 0o777)
    assert 32 <= len(first)
    assert [file] == list(file.parent.iterdir())


def test_a_lost_passphrase_is_not_made_anew(project: Project) -> None:
    """
    A state that it encrypted could never be read again; the error names both ways back.
    """
    state = project.workspace.folder / "state" / ".pulumi" / "stacks" / "sample"
    state.mkdir(parents=True)
    (state / "dev.json").touch()

    with pytest.raises(ModelportError, match=r"passphrase is gone, .* put it back, or set PULUMI_CONFIG_PASSPHRASE"):
        passphrase_file(project.workspace)


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_the_users_passphrase_comes_first(project: Project, name: str) -> None:
    """
    With one given, none is made.
    """
    environment = engine_environment(project, "dev", {name: "mine"})

    given = {key: value for key, value in environment.items() if "PASSPHRASE" in key}
    assert ({name: "mine"}, False) == (given, (project.workspace.folder / "passphrase").exists())


def test_encrypted_settings_ask_for_their_passphrase(project: Project) -> None:
    """
    Values in the tracked file were encrypted with a passphrase that only the user has.
    """
    project.stack_file("dev").write_text(SECURE)

    with pytest.raises(
        ModelportError, match=r"Pulumi\.dev\.yaml holds values encrypted .* PULUMI_CONFIG_PASSPHRASE or"
    ):
        engine_environment(project, "dev", {})


@pytest.mark.parametrize(
    ("backend", "environ"),
    [("s3://states", {}), (None, {"PULUMI_BACKEND_URL": "s3://states"}), (None, {"PULUMI_BACKEND_URL": "file:///x"})],
)
def test_a_chosen_backend_is_left_as_it_is(project: Project, backend: str | None, environ: dict[str, str]) -> None:
    """
    Whoever chose a backend keeps address and passphrase; nothing of the embedded one is made.
    """
    chosen = Project(project.root, project.name, backend)

    environment = engine_environment(chosen, "dev", environ)

    assert environ.get("PULUMI_BACKEND_URL") == environment.get("PULUMI_BACKEND_URL")
    assert not any("PASSPHRASE" in name for name in environment)
    assert not project.workspace.folder.exists()


def test_a_hosted_backend_keeps_the_users_login(project: Project) -> None:
    """
    A login lies in the user's own Pulumi folder, so that folder stays in use.
    """
    environment = engine_environment(project, "dev", {"PULUMI_BACKEND_URL": "https://api.example.com"})

    assert "PULUMI_HOME" not in environment


def test_this_interpreter_runs_the_program(project: Project) -> None:
    """
    The language host takes the first `python` on PATH: this environment's, then our engine, then the user's PATH.
    """
    path = engine_environment(project, "dev", {"PATH": "/usr/bin"})["PATH"].split(os.pathsep)

    assert (Path(path[0]) / "python").exists()
    assert [str(project.root / ".modelport" / "bin"), "/usr/bin"] == path[1:]


@pytest.mark.parametrize(
    ("settings", "disabled"),
    [
        ("modelport:services: {a: {target: {kind: local}}}", True),
        ("modelport:services: {a: {target: {kind: local}}, b: {target: {kind: aci}}}", False),
        ("modelport:services: {a: {target: {kind: local}}}\n  modelport:cluster: {create: {}}", False),
        ("modelport:registry: {create: {kind: acr}}", False),
        ("modelport:services: [nonsense]", True),
    ],
)
def test_a_stack_of_this_machine_fetches_no_plugins(project: Project, settings: str, disabled: bool) -> None:  # noqa: FBT001 - a table's column
    """
    The engine would fetch the plugin of every installed cloud SDK, also where the stack uses none.
    """
    project.stack_file("dev").write_text(f"config:\n  {settings}\n")

    environment = engine_environment(project, "dev", {})

    assert disabled == ("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" in environment)


def test_the_embedded_state_stays_plain_json(project: Project) -> None:
    """
    What is read after a kill must not be compressed by a setting for other backends.
    """
    environment = engine_environment(project, "dev", {"PULUMI_DIY_BACKEND_GZIP": "true"})

    assert "PULUMI_DIY_BACKEND_GZIP" not in environment
