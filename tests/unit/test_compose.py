"""docker-compose.yml and the image: valid, pinned, and only with names the code has."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from farm.settings import Settings, load_settings
from qc.report.assets import PLOT_SCRIPT, PLOT_STYLE
from qc.report.page import OWN_SCRIPTS, OWN_STYLE
from tests import compose
from tests.compose import Missing, Service, seconds, services
from tests.conftest import REPOSITORY

GIVEN = {name: f"{name.lower()}x" for name in compose.required()}
OURS = [service for service in services(GIVEN).values() if service.is_ours]
ALL = list(services(GIVEN).values())
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()


def named(service: Service) -> str:
    return service.name


def test_the_file_is_valid_compose() -> None:
    argv = [
        *(str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema"),
        *("vendor.compose-spec", str(compose.FILE)),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_farm_has_all_its_parts() -> None:
    assert {service.name: service.command[0] for service in OURS} == {
        "migrate": "migrate",
        "api": "api",
        "reconcile": "reconcile",
        "worker-cpu": "worker",
        "worker-gpu": "worker",
        "flower": "flower",
    }
    others = {service.name for service in ALL if not service.is_ours}
    assert others == {"postgres", "redis", "s3", "shield"}


@pytest.mark.parametrize("service", OURS, ids=named)
def test_every_setting_is_one_the_code_has_and_takes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {f"REELFARM_{name.upper()}" for name in Settings.model_fields}
    given = {name for name in service.fields["environment"] if name.startswith("REELFARM_")}
    assert given <= known
    for name in given & set(service.environment):
        monkeypatch.setenv(name, service.environment[name])
    load_settings()


def test_only_those_who_need_a_secret_have_it() -> None:
    flower = services(GIVEN)["flower"]
    assert set(flower.environment) == {"REELFARM_BROKER_URL", "REELFARM_FLOWER_AUTH"}
    with_flower_auth = {s.name for s in OURS if "REELFARM_FLOWER_AUTH" in s.environment}
    assert with_flower_auth == {"flower"}


@pytest.mark.parametrize("name", sorted(compose.required()))
def test_nothing_starts_without_a_secret(name: str) -> None:
    with pytest.raises(Missing, match=f"{name}: set it"):
        services({other: value for other, value in GIVEN.items() if other != name})


def test_the_example_names_every_variable() -> None:
    lines = compose.EXAMPLE.read_text().splitlines()
    asked = {line.partition("=")[0] for line in lines if re.match(r"\w+=$", line)}
    offered = {line[1:].partition("=")[0] for line in lines if re.match(r"#\w+=", line)}
    assert asked == compose.required()
    passed_on = {
        name
        for service in OURS
        for name, value in service.fields["environment"].items()
        if value is None
    }
    assert offered == compose.optional() | passed_on


@pytest.mark.parametrize("service", ALL, ids=named)
def test_images_are_pinned_and_parts_come_back(service: Service) -> None:
    _, _, tag = service.fields["image"].partition(":")
    assert re.match(r"\d", tag), "no version"
    if service.name != "migrate":
        assert service.fields["restart"] == "unless-stopped"
        assert service.healthcheck


@pytest.mark.parametrize("name", ["worker-cpu", "worker-gpu"])
def test_workers_are_killed_only_after_their_grace(name: str) -> None:
    worker = services(GIVEN)[name]
    grace_s = float(worker.environment["REELFARM_GRACE_S"])
    assert seconds(worker.fields["stop_grace_period"]) >= grace_s + 15


@pytest.mark.parametrize("service", OURS, ids=named)
def test_our_containers_can_do_little(service: Service) -> None:
    assert service.fields["read_only"] is True
    assert service.fields["cap_drop"] == ["ALL"]
    assert service.fields["security_opt"] == ["no-new-privileges:true"]
    (state,) = service.fields["volumes"]  # of its own: signs of life must not be shared
    assert state == {"type": "volume", "target": "/var/lib/reelfarm"}
    assert "REELFARM_STATE_DIR=/var/lib/reelfarm" in DOCKERFILE


@pytest.mark.parametrize("service", ALL, ids=named)
def test_ports_are_open_to_this_machine_only(service: Service) -> None:
    for port in service.fields.get("ports", []):
        assert port.startswith("127.0.0.1:")


def test_redis_keeps_what_it_took_and_refuses_when_full() -> None:
    command = services(GIVEN)["redis"].command
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "everysec"
    assert options["--maxmemory-policy"] == "noeviction"


def test_the_world_may_read_the_origin_and_nothing_else() -> None:
    content = compose.document(GIVEN)["configs"]["s3.json"]["content"]
    identities: list[dict[str, Any]] = json.loads(content)["identities"]
    anonymous = next(each for each in identities if each["name"] == "anonymous")
    assert anonymous["actions"] == ["Read:reelfarm-origin"]
    (farm,) = next(each for each in identities if each["name"] == "farm")["credentials"]
    environment = services(GIVEN)["worker-cpu"].environment
    assert farm["accessKey"] == environment["AWS_ACCESS_KEY_ID"]
    assert farm["secretKey"] == environment["AWS_SECRET_ACCESS_KEY"]
    shield = (REPOSITORY / "deploy" / "nginx" / "origin-shield.conf").read_text()
    assert set(re.findall(r"proxy_pass (\S+)\$uri;", shield)) == {
        "http://object_store/reelfarm-origin"
    }


def test_the_shield_mounts_what_is_there() -> None:
    mounts = services(GIVEN)["shield"].fields["volumes"]
    file = next(mount for mount in mounts if mount.startswith("./"))
    assert (REPOSITORY / file.split(":")[0]).is_file()


def test_the_image_holds_the_program_and_nothing_else() -> None:
    rules = (REPOSITORY / ".dockerignore").read_text().splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    packages = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    assert "*" in rules
    fetching = {
        "deploy/assets.py",
        "deploy/assets.txt",
        "deploy/pages.txt",
    }  # what the build fetches
    assert allowed == packages | fetching | {"pyproject.toml", "constraints.txt", "README.md"}
    assert all((REPOSITORY / name).exists() for name in allowed)


def test_the_image_runs_as_nobody_special_and_without_compilers() -> None:
    stages = DOCKERFILE.split("\nFROM ")
    final = stages[-1]
    user = re.findall(r"^USER (\S+)$", final, re.MULTILINE)
    assert user == ["reelfarm"]
    assert 'ENTRYPOINT ["reelfarm"]' in final
    assert "STOPSIGNAL SIGTERM" in final
    assert "fontconfig fonts-dejavu-core" in final
    assert not re.search(r"build-essential|gcc|python3?-dev|pip install", final)
    assert "--constraint constraints.txt" in stages[-2]


def test_the_image_is_built_with_what_reports_are_made_with() -> None:
    build = DOCKERFILE.split("\nFROM ")[-2]
    folder = Path(PLOT_SCRIPT).parts[0]
    fetched = build.index(f"RUN python deploy/assets.py deploy/assets.txt qc/report/{folder}\n")
    assert fetched < build.index("pip wheel")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["qc.report"]
    for name in (PLOT_SCRIPT, PLOT_STYLE, OWN_STYLE, *OWN_SCRIPTS, "templates/page.html.j2"):
        assert any(PurePosixPath(name).match(pattern) for pattern in patterns), name


def test_the_image_is_built_with_what_pages_are_made_with() -> None:
    build = DOCKERFILE.split("\nFROM ")[-2]
    fetched = build.index("RUN python deploy/assets.py deploy/pages.txt api/static/vendor\n")
    assert fetched < build.index("pip wheel")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["api"]
    api = REPOSITORY / "api"
    packaged = {path for pattern in patterns for path in api.glob(pattern)}
    own = {path for folder in ("static", "templates") for path in (api / folder).rglob("*")}
    vendor = api / "static" / "vendor"
    left_out = {path for path in own - packaged if path.is_file() and vendor not in path.parents}
    assert left_out == set()
    assert {"static/vendor/**/LICENSE", "static/vendor/**/dist/*"} <= set(patterns)
    assert "static/vendor/**/dist/bundles/*" in patterns
    pins = (REPOSITORY / "deploy" / "pages.txt").read_text().splitlines()
    wanted = [file for line in pins if line and line[0] != "#" for file in line.split()[2:]]
    folders = {"LICENSE", "dist", "bundles"}
    assert {PurePosixPath(file).parent.name or file for file in wanted} == folders


def test_the_versions_of_program_and_image_agree() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert f"reelfarm:{project['version']}" == compose.IMAGE
    assert f'image.version="{project["version"]}"' in DOCKERFILE


def test_every_package_that_is_there_is_installed() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    listed = set(project["tool"]["setuptools"]["packages"])
    roots = {name.partition(".")[0] for name in listed}
    there = {
        ".".join(init.parent.relative_to(REPOSITORY).parts)
        for root in roots
        for init in (REPOSITORY / root).rglob("__init__.py")
    }
    assert listed >= there
