"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .. import _cmkit
from ..errors import ConfigError
from .build import build
from .finding import Finding, Inputs, OpenQuestion, Summary
from .input import Judgement, Named
from .words import Format, RuleCode


@dataclass(frozen=True, repr=False)
class Report:
    """Findings worst first, and the codes of the rules without any.

    Findings become Python's when they are first looked at, so a check that only asks `ok` is as fast as the core. A report
    is pickled as the documents that it is of, and checked again where it is unpickled: the same documents, time and settings
    always give the same report.
    """

    schema: Literal[1]
    """The version of this shape."""
    at: str
    """The time that the check was made for, as RFC 3339 text."""
    inputs: Inputs
    """What was read."""
    summary: Summary
    """Counts."""
    findings: tuple[Finding, ...]
    """Worst first: what fails before what is unknown before what is accepted, then by level."""
    passed: tuple[RuleCode, ...]
    """Rules that looked at something and found it good."""
    not_applicable: tuple[RuleCode, ...]
    """Rules that had nothing to look at."""
    off: tuple[RuleCode, ...]
    """Rules that the settings turn off."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """What of the core's report nobody has looked at yet."""
            if name.startswith("_") or (made := self.__dict__.get("_made")) is None or name not in Report.__match_args__:
                raise AttributeError(f"'Report' object has no attribute '{name}'", name=name, obj=self)
            if name == "findings":
                self.__dict__["findings"] = tuple([build(Finding, finding) for finding in made.findings()])
            else:
                head = made.head()
                inputs, summary = build(Inputs, head.pop("inputs")), build(Summary, head.pop("summary"))
                self.__dict__.update(head, inputs=inputs, summary=summary)
            return self.__dict__[name]

    @property
    def ok(self) -> bool:
        """Whether nothing fails at the level of errors. What is unknown is not counted."""
        return self.summary.errors == 0

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What is wrong, worst first."""
        return self._with("fail")

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """What the documents don't say."""
        return self._with("unknown")

    @property
    def suppressed(self) -> tuple[Finding, ...]:
        """What is accepted."""
        return self._with("suppressed")

    def _with(self, verdict: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.verdict == verdict)

    def to(self, format: Format) -> str:
        """The report in one of its formats, byte for byte as the command writes it.

        :raises ConfigError: for a report that no check has made, such as one that was read from JSON.
        """
        return self._core.to(format)

    def to_json(self) -> str:
        """The report as JSON; docs/report.schema.json describes it."""
        return self.to("json")

    def to_sarif(self) -> str:
        """The report as SARIF 2.1.0, for code scanning."""
        return self.to("sarif")

    def to_junit(self) -> str:
        """The report as JUnit's XML, for test reports."""
        return self.to("junit")

    def to_markdown(self) -> str:
        """The report as Markdown, for comments on pull requests."""
        return self.to("markdown")

    def describe(self, finding: Finding) -> str:
        """One finding in words: what, where, what should stand there, why, how to mend it; each in a line of its own.

        :raises ConfigError: where the finding is not of this report.
        """
        return self._core.describe(self._index(finding))

    def questions(self) -> tuple[OpenQuestion, ...]:
        """What the documents don't say, asked once: unknown findings of one place and one reason make one question."""
        return tuple([build(OpenQuestion, question) for question in self._core.questions()])

    def baseline(self) -> str:
        """A baseline that accepts what this report says, as JSON text."""
        return self._core.baseline()

    def fix(self, finding: Finding, index: int = 0) -> str:
        """The text of a finding's document with a fix of the finding applied; comments and layout stay.

        :raises ConfigError: where the finding is not of this report, or has no such fix.
        """
        if index < 0:
            raise ConfigError("the finding has no such fix", "invalid_argument")
        return self._core.fix(self._index(finding), index)

    def _index(self, finding: Finding) -> int:
        if finding not in self.findings:
            raise ConfigError("the finding is not of this report", "invalid_argument")
        return self.findings.index(finding)

    @property
    def _core(self) -> _cmkit.Report:
        made: _cmkit.Report | None = self.__dict__.get("_made")
        if made is None:
            raise ConfigError("no check has made this report: it is data only", "invalid_argument")
        return made

    def __str__(self) -> str:
        return self.to("plain") if "_made" in self.__dict__ else repr(self)

    def __repr__(self) -> str:
        counts = {name: getattr(self.summary, name) for name in ("errors", "warnings", "notes", "unknown", "suppressed")}
        shown = ", ".join(f"{name}={count}" for name, count in counts.items() if count)
        return f"<Report {'ok' if self.ok else 'not ok'} at={self.at}{', ' if shown else ''}{shown}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if "_made" in self.__dict__:
            return made, self.__dict__["_asked"]
        return Report, tuple(getattr(self, name) for name in Report.__match_args__)

    def __rich__(self) -> Any:
        from .terminal import shown

        return shown(str(self))

    def _repr_markdown_(self) -> str:
        """Notebooks show this."""
        return self.to_markdown()


def made(documents: list[Named], judgement: Judgement) -> Report:
    """The report of a check of documents."""
    report = object.__new__(Report)
    report.__dict__.update(_made=_cmkit.check(documents, judgement), _asked=(documents, judgement))
    return report
