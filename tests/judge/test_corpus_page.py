from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.description import Description, Features
from muso.judge.corpus_page import evenness, list_labels, write_page
from muso.judge.corpus_pictures import Picture

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Outline(HTMLParser):
    """The tags of a page, whether they close, and the texts of what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.alts: list[str | None] = []
        self.sources: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img":
            self.alts.append(given.get("alt"))
        self.sources.extend(str(given[name]) for name in ("src", "href") if name in given)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "td":
            self.cells[-1] += data.strip()


def described(*pieces: tuple[str, str, Features | None]) -> Description:
    """Pieces by label and work; those without features are unreadable."""
    listed = tuple(
        Piece(Path(f"/{label}/{number}.mid"), label, work)
        for number, (label, work, _) in enumerate(pieces)
    )
    unreadable = tuple(
        (piece.path, f"{piece.path}: it is broken; mend it")
        for piece, (_, _, features) in zip(listed, pieces, strict=True)
        if features is None
    )
    return Description(Corpus("mine", listed), tuple(one for _, _, one in pieces), unreadable)


def written(path: Path, description: Description, **options: object) -> tuple[str, Outline]:
    write_page(description, options.pop("pictures", ()), path, **options)  # type: ignore[arg-type]
    text = path.read_text("utf-8")
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    return text, outline


SHORT, LONG = Features(60.0, 100, 0, 2.0, "4/4"), Features(125.4, 300, 2, 4.0, "")


def test_labels_are_told_with_counts_works_and_medians():
    facts = list_labels(
        described(("a", "1", SHORT), ("a", "1", LONG), ("b", "2", None), ("a", "3", None))
    )
    assert [(f.label, f.pieces, f.works, f.unreadable, f.share) for f in facts] == [
        ("a", 3, 2, 1, 0.75), ("b", 1, 1, 1, 0.25)
    ]  # fmt: skip
    assert (facts[0].length_s, facts[0].notes, facts[0].polyphony) == (92.7, 200.0, 3.0)
    assert (facts[1].length_s, facts[1].notes, facts[1].meter) == (None, None, "")


def test_a_page_tells_counts_balance_and_unreadable_files(tmp_path):
    text, outline = written(
        tmp_path / "p.html", described(("a", "1", SHORT), ("a", "2", SHORT), ("b", "3", None))
    )
    assert outline.cells == [
        "a", "2", "66.7%", "2", "1:00", "100", "2.0", "4/4", "",
        "b", "1", "33.3%", "1", "–", "–", "–", "–", "1",
    ]  # fmt: skip
    assert "/b/2.mid: it is broken; mend it" in text
    assert "a is the largest label: who always guesses it is right 66.7% of the time" in text


def test_without_unreadable_files_nothing_is_said_of_them(tmp_path):
    text, outline = written(tmp_path / "p.html", described(("a", "1", SHORT)))
    assert outline.cells == ["a", "1", "100.0%", "1", "1:00", "100", "2.0", "4/4"]
    assert "Unreadable" not in text


def test_names_can_not_break_the_page(tmp_path):
    name = '<script>alert("x")</script> & "quotes" caf\udce9'
    text, outline = written(
        tmp_path / "p.html", described((name, "1", SHORT), ("b", "2", None)), notes=[name]
    )
    assert "<script" not in text
    assert outline.cells[0].startswith('<script>alert("x")</script> & "quotes" caf?')


def test_pictures_stand_in_the_page_itself_with_words_for_who_can_not_see_them(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "length.png")
    picture = Picture(tmp_path / "length.png", "Length by label", "Box plot of <length>.")
    text, outline = written(tmp_path / "p.html", described(("a", "1", SHORT)), pictures=[picture])
    assert all(source.startswith("data:image/png;base64,") for source in outline.sources)
    assert outline.alts == ["Length by label; in words below"]
    assert "Box plot of &lt;length&gt;." in text


def test_a_page_of_many_labels_shows_the_largest_and_names_all(tmp_path):
    pieces = [(f"label {n}", f"{n}/{k}", SHORT) for n in range(119) for k in range(1 + n % 7)]
    text, outline = written(tmp_path / "p.html", described(*pieces))
    assert len([cell for cell in outline.cells if cell.startswith("label ")]) == 119
    assert text.index("<details>") < text.index("89 more labels") < text.index("</details>")


def test_the_page_has_a_dark_side_and_fits_a_phone(tmp_path):
    text, _ = written(tmp_path / "p.html", described(("a", "1", SHORT)))
    assert "prefers-color-scheme: dark" in text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text


@pytest.mark.parametrize(("sizes", "wanted"), [((3, 3, 3), 3.0), ((5,), 1.0), ((98, 1, 1), 1.12)])
def test_evenness_counts_labels_of_equal_size(sizes, wanted):
    pieces = [(str(n), f"{n}/{k}", SHORT) for n, size in enumerate(sizes) for k in range(size)]
    assert evenness(described(*pieces)) == pytest.approx(wanted, abs=0.005)
