"""What a note's own keys, tags and place say about whether it may be public. Pure Python.

The keys are those of the programs that publish Markdown: Jekyll (`published`), Hugo (`build`, `expiryDate`,
`publishDate`, `headless`), Eleventy (`permalink: false`, `eleventyExcludeFromCollections`), Hexo (`published`,
`hidden`, `password`), Quartz, Obsidian Publish and the digital gardens (`publish`, `dg-publish`, `unlisted`), Ghost
(`visibility`, `status`, `email_only`), WordPress (`status`, `post_password`), Docusaurus and Astro (`unlisted`),
Zola (`render`), Notion and their kin, in any case and with any separator, and the Chinese words for them.

`draft: true` says nothing here: in whole public collections nearly every note carries it. What is ambiguous counts as
"not public", because a person can overrule it and nobody can call a page back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple


class Wish(NamedTuple):
    """A note's wish not to be public. code: the reason as `adopt --include` takes it; said: the note's own words."""

    code: str
    said: str


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


YES = _set("true yes on 1 y t x ✓ ✔ ☑ √ 是 对 真 启用 开 开启 [x]")
NO = _set("false no off 0 n f never not none nope disabled 否 不 不是 假 关 关闭 禁用 无 [ ] [] ✗ ✘")
_EMPTY = _set("null ~ nil undefined n/a")

# Keys are written here without separators and in lower case.
# True, or anything that is neither false nor empty, says "not public".
_HIDES = {
    **dict.fromkeys(_set("exclude excluded excludefromsite excludefrompublish 排除 不收录"), "exclude"),
    **dict.fromkeys(
        _set(
            "private isprivate privatenote privatepost privatepage secret issecret confidential isconfidential nonpublic "
            "notpublic onlyme restricted 私密 私有 私人 不公开 非公开 保密 机密 隐私 仅自己可见 内部资料"
        ),
        "private",
    ),
    **dict.fromkeys(
        _set(
            "unlisted isunlisted hidden ishidden invisible headless emailonly navexclude excludefromlist excludefromlists "
            "excludefromcollections eleventyexcludefromcollections excludefromblog dghide hidefromsite hidepage hidepost "
            "hidefromlist hidefromhome hidefrompublic notlisted unsearchable 隐藏 不列出"
        ),
        "hidden",
    ),
    **dict.fromkeys(
        _set(
            "unpublished isunpublished donotpublish dontpublish nopublish neverpublish noexport notpublished publishnever "
            "withdrawn retracted deleted isdeleted trashed istrashed removed recycled 不发布 未发布 禁止发布 勿发 已删除 已撤回"
        ),
        "unpublished",
    ),
    **dict.fromkeys(
        _set(
            "password passwd pwd passcode passphrase passwordhash postpassword passwordprotected protected isprotected "
            "encrypted isencrypted encrypt locked islocked requirelogin requireslogin loginrequired requiresauth "
            "requireauth authrequired authentication membersonly memberonly subscribersonly paywall paywalled paidonly "
            "密码 加密 访问密码 需要登录 会员专享 仅会员"
        ),
        "protected",
    ),
    **dict.fromkeys(
        _set(
            "noindex norobots robotsnoindex excludefromsearch excludesearch hidefromsearch searchexclude sitemapexclude "
            "sitemapignore excludefromsitemap eleventyexcludefromsitemap 不索引 不收录搜索"
        ),
        "noindex",
    ),
}
# These mean other things too: only a plain yes counts.
_HIDES_IF_TRUE = {
    **dict.fromkeys(_set("hide ignore ignored skip skipped disabled disable invisible draftonly inactive"), "hidden"),
    **dict.fromkeys(_set("internal personal sensitive 内部"), "private"),
    **dict.fromkeys(_set("archived isarchived archive 归档 已归档"), "archived"),
    **dict.fromkeys(_set("trash 回收站"), "unpublished"),
}
# A no says "not public", and so does anything that is no yes, no date and no address.
_SHOWS = {
    **dict.fromkeys(
        _set(
            "publish dgpublish blogpublish sitepublish webpublish public ispublic publicly publishable topublish "
            "publishtoweb 公开 是否公开 发布到网站"
        ),
        "unpublished",
    )
}
# Of these only a no, or a word for "not public".
_SHOWS_UNLESS_NO = {
    **dict.fromkeys(
        _set(
            "published ispublished postpublished share shared isshared export exported output render enable enabled "
            "active live online released release 发布 已发布 上线 启用"
        ),
        "unpublished",
    ),
    **dict.fromkeys(
        _set("list listed islisted listing visible isvisible show shown display searchable 可见 显示 列出"), "hidden"
    ),
    **dict.fromkeys(_set("sitemap index indexed indexable robotsindex insearchindex searchindex 索引"), "noindex"),
    "permalink": "unpublished",
}
# Of these the words count; of the first, every word that does not plainly say "public".
_ACCESS = _set(
    "visibility postvisibility pagevisibility access accesslevel accesscontrol privacy privacylevel sharing "
    "可见性 可见范围 公开范围 权限 访问权限 密级"
)
_WORDED = _set(
    "status poststatus pagestatus publishstatus publishingstatus publicationstatus notestatus contentstatus state "
    "publishstate stage workflow audience permission permissions readership security securitylevel classification "
    "sensitivity confidentiality scope type posttype kind category categories area layout flags flag labels label "
    "keywords keyword tags tag suggestedtags options properties 状态 发布状态 分类 类别 标签 类型"
)
_ROBOTS = _set("robots robot metarobots googlebot robotstag xrobotstag")
_EXPIRES = _set(
    "expirydate expiry expires expireson expiresat expire expireat expireon expirationdate expiration unpublishdate "
    "unpublishon unpublishat unpublish validuntil publishuntil availableuntil deleteon deleteafter "
    "过期 过期时间 失效日期 下线时间 有效期"
)
_BEGINS = _set(
    "publishdate publishon publishat publishedon publishedat publishtime datepublished publisheddate published publish "
    "pubdate date releasedate releaseon releaseat release golive goliveat goliveon livedate scheduled scheduledat "
    "scheduledfor scheduledate scheduleddate schedule embargo embargoed embargountil embargodate availablefrom "
    "validfrom notbefore activefrom startpublish 发布日期 发布时间 定时发布 日期 解禁"
)
_EMBARGO = _set(
    "embargo embargoed embargountil embargodate scheduled isscheduled scheduledfor scheduledat 定时发布 解禁"
)
# Hugo's `build`, whose values are words of their own.
_NEVER = _set("never false link local no off 0")

_PRIVATE = _set(
    "private privately secret topsecret confidential internal internalonly restricted personal onlyme me self myself "
    "owner ownersonly noone nobody sensitive classified friends friendsonly followers followersonly team teamonly staff "
    "staffonly family contacts invited inviteonly 私密 私有 私人 不公开 未公开 非公开 保密 机密 绝密 秘密 内部 内部资料 仅自己 "
    "仅自己可见 自己可见 仅好友 仅好友可见 好友可见 仅内部"
)
_MEMBERS = _set(
    "protected password passwordprotected encrypted locked members member membersonly paid paidmembers paidonly "
    "subscribers subscriber subscribersonly patrons patron tiers premium 会员 仅会员 付费 加密 密码保护"
)
_UNSEEN = _set("hidden unlisted notlisted invisible headless 隐藏 不列出")
_OUT = _set(
    "unpublished notpublished nopublish donotpublish dontpublish noexport withdrawn retracted rejected trash trashed "
    "deleted removed spam inherit autodraft disabled inactive onhold hold suspended revoked cancelled canceled never "
    "pending pendingreview needsreview awaitingreview 未发布 不发布 待发布 待审 待审核 审核中 未审核 已删除 删除 已撤回 撤回 "
    "回收站 下线 已下线 停用"
)
_LATER = _set("future scheduled embargoed embargo upcoming queued planned 定时 定时发布 计划发布")
_WORDS = {
    **dict.fromkeys(_PRIVATE, "private"),
    **dict.fromkeys(_MEMBERS, "protected"),
    **dict.fromkeys(_UNSEEN, "hidden"),
    **dict.fromkeys(_OUT, "unpublished"),
    **dict.fromkeys(_LATER, "future-date"),
    **dict.fromkeys(_set("expired 已过期 过期"), "expires"),
    **dict.fromkeys(_set("archived archive 归档 已归档"), "archived"),
    **dict.fromkeys(_set("inbox 收件箱"), "inbox"),
    **dict.fromkeys(_set("exclude excluded"), "exclude"),
}
# A tag is mostly what a note is about: of the words only those that nobody writes about.
_TAGS = {
    word: code
    for word, code in _WORDS.items()
    if word
    in _set(
        "private onlyme confidential topsecret internalonly unlisted hidden unpublished notpublished nopublish "
        "donotpublish dontpublish noexport exclude excluded 私密 私有 不公开 未公开 非公开 保密 机密 内部资料 仅自己可见 不发布 "
        "未发布 待发布"
    )
}
# What a word says where it is the name of a category, a layout or a kind of post, is what it says as a tag.
_TOPICS = _set(
    "type posttype kind category categories area layout flags flag labels label keywords keyword tags tag suggestedtags "
    "options properties scope audience stage 分类 类别 标签 类型"
)
_PUBLIC = _set(
    "public public* everyone everybody all any anyone world open free listed visible published publish default inherit "
    "global web shared true yes on 1 公开 所有人 所有人可见 全部 公共 开放 默认 任何人"
)
# What they say is about a picture, a menu or the search of the site, not about the page.
_ELSEWHERE = _set(
    "cover image images coverimage featured featuredimage feature menu menus toc tableofcontents nav navigation navbar "
    "breadcrumb breadcrumbs comments comment header footer sidebar og opengraph twitter social author authors links "
    "resources video audio player theme ads banner gallery thumbnail math mermaid pagination share related editlink"
)
_INDEXING = _set("search sitemap robots seo indexing")

_YOUTUBE_ID = re.compile(r"[\w-]{11}")
_FOLDERS = _set(
    "drafts draft _drafts private _private privat personal secret confidential trash _trash recycle recyclebin deleted "
    "templates template _templates archetypes archive archived archives _archive inbox _inbox unpublished internal "
    "hidden unlisted 私密 私人 草稿 草稿箱 模板 回收站 归档 未发布 不公开 收件箱 内部"
)


# --- keys


def wishes(data: Mapping[str, Any], today: date) -> Iterator[Wish]:
    """Yield every wish of a header not to be public, in its order. data: its keys and values, text or nested."""
    yield from _mapping(data, today, "", depth=0)


def _mapping(data: Mapping[str, Any], today: date, path: str, depth: int, code: str = "") -> Iterator[Wish]:
    if depth > 8:
        return
    for name, value in data.items():
        key, shown = normal_key(name), f"{path}{name}"
        if isinstance(value, Mapping):
            yield from _nested(key, value, today, shown, depth, code)
        elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
            for each in value:
                inner = each if isinstance(each, Mapping) else {name: each}
                yield from _mapping(inner, today, f"{shown}.", depth + 1, code)
        else:
            found = _of_values(key, _texts(value), today)
            if found:
                # A password is nothing for a message.
                said = "…" if found == "protected" else _shown(value)
                yield Wish(code or found, f"{shown}: {said}")


def _nested(key: str, value: Mapping[str, Any], today: date, shown: str, depth: int, code: str) -> Iterator[Wish]:
    if key in _ELSEWHERE:
        return
    if key in _HIDES and value:
        yield Wish(code or _HIDES[key], f"{shown}: …")
    if key == "build":
        for name, inner in value.items():
            if normal_key(name) in ("render", "list") and any(text in _NEVER for text in map(word, _texts(inner))):
                found = "unpublished" if normal_key(name) == "render" else "hidden"
                yield Wish(code or found, f"{shown}.{name}: {_shown(inner)}")
        return
    yield from _mapping(value, today, f"{shown}.", depth + 1, "noindex" if key in _INDEXING else code)


def _of_values(key: str, values: list[str], today: date) -> str:
    return next((found for value in values if (found := _of_value(key, value, today))), "")


def says_not_public(key: str, value: str, today: date) -> str:
    """Return the code of the wish that one key and its value express, "" for none."""
    return _of_value(normal_key(key), value, today)


def _of_value(key: str, value: str, today: date) -> str:
    said = word(value)
    if not said or said in _EMPTY:
        return ""
    return _of_yes_and_no(key, said, value) or _of_words(key, said, value) or _of_dates(key, value, today)


def _of_yes_and_no(key: str, said: str, value: str) -> str:
    if key in _HIDES and said not in NO:
        return _HIDES[key]
    if key in _HIDES_IF_TRUE and said in YES:
        return _HIDES_IF_TRUE[key]
    if key in _SHOWS and said not in YES and not _PLACE_OR_DATE.match(value.strip("\"' ")):
        return _SHOWS[key] if said in NO or said not in _PUBLIC else ""
    if key in _SHOWS_UNLESS_NO:
        no = said in NO or _NO_AND_MORE.match(value.strip("\"' "))
        return _SHOWS_UNLESS_NO[key] if no else _WORDS.get(said, "")
    return ""


# `published: no, not yet`
_NO_AND_MORE = re.compile(r"(?:no|not|never|false|否|不|未)(?:\b|(?<=[否不未]))", re.IGNORECASE)
_PLACE_OR_DATE = re.compile(
    r"https?://|/|\d{4}[-/.年]\d|\d{8}\b|\d{1,2} \w+ \d{4}|\w{3,9}\.? \d{1,2},? \d{4}", re.IGNORECASE
)


def _of_words(key: str, said: str, value: str) -> str:
    if key in _ACCESS:
        if said in NO:
            return "hidden"
        return _WORDS.get(said, "" if said in _PUBLIC else "private")
    if key in _ROBOTS:
        return "noindex" if re.search(r"no-?index|none", value, re.IGNORECASE) else ""
    if key in _TOPICS:
        return next((code for part in _parts(value) if (code := _TAGS.get(part))), "")
    return _WORDS.get(said, "") if key in _WORDED else ""


def _of_dates(key: str, value: str, today: date) -> str:
    if key in _EXPIRES:
        return "" if word(value) in NO else "expires"
    if key in _BEGINS | _EMBARGO:
        days = dates_in(value)
        if any(day > today for day in days):
            return "future-date"
        if key in _EMBARGO and not days and word(value) not in NO:
            return "future-date"
    return ""


def normal_key(name: str) -> str:
    """`dg-publish`, `dgPublish` and `DG_PUBLISH (2)` are one key."""
    name = re.sub(r"\s*\(\d+\)$", "", unicodedata.normalize("NFKC", str(name)))
    return re.sub(r"[\W_]+", "", name).casefold()


def word(value: str) -> str:
    """A value without quotes, case, separators and what nobody sees: `"Members-Only"` is `membersonly`."""
    text = unicodedata.normalize("NFKC", value)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace())
    text = text.strip().strip("\"'“”‘’`#,;。. ").casefold()
    return text if text in YES | NO | _EMPTY else re.sub(r"[\s_-]+", "", text)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return ["" if each is None else str(each) for each in values]


def _parts(value: str) -> Iterator[str]:
    """The words of a tag or of a line of tags: `#private/finance, later`."""
    for piece in re.split(r"[,，、;；\n]+", value[:2_000]):
        yield from map(word, piece.split("/"))
    yield word(value[:200])


def _shown(value: Any) -> str:
    """For a message, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:40] + "…"


# --- dates

_NUMERIC = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?(?!\d)")
_BY_DAY = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
_NAMED = re.compile(r"(?:(\d{1,2})\w{0,2}\s+)?([A-Za-z]{3})[a-z]*\.?\s+(?:(\d{1,2})\w{0,2},?\s+)?(\d{4})")
_YEAR = re.compile(r"\s*[\"']?(\d{4})[\"']?\s*")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def dates_in(value: str) -> list[date]:
    """Return the dates a text may mean; of `03/04/2031` both."""
    value = unicodedata.normalize("NFKC", value[:200])
    found = [(m[1], m[2], m[3] or "1") for m in _NUMERIC.finditer(value)]
    found += [(m[1], m[2], m[3]) for m in _COMPACT.finditer(value)]
    for m in _BY_DAY.finditer(value):
        found += [(m[3], m[2], m[1]), (m[3], m[1], m[2])]
    for m in _NAMED.finditer(value):
        if m[2].lower() in _MONTHS:
            found.append((m[4], str(_MONTHS.index(m[2].lower()) + 1), m[1] or m[3] or "1"))
    if year := _YEAR.fullmatch(value):
        found.append((year[1], "1", "1"))
    return [day for parts in found if (day := _day(*parts))]


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return datetime(int(year), int(month), int(day)).date()  # noqa: DTZ001 - a day, not a moment
    except ValueError:
        return None


# --- tags, names of files


def wish_of_tags(names: Iterable[str]) -> Wish | None:
    """The first tag that says "not public": `private`, `#private/finance`, `私密`."""
    for name in names:
        for part in _parts(name):
            if code := _TAGS.get(part):
                return Wish(code, f"#{name.lstrip('#')}")
    return None


_INLINE_TAG = re.compile(r"(?<![\w&/#\[(])#([\w/-]{3,40})")


def wish_in_text(text: str) -> Wish | None:
    """A tag within the text that says "not public": `#private`."""
    return wish_of_tags(match[1] for match in _INLINE_TAG.finditer(text)) if "#" in text else None


def wish_of_name(name: str) -> Wish | None:
    """What the place of a file says: `_drafts/x.md`, `private/x.md`, `_x.md`, `.x.md`. name: its path."""
    *folders, file = name.replace("\\", "/").split("/")
    for folder in folders:
        if folder.casefold() in _FOLDERS or _normal_folder(folder) in _FOLDERS or folder[:1] in ("_", "."):
            if folder not in ("..", "."):
                return Wish("private-place", f"{folder}/")
    # Ids of recordings begin with an underscore as often as with any other sign.
    stem = file.split(".")[0]
    if file[:1] == "." or (file[:1] == "_" and not _YOUTUBE_ID.fullmatch(stem)):
        return Wish("private-place", file)
    return None


def _normal_folder(name: str) -> str:
    """`99 - Archive`, `Private Notes`: the number and the sort of thing are no part of it."""
    name = re.sub(r"^[\W\d_]+", "", name.casefold())
    return re.sub(r"[\s_-]*(?:notes?|posts?|files?|folder|笔记|文件夹|文章)?$", "", name)
