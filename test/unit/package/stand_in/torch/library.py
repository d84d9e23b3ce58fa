"""Remembers what is registered, and calls it as torch's dispatcher would."""

from __future__ import annotations

from types import SimpleNamespace

ops = SimpleNamespace()
schemas: dict[str, str] = {}
fakes: dict[str, object] = {}


class Library:
    def __init__(self, namespace: str, kind: str) -> None:
        self.namespace = namespace
        setattr(ops, namespace, SimpleNamespace())

    def define(self, schema: str, tags=()) -> None:
        name = schema.partition("(")[0]
        schemas[name] = schema
        setattr(getattr(ops, self.namespace), name, SimpleNamespace())

    def impl(self, name: str, function, key: str) -> None:
        assert key == "CUDA"
        getattr(getattr(ops, self.namespace), name).default = function


def register_fake(name: str, function, lib=None) -> None:
    fakes[name.partition("::")[2]] = function
