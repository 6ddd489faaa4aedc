"""Small notes for tests, one in each dialect."""

FRONT_MATTER = """---
title: On engines
summary: 'A short summary of the talk.'
date: '1843-09-01'
source: https://www.youtube.com/watch?v=yJDv-zdhzMY
speaker: Ada Lovelace
status: evergreen
draft: false
people:
- Charles Babbage
- Luigi Menabrea
tags:
- engines
- mathematics
insight: ''
---

Opening words.

### The first part

It weaves **algebraic patterns**（代数图案）, as a loom weaves flowers.

### The second part

It has no pretensions to originate anything.
"""

EPISODE_PAGE = """Episode 7 — Ada Lovelace

主持人: Mary Somerville · 时长: 90 min · ▶ 在 YouTube 观看

Notes on an engine

Switch language → en

章节 (2)

  • 00:00:00 · Beginnings
    • How the notes came about.
  • 00:40:00 · The engine
    • What it can do.

金句 (2)

  • 00:10:00 — Ada Lovelace:

    The engine weaves algebraical patterns.

    • From note A.
  • 50:20:00 — guest:

    It can do whatever we know how to order it to perform.

    • From note G.

预测 (1)

  • 00:50:00 (未来) — Ada Lovelace: The engine might compose elaborate pieces of music.

提及实体

人物 (2): Charles Babbage, Luigi Menabrea

Takeaways

  • Patterns, not only numbers.
"""
