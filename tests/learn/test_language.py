"""Language models: layers, data, the loop, export, and the way from a corpus to a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from muso.bundle.language import find_language, is_language, read_language
from muso.corpus.corpus import Corpus, Piece
from muso.errors import BundleError, CorpusError, DamagedFile, RecipeError, UsageError
from muso.judge.language import read_language_report
from muso.learn.language import LanguageNet, Shape
from muso.learn.language_data import Library, Streams, read_library
from muso.learn.language_export import from_weights, network_of, to_weights
from muso.learn.language_loop import LanguageFit, fit_language, measure_loss
from muso.learn.language_recipe import (
    LanguageRecipe,
    language_recipe_names,
    read_language_recipe,
)
from muso.learn.language_training import train_language
from muso.learn.nets.recurrent import CELLS
from muso.music.midi import write_score
from muso.music.score import Meter, Score
from muso.represent import ENCODINGS
from muso.represent.encoding import PAD

TINY = Shape(embedding=12, units=16, layers=2, head=8, noise=0.0, input_drop=0.0)
QUICK = LanguageFit(epochs=2, epoch_batches=4, batch=4, length=16, rate=1e-2, warm_up=2)


def piece(seed: int, notes: int = 40) -> Score:
    """A tune of its own over and over: easy to foresee once heard, and no other piece's."""
    rng = np.random.default_rng(seed)
    tune = np.array([0, 2, 4, 5, 7, 9, 11, 12])[rng.integers(8, size=12)]
    pitch = 55 + rng.integers(12) + np.tile(tune, notes)[:notes]
    return Score.of(pitch, np.arange(notes) / 2, 0.5, meters=(Meter(0, 4, 4),))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("pieces")
    pieces = []
    for n in range(16):
        path = folder / f"{n}.mid"
        write_score(piece(n, 24 + 7 * n), path)
        extra = {"valence": "0.5", "arousal": "-1"} if n % 2 else {}
        pieces.append(Piece(path, ("scales", "runs")[n % 2], f"work {n}", extra=extra))
    return Corpus("scales", tuple(pieces))


@pytest.fixture(scope="module")
def library(corpus: Corpus) -> Library:
    return read_library(corpus, ENCODINGS["notes"]())


def net_for(library: Library, shape: Shape = TINY, name: str = "notes") -> LanguageNet:
    encoding = ENCODINGS[name]()
    torch.manual_seed(0)
    return LanguageNet(encoding.sizes, encoding.derived, 3 + len(library.collections), shape)


def test_a_library_knows_moods_and_collections(library: Library) -> None:
    assert library.collections == ("runs", "scales")
    assert library.conditions()[0].tolist() == [0, 0, 0, 0, 1]
    assert library.conditions()[1].tolist() == [1, 0.5, -1, 1, 0]


def test_a_mood_that_is_no_number_in_range_is_refused(corpus: Corpus) -> None:
    for wrong in ("2", "happy", "nan"):
        bad = replace(corpus.pieces[0], extra={"valence": wrong, "arousal": "0"})
        with pytest.raises(CorpusError, match="give numbers in -1…1"):
            read_library(Corpus("bad", (bad,)), ENCODINGS["words"]())


def test_a_corpus_without_a_readable_score_is_refused_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"nothing")
    corpus = Corpus("bad", (Piece(tmp_path / "a.mid", "x", "a"),))
    with pytest.raises(CorpusError, match="not a MIDI file"):
        read_library(corpus, ENCODINGS["notes"]())


def test_streams_give_every_piece_whole_and_in_order(library: Library) -> None:
    encoding = ENCODINGS["notes"](semitones=0, stretch=0)
    streams = Streams(library, encoding, {}, batch=3, length=10, seed=1)
    read: list[list[np.ndarray]] = [[], [], []]
    for _ in range(40):
        chunk = streams.chunk()
        for stream in range(3):
            if chunk.fresh[stream]:
                read[stream].append(chunk.rows[:1, stream])
            read[stream][-1] = np.concatenate([read[stream][-1], chunk.rows[1:, stream]])
    known = {steps.tobytes() for steps in library.steps}
    ended = [p[p[:, 0] != PAD] for stream in read for p in stream[:-1]]
    assert len(ended) > 10
    assert all(p.astype(np.int16).tobytes() in known for p in ended)


def test_shares_say_how_often_a_collection_comes_up(library: Library) -> None:
    streams = Streams(library, ENCODINGS["notes"](), {"runs": 0.0}, batch=2, length=8, seed=0)
    drawn = {int(n) for turn in range(3) for n in streams._order(turn)}
    assert drawn == set(np.flatnonzero(library.collection == 1))


def test_streams_go_on_exactly_where_they_stood(library: Library) -> None:
    one, other = (Streams(library, ENCODINGS["notes"](), {}, 4, 12, 7) for _ in range(2))
    for _ in range(9):
        one.chunk()
    other.go_to(one.position)
    for _ in range(5):
        assert np.array_equal(one.chunk().rows, other.chunk().rows)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_cell_reads_in_parts_what_it_reads_at_once(cell: str) -> None:
    torch.manual_seed(0)
    layer = CELLS[cell](5, 7, 0.0).eval()
    x, state = torch.randn(6, 2, 5), (torch.randn(2, 7), torch.randn(2, 7))
    whole, end = layer(x, state)
    first, between = layer(x[:4], state)
    second, last = layer(x[4:], between)
    assert torch.allclose(whole, torch.cat([first, second]), atol=1e-6)
    assert torch.allclose(end[1], last[1], atol=1e-6)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_recurrent_dropout_changes_training_alone(cell: str) -> None:
    torch.manual_seed(0)
    layer = CELLS[cell](5, 7, 0.5)
    x, state = torch.randn(6, 2, 5), (torch.randn(2, 7), torch.randn(2, 7))
    assert not torch.equal(layer(x, state)[0], layer(x, state)[0])
    layer.eval()
    assert torch.equal(layer(x, state)[0], layer(x, state)[0])


@pytest.mark.parametrize("noise", [{"noise": 0.5}, {"input_drop": 0.5}, {"output_drop": 0.5}])
def test_noise_and_dropout_are_of_training_alone(library: Library, noise: dict) -> None:
    plain = {"noise": 0.0, "input_drop": 0.0, "recurrent_drop": 0.0}
    net = net_for(library, replace(TINY, **{**plain, **noise}))
    rows = torch.from_numpy(library.steps[0].astype(np.int64))[:, None]
    told = torch.zeros(1, 5)
    assert not torch.equal(net(rows, told)[0], net(rows, told)[0])
    net.eval()
    assert torch.equal(net(rows, told)[0], net(rows, told)[0])


def test_training_learns_and_an_interrupted_one_ends_the_same(
    library: Library, tmp_path: Path
) -> None:
    encoding = ENCODINGS["notes"]()
    train, validation = library.take(range(3, 16)), library.take(range(3))
    fit = replace(QUICK, epochs=6, epoch_batches=10)
    before = measure_loss(net_for(library), encoding, validation)["validation_loss"]

    def run(epochs: int, folder: str, minutes: float = np.inf):
        net = net_for(library)
        limited = replace(fit, epochs=epochs, decay=0.0)
        return fit_language(net, encoding, train, validation, limited, seed=4,
                            folder=tmp_path / folder, minutes=minutes)  # fmt: skip

    straight = run(6, "straight")
    assert straight.curves["validation_loss"][-1] < 0.7 * before
    run(3, "stopped")
    resumed = run(6, "stopped")
    for name, value in straight.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name])
    assert len(run(6, "straight", minutes=0.0).curves["loss"]) == 6


def test_training_stops_when_nothing_gets_better(library: Library, tmp_path: Path) -> None:
    fit = replace(QUICK, epochs=30, epoch_batches=1, rate=1e-12, patience=2)
    fitted = fit_language(
        net_for(library), ENCODINGS["notes"](), library, library.take([0]), fit,
        seed=0, folder=tmp_path,
    )  # fmt: skip
    assert len(fitted.curves["loss"]) - fitted.best_epoch == 2


def test_a_damaged_checkpoint_says_so(library: Library, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"broken")
    with pytest.raises(DamagedFile, match="delete it to train from the start"):
        fit_language(net_for(library), ENCODINGS["notes"](), library, None, QUICK,
                     seed=0, folder=tmp_path)  # fmt: skip


def test_the_rate_rises_holds_and_falls() -> None:
    fit = LanguageFit(rate=1.0, warm_up=10, decay=0.5)
    rates = [fit.rate_at(done, 100) for done in range(101)]
    assert rates[0] == 0.1 and rates[30] == 1.0 and rates[75] == 0.5 and rates[100] == 0.0


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"rate": 0.0}, {"batch": 0}, {"optimizer": "none"}]
)
def test_a_training_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        LanguageFit(**wrong)


@pytest.mark.parametrize("wrong", [{"cell": "gru"}, {"layers": 0}, {"input_drop": 1.0}])
def test_a_network_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        Shape(**wrong)


def test_weights_come_back_nearly_as_they_were(library: Library) -> None:
    net = net_for(library, replace(TINY, units=64))
    again = from_weights(to_weights(net))
    for name, value in net.state_dict().items():
        assert torch.allclose(value, again[name], atol=float(value.abs().max()) / 200 + 1e-9)


@pytest.mark.parametrize("name", language_recipe_names())
def test_every_shipped_recipe_of_a_language_model_can_be_built(name: str) -> None:
    recipe = read_language_recipe(name)
    encoding = recipe.build_encoding()
    assert recipe.data and recipe.licence and recipe.name == name
    small = replace(recipe.network, units=8, embedding=4)
    assert LanguageNet(encoding.sizes, encoding.derived, 8, small).layers


def test_the_earlier_recipe_is_the_earlier_system_s() -> None:
    recipe = read_language_recipe("words-earlier")
    shape = recipe.network
    assert (shape.embedding, shape.layers, shape.units, shape.noise) == (256, 4, 512, 0.2)
    fit = recipe.fit
    assert (fit.batch, fit.length, fit.optimizer, fit.rate) == (100, 256, "adam", 1e-5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("encoding.name=bytes", "no encoding 'bytes'"),
        ("encoding.size=3", "has not all of the settings"),
        ("fit.rat=1", "did you mean 'rate'"),
        ("network.cell=gru", "no cell"),
        ("minutes=-1", "minutes"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(change: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        read_language_recipe("words", [change])


@pytest.fixture(scope="module")
def trained(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("home")
    recipe = LanguageRecipe(
        "toy", {"name": "notes"}, network=replace(TINY, units=64), fit=replace(QUICK, epochs=3),
        limits=("It knows scales alone.",),
    )  # fmt: skip
    recipe = replace(recipe, split=replace(recipe.split, held_out=0.2, validation=0.2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSO_HOME", str(home))
        return train_language(recipe, corpus, home / "bundles" / "language-toy.1")


def test_a_corpus_becomes_a_bundle_with_report_and_card(trained) -> None:
    report = read_language_report(trained.bundle.folder / "report.json")
    assert report.surprise.loss.low <= report.surprise.loss.value <= report.surprise.loss.high
    assert report.split.test.units > 0 and not report.split.leaky
    assert [b.name for b in report.baselines] == ["frequencies alone", "and the note before"]
    card = (trained.bundle.folder / "CARD.md").read_text("utf-8")
    assert "It knows scales alone." in card and "95% intervals" in card
    assert (trained.bundle.folder / "training.png").stat().st_size > 1000


def test_the_bundle_reads_as_the_network_did(trained, library: Library) -> None:
    bundle = read_language(trained.bundle.folder)
    net = network_of(bundle).eval()
    steps, told = library.steps[1], library.conditions()[1:2]
    with torch.no_grad():
        hidden, _ = net(torch.from_numpy(steps.astype(np.int64))[:, None], torch.from_numpy(told))
    read, state = bundle.read(steps, told)
    away = np.abs(read - hidden[:, 0].numpy())
    assert away.mean() < 0.02 and away.max() < 0.2
    stepped, now = [], bundle.begin()
    for row in steps:
        said, now = bundle.advance(now, row[None], told)
        stepped.append(said[0])
    # Step by step and in one go inputs are rounded to int8 by different ranges; how far that goes
    # is the processor's.
    apart = np.abs(np.array(stepped) - read)
    assert apart.mean() < 0.02 and apart.max() < 0.2
    assert np.allclose(now.hidden, state.hidden, atol=0.2)
    assert np.array_equal(said[0], now.hidden[-1, 0])


def test_neurons_can_be_held(trained) -> None:
    bundle = trained.bundle
    row, told = bundle.encoding.begin[None], bundle.condition()
    _, state = bundle.advance(bundle.begin(), row, told)
    hidden = state.hidden.copy()
    hidden[0, 0, 3] = 1.0
    held, _ = bundle.advance(replace(state, hidden=hidden), row, told)
    free, _ = bundle.advance(state, row, told)
    assert not np.allclose(held, free)


def test_each_field_is_scored_given_those_before_it(trained) -> None:
    bundle = trained.bundle
    said, _ = bundle.advance(bundle.begin(2), np.tile(bundle.encoding.begin, (2, 1)),
                             bundle.condition(batch=2))  # fmt: skip
    for field, size in enumerate(bundle.encoding.sizes):
        so_far = np.ones((2, field), np.int16)
        so_far[1] = 2
        scores = bundle.logits(said, so_far)
        assert scores.shape == (2, size)
        if field in bundle.encoding.derived:
            assert not scores.any()
        elif field:
            assert not np.allclose(scores[0], scores[1])


def test_a_bundle_s_surprise_is_the_network_s(trained, library: Library) -> None:
    bundle = trained.bundle
    net = network_of(bundle)
    one = library.take([2])
    nats, pitch, notes = bundle.surprise(one.steps[0], one.conditions())
    told = measure_loss(net, bundle.encoding, one)
    assert nats / notes == pytest.approx(told["validation_loss"], rel=0.02)
    assert pitch / notes == pytest.approx(told["validation_pitch_loss"], rel=0.02)


def test_a_condition_names_what_the_model_knows(trained) -> None:
    bundle = trained.bundle
    assert bundle.condition(0.5, -0.5, "runs").tolist() == [[1, 0.5, -0.5, 1, 0]]
    assert not bundle.condition().any()
    for wrong in ((0.5, None, None), (2.0, 0.0, None), (None, None, "waltzes")):
        with pytest.raises(UsageError):
            bundle.condition(*wrong)


def test_a_language_model_is_told_from_other_bundles(trained, monkeypatch) -> None:
    from muso.bundle.store import shipped_folder
    from muso.service import bundles, load

    assert is_language(trained.bundle.folder)
    assert not is_language(shipped_folder() / "composer.1")
    with pytest.raises(BundleError, match="it doesn't compose"):
        read_language(shipped_folder() / "composer.1")
    with pytest.raises(BundleError, match="doesn't name things"):
        load(trained.bundle.folder)
    monkeypatch.setenv("MUSO_HOME", str(trained.bundle.folder.parent.parent))
    (info,) = [info for info in bundles() if info.name == "language-toy.1"]
    assert info.task == "compose" and info.metrics["loss"] > 0
    assert find_language("language-toy.1").units == 64


def test_an_altered_graph_is_refused(trained, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "altered"
    shutil.copytree(trained.bundle.folder, folder)
    (folder / "step.onnx").write_bytes(b"altered")
    with pytest.raises(BundleError, match="not the file it was made with"):
        read_language(folder).read(np.ones((3, 5), np.int16))


def test_a_bundle_without_weights_says_that_it_has_none(trained) -> None:
    bare = replace(trained.bundle, digests={})
    with pytest.raises(BundleError, match="no weights to go on from"):
        network_of(bare)


def test_too_few_works_to_hold_any_out_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    few = replace(corpus, pieces=corpus.pieces[:2])
    recipe = LanguageRecipe("toy", {"name": "words"}, network=TINY, fit=QUICK)
    with pytest.raises(CorpusError, match="give more"):
        train_language(recipe, few, tmp_path / "language-toy.1")


@pytest.mark.parametrize("cell", ["lstm", "mlstm"])
@pytest.mark.parametrize("large", [False, True])
def test_every_cell_steps_as_it_was_trained(
    library: Library, monkeypatch: pytest.MonkeyPatch, cell: str, large: bool
) -> None:
    from muso.learn import language_export

    if large:
        monkeypatch.setattr(language_export, "CACHED_BYTES", 0)
    shape = replace(TINY, cell=cell, units=64, head=0)
    assert language_export.reads_whole(shape) == (cell == "lstm" and not large)
    net = net_for(library, shape).eval()
    import onnxruntime

    session = onnxruntime.InferenceSession(
        language_export.to_graphs(net)["step.onnx"], providers=["CPUExecutionProvider"]
    )
    rows = np.repeat(library.steps[0][3:4, None], 2, axis=1).astype(np.int64)
    given = {"rows": rows, "condition": np.zeros((2, 5), np.float32)}
    state = {name: np.full((2, 2, 64), 0.3, np.float32) for name in ("hidden", "cell")}
    said, hidden, cells = session.run(["said", "hidden_after", "cell_after"], {**given, **state})
    with torch.no_grad():
        wanted, after = net(
            torch.from_numpy(rows), torch.zeros(2, 5), tuple(map(torch.from_numpy, state.values()))
        )
    # Of weights of eight bits, or of four, sixteen values: neurons are off by so much on average.
    near = 0.1 if large else 0.02
    for found, truth in ((said, wanted), (hidden, after[0]), (cells, after[1])):
        assert np.abs(found - truth.numpy()).mean() < near
        assert np.corrcoef(found.ravel(), truth.numpy().ravel())[0, 1] > (0.9 if large else 0.98)
    np.testing.assert_allclose(said[0], hidden[-1])


def test_four_bits_are_near_what_they_stand_for() -> None:
    from muso.learn.language_row import BLOCK, pack

    matrix = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    packed, scale = pack(matrix)
    whole = np.stack([packed & 15, packed >> 4], axis=-1).reshape(3, 2, BLOCK).astype(np.float32)
    back = ((whole - 8) * scale.reshape(3, 2, 1)).reshape(3, -1)
    assert not back[:, 200:].any()
    # A block's step is an eighth of its largest weight at most.
    assert np.abs(back[:, :200].T - matrix).mean() < np.abs(matrix).max() / 16
    assert np.corrcoef(back[:, :200].T.ravel(), matrix.ravel())[0, 1] > 0.98


def test_matrices_of_zeros_stay_so() -> None:
    from muso.learn.language_row import pack

    packed, scale = pack(np.zeros((128, 2), np.float32))
    assert (packed == 0x88).all() and np.isfinite(scale).all()
