"""What the views of covers see."""

from __future__ import annotations

import numpy as np
import pytest

from muso.errors import UsageError
from muso.music.cover import Cover
from muso.represent.cover_descriptors import GROUPS, CoverDescriptors, describe_cover
from muso.represent.pixels import Pixels


def noise(seed: int = 0, side: int = 96) -> Cover:
    shapes = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
    return Cover(shapes).resized(side)


def plain(red: int, green: int, blue: int) -> Cover:
    return Cover(np.full((64, 64, 3), (red, green, blue), np.uint8))


def group(cover: Cover, name: str) -> np.ndarray:
    return describe_cover(cover, (name,))


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_tells_two_covers_apart_and_is_about_one(name):
    one, other = group(noise(1), name), group(noise(2), name)
    assert one.shape == other.shape and np.abs(one).max() <= 2
    assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("name", [n for n in GROUPS if n != "thumbnail"])
def test_size_makes_little_difference(name):
    small, large = (group(noise(3, side), name) for side in (128, 640))
    assert np.corrcoef(small, large)[0, 1] > 0.9


def test_the_palette_is_of_shares_and_knows_red_from_blue():
    red, blue = group(plain(220, 20, 20), "palette"), group(plain(20, 20, 220), "palette")
    for found in (red, blue):
        assert np.square(found).sum() == pytest.approx(3, abs=1e-5)
    assert not (red * blue)[:42].any()


def test_a_cover_that_mirrors_itself_is_symmetric():
    left = noise(4).pixels[:, :48]
    mirrored = Cover(np.concatenate([left, left[:, ::-1]], axis=1))
    assert group(mirrored, "symmetry")[:3].min() > 0.99
    assert group(noise(4), "symmetry")[:3].max() < 0.9


def test_a_line_of_text_stands_out_among_the_rows():
    pixels = np.full((64, 64, 3), 200, np.uint8)
    pixels[20:24, 2:62:3] = 0
    rows = group(Cover(pixels), "lettering")[4:20]
    assert rows.argmax() == 5 and rows[:4].max() == rows[7:].max() == 0


def test_the_border_tells_a_frame():
    framed = np.full((64, 64, 3), 255, np.uint8)
    framed[12:-12, 12:-12] = 0
    colour, evenness, apart = np.split(group(Cover(framed), "border"), 3)
    assert colour.tolist() == [1, 1, 1] and evenness.max() == 0 and apart.min() > 0.5


def test_skin_is_found_in_its_place():
    pixels = np.full((64, 64, 3), (30, 60, 160), np.uint8)
    pixels[:16, :16] = (224, 172, 140)
    skin = group(Cover(pixels), "skin")
    assert skin[1] == 1 and skin[2:].max() == 0 and skin[0] == pytest.approx(1 / 16)


def test_edges_tell_upright_from_level_lines():
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:, ::8] = 255
    level = Cover(upright.transpose(1, 0, 2).copy())
    one, other = (group(cover, "edges")[8:17] for cover in (Cover(upright), level))
    assert one.argmax() == 0 and other.argmax() in (4, 5)


def test_groups_can_be_chosen_and_must_be_known():
    chosen = CoverDescriptors(groups=["tone", "skin"])
    assert chosen.shape == (30,) and chosen.groups == ("tone", "skin")
    with pytest.raises(UsageError, match="no descriptor group 'smell'; there are palette"):
        CoverDescriptors(groups=("smell",))
    with pytest.raises(UsageError, match="no descriptor group"):
        CoverDescriptors(groups=())


def test_pixels_are_around_0_and_channels_come_first():
    white = Pixels(side=16).slices(plain(255, 255, 255)).values
    assert white.shape == (1, 3, 16, 16) and (white > 1).all()
    red = Pixels(side=16).slices(plain(255, 0, 0)).values[0]
    assert (red[0] > 1).all() and (red[1:] < -1).all()


def test_without_variation_a_drawn_slice_is_the_cut_one():
    view, cover = Pixels(side=32), noise()
    prepared = view.prepare(cover)
    drawn = view.draw(prepared, np.random.default_rng(0))
    np.testing.assert_array_equal(drawn, view.cut(prepared).values[0])


@pytest.mark.parametrize(
    "setting", [{"zoom": 0.5}, {"mirror": True}, {"jitter": 0.5}, {"blur": 1.0}, {"cutout": 1.0}]
)
def test_each_variation_varies_and_keeps_within_the_colours_there_are(setting):
    view, cover = Pixels(side=32, **setting), noise()
    prepared, rng = view.prepare(cover), np.random.default_rng(0)
    drawn = np.stack([view.draw(prepared, rng) for _ in range(12)])
    whole = view.cut(prepared).values[0]
    assert any(np.abs(one - whole).max() > 0.01 for one in drawn)
    black, white = (Pixels(side=8).slices(plain(*(level,) * 3)).values.max() for level in (0, 255))
    assert drawn.min() >= black - 1e-5 and drawn.max() <= white + 1e-5


def test_a_mirrored_cover_is_the_same_from_right_to_left():
    view, cover = Pixels(side=32, mirror=True), noise()
    prepared, whole = view.prepare(cover), view.slices(cover).values[0]
    drawn = [view.draw(prepared, np.random.default_rng(seed)) for seed in range(20)]
    as_is = [np.array_equal(one, whole) for one in drawn]
    turned = [np.array_equal(one, whole[..., ::-1]) for one in drawn]
    assert 0 < sum(as_is) < 20 and sum(as_is) + sum(turned) == 20


@pytest.mark.parametrize(
    ("setting", "told"),
    [({"side": 4}, "give 8 or more"), ({"zoom": 1.0}, "zoom is 1"), ({"blur": -0.1}, "blur is")],
)
def test_settings_that_make_no_sense_are_refused(setting, told):
    with pytest.raises(UsageError, match=told):
        Pixels(**setting)


def test_a_cover_has_no_parts():
    """Under protocols that shuffle slices it is one slice."""
    cover = noise()
    assert Pixels().part(cover, 0.0, 0.0) is cover
    assert CoverDescriptors().part(cover, 0.0, 0.0) is cover
