"""The program that this package drives."""

import os
import shutil
import sysconfig
from pathlib import Path


class NotInstalled(Exception):
    """The program is nowhere to be found."""


def find():
    """Path of the program: WXCHECK_BIN, the `wxcheck` package of this interpreter, or the PATH."""
    named = os.environ.get("WXCHECK_BIN")
    if named:
        if not Path(named).is_file():
            raise NotInstalled(f"WXCHECK_BIN names {named}, which is no file")
        return named
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("wxcheck", path=scripts) or shutil.which("wxcheck")
    if found is None:
        raise NotInstalled("wxcheck is not installed: pip install wxcheck, or name the program in WXCHECK_BIN")
    return found
