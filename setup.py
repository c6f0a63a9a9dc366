"""Builds the C++ kernels beside their sources during installation; everything else is in pyproject.toml.

Without a compiler the installation still succeeds: `kernels` then says so at first use and computes in torch.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from setuptools import setup
from setuptools.command.build_py import build_py

CPU = Path("kernels", "cpu")


def kernel_build() -> ModuleType:
    """kernels/cpu/build.py by its path: the package itself imports torch, which is not here at build time."""
    spec = importlib.util.spec_from_file_location("konspekt_kernel_build", CPU / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildKernels(build_py):
    """Python files as ever, and the shared object: into the tree for an editable install, else into the wheel."""

    def run(self) -> None:
        super().run()
        build = kernel_build()
        folder = CPU if self.editable_mode else Path(self.build_lib, "konspekt", CPU)
        target = folder / build.built_name()
        if target.is_file():
            return
        try:
            build.compile_library(target)
        except (build.CompileError, OSError) as error:
            self.warn(f"the C++ kernels were not built, answers will be many times slower: {error}")


setup(cmdclass={"build_py": BuildKernels})
