"""What is sent to a page so that it looks as it should."""

from dataclasses import replace

from renderer.chromium.view import Clip, View

VIEW = View(800, 600)


def methods(view: View, before: View | None) -> list[str]:
    return [method.partition(".")[2] for method, _ in view.commands(before)]


def test_a_new_page_is_told_everything_that_is_not_as_it_begins() -> None:
    assert methods(VIEW, None) == ["setDeviceMetricsOverride", "setEmulatedMedia"]


def test_nothing_is_sent_to_a_page_that_looks_so_already() -> None:
    assert methods(VIEW, VIEW) == []


def test_only_what_changes_is_sent() -> None:
    assert methods(replace(VIEW, width=801), VIEW) == ["setDeviceMetricsOverride"]
    assert methods(replace(VIEW, clip=Clip(0, 0, 5, 5)), VIEW) == ["setDeviceMetricsOverride"]
    assert methods(replace(VIEW, transparent=True), VIEW) == ["setDefaultBackgroundColorOverride"]
    assert methods(VIEW, replace(VIEW, transparent=True)) == ["setDefaultBackgroundColorOverride"]
    assert methods(replace(VIEW, color_scheme="dark"), VIEW) == ["setEmulatedMedia"]
