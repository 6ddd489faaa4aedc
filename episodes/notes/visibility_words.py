"""Words by which programs and people say that a note is or is not public. Pure Python, data only.

Keys and values are in lower case without separators; the codes are reasons of `adopt`.
"""

from __future__ import annotations

import re


def words_of(words: str) -> frozenset[str]:
    """Return the words of a string as a set."""
    return frozenset(words.split())


YES = words_of("true yes on 1 y t x ✓ ✔ ☑ √ 是 对 真 启用 开 开启 [x]")
NO = words_of("false no off 0 n f never not none nope disabled 否 不 不是 假 关 关闭 禁用 无 [ ] [] ✗ ✘")
EMPTY = words_of("null ~ nil undefined n/a")

# HIDES: true, or any value that is neither false nor empty, says "not public".
HIDES: dict[str, str] = {
    **dict.fromkeys(words_of("exclude excluded excludefromsite excludefrompublish 排除 不收录"), "exclude"),
    **dict.fromkeys(
        words_of(
            "private isprivate privatenote privatepost privatepage secret issecret confidential "
            "isconfidential nonpublic notpublic onlyme restricted 私密 私有 私人 不公开 非公开 保密 "
            "机密 隐私 仅自己可见 内部资料"
        ),
        "private",
    ),
    **dict.fromkeys(
        words_of(
            "unlisted isunlisted hidden ishidden invisible headless emailonly navexclude "
            "excludefromlist excludefromlists excludefromcollections eleventyexcludefromcollections "
            "excludefromblog dghide hidefromsite hidepage hidepost hidefromlist hidefromhome "
            "hidefrompublic notlisted unsearchable 隐藏 不列出"
        ),
        "hidden",
    ),
    **dict.fromkeys(
        words_of(
            "unpublished isunpublished donotpublish dontpublish nopublish neverpublish noexport "
            "notpublished publishnever withdrawn retracted deleted isdeleted trashed istrashed "
            "removed recycled 不发布 未发布 禁止发布 勿发 已删除 已撤回"
        ),
        "unpublished",
    ),
    **dict.fromkeys(
        words_of(
            "password passwd pwd passcode passphrase passwordhash postpassword passwordprotected "
            "protected isprotected encrypted isencrypted encrypt locked islocked requirelogin "
            "requireslogin loginrequired requiresauth requireauth authrequired authentication "
            "membersonly memberonly subscribersonly paywall paywalled paidonly 密码 加密 访问密码 "
            "需要登录 会员专享 仅会员"
        ),
        "protected",
    ),
    **dict.fromkeys(
        words_of(
            "noindex norobots robotsnoindex excludefromsearch excludesearch hidefromsearch "
            "searchexclude sitemapexclude sitemapignore excludefromsitemap eleventyexcludefromsitemap "
            "不索引 不收录搜索"
        ),
        "noindex",
    ),
}
# Ambiguous keys: only a plain yes counts.
HIDES_IF_TRUE = {
    **dict.fromkeys(
        words_of("hide ignore ignored skip skipped disabled disable invisible draftonly inactive"), "hidden"
    ),
    **dict.fromkeys(words_of("internal personal sensitive 内部"), "private"),
    **dict.fromkeys(words_of("archived isarchived archive 归档 已归档"), "archived"),
    **dict.fromkeys(words_of("trash 回收站"), "unpublished"),
}
# A no says "not public", as does any value that is no yes, no date and no address.
SHOWS = {
    **dict.fromkeys(
        words_of(
            "publish dgpublish blogpublish sitepublish webpublish public ispublic publicly "
            "publishable topublish publishtoweb 公开 是否公开 发布到网站"
        ),
        "unpublished",
    )
}
# Only a no, or a word for "not public", counts.
SHOWS_UNLESS_NO = {
    **dict.fromkeys(
        words_of(
            "published ispublished postpublished share shared isshared export exported output render "
            "enable enabled active live online released release 发布 已发布 上线 启用"
        ),
        "unpublished",
    ),
    **dict.fromkeys(
        words_of("list listed islisted listing visible isvisible show shown display searchable 可见 显示 列出"),
        "hidden",
    ),
    **dict.fromkeys(words_of("sitemap index indexed indexable robotsindex insearchindex searchindex 索引"), "noindex"),
    "permalink": "unpublished",
}
# ACCESS: every word that does not plainly say "public" counts; WORDED: only the known words.
ACCESS = words_of(
    "visibility postvisibility pagevisibility access accesslevel accesscontrol privacy privacylevel "
    "sharing 可见性 可见范围 公开范围 权限 访问权限 密级"
)
WORDED = words_of(
    "status poststatus pagestatus publishstatus publishingstatus publicationstatus notestatus "
    "contentstatus state publishstate stage workflow audience permission permissions readership "
    "security securitylevel classification sensitivity confidentiality scope type posttype kind "
    "category categories area layout flags flag labels label keywords keyword tags tag suggestedtags "
    "options properties 状态 发布状态 分类 类别 标签 类型"
)
# Keys of the other groups that begin no sentence.
PLAIN = words_of(
    "published ispublished visible isvisible listed islisted permalink status poststatus publishstatus archived "
    "isarchived exported 状态 发布状态 已发布 发布"
)
ROBOTS = words_of("robots robot metarobots googlebot robotstag xrobotstag")
EXPIRES = words_of(
    "expirydate expiry expires expireson expiresat expire expireat expireon expirationdate expiration "
    "unpublishdate unpublishon unpublishat unpublish validuntil publishuntil availableuntil deleteon "
    "deleteafter 过期 过期时间 失效日期 下线时间 有效期"
)
BEGINS = words_of(
    "publishdate publishon publishat publishedon publishedat publishtime datepublished publisheddate "
    "published publish pubdate date releasedate releaseon releaseat release golive goliveat goliveon "
    "livedate scheduled scheduledat scheduledfor scheduledate scheduleddate schedule embargo "
    "embargoed embargountil embargodate availablefrom validfrom notbefore activefrom startpublish "
    "发布日期 发布时间 定时发布 日期 解禁"
)
EMBARGO = words_of(
    "embargo embargoed embargountil embargodate scheduled isscheduled scheduledfor scheduledat 定时发布 解禁"
)
# Values of Hugo's `build`.
NEVER = words_of("never false link local no off 0")

PRIVATE = words_of(
    "private privately secret topsecret confidential internal internalonly restricted personal onlyme "
    "me self myself owner ownersonly noone nobody sensitive classified friends friendsonly followers "
    "followersonly team teamonly staff staffonly family contacts invited inviteonly 私密 私有 私人 "
    "不公开 未公开 非公开 保密 机密 绝密 秘密 内部 内部资料 仅自己 仅自己可见 自己可见 仅好友 "
    "仅好友可见 好友可见 仅内部"
)
MEMBERS = words_of(
    "protected password passwordprotected encrypted locked members member membersonly paid "
    "paidmembers paidonly subscribers subscriber subscribersonly patrons patron tiers premium 会员 "
    "仅会员 付费 加密 密码保护"
)
UNSEEN = words_of("hidden unlisted notlisted invisible headless 隐藏 不列出")
OUT = words_of(
    "unpublished notpublished nopublish donotpublish dontpublish noexport withdrawn retracted "
    "rejected trash trashed deleted removed spam inherit autodraft disabled inactive onhold hold "
    "suspended revoked cancelled canceled never pending pendingreview needsreview awaitingreview "
    "未发布 不发布 待发布 待审 待审核 审核中 未审核 已删除 删除 已撤回 撤回 回收站 下线 已下线 停用"
)
LATER = words_of("future scheduled embargoed embargo upcoming queued planned 定时 定时发布 计划发布")
WORDS = {
    **dict.fromkeys(PRIVATE, "private"),
    **dict.fromkeys(MEMBERS, "protected"),
    **dict.fromkeys(UNSEEN, "hidden"),
    **dict.fromkeys(OUT, "unpublished"),
    **dict.fromkeys(LATER, "future-date"),
    **dict.fromkeys(words_of("expired 已过期 过期"), "expires"),
    **dict.fromkeys(words_of("archived archive 归档 已归档"), "archived"),
    **dict.fromkeys(words_of("inbox 收件箱"), "inbox"),
    **dict.fromkeys(words_of("exclude excluded"), "exclude"),
}
# Tags usually name a subject: only words that are no subject count.
TAGS = {
    word: code
    for word, code in WORDS.items()
    if word
    in words_of(
        "private onlyme confidential topsecret internalonly unlisted hidden unpublished notpublished "
        "nopublish donotpublish dontpublish noexport exclude excluded 私密 私有 不公开 未公开 非公开 "
        "保密 机密 内部资料 仅自己可见 不发布 未发布 待发布"
    )
}
# Keys of categories, layouts and kinds of posts: their words are read like tags.
TOPICS = words_of(
    "type posttype kind category categories area layout flags flag labels label keywords keyword tags "
    "tag suggestedtags options properties scope audience stage 分类 类别 标签 类型"
)
PUBLIC = words_of(
    "public public* everyone everybody all any anyone world open free listed visible published "
    "publish default inherit global web shared true yes on 1 公开 所有人 所有人可见 全部 公共 开放 "
    "默认 任何人"
)
# Keys about a picture, a menu or the site's search, not about the page.
ELSEWHERE = words_of(
    "cover image images coverimage featured featuredimage feature menu menus toc tableofcontents nav "
    "navigation navbar breadcrumb breadcrumbs comments comment header footer sidebar og opengraph "
    "twitter social author authors links resources video audio player theme ads banner gallery "
    "thumbnail math mermaid pagination share related editlink"
)
INDEXING = words_of("search sitemap robots seo indexing")

YOUTUBE_ID = re.compile(r"[\w-]{11}")
FOLDERS = words_of(
    "drafts draft _drafts private _private privat personal secret confidential trash _trash recycle "
    "recyclebin deleted templates template _templates archetypes archive archived archives _archive "
    "inbox _inbox unpublished internal hidden unlisted 私密 私人 草稿 草稿箱 模板 回收站 归档 未发布 "
    "不公开 收件箱 内部"
)
