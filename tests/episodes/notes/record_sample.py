"""An interview record with all parts, its parts, and shorthands to compare records."""

from tests.episodes.notes import dialect_laws as laws

BRIEF = """
## 「简报」A lamp and its keeper

**One lamp, one keeper, and forty winters between them.**

The first paragraph costs about $4 \\times$ as much.

**A subhead**

The last paragraph.


"""
LINKS = """# 访谈录

- 视频链接：[The Lamp (with Ada Lind)](https://www.youtube.com/watch?v=abc_(1))
- 官方频道：[Lamps](https://www.youtube.com/@lamps)


"""
INTRO = """### 内容介绍

What the talk is about.

And what it is not about.

"""
OUTLINE = """### 内容纲要

```
 Lamps (Ada & Bo)
    ├── The lamp
    │   └── Oil ($20$ W)
    └── The keeper
```



---


"""
TITLE = """# AI访谈：A lamp, forty winters

**受访者：Ada Lind (keeper, author)**
**采访者：Bo Chen (host of Lamps)**

---

"""
TRANSCRIPT = """## 一、 The lamp

**Bo (主持人):**
What is it made of?

**Ada (嘉宾):**
Brass, and $100 \\times$ more glass than you think.

It shines.

**Bo (主持人):**
Always?

**Ada (嘉宾):**
At night.

## 二、 The keeper

**(continued from the first part)**

**Bo (主持人):**
Who keeps it?

**Ada (嘉宾):**
I do.

**旁白:**
This was Lamps.

**(音乐)**


"""
REVIEW = """---

# 要点回顾

**一、 The lamp**

-   It is made of brass.
-   **Oil**：
    -   Whale first. (2:19)
    -   Colza later,
        and cheaper.
        -   From the north.

**二、 The keeper**

-   She sleeps by day.
"""
RECORD = BRIEF + LINKS + INTRO + OUTLINE + TITLE + TRANSCRIPT + REVIEW


def kinds(note, kind):
    return [values for found, values in laws.rows(note) if found == kind]


def labels(note):
    return [(record.given["part"], record.values) for _, record in note.of_kind("label")]


def annotations(note, kind):
    return [annotation for annotation in note.annotations if annotation.kind == kind]
