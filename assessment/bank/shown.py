"""Puts a translation's words into what is shown of an item."""

from __future__ import annotations

from typing import Any


def in_locale(shown: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    """`shown` (the shape of an item's file) with every string that `text` (the shape of `source_text`) gives."""
    words = dict(shown)
    if "scenario" in shown:
        words["scenario"] = _scenario(shown["scenario"], text)
    if "task" in shown:
        words["task"] = _task(shown["task"], text)
    if "step" in shown:
        words["step"] = [_task(step, text.get("step", {}).get(step["id"], {})) for step in shown["step"]]
    if "media" in shown:
        words["media"] = [medium | text.get("media", {}).get(medium["id"], {}) for medium in shown["media"]]
    return words


def _scenario(scenario: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    words = scenario | {name: text[name] for name in ("setting", "limits") if name in text}
    if "card" in scenario:
        words["card"] = scenario["card"] | text.get("card", {})
    if "contacts" in text:
        words["contacts"] = [old | new for old, new in zip(scenario["contacts"], text["contacts"], strict=True)]
    if "transcript" in text:
        words["transcript"] = _lines(scenario["transcript"], text["transcript"])
    return words


def _task(task: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    words = task | {name: text[name] for name in ("ask", "text") if name in text}
    if "option" in task:
        options = text.get("option", {})
        words["option"] = [option | {"text": options.get(option["id"], option["text"])} for option in task["option"]]
    if "reveals" in text:
        words["reveals"] = _lines(task["reveals"], text["reveals"])
    return words


def _lines(lines: list[dict[str, Any]], texts: list[str]) -> list[dict[str, Any]]:
    return [line | {"text": words} for line, words in zip(lines, texts, strict=True)]
