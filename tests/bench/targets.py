"""The table of targets: what was measured, what was wanted, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """Rows of the table, printed at the end."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, measured: float, unit: str, most: float | None = None, least: float | None = None) -> None:
        """Add a figure. most, least: the target; a figure without one is only reported."""
        wanted = f"≤ {most:g} {unit}" if most is not None else f"≥ {least:g} {unit}" if least is not None else ""
        reached = (most is None or measured <= most) and (least is None or measured >= least)
        self.rows.append((what, f"{measured:,.4g} {unit}", wanted, ("yes" if reached else "no") if wanted else ""))

    def show(self) -> None:
        """Print the table as Markdown."""
        print("\n| | Measured | Target | Reached |\n|---|---|---|---|")
        for row in self.rows:
            print(f"| {' | '.join(row)} |")
