# SPDX-License-Identifier: Apache-2.0
"""Values as JSON and arrays, and back: results, chunks, metadata. Never pickle.

What JSON has is written as it is. Everything else is an object with the key ``$``, which names its
kind; arrays are kept beside the text. What no codec knows is kept as its ``repr``.
"""

from __future__ import annotations

import base64
import datetime
import functools
import importlib
import io
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline.errors import PluginError, StoreError
from feedline.execution import Chunk, OutcomeCounts

Arrays = dict[str, NDArray[Any]]


@attrs.frozen(slots=True)
class Codec:
    """How one type is stored; subclasses without a codec of their own are stored as it.

    Attributes:
        kind: Its name in the file.
        encode: Makes plain values of it: dicts, lists, arrays, anything else that has a codec.
        decode: The way back.
    """

    kind: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


@attrs.frozen(slots=True)
class Packed:
    """A value as it was: nobody who changes it later changes this.

    Attributes:
        tree: What JSON has.
        arrays: Copies of the arrays in it.
    """

    tree: Any
    arrays: Arrays


_by_type: dict[type, Codec] = {}
_by_kind: dict[str, Codec] = {}


def register_codec(kind: str, type_: type, encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> None:
    """Teach the store a type; the same kind for the same type may be registered again.

    Args:
        kind: Its name in the file; never reuse one for something else.
        type_: The type.
        encode: Makes plain values of it (dicts, lists, arrays, other known types).
        decode: Makes it of them.

    Raises:
        PluginError: If another type has that kind.
    """
    owner = next((known for known, codec in _by_type.items() if codec.kind == kind), type_)
    if owner.__qualname__ != type_.__qualname__ or kind in _CORE:
        raise PluginError(
            f"Codec '{kind}' for {type_.__qualname__}: the name belongs to {owner.__qualname__}.",
            remedy="Register it under a name of its own.",
        )
    _by_type[type_] = _by_kind[kind] = Codec(kind, encode, decode)


def pack(value: Any) -> Packed:
    """Take a value as it is now; cheap, the writing comes later."""
    arrays: Arrays = {}
    return Packed(_pack(value, arrays), arrays)


def write(packed: Packed) -> tuple[str, bytes | None]:
    """What was packed, as text and npz."""
    return json.dumps(packed.tree, separators=(",", ":")), save_arrays(packed.arrays)


def encode(value: Any, arrays: Arrays | None = None) -> str:
    """Write a value as JSON.

    Args:
        value: Anything.
        arrays: Takes the arrays in it; without, they are written into the text.
    """
    return json.dumps(_pack(value, arrays), separators=(",", ":"))


def decode(text: str, arrays: Mapping[str, NDArray[Any]] | None = None) -> Any:
    """Read what `encode` wrote."""
    return _unpack(json.loads(text), arrays or {})


def save_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes | None:
    """Arrays as npz, ``None`` if there are none."""
    if not arrays:
        return None
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def load_arrays(data: bytes | None) -> Arrays:
    """Read what `save_arrays` wrote."""
    if data is None:
        return {}
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def save_circuit(circuit: Any) -> bytes:
    """A circuit as QPY."""
    from feedline.serialization import qpy_bytes

    return qpy_bytes([circuit])


def load_circuit(data: bytes) -> Any:
    """Read what `save_circuit` wrote."""
    from feedline.serialization import qpy_circuits

    return qpy_circuits(data)[0]


def _pack(value: Any, arrays: Arrays | None) -> Any:
    """Turn a value into what JSON has."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float and math.isfinite(value):
        return value
    if kind is dict and "$" not in value and all(type(key) is str for key in list(value)):
        return {key: _pack(item, arrays) for key, item in list(value.items())}
    if kind is list:
        return [_pack(item, arrays) for item in value]
    if isinstance(value, np.ndarray):
        return _pack_array(value, arrays)
    for base in kind.__mro__[:-1]:
        if base in _PLAIN:
            name, plain = _PLAIN[base]
            return {"$": name, "v": _pack(plain(value), arrays)} if name else _pack(plain(value), arrays)
        codec = _by_type.get(base) or _known(base)
        if codec:
            return {"$": codec.kind, "v": _pack(codec.encode(value), arrays)}
    if isinstance(value, Mapping):
        return _pack(dict(value), arrays)
    return {"$": "repr", "v": repr(value)}


def _pack_array(value: NDArray[Any], arrays: Arrays | None) -> Any:
    """Put an array beside the text, or into it."""
    if value.dtype.hasobject:
        return {"$": "objects", "v": [list(value.shape), [_pack(item, arrays) for item in value.ravel()]]}
    if arrays is None:
        return {"$": "npz", "v": base64.b64encode(save_arrays({"a": np.asarray(value)}) or b"").decode()}
    name = f"a{len(arrays)}"
    arrays[name] = np.array(value)
    return {"$": "array", "v": name}


def _unpack(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """Undo `_pack`."""
    if isinstance(value, list):
        return [_unpack(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "$" not in value:
        return {key: _unpack(item, arrays) for key, item in value.items()}
    kind, content = value["$"], value["v"]
    if kind == "array":
        return arrays[content]
    content = _unpack(content, arrays)
    if kind in _CORE:
        return _CORE[kind](content)
    if kind not in _by_kind:
        _learn_qiskit()
    if kind not in _by_kind:
        _learn_later()
    if kind not in _by_kind:
        raise StoreError(
            f"The store holds a value of kind '{kind}', which nothing here can read.",
            remedy="Install the plugin that made it, or upgrade feedline.",
        )
    return _by_kind[kind].decode(content)


def _objects(content: Any) -> NDArray[Any]:
    shape, items = content
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array.reshape(shape)


_PLAIN: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bool: ("", bool),
    int: ("", int),
    str: ("", str.__str__),
    float: ("float", repr),
    complex: ("complex", lambda value: [float(value.real), float(value.imag)]),
    np.generic: ("", lambda value: value.item() if type(value.item()) is not type(value) else repr(value)),
    tuple: ("tuple", list),
    list: ("", list),
    set: ("set", lambda value: sorted(value, key=repr)),
    frozenset: ("set", lambda value: sorted(value, key=repr)),
    dict: ("dict", lambda value: [[key, item] for key, item in value.items()]),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    slice: ("slice", lambda value: [value.start, value.stop, value.step]),
}
_CORE: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "complex": lambda value: complex(*value),
    "tuple": tuple,
    "set": set,
    "dict": lambda items: {key: item for key, item in items},
    "bytes": base64.b64decode,
    "datetime": datetime.datetime.fromisoformat,
    "slice": lambda value: slice(*value),
    "repr": str,
    "objects": _objects,
    "npz": lambda value: load_arrays(base64.b64decode(value))["a"],
}
_LATER = ("feedline.primitives.quantum_program",)
"""Modules that register codecs when they are imported, for results read in a process that made none."""


def _known(base: type) -> Codec | None:
    """The codec of a type, when Qiskit's are not registered yet."""
    if base.__module__.partition(".")[0] == "qiskit":
        _learn_qiskit()
    return _by_type.get(base)


@functools.cache
def _learn_later() -> None:
    for name in _LATER:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the extra is not installed: the kind stays unknown, and the error says so


@functools.cache
def _learn_qiskit() -> None:
    """Register Qiskit's results; only when one is met, so that listing jobs does not import Qiskit."""
    importlib.import_module("feedline.runtime.qiskit_codec")


def _counts_tree(value: OutcomeCounts) -> Any:
    return {"point": value.point, "words": value.words, "weight": value.weight}


def _chunk_tree(value: Chunk) -> Any:
    return {field.name: getattr(value, field.name) for field in attrs.fields(Chunk)}


register_codec("counts", OutcomeCounts, _counts_tree, lambda tree: OutcomeCounts(**tree))
register_codec("chunk", Chunk, _chunk_tree, lambda tree: Chunk(**tree))
