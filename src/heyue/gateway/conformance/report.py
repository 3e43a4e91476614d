"""What the kit found, for a person (text, HTML) and for a build server (JUnit XML)."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from heyue.gateway.conformance.case import Outcome, Status

MARKS: dict[Status, str] = {"passed": "✓", "failed": "✗", "skipped": "–"}
WORDS: dict[Status, str] = {"passed": "通过", "failed": "没通过", "skipped": "没试"}
STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2a2a}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;vertical-align:top;"
    "border-bottom:1px solid #dde3e1}td:first-child,td:last-child{white-space:nowrap}"
    ".failed{background:#fdf1ee}.skipped{color:#5d6b69}code{font-size:.85em}"
)


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one run against one address."""

    target: str
    outcomes: Sequence[Outcome]

    def count(self, status: Status) -> int:
        """How many cases ended so."""
        return sum(one.status == status for one in self.outcomes)

    @property
    def good(self) -> bool:
        """Whether nothing failed and something was tried."""
        return not self.count("failed") and bool(self.count("passed"))

    @property
    def sum(self) -> str:
        """The result in one line."""
        told = "，".join(f"{WORDS[status]} {self.count(status)}" for status in WORDS)
        return f"{self.target}：{len(self.outcomes)} 项，{told}"

    def text(self) -> str:
        """Every case in a line, and the sum."""
        return "\n".join([*(line(one) for one in self.outcomes), "", self.sum, ""])

    def junit(self) -> str:
        """JUnit's XML, one suite."""
        total = sum(one.seconds for one in self.outcomes)
        suite = ElementTree.Element(
            "testsuite",
            name=f"heyue conformance {self.target}",
            tests=str(len(self.outcomes)),
            failures=str(self.count("failed")),
            skipped=str(self.count("skipped")),
            errors="0",
            time=f"{total:.3f}",
        )
        for one in self.outcomes:
            told = ElementTree.SubElement(
                suite, "testcase", classname=f"§{one.clause}", name=f"{one.id} {one.title}", time=f"{one.seconds:.3f}"
            )
            if one.status != "passed":
                tag = "failure" if one.status == "failed" else "skipped"
                ElementTree.SubElement(told, tag, message=_xml(one.why)).text = _xml(one.why)
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"

    def page(self) -> str:
        """A page that needs nothing from elsewhere."""
        rows = "".join(
            f'<tr class="{one.status}"><td>{MARKS[one.status]} {WORDS[one.status]}</td>'
            f"<td>§{html.escape(one.clause)}</td>"
            f"<td>{html.escape(one.title)}<br><code>{one.id}</code>{_why(one)}</td><td>{one.seconds:.2f} s</td></tr>"
            for one in self.outcomes
        )
        return (
            f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>协议检验</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
            f"<h1>和约网关协议检验</h1><p>{html.escape(self.sum)}</p>"
            f"<table><thead><tr><th>结果</th><th>条款</th><th>用例</th><th>用时</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></body></html>\n"
        )


def line(one: Outcome) -> str:
    """One case in one line, and why it did not pass in the next."""
    told = f"{MARKS[one.status]} {one.id:<44} §{one.clause:<22} {one.title}"
    return f"{told}\n    {one.why}" if one.why else told


def _why(one: Outcome) -> str:
    return f"<br>{html.escape(one.why)}" if one.why else ""


def _xml(text: str) -> str:
    """Leave out the signs that XML cannot hold."""
    return "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and sign not in "\ufffe\uffff"))
