"""Loading of pictures and PDF pages: every kind that is allowed, and every kind of damage."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from einthoven.errors import PageError
from einthoven.paper.pages import MAX_PAGES, is_page_file, iter_pages, load_pages


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture whose upper left quarter is red, the rest white."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=format, **options)
    return buffer.getvalue()


def png_of(width: int, height: int, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pdf_of(
    pages: int = 1, *, password: str = "", image: Image.Image | None = None, size: float = 100
) -> bytes:
    import fpdf

    document = fpdf.FPDF(unit="mm", format=(size, size / 2))
    document.set_auto_page_break(False)
    for number in range(1, pages + 1):
        document.add_page()
        document.set_fill_color(255, 0, 0)
        document.rect(0, 0, size * min(1.0, number / 10), size / 4, style="F")
        if image is not None:
            document.image(image, 0, 0, size, size / 2)
    if password:
        document.set_encryption(owner_password=password, user_password=password)
    return bytes(document.output())


def noise(height: int = 400, width: int = 600) -> Image.Image:
    values = np.random.default_rng(0).integers(60, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_each_format_is_known_by_content_and_read(format: str, tmp_path: Path) -> None:
    data = saved(picture(), format)
    assert is_page_file(data[:18])
    path = tmp_path / "no_ending"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        (page,) = load_pages(source)
        assert page.pixels.dtype == np.uint8
        assert page.pixels.shape == (40, 60, 3)
        assert page.pixels[5, 5, 0] > 200 > 60 > page.pixels[5, 5, 1]
        assert page.pixels[30, 50].min() > 240
        assert (page.number, page.n_pages, page.notes) == (1, 1, ())
    assert page.name == "no_ending"


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LA", "RGBA"])
def test_each_mode_becomes_rgb(mode: str) -> None:
    image = Image.new("L", (30, 20), 255)
    image.paste(0, (0, 0, 15, 10))
    source = image.convert("RGB").convert(mode) if mode != "LA" else image.convert("LA")
    (page,) = load_pages(saved(source, "TIFF"))
    assert page.pixels.shape == (20, 30, 3)
    # Conversion to YCbCr and CMYK may be off by a step.
    np.testing.assert_allclose(page.pixels[5, 5], 0, atol=2)
    np.testing.assert_allclose(page.pixels[15, 25], 255, atol=2)


def test_a_cmyk_jpeg_keeps_white_white() -> None:
    (page,) = load_pages(saved(picture("CMYK"), "JPEG", quality=95))
    assert page.pixels[30, 50].min() > 245
    assert page.pixels[5, 5, 0] > 240 > 30 > page.pixels[5, 5, 1]


def test_transparent_is_white() -> None:
    image = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 10, 10))
    (page,) = load_pages(saved(image, "PNG"))
    assert page.pixels[5, 5].tolist() == [0, 0, 0]
    assert page.pixels[5, 15].tolist() == [255, 255, 255]
    palette = Image.new("P", (20, 10), 0)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    (page,) = load_pages(saved(palette, "GIF", transparency=0))
    assert page.pixels.min() == 255


def test_sixteen_bits_become_eight() -> None:
    values = np.linspace(0, 65535, 256, dtype=np.uint16)[np.newaxis].repeat(4, axis=0)
    for format in ("PNG", "TIFF"):
        (page,) = load_pages(saved(Image.fromarray(values), format))
        np.testing.assert_allclose(page.pixels[2, :, 1], np.arange(256), atol=1)
        assert page.notes == ()
    (page,) = load_pages(saved(Image.fromarray(values // 16), "PNG"))
    np.testing.assert_allclose(page.pixels[2, :, 1], np.arange(256), atol=1)
    assert "stretched" in page.notes[0]
    colour = np.array([[65535, 0, 32768]], dtype=">u2").tobytes()
    (page,) = load_pages(png_of(1, 1, depth=16, rows=b"\0" + colour))
    np.testing.assert_allclose(page.pixels[0, 0], [255, 0, 128], atol=1)


def test_real_numbers_are_stretched_and_nan_is_survived() -> None:
    values = np.full((4, 5), 0.5, dtype=np.float32)
    values[0, 0], values[1, 1], values[2, 2] = -1.0, np.nan, 2.0
    (page,) = load_pages(saved(Image.fromarray(values), "TIFF"))
    assert page.pixels[0, 0, 0] == 0
    assert page.pixels[2, 2, 0] == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transposition that stores it that way
    upright = picture()
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    (page,) = load_pages(saved(stored, "JPEG", exif=exif, quality=95))
    assert page.pixels.shape == (40, 60, 3)
    assert page.pixels[5, 5, 1] < 60
    assert page.pixels[35, 55].min() > 240


def test_damaged_exif_is_no_reason_to_refuse() -> None:
    for exif in (b"Exif\0\0garbage", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0"):
        (page,) = load_pages(saved(picture(), "JPEG", exif=exif))
        assert page.pixels.shape == (40, 60, 3)


def test_one_pixel_is_read() -> None:
    (page,) = load_pages(saved(Image.new("RGB", (1, 1), "white"), "PNG"))
    assert page.pixels.shape == (1, 1, 3)


@pytest.mark.parametrize("size", [(20_000, 20_000), (9000, 7000), (65_500, 920)])
def test_a_bomb_is_refused_from_its_header(size: tuple[int, int]) -> None:
    import tracemalloc

    data = png_of(*size, rows=bytes(1000))
    tracemalloc.start()
    with pytest.raises(PageError, match=r"60 megapixels.*smaller") as caught:
        load_pages(data)
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()
    assert caught.value.reason == "size"


def test_a_large_jpeg_is_refused_with_advice() -> None:
    small = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    frame = small.index(b"\xff\xc0")
    small[frame + 5 : frame + 9] = struct.pack(">HH", 9000, 12000)
    with pytest.raises(PageError, match="12000 x 9000 pixels; allowed: 60 megapixels"):
        load_pages(bytes(small))


def test_a_file_too_big_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(300_000_000)
    with pytest.raises(PageError, match="300 MB; allowed: 256 MB"):
        load_pages(path)


def test_a_jpeg_cut_off_near_its_end_is_read_with_a_note() -> None:
    data = saved(noise(), "JPEG")
    (page,) = load_pages(data[: int(0.97 * len(data))])
    assert page.pixels.shape == (400, 600, 3)
    assert "cut off" in page.notes[0]
    whole = load_pages(data)[0].pixels
    np.testing.assert_array_equal(page.pixels[:350], whole[:350])
    assert page.pixels[-5:].min() == 255


@pytest.mark.parametrize("share", [0.02, 0.5, 0.85])
def test_a_jpeg_cut_off_early_is_refused(share: float) -> None:
    data = saved(noise(), "JPEG")
    with pytest.raises(PageError, match=r"cut off|damaged") as caught:
        load_pages(data[: int(share * len(data))])
    assert caught.value.reason == "damaged"


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.1, 0.6])
def test_other_pictures_cut_off_are_refused(format: str, share: float) -> None:
    data = saved(noise(), format)
    with pytest.raises(PageError, match="damaged or cut off"):
        load_pages(data[: int(share * len(data))])


def test_garbage_behind_a_signature_is_refused() -> None:
    rng = np.random.default_rng(1)
    for head in (
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"II*\0",
        b"RIFF\0\0\0\0WEBP",
        b"%PDF-1.4",
    ):
        for _ in range(20):
            with pytest.raises(PageError):
                load_pages(head + rng.bytes(300))


def test_frames_are_pages() -> None:
    frames = [Image.new("L", (20, 10), value) for value in (10, 120, 250)]
    for format in ("GIF", "TIFF"):
        data = saved(frames[0], format, save_all=True, append_images=frames[1:])
        pages = load_pages(data)
        assert [page.number for page in pages] == [1, 2, 3]
        assert [page.n_pages for page in pages] == [3, 3, 3]
        assert [int(page.pixels[5, 5, 0]) for page in pages] == [10, 120, 250]
        (page,) = load_pages(data, pages=[2])
        assert page.number == 2
        assert page.pixels[5, 5, 0] == 120
    with pytest.raises(PageError, match="page 0, 4 asked for; allowed: 1 to 3"):
        load_pages(data, pages=[0, 2, 4])


def test_dpi_is_read_where_it_was_measured() -> None:
    assert load_pages(saved(picture(), "PNG", dpi=(300, 300)))[0].dpi == pytest.approx(300, abs=0.1)
    assert load_pages(saved(picture(), "JPEG", dpi=(200, 200)))[0].dpi == pytest.approx(200)
    assert load_pages(saved(picture(), "JPEG", dpi=(72, 72)))[0].dpi is None
    assert load_pages(saved(picture(), "JPEG", dpi=(300, 150)))[0].dpi is None
    assert load_pages(saved(picture(), "PNG"))[0].dpi is None


def test_a_pdf_page_is_drawn_true_to_scale() -> None:
    (page,) = load_pages(pdf_of())
    assert page.dpi == pytest.approx(254, abs=0.1)
    assert page.pixels.shape == (500, 1000, 3)
    assert page.pixels[100, 50].tolist() == [255, 0, 0]
    assert page.pixels[100, 500].tolist() == [255, 255, 255]


def test_a_scan_within_a_pdf_keeps_its_pixels() -> None:
    (page,) = load_pages(pdf_of(image=noise(750, 1500)))
    assert abs(page.pixels.shape[1] - 1500) <= 2
    assert page.dpi == pytest.approx(381, abs=1)


def test_of_a_long_pdf_only_what_is_asked_for_is_drawn() -> None:
    data = pdf_of(200)
    pages = iter_pages(data)
    first = next(pages)
    assert first.n_pages == 200
    assert f"first {MAX_PAGES} of 200" in first.notes[0]
    pages.close()
    chosen = load_pages(data, pages=[7, 199])
    assert [page.number for page in chosen] == [7, 199]
    assert chosen[0].notes == ()
    red = (chosen[0].pixels[100, :, 1] == 0).mean()
    assert red == pytest.approx(0.7, abs=0.01)
    with pytest.raises(PageError, match="page 201 asked for; allowed: 1 to 200"):
        load_pages(data, pages=[201])


def test_a_poster_is_drawn_coarser() -> None:
    (page,) = load_pages(pdf_of(size=3000))
    assert page.pixels.size / 3 < 31e6
    assert "pixels a millimetre" in page.notes[0]


def test_an_encrypted_pdf_says_so() -> None:
    with pytest.raises(PageError, match=r"encrypted.*without a password") as caught:
        load_pages(pdf_of(password="secret"))
    assert caught.value.reason == "encrypted"


def test_a_cut_off_pdf_never_crashes() -> None:
    data = pdf_of(3)
    for share in (0.1, 0.5, 0.9):
        try:
            pages = load_pages(data[: int(share * len(data))])
        except PageError as error:
            assert error.reason == "damaged"
        else:  # PDFium rebuilds some
            assert pages


def test_heic_says_what_to_do() -> None:
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    assert not is_page_file(data)
    with pytest.raises(PageError, match="JPEG or PNG"):
        load_pages(data)


@pytest.mark.parametrize("data", [b"", b"BM", b"hello, world", b"\0" * 64, b"<svg></svg>", b"BM, a" * 9])
def test_what_is_no_page_is_refused(data: bytes) -> None:
    assert not is_page_file(data)
    with pytest.raises(PageError, match="allowed: PNG, JPEG"):
        load_pages(data)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"absent\.png: cannot be read"):
        load_pages(tmp_path / "absent.png")
    with pytest.raises(PageError, match="cannot be read"):
        load_pages(tmp_path)


def test_every_photo_is_read(data_root: Path) -> None:
    photos = sorted((data_root / "photos").iterdir())
    assert photos
    for path in photos:
        (page,) = load_pages(path)
        assert min(page.pixels.shape[:2]) > 100
