# SPDX-License-Identifier: Apache-2.0
"""Is this a plugin? Its hooks compared with the hookspecs, by name and by argument, before it counts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from .errors import PluginError, nearest

PREFIX = "feedline_"


def hook_arguments(hookspecs: ModuleType) -> dict[str, tuple[str, ...]]:
    """Argument names of every hook, in the order of the file."""
    return {
        name: tuple(inspect.signature(function).parameters)
        for name, function in vars(hookspecs).items()
        if name.startswith(PREFIX) and inspect.isfunction(function)
    }


def check_plugin(
    plugin: Any,
    name: str,
    *,
    hooks: Mapping[str, tuple[str, ...]],
    options_of: Callable[[Any, str], Mapping[str, Any] | None],
) -> None:
    """Refuse what would be ignored in silence: misspelt hooks and arguments, forgotten marks.

    Args:
        plugin: A module, or an object with methods.
        name: The plugin's name, for errors.
        hooks: Argument names by hook.
        options_of: What the plugin manager reads off a mark: options, or ``None`` without one.

    Raises:
        PluginError: Names the hook and the nearest known name.
    """
    if inspect.isclass(plugin):
        raise PluginError(
            f"Plugin '{name}' is the class {plugin.__name__}.",
            remedy="Offer a module, or an instance: `plugin = Plugin()` and an entry point `package:plugin`.",
        )
    found = 0
    for attribute in dir(plugin):
        options = options_of(plugin, attribute)
        if options is None:
            _check_unmarked(plugin, attribute, name, hooks)
            continue
        found += 1
        hook = str(options.get("specname") or attribute)
        if hook not in hooks:
            raise PluginError(f"Plugin '{name}': there is no hook '{hook}'.", remedy=nearest(hook, hooks))
        _check_arguments(getattr(plugin, attribute), name, hook, hooks[hook])
    if not found:
        raise PluginError(
            f"Plugin '{name}' ({_place(plugin)}) has no hook.",
            remedy="Mark a function with @feedline.hookimpl. " + nearest("", hooks),
        )


def _check_unmarked(plugin: Any, attribute: str, name: str, hooks: Mapping[str, tuple[str, ...]]) -> None:
    if not attribute.startswith(PREFIX):
        return
    function = inspect.getattr_static(plugin, attribute)
    if not inspect.isroutine(function) or hasattr(function, f"{PREFIX}spec"):
        return
    if attribute in hooks:
        remedy = f"Put @feedline.hookimpl above `def {attribute}`."
    else:
        remedy = f"If it is meant as a hook, mark and rename it; if not, rename it. {nearest(attribute, hooks)}"
    raise PluginError(f"Plugin '{name}': '{attribute}' is named like a hook but is not marked.", remedy=remedy)


def _check_arguments(function: Any, name: str, hook: str, known: tuple[str, ...]) -> None:
    for parameter in inspect.signature(function).parameters.values():
        is_asked = parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )
        if is_asked and parameter.name not in known:
            raise PluginError(
                f"Plugin '{name}': hook '{hook}' has no argument '{parameter.name}'.",
                remedy=nearest(parameter.name, known),
            )


def _place(plugin: Any) -> str:
    return str(getattr(plugin, "__file__", None) or getattr(plugin, "__name__", None) or type(plugin).__name__)
