"""Time codes as notes and people write them: HH:MM:SS or MM:SS. Values are whole seconds."""

from __future__ import annotations

import re

_CODE = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})", re.ASCII)
# Seconds: more than three digits of hours cannot be written.
LONGEST = 1000 * 3600


def parse(text: str) -> int | None:
    """Return the seconds of `01:02:03`, `1:02:03` or `02:03`; None if unreadable (99:99:99)."""
    match = _CODE.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if seconds > 59 or (match[1] is not None and minutes > 59):
        return None
    return hours * 3600 + minutes * 60 + seconds


def format(seconds: int) -> str:
    """Return seconds as `HH:MM:SS`, with more digits of hours if needed."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"


def shifted(seconds: int) -> int | None:
    """Return the seconds meant by MM:SS that was written as HH:MM:00 (31:38:00 → 00:31:38), or None."""
    minutes, rest = divmod(seconds, 60)
    return minutes if rest == 0 else None


_WRITTEN = re.compile(
    r"(?:(\d{1,3})\s*(?:h|小时|时|:)\s*)?(\d{1,3})\s*(?:m|min|分钟|分|'|:)\s*"
    r"(?:(\d{1,2})\s*(?:s|sec|秒|''|\")?)?",
    re.ASCII,
)


def guess(text: str) -> int | None:
    """Return the seconds probably meant by a time that `parse` does not read, or None.

    `12：30`, `1h02m03s`, `12分30秒`, `[00:12:30]`.
    """
    plain = text.strip().strip("[]()（）【】~≈约 ").replace("：", ":").replace("′", "'").replace("″", '"').lower()
    if (seconds := parse(plain)) is not None:
        return seconds
    match = _WRITTEN.fullmatch(plain)
    if not match:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    if rest > 59 or (match[1] is not None and minutes > 59):
        return None
    return hours * 3600 + minutes * 60 + rest
