"""Two GPUs of one kind; `current` is where launches would go."""

from __future__ import annotations

current = 0


def current_device() -> int:
    return current


def get_device_capability(index: int) -> tuple[int, int]:
    return (8, 9)


class device:
    def __init__(self, which) -> None:
        self._index = getattr(which, "index", which)

    def __enter__(self) -> None:
        global current
        self._before, current = current, self._index

    def __exit__(self, *_error: object) -> None:
        global current
        current = self._before
