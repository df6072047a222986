"""The report as a PDF: A4 pages across, text that can be searched, traces as vectors true to scale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from einthoven.analysis_result import Analysis
from einthoven.paper.canvas_pdf import POINT_MM, latin, new_document, paint
from einthoven.paper.drawing import PAPERS, QUIET, Drawing, Text
from einthoven.paper.geometry import Scale, Source, box_heights, clock
from einthoven.paper.layout import draw_row
from einthoven.paper.render import FOOTER, describe, filtered, scale_text
from einthoven.report import details, evidence, review, summary, twelve_lead
from einthoven.report.markup import duration, number
from einthoven.report.pdf_blocks import Block, Cards, Heading, Item, Paragraph, Table, read_blocks
from einthoven.report.selection import STRIP_S, Highlight, choose_highlights
from einthoven.report.strips import BAND, Strips, rhythm_leads

if TYPE_CHECKING:
    from fpdf import FPDF

WIDTH, HEIGHT = 297.0, 210.0  # A4 across: a row of 10 s at 25 mm/s fits true to scale
MARGIN, FOOT = 14.0, 14.0
ALL_SHOWN_S = 120.0  # up to this long, each 10 s are drawn
MOST_ROWS = 100  # of one table
MOST_FIGURES = 12  # of a model's card
INK = "#16161a"
WARNING = "#8a4b00"
RULE = "#b8b4b6"
TRUE = Scale()


def to_pdf(analysis: Analysis) -> bytes:
    """Return the report.

    What the HTML report says stands here too, without the curve over time. 12-lead records get their page
    and the pages that show where the networks looked; recordings of two minutes or less are drawn whole,
    longer ones as at most 24 stretches of 10 s, chosen for what they show. Tables end after 100 rows (figures
    of models after 12) and say so. Letters that the PDF core fonts lack are replaced by their nearest.
    """
    name = analysis.recording.name or "Recording without a name"
    pages = _Pages(f"{name} - ECG report")
    whole_page = twelve_lead.is_twelve_lead(analysis)
    pages.blocks(read_blocks(summary.heading(analysis)))
    pages.blocks(read_blocks(summary.warnings(analysis)))
    numbers = twelve_lead.key_numbers(analysis) if whole_page else summary.key_numbers(analysis)
    no_links = Strips()
    pages.section(
        "Summary",
        f'<p class="lead">{summary.beats_found(analysis)}</p>{numbers}{summary.findings(analysis)}'
        + summary.rhythm_facts(analysis, no_links),
    )
    pages.section("Review", review.section(analysis))
    if whole_page:
        words = f"The first {duration(min(evidence.PAGE_S, analysis.recording.duration))}, columns in turn."
        pages.drawing(evidence.page(analysis), "12 leads", words)
    pages.section("Measurements", twelve_lead.measurements(analysis))
    if whole_page:
        _looked_at(pages, analysis)
    pages.section("Signal quality", summary.quality(analysis))
    pages.section("Over time", details.hours(analysis))
    _strips(pages, analysis)
    pages.section("Ectopic beats", details.ectopic_beats(analysis, no_links))
    pages.section("Intervals", summary.variability(analysis))
    pages.section("Remarks", summary.file_events(analysis))
    title = "The models" if analysis.further_models else "The model"
    pages.section(title, details.model_cards(analysis), MOST_FIGURES)
    pages.section("How to read this", details.how_to_read(analysis))
    pages.blocks(read_blocks(details.colophon(analysis)))
    return pages.finish(analysis)


def write(analysis: Analysis, path: Path) -> Path:
    """Write the report and return its path."""
    path.write_bytes(to_pdf(analysis))
    return path


def _looked_at(pages: _Pages, analysis: Analysis) -> None:
    found = evidence.gather(analysis)
    if not found:
        return
    pages.blocks([Heading("Where the networks looked", 2), Paragraph(evidence.METHOD)])
    for each in found:
        finding = each.finding
        title = f"{finding.label}: {finding.decision} {number(finding.probability, 2)}"
        if each.leads:
            pages.drawing(evidence.page(analysis, each), title, each.words, level=3)
        else:
            pages.blocks([Heading(title, 3), Paragraph(each.words)])


def _strips(pages: _Pages, analysis: Analysis) -> None:
    """Draw rows of 10 s true to scale: all of a short recording, chosen ones of a long one."""
    recording = analysis.recording
    if not recording.n_leads or not recording.n_samples:
        pages.blocks(
            [Heading("Strips", 2), Paragraph("The recording holds no samples; there is nothing to draw.")]
        )
        return
    total = recording.duration
    if total <= ALL_SHOWN_S:
        n_rows = max(1, int(-(-(total - 1e-9) // STRIP_S)))
        shown = [Highlight(i * STRIP_S, ()) for i in range(n_rows)]
        words = f"All {duration(total)}, 10 s a row."
    else:
        shown = choose_highlights(analysis) or [Highlight(0.0, ("The beginning",))]
        words = f"{number(STRIP_S * len(shown))} s of {duration(total)}, chosen for what they show."
    leads = rhythm_leads(analysis)
    words += f" Leads: {', '.join(recording.leads[i] for i in leads)}."
    source = Source(recording, filtered(recording, BAND), analysis.beats)
    tallest = 40.0 if len(leads) > 2 else 45.0
    boxes = box_heights(
        source, leads, [(h.start, STRIP_S) for h in shown], TRUE.gain, lowest=20.0, highest=tallest
    )
    pages.blocks([Heading("Strips", 2), Paragraph(words)])
    for highlight in shown:
        seconds = min(STRIP_S, total - highlight.start)
        label = describe(source, highlight.start, seconds)
        drawing = Drawing(TRUE.width, 0.0, PAPERS["pink"], label)
        y = draw_row(drawing, 0.0, source, boxes, TRUE, highlight.start, seconds)
        scale = scale_text(TRUE.speed, TRUE.gain, BAND, recording.fs)
        drawing.add(Text(drawing.width - 1.5, y + 4.2, scale, 2.8, "end", QUIET))
        drawing.height = y + FOOTER
        title = clock(highlight.start) if highlight.reasons else ""
        pages.drawing(drawing, title, "; ".join(highlight.reasons), level=4)


class _Pages:
    """Sets blocks and drawings under each other, and begins pages."""

    def __init__(self, title: str) -> None:
        self.pdf: FPDF = new_document(title)
        self.title = latin(title)
        self._page()

    def section(self, title: str, html: str, most_rows: int = MOST_ROWS) -> None:
        """Set a section, or nothing where it has no content."""
        if html:
            self.blocks([Heading(title, 2), *read_blocks(html)], most_rows)

    def blocks(self, blocks: list[Block], most_rows: int = MOST_ROWS) -> None:
        for i, block in enumerate(blocks):
            match block:
                case Heading():
                    follows = blocks[i + 1] if i + 1 < len(blocks) else None
                    self._heading(block, 40.0 if isinstance(follows, Table | Cards) else 24.0)
                case Paragraph() if block.text:
                    colour = WARNING if block.kind == "refusal" else QUIET if block.kind == "notice" else INK
                    self._lines(block.text, 3.4, colour, bold=block.kind in ("lead", "refusal"))
                case Item():
                    self._lines(f"·  {block.text}", 3.3, INK, indent=3.0)
                case Table() if block.rows:
                    self._table(block, most_rows)
                case Cards() if block.cards:
                    self._cards(block)
                case _:
                    continue

    def drawing(self, drawing: Drawing, title: str, words: str, level: int = 2) -> None:
        """Set a drawing with its heading, in one piece. A page grows before the scale shrinks."""
        above = (10.0 if level == 2 else 7.0) * bool(title) + (6.0 + 4.6 * (len(words) // 160)) * bool(words)
        needed = above + drawing.height + 2.0
        if needed > self._room():
            self._page(max(HEIGHT, needed + 2 * MARGIN + FOOT))
        if title:
            self._heading(Heading(title, level), 0.0)
        if words:
            self._lines(words, 3.3, QUIET)
        paint(self.pdf, drawing, (WIDTH - drawing.width) / 2.0, self.pdf.get_y())
        self.pdf.set_y(self.pdf.get_y() + drawing.height + 3.0)

    def finish(self, analysis: Analysis) -> bytes:
        """Number the pages and return the document."""
        self.pdf.set_creation_date(analysis.provenance.analysed_at)
        return bytes(self.pdf.output())

    def _page(self, height: float = HEIGHT) -> None:
        pdf = self.pdf
        pdf.add_page(orientation="portrait", format=(WIDTH, height))
        self._font(2.8, QUIET)
        pdf.text(MARGIN, height - 7.0, "Research software, not a medical device.")
        name = self.title if len(self.title) <= 90 else self.title[:89] + "."
        right = f"{name}   {pdf.page_no()}"
        pdf.text(WIDTH - MARGIN - pdf.get_string_width(right), height - 7.0, right)
        pdf.set_xy(MARGIN, MARGIN)

    def _room(self) -> float:
        return float(self.pdf.h - FOOT - self.pdf.get_y())

    def _font(self, size: float, colour: str, *, bold: bool = False) -> None:
        self.pdf.set_font("helvetica", "B" if bold else "", size / POINT_MM)
        self.pdf.set_text_color(colour)

    def _heading(self, heading: Heading, keep: float) -> None:
        size = {1: 7.0, 2: 5.0, 3: 4.0}.get(heading.level, 3.6)
        if self._room() < size + 4.0 + keep:
            self._page()
        at_top = self.pdf.get_y() <= MARGIN + 0.1
        self.pdf.set_y(self.pdf.get_y() + (0.0 if at_top else 3.0 if heading.level < 3 else 1.5))
        self._lines(heading.text, size, INK, bold=True)
        self.pdf.set_y(self.pdf.get_y() + 0.5)

    def _lines(self, text: str, size: float, colour: str, *, bold: bool = False, indent: float = 0.0) -> None:
        """Set a text of any length over the full width."""
        self._font(size, colour, bold=bold)
        width = WIDTH - 2 * MARGIN - indent
        step = size * 1.4
        for line in self._wrap(latin(text), width):
            if self._room() < step:
                self._page()
                self._font(size, colour, bold=bold)
            self.pdf.text(MARGIN + indent, self.pdf.get_y() + size, line)
            self.pdf.set_y(self.pdf.get_y() + step)

    def _wrap(self, text: str, width: float) -> list[str]:
        lines = self.pdf.multi_cell(width, 1.0, text, dry_run=True, output="LINES", align="L")
        assert isinstance(lines, list)
        return [str(line) for line in lines]

    def _cards(self, cards: Cards) -> None:
        height = 21.0
        if self._room() < height:
            self._page()
        step = (WIDTH - 2 * MARGIN) / max(6, len(cards.cards))
        y = self.pdf.get_y()
        for i, (name, value, note) in enumerate(cards.cards):
            x = MARGIN + i * step
            self._card_line(name, x, y + 4.5, step, 3.0, QUIET)
            self._card_line(value, x, y + 12.0, step, 6.0, INK)
            self._card_line(note, x, y + 16.5, step, 2.8, QUIET)
        self.pdf.set_y(y + height)

    def _card_line(self, text: str, x: float, y: float, step: float, size: float, colour: str) -> None:
        self._font(size, colour, bold=colour == INK)
        self.pdf.text(x, y, self._fit(latin(text), step - 1.5))

    def _fit(self, text: str, width: float) -> str:
        """Return as much of a text as fits; what is left out shows as dots."""
        if self.pdf.get_string_width(text) <= width:
            return text
        while text and self.pdf.get_string_width(text + "...") > width:
            text = text[:-1]
        return text + "..."

    def _table(self, table: Table, most_rows: int) -> None:
        rows = [[latin(cell) for cell in row] for row in table.rows]
        n_columns = max(len(row) for row in rows)
        rows = [row + [""] * (n_columns - len(row)) for row in rows]
        left_out = len(rows) - table.headed - most_rows
        rows = rows[: most_rows + table.headed]
        if table.caption:
            self._lines(table.caption, 3.2, QUIET)
        if self._room() < 20.0:
            self._page()
        self._font(3.0, INK)
        numeric = [*table.numeric, *[False] * n_columns][:n_columns]
        widths = self._widths(rows)
        self.pdf.set_draw_color(RULE)
        self.pdf.set_line_width(0.1)
        self.pdf.set_x(MARGIN)
        for i, row in enumerate(rows):
            head = table.headed and i == 0
            self._row(row, widths, numeric, bold=head)
            if self._room() < 12.0 and i + 1 < len(rows):
                self._page()
                if table.headed:
                    self._row(rows[0], widths, numeric, bold=True)
        if left_out > 0:
            self._lines(
                f"{number(left_out)} more rows are left out on paper; the HTML report holds more.",
                3.0,
                QUIET,
            )
        self.pdf.set_y(self.pdf.get_y() + 2.0)

    def _widths(self, rows: list[list[str]]) -> list[float]:
        """Return widths by what the columns hold, within the page."""
        self._font(3.0, INK, bold=True)
        wanted = [
            max(self.pdf.get_string_width(cell) for cell in column) + 4.0
            for column in zip(*rows, strict=True)
        ]
        room = WIDTH - 2 * MARGIN
        if sum(wanted) <= room:
            return wanted
        # Narrow columns keep their width; the rest share what is left.
        fair = room / len(wanted)
        kept = sum(width for width in wanted if width <= fair)
        rest = sum(width for width in wanted if width > fair)
        return [width if width <= fair else width / rest * (room - kept) for width in wanted]

    def _row(self, row: list[str], widths: list[float], numeric: list[bool], *, bold: bool) -> None:
        pdf, step = self.pdf, 4.2
        self._font(3.0, INK, bold=bold)
        cells = [
            self._wrap(cell, max(8.0, width - 3.0)) if cell else [""]
            for cell, width in zip(row, widths, strict=True)
        ]
        height = step * max(len(lines) for lines in cells) + 0.8
        if self._room() < height:
            self._page()
            self._font(3.0, INK, bold=bold)
            pdf.set_draw_color(RULE)
            pdf.set_line_width(0.1)
        x, y = MARGIN, pdf.get_y()
        for lines, width, right in zip(cells, widths, numeric, strict=True):
            for k, line in enumerate(lines):
                at = x + width - 3.0 - pdf.get_string_width(line) if right else x
                pdf.text(at, y + 3.2 + k * step, line)
            x += width
        pdf.set_y(y + height)
        pdf.line(MARGIN, pdf.get_y() - 0.2, x, pdf.get_y() - 0.2)
