"""What OGraf v1 demands of a manifest, in our words, and what we demand of our own beyond that.

Stated from the EBU's specification and its JSON schemas (state of 2026-08-07). What these rules do
not know is a breach too, so that nothing is in the manifest that nobody checked.

`python -m tests.ograf_rules FOLDER` asks the EBU's own schemas as well, from a folder in which
somebody has them: whether our manifest is valid, and whether they refuse what is refused here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

from livevote.web.ograf import MANIFEST
from livevote.web.pages import static_folder

SCHEMA = "https://ograf.ebu.io/v1/specification/json-schemas/graphics/schema.json"
Plain = dict[str, Any]
Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def words(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def boolean(value: Any) -> bool:
    return isinstance(value, bool)


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not boolean(value)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not boolean(value)


def duration_ms(value: Any) -> bool:
    """-1: nobody knows."""
    return whole(value) and value >= -1


def element_name(value: Any) -> bool:
    """Beyond the schema, which takes any string: what customElements.define takes, and no slash."""
    return text(value) and re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)+", value) is not None


def inner_path(value: Any) -> bool:
    """Beyond the schema: the package holds it, wherever it is unpacked."""
    return words(value) and not value.startswith("/") and ":" not in value and ".." not in value


def listed(value: Any) -> bool:
    return isinstance(value, list)


def mapped(value: Any) -> bool:
    return isinstance(value, dict)


# Of each object: its keys, and what stands there. A key with ! must be there.
KEYS: dict[str, dict[str, Check]] = {
    "manifest": {
        "$schema!": lambda value: value == SCHEMA,
        "id!": element_name,
        "name!": words,
        "main!": inner_path,
        "supportsRealTime!": boolean,
        "supportsNonRealTime!": boolean,
        "version": words,
        "description": words,
        "stepCount": lambda value: number(value) and value >= -1,
        "schema": mapped,
        "customActions": listed,
        "actionDurations": listed,
        "renderRequirements": listed,
    },
    "action": {"id!": words, "name!": words, "description": words, "schema": mapped},
    "duration": {
        "type!": lambda value: value in ("playAction", "updateAction", "stopAction"),
        "duration!": duration_ms,
    },
    "requirement": {"resolution": mapped, "frameRate": mapped, "engine": listed},
    "resolution": {"width": mapped, "height": mapped},
    "constraint": {"min": number, "max": number, "ideal": number, "exact": number},
    "engine": {"type!": words, "version!": mapped},
    "version": {"min!": text},
    # GDD. Beyond the schema: title and default must be there, so that a host can make a form.
    "data": {"type!": lambda value: value == "object", "properties!": mapped},
    "property": {
        "type!": lambda value: value in TYPES,
        "title!": words,
        "default!": lambda value: True,
        "order": number,
        "minimum": number,
        "enum": listed,
        "gddType": lambda value: value in ("single-line", "select"),
        "gddOptions": mapped,
    },
}
TYPES: dict[str, Check] = {"boolean": boolean, "string": text, "integer": whole}
VENDOR = "v_"


def breaches(manifest: Plain) -> list[str]:
    """Every rule that it breaks, each with its place; [] is a good manifest."""
    return list(_manifest(manifest))


def _manifest(manifest: Plain) -> Iterator[str]:
    yield from _keys("manifest", "", manifest)
    yield from _data("schema", manifest.get("schema"))
    for place, action in _each("customActions", manifest):
        yield from _keys("action", place, action)
        yield from _data(f"{place}.schema", action.get("schema"))
    ids = [action.get("id") for _, action in _each("customActions", manifest)]
    if len(set(ids)) < len(ids):
        yield "customActions: an id stands there twice"
    for place, duration in _each("actionDurations", manifest):
        yield from _keys("duration", place, duration)
    for place, requirement in _each("renderRequirements", manifest):
        yield from _requirement(place, requirement)


def _requirement(place: str, requirement: Plain) -> Iterator[str]:
    yield from _keys("requirement", place, requirement)
    resolution = requirement.get("resolution", {})
    yield from _keys("resolution", f"{place}.resolution", resolution)
    sides = {f"resolution.{side}": found for side, found in resolution.items()}
    for name, found in {**sides, "frameRate": requirement.get("frameRate", {})}.items():
        yield from _keys("constraint", f"{place}.{name}", found)
    for where, engine in _each("engine", requirement, f"{place}."):
        yield from _keys("engine", where, engine)
        yield from _keys("version", f"{where}.version", engine.get("version", {}))


def _data(place: str, data: Any) -> Iterator[str]:
    if not mapped(data):
        return
    yield from _keys("data", place, data)
    for name, found in data.get("properties", {}).items():
        yield from _property(f"{place}.{name}", found)


def _property(place: str, found: Plain) -> Iterator[str]:
    yield from _keys("property", place, found)
    of_type = TYPES.get(found.get("type", ""), lambda value: False)
    if not of_type(found.get("default")):
        yield f"{place}.default: not of its type"
    if found.get("gddType") == "single-line" and found.get("type") != "string":
        yield f"{place}.type: a line of text is a string"
    if found.get("gddType") != "select":
        return
    choices = found.get("enum", [])
    labels = found.get("gddOptions", {}).get("labels")
    if not choices or not all(of_type(choice) for choice in choices):
        yield f"{place}.enum: no choices of its type"
    if found.get("default") not in choices:
        yield f"{place}.default: none of the choices"
    if labels is None or list(labels) != choices:
        yield f"{place}.gddOptions: labels are for the choices, all of them"


def _keys(kind: str, place: str, found: Any) -> Iterator[str]:
    known = {name.rstrip("!"): check for name, check in KEYS[kind].items()}
    if not mapped(found):
        yield f"{place}: no object"
        return
    for name in (name[:-1] for name in KEYS[kind] if name.endswith("!")):
        if name not in found:
            yield f"{place}.{name}: missing"
    for name, value in found.items():
        if name not in known and not name.startswith(VENDOR):
            yield f"{place}.{name}: unknown, and not {VENDOR}"
        elif name in known and not known[name](value):
            yield f"{place}.{name}: {value!r}"


def _each(name: str, holder: Plain, before: str = "") -> Iterator[tuple[str, Plain]]:
    found: Any = holder.get(name, ())
    for i, one in enumerate(found if listed(found) else ()):
        yield f"{before}{name}[{i}]", one


# --- a check that cannot fail is none: manifests that are spoiled in one place ---

GONE = object()
Place = tuple[str | int, ...]
GRAPHIC: Place = ("schema", "properties", "graphic")
# What the specification refuses.
WRONG: tuple[tuple[Place, Any], ...] = (
    (("$schema",), SCHEMA.replace("v1", "v0")),
    *(((name.rstrip("!"),), GONE) for name in KEYS["manifest"] if name.endswith("!")),
    (("supportsRealTime",), "1"),
    (("stepCount",), -2),
    (("foreign",), 1),
    (("schema",), "none"),
    (("schema", "type"), GONE),
    ((*GRAPHIC, "type"), "text"),
    ((*GRAPHIC, "type"), GONE),
    ((*GRAPHIC, "default"), 1),
    ((*GRAPHIC, "enum"), GONE),
    ((*GRAPHIC, "gddOptions"), GONE),
    ((*GRAPHIC, "gddOptions", "labels"), GONE),
    (("schema", "properties", "n", "default"), "0"),
    (("schema", "properties", "n", "gddType"), "single-line"),
    (("customActions", 0, "id"), GONE),
    (("customActions", 0, "foreign"), 1),
    (("customActions", 0, "schema", "properties", "blanked", "default"), "1"),
    (("actionDurations", 0, "type"), "dispose"),
    (("actionDurations", 0, "duration"), -2),
    (("actionDurations", 0, "foreign"), 1),
    (("renderRequirements", 0, "foreign"), 1),
    (("renderRequirements", 0, "frameRate"), 50),
    (("renderRequirements", 0, "resolution", "width", "foreign"), 1),
    (("renderRequirements", 0, "engine", 0, "version", "min"), GONE),
    (("renderRequirements", 0, "engine", 0, "version", "min"), 71),
)
# What only we refuse.
UNUSUAL: tuple[tuple[Place, Any], ...] = (
    (("id",), "livevote/graphic"),
    (("id",), "livevote"),
    (("name",), ""),
    (("main",), "/ograf/graphic.js"),
    ((*GRAPHIC, "title"), GONE),
    ((*GRAPHIC, "default"), GONE),
    ((*GRAPHIC, "default"), "foreign"),
    ((*GRAPHIC, "foreign"), 1),
    ((*GRAPHIC, "gddType"), "foreign"),
)
# What is allowed.
VENDORS: tuple[Place, ...] = (("v_key",), ("customActions", 0, "v_key"), (*GRAPHIC, "v_key"))


def changed(manifest: Plain, place: Place, value: Any) -> Plain:
    """A copy with another value at a place, or without it."""
    made = deepcopy(manifest)
    holder: Any = made
    for step in place[:-1]:
        holder = holder[step]
    if value is GONE:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return made


def ours() -> Plain:
    """The manifest as the repository holds it."""
    return dict(json.loads((static_folder() / "ograf" / MANIFEST).read_text()))


def official(folder: Path) -> Draft202012Validator:
    """Of the EBU's schemas below a folder, whatever their files are called."""
    schemas = {}
    for path in sorted(folder.rglob("*.json")):
        schema = json.loads(path.read_text())
        schemas[schema["$id"]] = schema
    return Draft202012Validator(schemas[SCHEMA], registry=Registry(list(schemas.items())))


def main(folder: Path) -> str:
    """What the EBU's schemas say. Raises SystemExit where these rules say something else."""
    manifest, validator = ours(), official(folder)
    found = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(manifest)]
    if found:
        raise SystemExit("the manifest is not valid: " + "; ".join(found))
    for cases, refused in ((WRONG, True), (UNUSUAL, False), ([(p, 1) for p in VENDORS], False)):
        for place, value in cases:
            if validator.is_valid(changed(manifest, place, value)) is refused:
                said = "take" if refused else "refuse"
                raise SystemExit(f"the schemas {said} {place} = {value!r}, against these rules")
    return (
        f"the manifest is valid by {folder.name}, which refuse {len(WRONG)} spoiled ones as our "
        f"rules do, and take {len(UNUSUAL)} that only our rules refuse"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.ograf_rules FOLDER, with the EBU's JSON schemas")
    print(main(Path(sys.argv[1])))
