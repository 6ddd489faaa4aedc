"""Two episode pages: a Chinese one with all parts, and an English one in another order."""

PAGE = """Episode 7 — Ada Lind

主持人: Bo Chen · 时长: 95 min · ▶ 在 YouTube 观看

A talk about lighthouses, and what they are for

Switch language → en

章节 (2)

  • 00:00:00 · The lamp
    • How the lamp was made.
  • 00:10:05 · The keeper: a life
    • Who kept it lit,
    and for how long.

金句 (3)

  • 00:02:27 — Ada Lind:

    Light is patient.

    • About waiting.
  • 00:12:00 — guest:

    Nobody thanks a lamp.

    Nor should they.
  • 99:99:99 — Ada Lind (艾达):

    It went out once.

    • The only time.

预测 (1)

  • 00:20:00 (2030) — Ada Lind: Every lamp will be gone: all of them.

视觉信号(纯转录看不到的)

录制设定: A small room, with a stove. · production: One camera, no cuts.

  • props: A brass lamp, polished., A map of the coast., A dog’s bed

能量变化 (2)

  • 📈 00:03:00 — Asked about the storm.
    • She leans forward.
  • 📉 00:30:00 — The last night.
    • She looks away.

强调动作 (2)

  • 00:04:00 — “It is this tall.”
    • She raises a hand. · Makes the size felt.
  • 31:38:00 — “Nobody came for a very long ti”
    • She counts on her fingers. · Shows how long.

真实性 tell (1)

  • 00:05:00 — Laughs (for the first time).: When asked whether she sleeps.
    • It is not rehearsed.

转录会丢失的事实/质感

  • The wind is heard all the time.
  • The host whispers.

提及实体

人物 (2): Grace Darling, Sostratus (of Knidos, Greece)

公司/机构 (1): Trinity House

论文/方法/数据集 (0):

Takeaways

  • A lamp needs a keeper.
  • Keepers need sleep.
"""
ENGLISH = """Episode 8 — Bo Chen

Host: Ada Lind · Duration: 40 min · ▶ Watch on YouTube

Fog

Switch language → zh

Takeaways

  • Wait.

Emphasis gestures (1)

  • 00:01:00 — “So thick”
    • He holds out a palm. · Shows a wall.

Energy shifts (0)

Quotes (1)

  • 00:00:10 — Bo Chen:

    You hear it first.

    • On sound.

Visual signals (what a transcript cannot show)

Setting: A pier. · Production: Handheld.

Authenticity tells (1)

  • 00:02:00 — Coughs.: At the word harbour.
    • Unplanned.

Facts and texture a transcript would lose

  • Foghorns.

Chapters (1)

  • 00:00:00 · Start

Mentioned entities

People (1): Ada Lind

Companies / Organisations (1): Trinity House

Lamps (2): Fresnel, Argand
"""
