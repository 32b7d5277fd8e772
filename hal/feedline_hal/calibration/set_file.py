# SPDX-License-Identifier: Apache-2.0
"""One stored calibration set: ``<id>.json``, and ``<id>.npz`` if it has sampled waveforms."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from feedline.errors import FeedlineError, StoreError

from .calibration_set import CalibrationSet
from .codec import FORMAT, Arrays, from_tree, to_tree
from .content import canonical_json

_RESTORE = "Restore the file from a backup, or put the set again from its source; other sets are not concerned."


def write_set(folder: Path, calibrations: CalibrationSet) -> None:
    """Write the files of a set; each is complete or not there, whatever happens meanwhile.

    Raises:
        StoreError: If the folder cannot be written, or the set would not come back the same.
    """
    tree, arrays = to_tree(calibrations)
    if from_tree(json.loads(json.dumps(tree)), arrays).id != calibrations.id:
        raise StoreError(
            f"Calibration set {calibrations.id} would not come back the same from the store.",
            remedy="Simplify the parameter expressions in its schedules; this is worth a report to the project.",
        )
    text = canonical_json(tree)
    document = {
        "feedline": "calibration set",
        "format": FORMAT,
        "id": calibrations.id,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "set": tree,
    }
    if arrays:  # first: a set whose JSON is there is complete
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        _write(folder / f"{calibrations.id}.npz", packed.getvalue())
    _write(folder / f"{calibrations.id}.json", json.dumps(document, indent=1, ensure_ascii=False).encode())


def read_set(folder: Path, set_id: str) -> CalibrationSet:
    """Read a set and check that it is what its id says.

    Raises:
        StoreError: If a file is missing, damaged, changed, or of a newer version; names the file.
    """
    path = folder / f"{set_id}.json"
    tree = _tree(path, set_id)
    arrays = _arrays(folder / f"{set_id}.npz") if '"samples"' in canonical_json(tree) else {}
    try:
        calibrations = from_tree(tree, arrays)
    except FeedlineError as error:
        raise _damaged(path, f"cannot be read: {error.what}") from error
    if calibrations.id != set_id:
        raise _damaged(path, f"holds {calibrations.id}")
    return calibrations


def has_set(folder: Path, set_id: str) -> bool:
    """Whether the set's file is there."""
    return (folder / f"{set_id}.json").is_file()


def set_ids(folder: Path) -> list[str]:
    """Ids of all sets whose file is there."""
    return sorted(path.stem for path in folder.glob("cal-*.json"))


def cannot(what: str, path: Path, error: OSError) -> StoreError:
    """An error of the file system, with its reason."""
    return StoreError(
        f"The calibration store cannot {what} {path}: {error.strerror or error}.",
        remedy="Check the folder's rights and the disk, or choose another with FEEDLINE_HOME or --store.",
    )


def _tree(path: Path, set_id: str) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise _damaged(path, "is missing") from None
    except OSError as error:
        raise cannot("read", path, error) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is cut off or no JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("set"), dict):
        raise _damaged(path, "is no calibration set")
    if document.get("format") != FORMAT:
        raise StoreError(
            f"{path} is of format {document.get('format')}, this version reads {FORMAT}.", remedy="Update feedline."
        )
    tree: dict[str, Any] = document["set"]
    digest = hashlib.sha256(canonical_json(tree).encode()).hexdigest()
    if digest != document.get("sha256") or document.get("id") != set_id:
        raise _damaged(path, "was changed after it was stored")
    return tree


def _arrays(path: Path) -> Arrays:
    """Samples by name; the name is their hash, so each is checked."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as packed:
            arrays = {name: packed[name] for name in packed.files}
    except FileNotFoundError:
        raise _damaged(path, "is missing") from None
    except OSError as error:
        raise cannot("read", path, error) from error
    except (ValueError, EOFError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path, "is cut off or no npz file") from error
    for name, samples in arrays.items():
        if hashlib.sha256(samples.astype("<c16").tobytes()).hexdigest()[:32] != name:
            raise _damaged(path, "was changed after it was stored")
    return arrays


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step: a temporary one beside it, on disk, then renamed."""
    try:
        waiting = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
        try:
            with waiting.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(path)
        except BaseException:
            waiting.unlink(missing_ok=True)
            raise
        _settle(path.parent)
    except OSError as error:
        raise cannot("write", path, error) from error


def _settle(folder: Path) -> None:
    """Have the new name on disk too, where a folder can be asked for that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _damaged(path: Path, what: str) -> StoreError:
    return StoreError(f"{path} {what}.", remedy=_RESTORE)
