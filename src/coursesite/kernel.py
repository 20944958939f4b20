"""Settings of the kernels that execute the chapters: figures as SVG, the same on every build.

They travel by environment variables, so the notebooks themselves stay free of them and a
reader's own Jupyter is left alone.
"""

from __future__ import annotations

import os
from pathlib import Path

MATPLOTLIBRC = Path(__file__).with_name("matplotlibrc")

_KERNEL_CONFIG = """\
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
c.HistoryManager.enabled = False
"""


def environment(build_dir: Path) -> dict[str, str]:
    """Environment variables for a kernel; writes the IPython profile they point to.

    >>> import tempfile
    >>> sorted(environment(Path(tempfile.mkdtemp())))
    ['IPYTHONDIR', 'MATPLOTLIBRC', 'PYTHONHASHSEED']
    """
    profile = build_dir.resolve() / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(_KERNEL_CONFIG, encoding="utf-8")
    return {
        "IPYTHONDIR": str(profile.parent),
        "MATPLOTLIBRC": str(MATPLOTLIBRC),
        "PYTHONHASHSEED": "0",
    }


def configure(build_dir: Path) -> None:
    """Set the environment of this process, which its kernels inherit."""
    os.environ.update(environment(build_dir))
