"""A model in several files is the model in one."""

from __future__ import annotations

import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest

from konspekt.serving.errors import ModelFileError
from konspekt.serving.memory import needed_memory
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.files.gguf_parts import part_names
from konspekt.serving.model.model import load_model
from tests.serving.conftest import Answers


def split(path: Path, folder: Path, lies: dict[str, int] | None = None) -> Path:
    """The first of three files in `folder`, written as llama.cpp's gguf-split does. `lies`: of the second part."""
    count = 3
    reader = gguf.GGUFReader(path)
    names = [f"tiny-{number:05d}-of-{count:05d}.gguf" for number in range(1, count + 1)]
    places = np.array_split(np.arange(len(reader.tensors)), count)
    for number, (name, chosen) in enumerate(zip(names, places, strict=True)):
        writer = gguf.GGUFWriter(str(folder / name), reader.fields["general.architecture"].contents())
        said = {"no": number, "count": count, "tensors": len(reader.tensors)} | ((lies or {}) if number == 1 else {})
        writer.add_uint16("split.no", said["no"])
        writer.add_uint16("split.count", said["count"])
        writer.add_int32("split.tensors.count", said["tensors"])
        for key, field in reader.fields.items() if number == 0 else ():
            if not key.startswith("GGUF.") and key != "general.architecture":
                inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
                writer.add_key_value(key, field.contents(), field.types[0], sub_type=inner)
        for at in chosen:
            tensor = reader.tensors[at]
            writer.add_tensor(tensor.name, np.array(tensor.data), raw_dtype=tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return folder / names[0]


@pytest.mark.parametrize("part", [1, 2, 3])
def test_any_part_stands_for_the_whole(tiny_path: Path, tmp_path: Path, part: int) -> None:
    first = split(tiny_path, tmp_path)
    assert all(gguf.GGUFReader(path).tensors for path in tmp_path.glob("*.gguf"))
    whole, joined = GGUFFile(tiny_path), GGUFFile(first.with_name(f"tiny-0000{part}-of-00003.gguf"))
    assert set(joined.tensors) == set(whole.tensors)
    for name in whole.tensors:
        assert np.array_equal(joined.packed(name), whole.packed(name))
        joined.forget(name)
        assert np.array_equal(joined.packed(name), whole.packed(name))
    said = {key: value for key, value in joined.metadata.items() if not key.startswith("split.")}
    assert {key: said[key] for key in whole.metadata if key in said} == {
        key: value for key, value in whole.metadata.items() if key in said
    }
    assert abs(needed_memory(first) - needed_memory(tiny_path)) < 1 << 20


def test_it_answers_as_the_whole_does(tiny_path: Path, tmp_path: Path) -> None:
    outputs = []
    for path in (tiny_path, split(tiny_path, tmp_path)):
        it = Answers(load_model(path))
        sequence = it.add("Почему?")
        it.run()
        outputs.append(it.output(sequence))
    assert outputs[0] == outputs[1]


def test_a_missing_part_is_named(tiny_path: Path, tmp_path: Path) -> None:
    first = split(tiny_path, tmp_path)
    first.with_name("tiny-00002-of-00003.gguf").unlink()
    with pytest.raises(ModelFileError, match=r"tiny-00002-of-00003\.gguf"):
        load_model(first)


@pytest.mark.parametrize("lies", [{"no": 2}, {"count": 4}, {"no": 0}])
def test_a_part_that_says_it_is_another_is_refused(tiny_path: Path, tmp_path: Path, lies: dict[str, int]) -> None:
    with pytest.raises(ModelFileError, match="says that it is part"):
        load_model(split(tiny_path, tmp_path, lies))


def test_a_count_of_tensors_that_is_wrong_is_refused(tiny_path: Path, tmp_path: Path) -> None:
    first = split(tiny_path, tmp_path)
    load_model(first)
    data = first.read_bytes()
    count = len(GGUFFile(tiny_path).tensors)
    at = data.index(b"split.tensors.count") + len(b"split.tensors.count") + 4
    first.write_bytes(data[:at] + (count + 1).to_bytes(4, "little") + data[at + 4 :])
    with pytest.raises(ModelFileError, match=f"hold {count} tensors, not {count + 1}"):
        load_model(first)


def test_the_same_part_twice_is_refused(tiny_path: Path, tmp_path: Path) -> None:
    first = split(tiny_path, tmp_path)
    shutil.copy(first, first.with_name("tiny-00002-of-00003.gguf"))
    with pytest.raises(ModelFileError, match="says that it is part 1 of 3, not 2/3"):
        load_model(first)


def test_a_part_under_another_name_says_what_is_wrong(tiny_path: Path, tmp_path: Path) -> None:
    first = split(tiny_path, tmp_path)
    with pytest.raises(ModelFileError, match="part 1 of 3, not 1/1"):
        load_model(first.rename(tmp_path / "renamed.gguf"))


def test_a_whole_model_under_the_name_of_a_part_is_refused(tiny_path: Path, tmp_path: Path) -> None:
    name = tmp_path / "tiny-00001-of-00002.gguf"
    shutil.copy(tiny_path, name)
    with pytest.raises(ModelFileError, match="part 1 of 1, not 1/2"):
        load_model(name)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("a-00001-of-00003.gguf", 3),
        ("folder/a-00002-of-00002.gguf", 2),
        ("a.gguf", 1),
        ("a-00001-of-00001.gguf", 1),
        ("a-00004-of-00003.gguf", 1),
        ("a-00000-of-00003.gguf", 1),
        ("a-00001-of-99999.gguf", 1),
        ("a-1-of-3.gguf", 1),
    ],
)
def test_names_of_parts(name: str, count: int) -> None:
    names = part_names(name)
    assert len(names) == count
    assert name in names
