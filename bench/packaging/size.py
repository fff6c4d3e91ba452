# SPDX-License-Identifier: Apache-2.0
"""How large goodfit is: the wheel, what it takes up once installed, and its dependencies beside it.

python bench/packaging/size.py     writes bench/results/package_size.md
"""

import platform
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from fresh import ROOT, build, empty_environment, install, installed, own_constraints, run

SIZES = """
from importlib.metadata import distributions
for each in distributions():
    paths = [each.locate_file(file) for file in each.files or ()]
    print(each.name.lower(), sum(p.stat().st_size for p in paths if p.is_file() and p.suffix != ".pyc"))
"""
HEAD = """# Size of the core install

Written by `python bench/packaging/size.py` on {date}; Python {python}, {machine}. `pip install goodfit` in an empty
environment, with the versions of constraints.txt; bytecode not counted, 1 MB = 1,000,000 bytes.

| | |
|---|---|
| wheel | {wheel:.0f} KB |
| sdist | {sdist:.0f} KB |
| goodfit installed | {own:.1f} MB |
| dependencies installed | {others:.1f} MB in {count} packages |
| of that scipy and numpy | {numbers:.1f} MB |

| package | version | MB |
|---|---|---|
"""


def main() -> None:
    """Build, install, weigh, and write the table."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        sdist, wheel = sorted(build(folder / "dist"), key=lambda path: path.suffix == ".whl")
        python = empty_environment(folder / "environment")
        install(python, str(wheel), constraints=own_constraints())
        lines = run(python, "python", "-c", SIZES, cwd=folder).stdout.splitlines()
        sizes = {line.split()[0]: int(line.split()[1]) / 1e6 for line in lines}
        versions = installed(python)
        own = sizes["goodfit"]
        others = {package: sizes[package] for package in versions if package != "goodfit"}
        text = HEAD.format(
            date=datetime.now(UTC).date(),
            python=platform.python_version(),
            machine=f"{platform.system()} {platform.machine()}",
            wheel=wheel.stat().st_size / 1e3,
            sdist=sdist.stat().st_size / 1e3,
            own=own,
            others=sum(others.values()),
            count=len(others),
            numbers=others["scipy"] + others["numpy"],
        )
        ordered = sorted(others, key=lambda package: -others[package])
        text += "".join(f"| {each} | {versions[each]} | {others[each]:.1f} |\n" for each in ordered)
    (ROOT / "bench" / "results" / "package_size.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
