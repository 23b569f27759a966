"""Fetches a package with pip as it is set up here, but runs nothing of the package:
pip download would run the build of a source distribution.

fetch.py NAME DIR [VERSION] saves the newest final release that is not yanked, or that
of a version. Without a DIR it saves nothing. It prints as JSON the versions that there
are, the one that was fetched, and its file.
"""

import hashlib
import json
import os
import sys

from pip._internal.cli.cmdoptions import make_target_python
from pip._internal.commands import create_command

# What is only read may be of any platform; these are those that the engines run on.
PLATFORMS = "manylinux_2_34_x86_64 manylinux_2_31_x86_64 manylinux_2_28_x86_64 any"


def fetch(project, folder="", version=""):
    pip = create_command("download")
    platforms = [f"--platform={p}" for p in PLATFORMS.split()]
    target = ["--python-version=3.12", "--implementation=cp"]
    options, _ = pip.parse_args(["--quiet", *target, *platforms])
    with pip.main_context():
        session = pip.get_default_session(options)
        finder = pip._build_package_finder(
            options, session, target_python=make_target_python(options)
        )
        found = {}
        for c in finder.find_all_candidates(project):
            if not c.version.is_prerelease and not c.link.is_yanked:
                found.setdefault(c.version, []).append(c.link)
        if not found:
            sys.exit(f"pip finds no release of {project}")
        out = {"versions": [str(v) for v in sorted(found)]}
        if not folder:
            return out
        chosen = {str(v): v for v in found}.get(version) if version else max(found)
        if not chosen:
            sys.exit(f"pip finds no release {version} of {project}")
        # A wheel for every platform is the smallest, and one for a single platform
        # the largest: that has what was compiled.
        link = min(
            found[chosen],
            key=lambda w: (
                w.is_wheel and "none-any" not in w.filename,
                not w.is_wheel,
                w.filename,
            ),
        )
        answer = session.get(link.url_without_fragment)
        answer.raise_for_status()
        if (
            link.hash
            and hashlib.new(link.hash_name, answer.content).hexdigest() != link.hash
        ):
            sys.exit(f"{link.filename} does not have the digest that the index gives")
        path = os.path.join(folder, os.path.basename(link.filename))
        with open(path, "wb") as f:
            f.write(answer.content)
    return {**out, "version": str(chosen), "file": path}


json.dump(fetch(*sys.argv[1:]), sys.stdout)
