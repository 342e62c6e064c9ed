"""The least that Flask can do: the yardstick of the machine."""

from __future__ import annotations

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    return "hello"
