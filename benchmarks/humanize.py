"""Does humanized music pass for played music? Prints the answer as JSON.

    python -m benchmarks.humanize --emopia DIR --scores DIR [DIR …] [--pop909 DIR] [--pieces 200]

A CSV in those folders with columns `file` and `song` or `work` says what a split may not cut.

Players are the clips of EMOPIA (Hung et al. 2021; transcribed real playing). Machines are the same
clips quantized, with flat and with played velocities, other scores that lie on a grid, and the
PIANO tracks of POP909 (Wang et al. 2020), whose timing is quantized and whose velocities are not.
A classifier learns players from machines on one half of the songs and is then shown the other
half: machines as they are, and machines humanized. Constants of muso.music.humanize were chosen on
the first half alone (`--tune` reports there). The second question is put to the same kind of
classifier: how well can it learn to tell players from their humanized quantized selves, and how
well from the same with equal amounts of white jitter?
"""

from __future__ import annotations

import argparse
import csv
import json
import warnings
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quantizing import Floats, chords, on_grid_share, quantize
from muso.errors import MusoError
from muso.music.humanize import humanize
from muso.music.midi import read_score
from muso.music.score import Score

EXCERPT_S = 35.0
"""About the length of EMOPIA's clips."""
ON_GRID_SHARE = 0.95
"""A score is a machine's when so many notes lie on one grid."""
FINEST_HZ = 384 * 120 / 60
"""Clock of EMOPIA's files. Every piece is read on it, or resolution alone would tell them apart."""
MEAN_TO_SPREAD = float(np.sqrt(np.pi / 2))
"""Standard deviation of normal noise over its mean size."""


def main() -> None:
    asked = _asked()
    clips = [c for c in _read(asked.emopia, asked.pieces, None) if len(c[1]) >= 40]
    players = [(song, _plain(score)) for song, score in clips]
    quantized = [(song, q) for song, score in players if (q := quantize(score)) is not None]
    scores = [
        (song, _plain(score))
        for folder in asked.scores
        for song, score in _read(folder, asked.pieces, None)
        if len(score) >= 40 and on_grid_share(score) > ON_GRID_SHARE
    ]
    pop909 = _read(asked.pop909, asked.pieces, 2) if asked.pop909 else []
    pop909 = [
        (n, _plain(s)) for n, s in pop909 if len(s) >= 40 and on_grid_share(s) > ON_GRID_SHARE
    ]
    print(json.dumps(_report(players, quantized, scores, pop909, asked), indent=1))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emopia", type=Path, required=True, help="folder of EMOPIA's MIDI clips")
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="folders of scores")
    parser.add_argument("--pop909", type=Path, help="folder of POP909's MIDI files")
    parser.add_argument("--pieces", type=int, default=200, help="at most so many of a folder")
    parser.add_argument("--amount", type=float, default=0.5)
    parser.add_argument("--tune", action="store_true", help="report on the first half of the songs")
    return parser.parse_args()


def _report(
    players: list[tuple[str, Score]],
    quantized: list[tuple[str, Score]],
    scores: list[tuple[str, Score]],
    pop909: list[tuple[str, Score]],
    asked: argparse.Namespace,
) -> dict[str, Any]:
    flat = [(song, _flat(score)) for song, score in quantized]
    machines = {"emopia_quantized": flat, "scores": scores}
    seen: dict[str, list[tuple[str, Score]]] = {
        "players": players, "kept_velocities": quantized, "pop909": pop909, **machines
    }  # fmt: skip
    rows = {name: _rows(pieces) for name, pieces in seen.items()}
    for name, pieces in machines.items():
        played = [(s, humanize(p, asked.amount, seed=_seed(s)).score) for s, p in pieces]
        rows[f"{name}_humanized"] = _rows(played)
        rows[f"{name}_jittered"] = _rows(
            [(s, jitter(p, asked.amount, _seed(s))) for s, p in pieces]
        )
    sides = {side: {n: _half(r, side) for n, r in rows.items()} for side in (0, 1)}
    if asked.tune:
        # Within the first half: one quarter of all songs learns, the next is reported on.
        sides = {side: {n: _half(r, side, 2) for n, r in sides[0].items()} for side in (0, 1)}
    learnt, shown = sides[0], sides[1]
    unlearnt = ("kept_velocities", "pop909", *machines)
    result: dict[str, Any] = {"pieces": {name: len(r[0]) for name, r in rows.items()}}
    for kind in ("trees", "logistic"):
        model = _fit(kind, learnt["players"], *(learnt[name] for name in unlearnt))
        called = {n: round(float(np.mean(model.predict(r[1]))), 3) for n, r in shown.items()}
        told = {
            other: _told_apart(kind, learnt, shown, f"emopia_quantized_{other}")
            for other in ("humanized", "jittered")
        }
        result[kind] = {"called_human": called, "players_told_from": told}
    return result


def _told_apart(kind: str, learnt: Any, shown: Any, other: str) -> dict[str, float]:
    """Area under the ROC curve and accuracy at telling players from `other`, 0.5 is chance."""
    from sklearn.metrics import roc_auc_score

    model = _fit(kind, learnt["players"], learnt[other])
    x = np.vstack([shown["players"][1], shown[other][1]])
    y = np.repeat([1, 0], [len(shown["players"][1]), len(shown[other][1])])
    share = model.predict_proba(x)[:, 1]
    return {
        "auc": round(float(roc_auc_score(y, share)), 3),
        "accuracy": round(float(np.mean((share > 0.5) == y)), 3),
    }


def _fit(kind: str, human: Any, *machine: Any) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    x = np.vstack([human[1], *(m[1] for m in machine)])
    y = np.repeat([1, 0], [len(human[1]), len(x) - len(human[1])])
    if kind == "trees":
        model: Any = HistGradientBoostingClassifier(
            max_iter=150, learning_rate=0.08, max_leaf_nodes=15, class_weight="balanced",
            random_state=0,
        )  # fmt: skip
    else:
        model = make_pipeline(
            SimpleImputer(),
            QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0),
            LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced"),
        )
    return model.fit(x, y)


# Pieces ------------------------------------------------------------------------------------------


def _read(folder: Path, most: int, track: int | None) -> list[tuple[str, Score]]:
    """`(song, score)` of at most `most` files, drawn evenly, cut to `EXCERPT_S` in their middle."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".mid", ".midi"))
    files.sort(key=lambda path: zlib.crc32(path.name.encode()))
    songs = _songs(folder)
    found = []
    for path in files[:most]:
        try:
            score = read_score(path)
        except MusoError:
            continue
        score = score if track is None else score.select(score.track == track)
        spare = max(float(score.length_s) - EXCERPT_S, 0.0)
        song = songs.get(path.name, path.stem)
        found.append((song, score.between(spare / 2, spare / 2 + EXCERPT_S)))
    return found


def _songs(folder: Path) -> dict[str, str]:
    """File name to what no split may cut, from the tables beside the files, where they say it."""
    songs = {}
    for table in folder.rglob("*.csv"):
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                group = row.get("song") or row.get("work")
                if group and "file" in row:
                    songs[Path(row["file"]).name] = group
    return songs


def _seed(song: str) -> int:
    return zlib.crc32(song.encode())


def _half(rows: Any, side: int, level: int = 1) -> Any:
    mine = np.array([(_seed(song) >> level) % 2 == side for song in rows[0]], bool)
    return [s for s, m in zip(rows[0], mine, strict=True) if m], rows[1][mine]


def _plain(score: Score) -> Score:
    """Pitched notes alone, in one track: what every source has."""
    kept = score.select(score.pitched)
    return replace(kept, track=np.zeros(len(kept), np.int16), tracks=score.tracks[:1])


def _flat(score: Score) -> Score:
    return replace(score, velocity=np.full(len(score), 80, np.uint8))


def jitter(score: Score, amount: float, seed: int) -> Score:
    """`score` with as much timing, loudness and tempo noise as `humanize` gives it, all white."""
    moved = humanize(score, amount, seed=seed).moved
    rng = np.random.default_rng(seed)

    def white(mean: float, count: int) -> Floats:
        return mean * MEAN_TO_SPREAD * rng.standard_normal(count)

    beats = np.arange(0.0, max(score.length_beats, 1.0))
    bpm = np.interp(beats, score.tempo_onset_beats, score.tempo_bpm)
    bpm = bpm * np.exp(white(moved.tempo_mean_percent / 100, len(beats)))
    score = replace(score, tempo_onset_beats=beats, tempo_bpm=bpm)
    onset_s = np.maximum(score.onset_s + white(moved.timing_mean_ms / 1000, len(score)), 0)
    offset_s = score.offset_s + white(moved.timing_mean_ms / 1000, len(score))
    offset_s = np.maximum(offset_s, onset_s + (score.offset_s - score.onset_s) / 2)
    velocity = np.clip(np.rint(score.velocity + white(moved.velocity_mean, len(score))), 1, 127)
    onset, offset = score.beats_at(onset_s), score.beats_at(offset_s)
    order = np.lexsort((score.pitch, onset))
    return replace(
        score,
        pitch=score.pitch[order],
        onset_beats=onset[order],
        duration_beats=(offset - onset)[order],
        velocity=velocity.astype(np.uint8)[order],
        track=score.track[order],
    )


# Features ----------------------------------------------------------------------------------------


def _rows(pieces: Sequence[tuple[str, Score]]) -> tuple[list[str], Floats]:
    rows = [features(score) for _, score in pieces]
    return [song for song, _ in pieces], np.array(rows).reshape(len(pieces), -1)


def features(score: Score) -> Floats:
    """What playing does to notes, and no more: nothing of level, texture, key or mean tempo."""
    onset_s = np.rint((score.onset_s - score.onset_s[0]) * FINEST_HZ) / FINEST_HZ
    offset_s = np.rint((score.offset_s - score.onset_s[0]) * FINEST_HZ) / FINEST_HZ
    chord, centre_s = chords(onset_s)
    count = np.bincount(chord)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # A piece without chords, or without even rhythm, has no such spread: 0 below.
        warnings.simplefilter("ignore")
        values = [
            *_of_chords(onset_s, score, chord, centre_s, count),
            *_of_rhythm(centre_s),
            *_of_releases(onset_s, offset_s, centre_s),
            *_of_loudness(score, chord, count),
        ]
    return np.nan_to_num(np.array(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _of_chords(
    onset_s: Floats,
    score: Score,
    chord: NDArray[np.intp],
    centre_s: Floats,
    count: NDArray[np.intp],
) -> Iterable[float]:
    spread = (onset_s - centre_s[chord])[count[chord] > 1]
    if len(spread) == 0:
        return [0.0] * 8
    pitch = score.pitch.astype(float)
    height = (pitch - (np.bincount(chord, pitch) / count)[chord])[count[chord] > 1]
    top = _top(pitch, chord)[count[chord] > 1]
    size = np.abs(spread)
    return [
        spread.std(), size.mean(), *np.quantile(size, [0.25, 0.5, 0.9]), np.mean(size < 0.001),
        _correlation(spread, height), spread[top].mean() - spread[~top].mean(),
    ]  # fmt: skip


def _of_rhythm(centre_s: Floats) -> Iterable[float]:
    gap = np.diff(centre_s)
    ratio = np.log2(gap[1:] / gap[:-1])
    simple = np.log2([1, 2, 3, 4, 1.5, 4 / 3, 6, 8])
    simple = np.concatenate([-simple[:0:-1], simple])
    off = ratio[:, None] - simple
    off = off[np.arange(len(off)), np.argmin(np.abs(off), axis=1)] if len(off) else np.zeros(1)
    size = np.abs(off)
    even = np.abs(ratio) < 0.3
    steady = np.flatnonzero(even[1:] & even[:-1])
    fine = np.unique(np.rint(gap / 0.002)).size / max(len(gap), 1)
    return [
        size.mean(), *np.quantile(size, [0.25, 0.5, 0.75, 0.9]), np.mean(size < 0.01),
        ratio[even].std(), _correlation(ratio[steady], ratio[steady + 1]), fine,
        *_of_drift(centre_s),
    ]  # fmt: skip


def _of_drift(centre_s: Floats) -> Iterable[float]:
    """Fit of each stretch of six seconds to its own best grid, and how those grids differ."""
    periods = np.exp(np.linspace(np.log(0.09), np.log(0.3), 240))
    best, fits, lags = [], [], []
    for start in np.arange(0.0, centre_s[-1], 6.0):
        inside = centre_s[(centre_s >= start) & (centre_s < start + 6)]
        if len(inside) < 8:
            continue
        turn = 2j * np.pi * (inside - inside[0])[:, None] / periods
        mean = np.exp(turn).mean(0)
        pick = int(np.argmax(np.abs(mean)))
        late = np.angle(np.exp(turn[:, pick]) / mean[pick])
        best.append(np.log(periods[pick]))
        fits.append(np.abs(mean[pick]))
        lags.append((_correlation(late[1:], late[:-1]), _correlation(late[3:], late[:-3])))
    if not best:
        return [0.0] * 6
    lag = np.mean(lags, axis=0)
    step = np.diff(best) if len(best) > 1 else np.zeros(1)
    return [np.mean(fits), np.max(fits), np.min(fits), lag[0], lag[1], np.median(np.abs(step))]


def _of_releases(onset_s: Floats, offset_s: Floats, centre_s: Floats) -> Iterable[float]:
    after = np.clip(np.searchsorted(centre_s, offset_s), 1, max(len(centre_s) - 1, 1))
    early, late = offset_s - centre_s[after - 1], offset_s - centre_s[after]
    off = np.where(early < -late, early, late)
    off = off[np.abs(off) < 0.25]
    length = offset_s - onset_s
    fine = np.unique(np.rint(length / 0.002)).size / len(length)
    if len(off) == 0:
        return [0.0] * 7 + [fine]
    return [*np.quantile(off, [0.05, 0.25, 0.5, 0.75, 0.95]), off.std(),
            np.mean(np.abs(off) < 0.001), fine]  # fmt: skip


def _of_loudness(score: Score, chord: NDArray[np.intp], count: NDArray[np.intp]) -> Iterable[float]:
    velocity, pitch = score.velocity.astype(float), score.pitch.astype(float)
    mean = np.bincount(chord, velocity) / count
    within = (velocity - mean[chord])[count[chord] > 1]
    top = _top(pitch, chord)
    shared = count[chord] > 1
    over = velocity[top & shared].mean() - velocity[~top].mean() if (~top).any() else 0.0
    slow = np.convolve(mean, np.ones(8) / 8, "valid") if len(mean) >= 8 else np.zeros(1)
    return [
        velocity.std(), np.unique(velocity).size / min(len(velocity), 127),
        np.bincount(score.velocity).max() / len(velocity), within.std() if len(within) else 0.0,
        over, _correlation(velocity, pitch), mean.std(), slow.std(),
        *(_correlation(mean[lag:], mean[:-lag]) for lag in (1, 2, 4, 8)),
    ]  # fmt: skip


def _top(pitch: Floats, chord: NDArray[np.intp]) -> NDArray[np.bool_]:
    highest = np.zeros(int(chord.max()) + 1)
    np.maximum.at(highest, chord, pitch)
    return np.asarray(pitch >= highest[chord])


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 3 or a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


if __name__ == "__main__":
    main()
