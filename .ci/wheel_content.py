"""The wheel holds exactly what stands in src/muso, and its own papers.

.ci/wheel_content.py dist/muso-1.0.0-py3-none-any.whl
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
NEEDED = ("muso/py.typed", "muso/recipes/composer.toml", "muso/bundles/composer.1/bundle.toml")
MOST_MB = 50.0
"""Bundles may take 40 MB together."""


def faults(wheel: Path) -> list[str]:
    """What is wrong with `wheel`, a line each."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    code = {name for name in held if name.startswith("muso/")}
    papers = {name.split("/", 1)[1] for name in held - code if ".dist-info/" in name}
    expected = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "muso").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = [f"left out: {name}" for name in sorted(expected - code)]
    found += [f"not in src: {name}" for name in sorted(code - expected)]
    found += [f"needed and missing: {name}" for name in NEEDED if name not in code]
    found += [f"strange: {name}" for name in sorted(held - code) if ".dist-info/" not in name]
    if missing := {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"} - papers:
        found.append(f"papers missing: {', '.join(sorted(missing))}")
    if (size_mb := wheel.stat().st_size / 1e6) > MOST_MB:
        found.append(f"{size_mb:.1f} MB; at most {MOST_MB:.0f}")
    return found


def main() -> None:
    wheel = Path(sys.argv[1])
    found = faults(wheel)
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB", *found, sep="\n  ")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
