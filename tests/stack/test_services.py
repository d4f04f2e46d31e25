"""The services of docker-compose.yml run here as the file writes them, and call themselves well."""

import os
import re
import signal
import subprocess
import sys

import pytest

from tests.stack import compose

ONCE = ("migrate", "backup", "restore")
KEEPERS = ("postgres", "redis", "replica", "web", "worker", "beat", "nginx")
CONFINED = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}


@pytest.fixture(scope="module")
def file():
    return compose.resolved()["services"]


def test_every_service_of_the_file_is_known_here(file):
    assert sorted(file) == sorted([*KEEPERS, *ONCE])


@pytest.mark.parametrize("name", KEEPERS)
def test_health_check_as_written_is_content(stack, name):
    status, said = stack.health(f"{name}-1")

    assert (status, said) == (0, said)


@pytest.mark.parametrize("name", KEEPERS)
def test_process_runs_the_command_as_written(stack, name):
    running = stack.processes[f"{name}-1"].args

    assert running[len(running) - len(stack.services[name].command) :] == (
        stack.services[name].command
    )


def test_health_check_notices_a_missing_service(stack):
    stack.kill("beat-1")
    try:
        assert stack.health("beat-1")[0] != 0
    finally:
        stack.start("beat-1")
        stack.wait_healthy("beat-1")


def test_commands_and_health_checks_name_no_place_of_the_container():
    place = re.compile(r"/(tmp|var|srv|etc)\b|:\d{2,5}\b|0\.0\.0\.0")
    found = {
        name: words
        for name, service in compose.services().items()
        for words in [" ".join([*service.entrypoint, *service.command, *service.test])]
        if place.search(words)
    }

    assert found == {}


def test_table_is_neither_too_long_nor_too_short(stack):
    services = stack.services.values()
    unused = [
        row
        for row in compose.TABLE
        if not any(row[1] in s.environment.get(row[0], "") for s in services)
    ]
    places = {**stack.ports, "dir": "", "tmp": "", "address": "", "service": "", "own_port": ""}
    inside = re.compile(r"@(postgres|redis|replica):|^/(tmp|var|srv|etc)|0\.0\.0\.0|127\.0\.0\.11")
    left = [
        (service.name, key, value)
        for service in services
        for key, value in service.translated(places).items()
        if inside.search(value)
    ]

    assert (unused, left) == ([], [])


@pytest.mark.parametrize("name", [*KEEPERS, *ONCE])
def test_container_is_confined(file, name):
    one = file[name]

    assert {key: one.get(key) for key in CONFINED} == CONFINED
    assert one["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert one["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert "container_name" not in one


@pytest.mark.parametrize("name", ["PORTAL_HOST", *compose.SECRETS])
def test_file_refuses_to_be_started_without(name):
    with pytest.raises(subprocess.CalledProcessError) as refused:
        compose.resolved(**{name: ""})

    assert f"set {name}" in refused.value.stderr


def test_only_the_proxy_has_published_ports(file):
    assert [name for name, one in file.items() if one.get("ports")] == ["nginx"]
    assert compose.resolved()["networks"]["inside"] == {"internal": True}


def test_image_is_built_by_the_steps_that_run_here():
    recipe = (compose.ROOT / "Dockerfile").read_text()
    lane = (compose.ROOT / ".ci" / "run").read_text()
    packages = " ".join(re.findall(r"--no-install-recommends ([\w -]+) \\", recipe)).split()

    assert "RUN sh deploy/build_static.sh\n" in recipe
    assert [name for name in compose.IMAGE if f"{name}=" not in recipe] == []
    assert [name for name in packages if f" {name} " not in lane] == []
    assert set(re.findall(r" AS (\w+)", recipe)) == {"environment", "portal", "proxy"}


def test_nothing_outlives_its_starter(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    reaper = [sys.executable, compose.ROOT / "tests" / "stack" / "reaper.py", folder]
    stray = subprocess.Popen(["sleep", "60"], env={**os.environ, "STACK_DIR": str(folder)})

    subprocess.run(reaper, input=b"", check=True)

    assert stray.wait(60) == -signal.SIGKILL
    assert not folder.exists()
