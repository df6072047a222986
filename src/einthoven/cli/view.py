"""``einthoven view``: a recording on ECG paper."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from einthoven.cli.console import choose, require_rate_is_positive, split_names, stderr
from einthoven.errors import EinthovenError

DPI = 150.0

app = App(
    name="view",
    help_epilogue="""\
Examples:

    einthoven view 208.hea
    einthoven view 00001_hr.hea --layout 3x4+1 --out page.pdf
    einthoven view holter.edf --start 3600 --seconds 30 --leads MLII --out strip.svg
""",
)


@app.default
def view(
    source: str,
    /,
    *,
    out: Path | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    leads: str | None = None,
    layout: str | None = None,
    fs: float | None = None,
    unit: str | None = None,
) -> int:
    """Draw a recording on ECG paper: 25 mm/s, 10 mm/mV, with a calibration pulse.

    Parameters
    ----------
    source
        A file or URL.
    out
        The picture, NAME.png, NAME.svg or NAME.pdf. Default: a PNG in the current folder.
    start
        First second to draw.
    seconds
        How many seconds to draw. Default: one page.
    leads
        The leads to draw, separated by commas. Default: all.
    layout
        strip, 3x4, 6x2, 12x1, each also with rhythm strips (3x4+1).
    fs
        Sampling rate in Hz, where the file does not state it.
    unit
        Unit of the samples, where the file does not state it: mV, uV, V, nV.
    """
    from einthoven.formats import read
    from einthoven.paper.canvas_png import to_image
    from einthoven.paper.canvas_svg import to_svg
    from einthoven.paper.render import draw

    require_rate_is_positive(fs)
    kind = out.suffix.lstrip(".").lower() if out is not None else "png"
    choose([kind], ("png", "svg", "pdf"), "picture format")
    recording = read(source, fs=fs, unit=unit)
    path = out or Path(f"{recording.name or 'recording'}.png")
    drawing = draw(
        recording,
        start=start,
        seconds=seconds,
        leads=split_names(leads),
        layout=layout,
        beats=recording.beats,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "svg":
            path.write_text(to_svg(drawing), encoding="utf-8")
        elif kind == "pdf":
            from einthoven.paper.canvas_pdf import to_pdf

            path.write_bytes(to_pdf(drawing))
        else:
            to_image(drawing, DPI).save(path, dpi=(DPI, DPI))
    except OSError as error:
        raise EinthovenError(f"{path} cannot be written ({error.strerror}). Choose another --out.") from error
    stderr().print(f"wrote {path}", markup=False, soft_wrap=True)
    return 0
