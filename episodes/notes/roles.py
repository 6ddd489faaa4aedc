"""Roles of speakers in notes, and labels that name nobody in particular."""

from __future__ import annotations

import re

_WORDS = {
    "host": "主持人 主持 主播 采访者 採訪者 采访人 访谈者 提问者 host hosts co-host cohost interviewer interviewers "
    "moderator presenter anchor",
    "guest": "嘉宾 嘉賓 受访者 受訪者 被采访者 受访嘉宾 guest guests interviewee interviewees respondent",
    "narrator": "旁白 旁白员 解说 解說 画外音 畫外音 narrator narration announcer voiceover voice-over",
}
_ROLE_OF = {word: role for role, words in _WORDS.items() for word in words.split()}
_SPEAKERS = """
speaker speakers 发言人 發言人 说话人 說話人 讲者 講者 演讲者 讲述者 发言者 对谈人 对谈者
讲解 讲解人 解读 朗读 朗读者 翻译 译员 translator
"""
_UNNAMED = """
unknown unidentified unknownspeaker unidentifiedspeaker 未知 未知发言人 匿名 anonymous none n/a
audience 观众 觀眾 听众 聽眾 提问观众 现场观众 audiencemember audiencequestion questioner crowd
everyone all both 众人 大家 全体 合 男声 女声 男聲 女聲 男 女 malevoice femalevoice voice male female man woman
q a q&a 问 答 問 person participant 与会者 caller clip video 视频 音频 播报 host/guest
作者 author staff operator reporter 记者 記者
"""

GENERIC_LABELS = frozenset(_ROLE_OF) | frozenset(_SPEAKERS.split()) | frozenset(_UNNAMED.split())

# Numbers of unnamed speakers: `Speaker 1`, `SPEAKER_00`, `Guest A`, `发言人B`, `嘉宾二`.
_NUMBER = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3}|[甲乙丙丁戊]|one|two|three|four)"
_NUMBERED = re.compile(rf"(?:[\s_#\-:：]*{_NUMBER}|[\s_#\-]+[a-z]|(?<=[^\x00-\x7f])[a-z])\Z")
_LEADING_NUMBER = re.compile(r"\A(?:第?[一二三四五六七八九十\d]{1,2}位|另一位|一位|the |an? )")
_PIECES = re.compile(r"[()（）\[\]【】{}<>]")


def role_of(word: str) -> str:
    """Return host, guest or narrator for the words that notes use (主持人, 受访者, Host …), else speaker."""
    return _ROLE_OF.get(_bare(word), "speaker")


def is_generic(label: str) -> bool:
    """Return whether a label names no person: guest, 嘉宾, Speaker 1, 发言人B. Such a label never becomes a Speaker."""
    pieces = [piece.strip() for piece in _PIECES.split(label)]
    return all(_is_unnamed(piece) for piece in pieces if piece)


def _is_unnamed(piece: str) -> bool:
    joined = "".join(piece.casefold().split())
    return joined in GENERIC_LABELS or _bare(piece) in GENERIC_LABELS or (len(joined) == 1 and joined.isascii())


def _bare(word: str) -> str:
    lowered = word.casefold().strip(" \t\r\n*_.:：,，。?？!！\"'“”‘’")
    return "".join(_NUMBERED.sub("", _LEADING_NUMBER.sub("", lowered)).split())
