"""Whose answer a report shows: the software's, or the one after review, with the model's own beside it."""

from __future__ import annotations

from collections import Counter

from einthoven.analysis_result import Analysis, Answers, Review
from einthoven.paper.geometry import clock
from einthoven.recording import AAMI_CLASSES
from einthoven.report.markup import Column, badge, chip, esc, number, plural, table

UNREVIEWED = "Shown is the answer of software; no person has reviewed it."
MOST_CHANGES = 100


def whose_answer(analysis: Analysis) -> str:
    """Return one sentence: the model's answer, or who reviewed it, when, and what was changed."""
    review = analysis.review
    if review is None:
        return UNREVIEWED
    kinds = ("relabelled", "added", "removed", "confirmed")
    done = [f"{plural(n, 'beat')} {kind}" for kind in kinds if (n := review.count(kind))]
    decided = sum(bool(finding.decided_by) for finding in analysis.findings)
    done += [f"{plural(decided, 'finding')} decided"] if decided else []
    when = f", {review.last_at:%Y-%m-%d %H:%M} UTC" if review.last_at else ""
    return f"After review by {', '.join(review.authors)}{when}: {', '.join(done)}."


def section(analysis: Analysis) -> str:
    """Return the model's own answer beside the one after review; nothing where nobody reviewed it."""
    review = analysis.review
    if review is None:
        return ""
    after = Answers(analysis.beats, analysis.rhythm, analysis.findings)
    return (
        "<p>Beats, rhythm and findings above are those after review. What the model alone had said:</p>"
        + _counts(review.model, after)
        + _findings(review.model, after)
        + _rhythm(review.model, after)
        + _changes(analysis, review)
    )


def _counts(model: Answers, after: Answers) -> str:
    rows = [
        [chip(letter), number(model.rhythm.counts.get(letter, 0)), number(after.rhythm.counts.get(letter, 0))]
        for letter in AAMI_CLASSES
    ]
    columns = [Column("Class"), Column("Model", True), Column("After review", True)]
    return table("Beats of each class.", columns, rows)


def _findings(model: Answers, after: Answers) -> str:
    rows = [
        [
            esc(now.label), badge(then.decision), number(then.probability, 2), badge(now.decision),
            esc(now.decided_by),
        ]
        for then, now in zip(model.findings, after.findings, strict=True)
        if then.decision != now.decision or now.decided_by
    ]  # fmt: skip
    columns = [
        Column("Finding"), Column("Model"), Column("Its probability", True), Column("After review"),
        Column("Decided by"),
    ]  # fmt: skip
    return table("Findings that review decided or changed.", columns, rows) if rows else ""


def _rhythm(model: Answers, after: Answers) -> str:
    def told(answers: Answers) -> dict[str, str]:
        times = Counter(fact.code for fact in answers.rhythm.facts)
        return {
            fact.code: fact.detail if fact.onset_s is None else plural(times[fact.code], "time")
            for fact in answers.rhythm.facts
        }

    labels = {fact.code: fact.label for fact in (*after.rhythm.facts, *model.rhythm.facts)}
    then, now = told(model), told(after)
    rows = [
        [esc(label), esc(then.get(code, "none")), esc(now.get(code, "none"))]
        for code, label in labels.items()
        if then.get(code) != now.get(code)
    ]
    columns = [Column("Rhythm"), Column("Model"), Column("After review")]
    return table("Rhythm that review changed.", columns, rows) if rows else ""


def _changes(analysis: Analysis, review: Review) -> str:
    changed = [change for change in review.changes if change.kind != "confirmed"]
    if not changed:
        return ""
    rows = [
        [
            clock(change.sample / analysis.recording.fs),
            chip(change.model_letter) if change.model_letter else "–",
            chip(change.letter) if change.letter else "no beat",
        ]
        for change in changed[:MOST_CHANGES]
    ]
    caption = f"Beats that review changed: {number(len(changed))}."
    if len(changed) > MOST_CHANGES:
        caption += f" The first {MOST_CHANGES}; the JSON document holds all."
    columns = [Column("Time"), Column("Model"), Column("After review")]
    return table(caption, columns, rows, long=True)
