"""Headings and keys of an interview record, in Chinese and English."""

from __future__ import annotations

import re

HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n]*)", re.MULTILINE)

_EXACT = {
    "record": "访谈录|訪談錄|采访录|interview record|interview transcript record",
    "intro": "内容介绍|內容介紹|内容简介|访谈介绍|introduction|about this interview|about",
    "outline": "内容纲要|內容綱要|内容大纲|內容大綱|访谈纲要|访谈大纲|纲要|大纲|outline|content outline",
    "review": "要点回顾|要點回顧|要点总结|要点|要點|关键要点|key points|key takeaways|takeaways|review of key points",
}
_PART_OF = {phrase: part for part, phrases in _EXACT.items() for phrase in phrases.split("|")}
_BRIEF = re.compile(
    r"[「【\[《](?:简报|簡報|brief|briefing)[」】\]》].*|(?:简报|簡報|brief|briefing)(?:\s*[:：].*|\s+[—–-]\s.*)?"
)
_NUMBER = re.compile(r"(?:[一二三四五六七八九十]+、|\d+[.、)])[ \t]*")

SOURCE = (
    "视频链接|視頻鏈接|影片連結|音频链接|原文链接|原始链接|原视频|原文|视频|来源|链接|"
    "Video link|Video|Source|Original|Link|Audio|Watch"
)
CHANNEL = (
    "官方频道|官方頻道|频道|頻道|发表刊物|刊物|节目|播客|Official channel|Channel|Podcast|Show|Publication|Publisher"
)
DURATION = "时长|時長|Duration|Length"
DATE = "发布日期|發布日期|访谈日期|日期|Date|Published"


def part_of(heading: str) -> str | None:
    """Return record, intro, outline, review or brief; None for any other heading."""
    bare = _NUMBER.sub("", heading.strip().strip("*").strip(), count=1).rstrip("# \t\r:：").casefold()
    if bare in _PART_OF:
        return _PART_OF[bare]
    return "brief" if _BRIEF.fullmatch(bare) else None
