# SPDX-License-Identifier: Apache-2.0
"""A plugin in a single file, loaded by its path; what goes wrong in it is told with path and line."""

from __future__ import annotations

import hashlib
import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from .errors import InputError, PluginError


def load_module(path: Path) -> ModuleType:
    """Run a plugin file and return it as a module.

    Raises:
        InputError: If there is no such Python file.
        PluginError: If it raises; names path and line.
    """
    if path.suffix != ".py" or not path.is_file():
        raise InputError(
            f"Plugin file '{path}' {'is no .py file' if path.exists() else 'does not exist'}.",
            remedy="Give the path of one Python file that marks its hooks with @feedline.hookimpl.",
        )
    name = f"feedline_inline_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"Plugin file '{path}' cannot be loaded.", remedy="Give the path of one Python file.")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and attrs look their own module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise PluginError(
            f"Plugin file '{path}', line {_line(error, path)}: {type(error).__name__}: {_words(error)}",
            remedy="Correct the file; nothing of it was loaded.",
        ) from error
    return module


def _line(error: BaseException, path: Path) -> int:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return (lines[-1] if lines else 0) or 0


def _words(error: BaseException) -> str:
    return str(error.msg) if isinstance(error, SyntaxError) else str(error)
