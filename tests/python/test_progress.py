"""Progress is shown on a terminal, after a while, and wiped off; anywhere else nothing is written."""

import io
import time

import pytest
from streamgauge import _progress


class Terminal(io.StringIO):
    """What believes itself to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_quick_work_shows_nothing() -> None:
    out = Terminal()
    with _progress.shown("reading", out):
        pass
    assert out.getvalue() == ""


def test_long_work_is_shown_and_wiped_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "_DELAY_S", 0.01)
    monkeypatch.setattr(_progress, "_TICK_S", 0.01)
    out = Terminal()
    with _progress.shown("measuring", out):
        time.sleep(0.2)
    assert "measuring 0 s" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K")


def test_no_terminal_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "_DELAY_S", 0.0)
    out = io.StringIO()
    with _progress.shown("reading", out):
        time.sleep(0.05)
    assert out.getvalue() == ""


def test_failing_work_wipes_its_line_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "_DELAY_S", 0.0)
    out = Terminal()
    with pytest.raises(ZeroDivisionError), _progress.shown("reading", out):
        raise ZeroDivisionError
    assert out.getvalue().endswith("\r\x1b[K")
