"""TOML tables: read, changed key by key, and made into frozen dataclasses that check them."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from muso.errors import RecipeError, shown
from muso.music.files import read_bytes

MAX_BYTES = 2**20
Table = TypeVar("Table")


def read_table(
    recipe: str, changes: Sequence[str], known: Sequence[str], folder: Traversable
) -> tuple[dict[str, Any], str]:
    """The plain tables of a recipe with changes made, and what to call it in errors.

    Args:
        recipe: one of `known`, or a path that ends in `.toml`.
        changes: as `read_recipe` takes them.
        known: the shipped recipes. folder: where they lie.
    """
    text, where = _text(recipe, known, folder)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where}: not valid TOML ({error}); mend that line") from None
    for change in changes:
        _apply(table, change, where)
    return table, where


def _text(recipe: str, known: Sequence[str], folder: Traversable) -> tuple[str, str]:
    if recipe.endswith(".toml"):
        try:
            return read_bytes(recipe, MAX_BYTES).decode(), shown(recipe)
        except UnicodeDecodeError:
            raise RecipeError(f"{shown(recipe)}: not UTF-8 text; save it as UTF-8") from None
    if recipe not in known:
        near = get_close_matches(recipe, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise RecipeError(f"no recipe {recipe!r}; {hint} (a file's name ends in .toml)")
    return (folder / f"{recipe}.toml").read_text("utf-8"), recipe


def _apply(table: dict[str, Any], change: str, where: str) -> None:
    key, found, value = change.partition("=")
    if not found:
        raise RecipeError(f"--set {change}: write key=value, such as fit.rate=3e-4")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    put(table, key.strip(), parsed, f"{where}: --set {change}")


def put(table: dict[str, Any], key: str, value: Any, where: str) -> None:
    """Put `value` at a dotted `key` of a recipe's table, in every member that it reaches."""
    path = key.split(".")
    listed = table.get("member")
    members = (
        [m for m in listed if isinstance(m, dict)] if isinstance(listed, (list, tuple)) else []
    )
    targets = [table]
    if path[0] == "member":
        named = {str(member.get("name")): member for member in members}
        if len(path) < 3 or path[1] not in named:
            raise RecipeError(
                f"{where}: write member.NAME.key=value; there are the members {', '.join(named)}"
            )
        targets, path = [named[path[1]]], path[2:]
    elif path[0] in {"view", "fit"} and members:
        targets = members
    elif path[0] in {"network", "classical"} and members:
        targets = [member for member in members if member.get(path[0])]
        if not targets:
            raise RecipeError(f"{where}: no member has a {path[0]}")
    for target in targets:
        for part in path[:-1]:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise RecipeError(f"{where}: {part!r} is a value, not a table")
        target[path[-1]] = value


def parse_table(kind: type[Table], table: Any, where: str) -> Table:
    """`table` as the dataclass `kind`: every key known, every value of its kind.

    Raises:
        RecipeError: an unknown key, a missing one, or a value of the wrong kind; `where` is named.
    """
    if not isinstance(table, Mapping):
        raise RecipeError(f"{where}: expected a table, found {table!r}")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(kind)
    for key in table:
        if key not in fields:
            near = get_close_matches(key, fields, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(fields)}"
            raise RecipeError(f"{where}: unknown key {key!r}; {hint}")
    missing = [
        name
        for name, f in fields.items()
        if name not in table
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise RecipeError(f"{where}: {missing[0]!r} is missing")
    values = {key: _value(hints[key], value, f"{where}: {key}") for key, value in table.items()}
    try:
        return kind(**values)
    except RecipeError as error:
        raise RecipeError(f"{where}: {error}") from None


def _value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return parse_table(typing.cast(type[Any], kind), value, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and isinstance(value, (list, tuple)):
        return tuple(_value(arguments[0], entry, where) for entry in value)
    wanted = origin or kind
    if wanted is float and type(value) is int:
        return float(value)
    if isinstance(wanted, types.UnionType) or not isinstance(value, wanted):
        raise RecipeError(f"{where}: expected {wanted.__name__}, found {value!r}")
    if wanted is int and isinstance(value, bool):
        raise RecipeError(f"{where}: expected int, found {value!r}")
    return value
