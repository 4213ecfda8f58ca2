"""Album art: every kind of picture, in files and within audio files, and what is wrong with it."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen.flac import Picture
from mutagen.id3 import APIC, ID3
from PIL import Image

from muso.errors import DamagedFile, EmptyFile, FileError, MusoError, TooLong, WrongFormat
from muso.music.clip import Clip, write_clip
from muso.music.cover import Cover, Limits, embedded_cover, parse_cover, read_cover

RED, WHITE = [255, 0, 0], [255, 255, 255]


def coded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def red(side: int = 8) -> Image.Image:
    return Image.new("RGB", (side, side), "red")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_is_read(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(coded(red(), kind))
    cover = read_cover(tmp_path / "a")
    assert cover.pixels.shape == (8, 8, 3)
    assert cover.pixels.dtype == np.uint8
    np.testing.assert_allclose(cover.pixels[4, 4], RED, atol=3)


def test_rows_come_before_columns() -> None:
    image = Image.new("RGB", (3, 2), "white")
    image.putpixel((2, 0), (255, 0, 0))
    pixels = parse_cover(coded(image)).pixels
    assert pixels.shape == (2, 3, 3)
    assert pixels[0, 2].tolist() == RED


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.putpixel((0, 0), (0, 0, 0, 255))
    kind = "TIFF" if mode == "PA" else "PNG"
    pixels = parse_cover(coded(clear.convert(mode), kind)).pixels
    assert pixels[3, 3].tolist() == WHITE
    assert pixels[0, 0].tolist() == [0, 0, 0]


def test_half_transparent_is_half_white() -> None:
    pixels = parse_cover(coded(Image.new("RGBA", (2, 2), (255, 0, 0, 128)))).pixels
    np.testing.assert_allclose(pixels[0, 0], [255, 127, 127], atol=1)


def test_a_palette_with_a_transparent_colour_is_white_there() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    pixels = parse_cover(coded(image, "PNG", transparency=0)).pixels
    assert pixels.tolist() == [[WHITE, [0, 0, 255]]]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_printers_colours_become_screen_colours(kind: str) -> None:
    content = coded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), kind)
    np.testing.assert_allclose(parse_cover(content).pixels[4, 4], RED, atol=4)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_is_read_as_three_equal_colours(mode: str) -> None:
    assert parse_cover(coded(Image.new(mode, (2, 2), 255))).pixels.tolist() == [[WHITE] * 2] * 2


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight_without_being_cut_off(kind: str) -> None:
    ramp = Image.fromarray(np.array([[0, 0x4000, 0x8000, 0xFFFF]], np.uint16))
    assert parse_cover(coded(ramp, kind)).pixels[0, :, 0].tolist() == [0, 0x40, 0x80, 0xFF]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("blue", "lime")]
    content = coded(red(), kind, save_all=True, append_images=frames)
    np.testing.assert_allclose(parse_cover(content).pixels[4, 4], RED, atol=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_put_upright(orientation: int) -> None:
    upright = Image.new("RGB", (16, 32), "white")
    upright.paste((255, 0, 0), (0, 0, 8, 8))
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(back[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = parse_cover(coded(stored, "JPEG", exif=exif, quality=95)).pixels
    assert pixels.shape == (32, 16, 3)
    np.testing.assert_allclose(pixels[3, 3], RED, atol=8)
    np.testing.assert_allclose(pixels[28, 12], WHITE, atol=8)


def test_broken_exif_does_not_spoil_a_picture() -> None:
    content = coded(red(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xffgarbage")
    np.testing.assert_allclose(parse_cover(content).pixels[4, 4], RED, atol=3)


def test_a_single_pixel_is_a_cover() -> None:
    assert parse_cover(coded(red(1))).pixels.tolist() == [[RED]]


def test_a_large_jpeg_is_decoded_smaller_but_never_below_enough() -> None:
    image = Image.new("RGB", (2500, 4100), "red")
    assert parse_cover(coded(image, "JPEG")).pixels.shape == (2050, 1250, 3)
    assert parse_cover(coded(red(2000), "JPEG")).pixels.shape == (2000, 2000, 3)
    assert parse_cover(coded(red(2500), "PNG")).pixels.shape == (2500, 2500, 3)


def test_resizing_squeezes_the_whole_cover_into_a_square() -> None:
    pixels = np.zeros((300, 100, 3), np.uint8)
    pixels[150:] = 255
    small = Cover(pixels).resized(64)
    assert small.pixels.shape == (64, 64, 3)
    assert small.pixels[5].max() < 5
    assert small.pixels[-5].min() > 250
    assert small.resized(64) is small
    assert small.resized(128).pixels.shape == (128, 128, 3)


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_a_bomb_is_refused_by_its_header(kind: str) -> None:
    """A claim of 20,000 × 20,000 pixels on a few bytes: decoding it would fail otherwise."""
    content = bytearray(coded(red(), kind))
    if kind == "PNG":
        content[16:24] = (20_000).to_bytes(4, "big") * 2
        import zlib

        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    else:
        content[18:26] = (20_000).to_bytes(4, "little") * 2
    with pytest.raises(TooLong, match="pixels"):
        parse_cover(bytes(content))


def test_limits_are_the_caller_s_to_set(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(coded(red()))
    assert read_cover(tmp_path / "a.png", Limits(pixels=64)).pixels.shape == (8, 8, 3)
    with pytest.raises(TooLong, match="8 × 8 pixels; the limit is 63"):
        read_cover(tmp_path / "a.png", Limits(pixels=63))
    with pytest.raises(TooLong, match="larger"):
        parse_cover(coded(red()), limits=Limits(bytes=10))


def test_text_under_an_image_name_is_the_wrong_format(tmp_path: Path) -> None:
    (tmp_path / "front.jpg").write_text("not a picture\n" * 100)
    with pytest.raises(WrongFormat, match=r"front\.jpg: this is not an image; give JPEG"):
        read_cover(tmp_path / "front.jpg")


def test_a_postscript_program_is_not_run() -> None:
    with pytest.raises(WrongFormat):
        parse_cover(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")


def test_an_empty_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(EmptyFile):
        read_cover(tmp_path / "a.png")
    with pytest.raises(FileError, match="folder"):
        read_cover(tmp_path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_cut_short_is_damaged(kind: str) -> None:
    rng = np.random.default_rng(0)
    content = coded(Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)), kind)
    for length in (len(content) // 2, 30):
        with pytest.raises(DamagedFile, match="the image is damaged"):
            parse_cover(content[:length])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_flipped_bytes_give_a_cover_or_one_clear_error(kind: str) -> None:
    rng = np.random.default_rng(3)
    noise = Image.fromarray(rng.integers(0, 256, (16, 16, 3), np.uint8))
    whole = np.frombuffer(coded(noise, kind), np.uint8)
    for _ in range(50):
        broken = whole.copy()
        broken[rng.integers(0, len(broken), 3)] = rng.integers(0, 256, 3)
        try:
            cover = parse_cover(broken.tobytes())
        except MusoError as error:
            assert str(error).startswith("<memory>: ")
        else:
            assert cover.pixels.ndim == 3
            assert cover.pixels.dtype == np.uint8


def with_art(suffix: str, folder: Path, pictures: list[tuple[int, bytes]]) -> Path:
    """An audio file that carries `pictures`: their types, as ID3 numbers them, and images."""
    file = folder / f"a{suffix}"
    write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), file)
    arts = []
    for kind, data in pictures:
        arts.append(Picture())
        arts[-1].type, arts[-1].data, arts[-1].mime = kind, data, "image/png"
    tagged = mutagen.File(file)
    if suffix == ".flac":
        for art in arts:
            tagged.add_picture(art)
    elif suffix == ".ogg":
        tagged["metadata_block_picture"] = [base64.b64encode(a.write()).decode() for a in arts]
    else:
        tagged.add_tags()
        for art in arts:
            frame = APIC(mime=art.mime, type=art.type, data=art.data, desc=f"{art.type}")
            tagged.tags.add(frame)
    tagged.save()
    return file


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg", ".wav"])
def test_the_front_cover_within_an_audio_file_is_found(suffix: str, tmp_path: Path) -> None:
    back, front = coded(Image.new("RGB", (2, 2), "blue")), coded(red(3))
    cover = embedded_cover(with_art(suffix, tmp_path, [(4, back), (3, front)]))
    assert cover is not None
    assert cover.pixels.tolist() == [[RED] * 3] * 3
    only = embedded_cover(with_art(suffix, tmp_path, [(4, back)]))
    assert only is not None
    assert only.pixels.shape == (2, 2, 3)


def test_the_cover_within_mpeg4_audio_is_found(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=8_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    tagged = mutagen.File(tmp_path / "a.m4a")
    tagged["covr"] = [coded(red())]
    tagged.save()
    cover = embedded_cover(tmp_path / "a.m4a")
    assert cover is not None
    assert cover.pixels[4, 4].tolist() == RED


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg", ".wav"])
def test_audio_without_art_has_no_cover(suffix: str, tmp_path: Path) -> None:
    write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), tmp_path / f"a{suffix}")
    assert embedded_cover(tmp_path / f"a{suffix}") is None


def test_a_link_to_art_is_no_art(tmp_path: Path) -> None:
    file = with_art(".mp3", tmp_path, [])
    tags = ID3(file)
    tags.add(APIC(mime="-->", type=3, data=b"https://example.org/a.jpg"))
    tags.save(file)
    assert embedded_cover(file) is None


def test_broken_art_and_broken_tags_are_told(tmp_path: Path) -> None:
    with pytest.raises(WrongFormat, match="not an image"):
        embedded_cover(with_art(".flac", tmp_path, [(3, b"not a picture")]))
    file = with_art(".ogg", tmp_path, [])
    tagged = mutagen.File(file)
    tagged["metadata_block_picture"] = ["AAAA"]
    tagged.save()
    with pytest.raises(DamagedFile, match="tags are damaged"):
        embedded_cover(file)


def test_a_file_that_is_no_audio_has_no_cover(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing")
    assert embedded_cover(tmp_path / "a.txt") is None
    with pytest.raises(FileError):
        embedded_cover(tmp_path / "gone.mp3")
