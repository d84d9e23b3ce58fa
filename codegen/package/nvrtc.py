"""Compiles device code with NVRTC, NVIDIA's compiler in the form of a shared library; knows no kernel.

python3 nvrtc.py list LIBRARY...                     one line of JSON for each library that is there
python3 nvrtc.py compile LIBRARY ARCH SOURCE CUBIN   prints what NVRTC and ptxas say; 1 where they fail

NVRTC defines __CUDACC_RTC__ and compiles no host code (NVRTC documentation, section 3).
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path

FLAGS = ("--std=c++14", "--ptxas-options=-v")


class NvrtcError(RuntimeError):
    """A function of NVRTC did not succeed."""


class Nvrtc:
    """One loaded library. Raises OSError where there is none of that name."""

    def __init__(self, name: str) -> None:
        self._library = ctypes.CDLL(name)
        self._library.nvrtcGetErrorString.restype = ctypes.c_char_p

    def call(self, function: str, *arguments: object) -> None:
        code = getattr(self._library, function)(*arguments)
        if code != 0:
            sentence = self._library.nvrtcGetErrorString(code).decode()
            raise NvrtcError(f"{function}: {sentence}")

    def version(self) -> str:
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        return f"{major.value}.{minor.value}"

    def archs(self) -> list[str]:
        count = ctypes.c_int()
        self.call("nvrtcGetNumSupportedArchs", ctypes.byref(count))
        levels = (ctypes.c_int * count.value)()
        self.call("nvrtcGetSupportedArchs", levels)
        return [f"sm_{level}" for level in levels]

    def compile(self, source: Path, arch: str) -> tuple[str, bytes]:
        """The log and the cubin. Raises NvrtcError with the log in it."""
        program = ctypes.c_void_p()
        text, name = source.read_bytes(), str(source.resolve()).encode()  # never an option
        self.call("nvrtcCreateProgram", ctypes.byref(program), text, name, 0, None, None)
        flags = [flag.encode() for flag in (f"--gpu-architecture={arch}", *FLAGS)]
        options = (ctypes.c_char_p * len(flags))(*flags)
        try:
            self.call("nvrtcCompileProgram", program, len(flags), options)
        except NvrtcError as error:
            raise NvrtcError(f"{error}\n{self._log(program)}") from None
        return self._log(program), self._bytes("CUBIN", program)

    def _log(self, program: ctypes.c_void_p) -> str:
        return self._bytes("ProgramLog", program).rstrip(b"\0").decode("utf-8", "replace")

    def _bytes(self, what: str, program: ctypes.c_void_p) -> bytes:
        """What nvrtcGet<what> writes."""
        size = ctypes.c_size_t()
        self.call(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self.call(f"nvrtcGet{what}", program, buffer)
        return buffer.raw


def found(name: str) -> dict[str, object] | None:
    try:
        nvrtc = Nvrtc(name)
        return {"library": name, "version": nvrtc.version(), "archs": nvrtc.archs()}
    except (OSError, AttributeError, NvrtcError):  # not there, or too old to say what it serves
        return None


def main(command: str, *arguments: str) -> None:
    if command == "list":
        for entry in filter(None, map(found, arguments)):
            print(json.dumps(entry))
        return
    library, arch, source, cubin = arguments
    try:
        log, code = Nvrtc(library).compile(Path(source), arch)
    except NvrtcError as error:
        sys.exit(str(error))
    Path(cubin).write_bytes(code)
    print(log)


if __name__ == "__main__":
    main(*sys.argv[1:])
