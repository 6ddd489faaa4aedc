"""Headings and keys of a structured episode page, in the languages of such pages."""

from __future__ import annotations

import re

_PARTS = {
    "chapters": "章节|章節|chapters|timeline",
    "quotes": "金句|quotes|key quotes|notable quotes|golden quotes",
    "predictions": "预测|預測|predictions",
    "visual": "视觉信号|視覺信號|視覺訊號|visual signals|visual cues|visuals",
    "energy": "能量变化|能量變化|energy shifts|energy changes",
    "gestures": "强调动作|強調動作|emphasis gestures|emphatic gestures|gestures",
    "tells": "真实性 tell|真實性 tell|真实性信号|authenticity tells|authenticity tell|tells",
    "texture": "texture|facts / texture|lost in transcription",
    "entities": "提及实体|提及實體|mentioned entities|entities mentioned|entities|mentions",
    "takeaways": "要点|要點|takeaways|key takeaways",
}
_ENTITY_KINDS = {
    "person": "人物|person|people|persons",
    "organisation": "公司/机构|公司/機構|公司|机构|機構|组织|companies|organisations|organizations|companies/orgs"
    "|companies/organisations|companies/organizations|companies & organisations|companies & organizations",
    "product": "产品|產品|产品/模型|產品/模型|products|products/models|models",
    "work": "书籍|作品|书/作品|媒体/书籍|works|books|books/media|media/books|media",
    "method": "论文/方法/数据集|論文/方法/數據集|论文|方法|数据集|methods|papers|datasets|papers/methods"
    "|papers/methods/datasets",
}
_SPACES = re.compile(r"[\s*_]+")
# Examples: 转录会丢失的事实/质感, "Facts and texture a transcript would lose", "Lost in the transcript".
_TEXTURE = re.compile(
    r"转录会丢失.*|轉錄會丟失.*|.*\btranscript\w*\b.*\b(?:lose|lost|miss)\w*\b.*|.*\blos[te]\w* in .*\btranscri.*"
)
_ASIDE = re.compile(r"[(（][^()（）]*[)）]\s*$")


def _key(name: str) -> str:
    return _SPACES.sub("", name).casefold()


def _table(words: dict[str, str]) -> dict[str, str]:
    return {_key(phrase): meaning for meaning, phrases in words.items() for phrase in phrases.split("|")}


_PART_OF = _table(_PARTS)
_KIND_OF = _table(_ENTITY_KINDS)
# Characters; longer lines are sentences.
LONGEST_HEADING = 80


def part_of(heading: str) -> str | None:
    """Return the part that a heading opens, without its count: 视觉信号(纯转录看不到的) → visual; None if unknown."""
    if len(heading) > LONGEST_HEADING:
        return None
    bare = _ASIDE.sub("", heading)
    if part := _PART_OF.get(_key(bare)):
        return part
    return "texture" if _TEXTURE.fullmatch(bare.casefold().strip()) else None


def entity_kind(listed_as: str) -> str:
    """Return the kind of the entities in a list of this name; `other` if unknown."""
    return _KIND_OF.get(_key(listed_as), "other")


# Keys of the line under the title and of the visual part; a half- or full-width colon ends a key.
HOST = "主持人|主持|主播|Hosts?|Hosted by"
GUEST = "嘉宾|嘉賓|Guests?"
DURATION = "时长|時長|Duration|Length"
DATE = "发布日期|發布日期|日期|Date|Published"
SETTING = "录制设定|錄製設定|录制环境|场景|Recording setting|Recording setup|Setting"
PRODUCTION = "制作|製作|production|production style"
PROPS = "道具|props?"
UP, DOWN = "📈⬆↑🔺🔼⏫", "📉⬇↓🔻🔽⏬"
