"""Reads the model files: families, models, and what was printed of them, each with its source.

A folder of files is one catalogue; a file may use what another one says.

A model has what its family has, unless it says otherwise.  Anything unknown, impossible or without
a source is refused by name, and one bad entry makes the whole file an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from hwmath.models.model import (
    BIASES,
    COUNTED,
    KINDS,
    NORM_VECTORS,
    QK_NORMS,
    STATUSES,
    Count,
    Experts,
    LatentAttention,
    Model,
)
from hwmath.source import Source
from hwmath.validate import unknown

_Record = TypeVar("_Record", Count, Experts, LatentAttention, Source)

CHOICES: Final[Mapping[str, Collection[str]]] = {
    "kind": KINDS,
    "norm": NORM_VECTORS,
    "qk_norm": QK_NORMS,
    "status": STATUSES,
    "of": COUNTED,
}
_SECTIONS: Final = ("sources", "families", "models")
_PARTS: Final = {"latent": LatentAttention, "experts": Experts}
_OUTSIDE: Final = ("key", "name", "family", "year", "counts", "note")
_SHAPE: Final = tuple(f.name for f in fields(Model) if f.name not in _OUTSIDE)
_FAMILY: Final = tuple(name for name in _SHAPE if name not in ("source", "status"))
_FLAGS: Final = tuple(f.name for f in fields(Model) if f.type == "bool")
_MAY_BE_ZERO: Final = (
    *("vocab", "encoder_layers", "global_every", "embedding_width", "norms_per_layer"),
    *("positions", "token_types", "relative_buckets", "patch_inputs", "classes"),
    *("shared_width", "dense_layers", "within"),
)


class ModelDataError(ValueError):
    """An entry of a model file that is missing, unknown or impossible."""


def load_models(path: Path | Traversable | None = None) -> Mapping[str, Model]:
    """Models by key, from a model file, a folder of them, or those in the package.

    Raises: ModelDataError (a ValueError) that names the entry, its field and its value.
    """
    return _shipped()[1] if path is None else _read(path)[1]


def load_sources(path: Path | Traversable | None = None) -> Mapping[str, Source]:
    """The documents that a catalogue names, by key; raises as `load_models`."""
    return _shipped()[0] if path is None else _read(path)[0]


def model(name: str) -> Model:
    """The model with this key or exact name, in any case; ValueError with the nearest keys.

    >>> model("llama-2-70b").name, model("GPT-3 175B").layers
    ('Llama 2 70B', 96)
    """
    wanted, models = name.strip().lower(), load_models()
    if wanted in models:
        return models[wanted]
    for candidate in models.values():
        if wanted == candidate.name.lower():
            return candidate
    raise ValueError(unknown("model", name, models))


@cache
def _shipped() -> tuple[Mapping[str, Source], Mapping[str, Model]]:
    return _read(files("hwmath") / "data" / "models")


def _read(path: Path | Traversable) -> tuple[Mapping[str, Source], Mapping[str, Model]]:
    top: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    every = path.iterdir() if path.is_dir() else [path]
    for file in sorted((f for f in every if f.name.endswith(".toml")), key=lambda f: f.name):
        _add(top, file)
    sources = {key: _source(key, entry) for key, entry in top["sources"].items()}
    families = {key: _family(key, entry) for key, entry in top["families"].items()}
    models = {key: _model(key, entry, families, sources) for key, entry in top["models"].items()}
    names = [m.name.lower() for m in models.values()]
    for key, m in models.items():
        _require(names.count(m.name.lower()) == 1, f"models.{key}", f"name={m.name!r} is taken")
    return MappingProxyType(sources), MappingProxyType(models)


def _add(top: dict[str, dict[str, Any]], path: Path | Traversable) -> None:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ModelDataError(f"{path.name}: {error}") from None
    for section, entries in raw.items():
        _known(path.name, "section", section, _SECTIONS)
        _require(isinstance(entries, dict), path.name, f"{section}={entries!r} is not a table")
        for key in entries:
            _require(key not in top[section], path.name, f"{section}.{key} is there twice")
        top[section].update(entries)


def _source(key: str, raw: object) -> Source:
    where = f"sources.{key}"
    source = _record(where, Source, {"key": key, **_table(where, raw)})
    dated = re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", source.date)
    _require(dated, where, f"date={source.date!r} is not a year or a year-month")
    secure = source.url.startswith("https://") or not source.url
    _require(secure, where, f"url={source.url!r} does not start with https://")
    return source


def _family(key: str, raw: object) -> dict[str, Any]:
    where = f"families.{key}"
    family = _table(where, raw, ("name",), _FAMILY)
    return {name: _value(where, name, value) for name, value in family.items()}


def _model(
    key: str, raw: object, families: Mapping[str, dict[str, Any]], sources: Collection[str]
) -> Model:
    where = f"models.{key}"
    _require(re.fullmatch(r"[a-z0-9]+([-.][a-z0-9]+)*", key), where, "not a lower-case slug")
    entry = _table(where, raw, ("name", "family", "year", "shape"), ("counts", "note"))
    _known(where, "family", entry["family"], families)
    own = _table(f"{where}.shape", entry["shape"], ("source", "status"), _SHAPE)
    _known(f"{where}.shape", "source", own["source"], sources)
    own = {name: _value(f"{where}.shape", name, value) for name, value in own.items()}
    shape = {**families[entry["family"]], **own}
    shape.pop("name")
    for name in ("kind", "layers", "width", "heads", "vocab", "context", "mlp_width", "tied"):
        _require(name in shape, f"{where}.shape", f"{name} is missing, here and in the family")
    shape.setdefault("kv_heads", shape["heads"])
    if "head_width" not in shape:
        width, heads = shape["width"], shape["heads"]
        uneven = f"width={width} is not a multiple of heads={heads}; head_width is missing"
        _require(width % heads == 0, f"{where}.shape", uneven)
        shape["head_width"] = width // heads
    _require("mlp_matrices" in shape, f"{where}.shape", "mlp_matrices is missing")
    listed = entry.get("counts", [])
    _require(isinstance(listed, list), where, f"counts={listed!r} is not a list")
    counts = tuple(_count(f"{where}.counts[{n}]", one, sources) for n, one in enumerate(listed))
    texts = {name: _value(where, name, entry[name]) for name in ("name", "note") if name in entry}
    made = Model(
        **shape,
        **texts,
        key=key,
        family=families[entry["family"]]["name"],
        year=_value(where, "year", entry["year"]),
        counts=counts,
    )
    _possible(where, made)
    return made


def _possible(where: str, made: Model) -> None:
    grouped = made.heads % made.kv_heads == 0
    heads = f"heads={made.heads} is not a multiple of kv_heads={made.kv_heads}"
    _require(grouped, where, heads)
    _require(made.mlp_matrices in (2, 3), where, f"mlp_matrices={made.mlp_matrices} is not 2 or 3")
    both = (made.kind == "encoder-decoder") == (made.encoder_layers > 0)
    _require(both, where, f"kind={made.kind!r} has encoder_layers={made.encoder_layers}")
    if (experts := made.experts) is not None:
        chosen = f"experts.active={experts.active} is above count={experts.count}"
        _require(experts.active <= experts.count, where, chosen)
        early = f"experts.dense_layers={experts.dense_layers} leaves no layer of {made.layers}"
        _require(made.expert_layers > 0, where, early)


def _count(where: str, raw: object, sources: Collection[str]) -> Count:
    count = _record(where, Count, _table(where, raw))
    _known(where, "source", count.source, sources)
    return count


def _record(where: str, kind: type[_Record], entry: dict[str, Any]) -> _Record:
    known = tuple(field.name for field in fields(kind))
    for name in entry:
        _known(where, "field", name, known)
    checked = {name: _value(where, name, value) for name, value in entry.items()}
    try:
        return kind(**checked)
    except TypeError as error:
        missing = re.findall(r"'(\w+)'", str(error))
        raise ModelDataError(f"{where}: {', '.join(missing)} is missing") from None


def _value(where: str, name: str, value: Any) -> Any:
    """A field's value as the record has it, once it is one that the field can have."""
    if name in _PARTS:
        where = f"{where}.{name}"
        return _record(where, _PARTS[name], _table(where, value))
    if name == "biases":
        _require(isinstance(value, list), where, f"biases={value!r} is not a list")
        for one in value:
            _known(where, "bias", one, BIASES)
        return tuple(value)
    if name in CHOICES:
        _known(where, name, value, CHOICES[name])
    elif name in (*_FLAGS, "shared_gate"):
        _require(isinstance(value, bool), where, f"{name}={value!r} is neither true nor false")
    elif name in ("key", "name", "title", "publisher", "date", "url", "source", "note"):
        _require(isinstance(value, str) and value.strip(), where, f"{name}={value!r} is no text")
    else:
        least = 0 if name in _MAY_BE_ZERO else 1
        whole = type(value) is int and value >= least
        _require(whole, where, f"{name}={value!r} is not a whole number of at least {least}")
    return value


def _table(
    where: str, raw: object, required: Collection[str] = (), optional: Collection[str] = ()
) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ModelDataError(f"{where}: {raw!r} is not a table")
    if required:
        for key in raw:
            _known(where, "field", key, (*required, *optional))
    for key in required:
        _require(key in raw, where, f"{key} is missing; the entry has {', '.join(raw) or 'none'}")
    return raw


def _known(where: str, kind: str, value: object, known: Collection[str]) -> None:
    if value not in known:
        raise ModelDataError(f"{where}: {unknown(kind, value, known)}")


def _require(good: object, where: str, problem: str) -> None:
    if not good:
        raise ModelDataError(f"{where}: {problem}")
