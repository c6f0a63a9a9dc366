"""What stands around the bot tells the truth: the compose files, the balancer, Prometheus, the dashboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import yaml

import konspekt.app.local_server
import konspekt.bot.metrics
import konspekt.llm_client.metrics
from konspekt.app.settings import Settings

ROOT = Path(__file__).parents[1]
SCALE = ROOT / "compose.scale.yaml"
OURS = ("bot-1", "bot-2", "model")
FOR_COMPOSE = {"SERVE_API_KEY"}  # of `konspekt serve`, which reads no .env
VARIABLE = re.compile(r"\$\{([A-Z_]+)")
PINNED = re.compile(r"[\w./-]+:(?!latest)[\w.-]*\d[\w.-]*")
METRICS = (konspekt.app.local_server, konspekt.bot.metrics, konspekt.llm_client.metrics)  # what /metrics has


@pytest.fixture(scope="module")
def scale() -> dict[str, Any]:
    return dict(yaml.safe_load(SCALE.read_text("utf-8")))


def known_settings() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def test_every_service_is_pinned_looked_after_and_knows_whom_it_needs(scale: dict[str, Any]) -> None:
    services = scale["services"]
    for name, service in services.items():
        assert "build" in service or PINNED.fullmatch(service["image"]), name
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            made = source == "./exports"  # by whoever has some
            assert made or ((ROOT / source).exists() if source.startswith("./") else source in scale["volumes"]), volume


def test_the_bots_get_settings_that_exist_and_share_all_but_their_home(scale: dict[str, Any]) -> None:
    one, other = (scale["services"][name] for name in ("bot-1", "bot-2"))
    assert one["environment"] == other["environment"]
    assert {home.split(":")[0] for bot in (one, other) for home in bot["volumes"] if ":/data" in home} == {
        "home-1",
        "home-2",
    }
    for name in OURS:
        assert set(scale["services"][name]["environment"]) <= known_settings() | FOR_COMPOSE, name


def test_every_variable_is_a_setting_or_stands_at_the_head_of_the_file() -> None:
    text = SCALE.read_text("utf-8")
    head = text[: text.index("x-bot")]
    assert {name for name in VARIABLE.findall(text) if name not in known_settings() and name not in head} == set()


@pytest.mark.parametrize("name", ["compose.yaml", "compose.scale.yaml"])
def test_compose_itself_takes_the_file(name: str, tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose on this machine")
    (tmp_path / ".env").write_text("SERVE_API_KEY=k\nPOSTGRES_PASSWORD=p\nWEBHOOK_HOST=h\nTELEGRAM_BOT_TOKEN=t\n")
    shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        [docker, "compose", "-f", name, "config", "-q"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_balancer_and_prometheus_find_the_bots(scale: dict[str, Any]) -> None:
    bots = [name for name in scale["services"] if name.startswith("bot-")]
    environment = scale["services"][bots[0]]["environment"]
    webhook, metrics = (environment[name].rpartition(":")[2] for name in ("WEBHOOK_LISTEN", "METRICS_LISTEN"))
    balancer = (ROOT / "deploy/Caddyfile").read_text("utf-8")
    assert re.findall(r"reverse_proxy (.+) \{", balancer) == [" ".join(f"{bot}:{webhook}" for bot in bots)]
    assert set(re.findall(r"\{\$(\w+)\}", balancer)) <= set(scale["services"]["balancer"]["environment"])
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus.yaml").read_text("utf-8"))
    targets = [
        target for job in prometheus["scrape_configs"] for one in job["static_configs"] for target in one["targets"]
    ]
    assert targets == [f"{bot}:{metrics}" for bot in bots]


def exposed() -> dict[str, set[str]]:
    """Names as Prometheus stores them, with their labels."""
    assert all(METRICS)
    found: dict[str, set[str]] = {}
    for collector in set(prometheus_client.REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in prometheus_client.REGISTRY._collector_to_names[collector]:
            found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found


def panels() -> list[dict[str, Any]]:
    return list(json.loads((ROOT / "deploy/grafana/konspekt.json").read_text("utf-8"))["panels"])


def test_the_dashboard_asks_for_metrics_and_labels_that_exist() -> None:
    known = exposed()
    asked = [(panel["title"], target) for panel in panels() for target in panel.get("targets", ())]
    assert len(asked) > 20
    for title, target in asked:
        names = set(re.findall(r"konspekt_\w+", target["expr"]))
        assert names, title
        assert names <= set(known), title
        own = {"instance"}.union(*(known[name] for name in names))
        grouped = {
            label.strip() for labels in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in labels.split(",")
        }
        selected = set(re.findall(r'(\w+)=~?"', target["expr"]))
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert grouped | selected | shown <= own, title


def test_the_dashboards_panels_have_places_of_their_own() -> None:
    taken: dict[tuple[int, int], str] = {}
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for panel in panels():
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24, panel["title"]
                assert (x, y) not in taken, f"{panel['title']} lies on {taken.get((x, y))}"
                taken[x, y] = panel["title"]


def test_every_metric_of_ours_stands_in_the_documentation_and_the_other_way_round() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    told = set(re.findall(r"`(konspekt_\w+)", page))
    known = exposed()
    families = {name.removesuffix("_bucket") for name in known if name.startswith("konspekt_")}
    base = {name for name in families if not name.endswith(("_created", "_count", "_sum"))}
    counters = {name for name in base if f"{name}_total" in base}
    assert told <= base
    assert base - counters - told == set()
