"""Does humanized music pass for played music? Prints the answer as JSON.

    python benchmarks/humanize.py --emopia DIR --scores DIR [DIR …] [--pop909 DIR] [--pieces 200]

A CSV in those folders with columns `file` and `song` or `work` says what a split may not cut.

Players are the clips of EMOPIA (Hung et al. 2021; transcribed real playing). Machines are the same
clips quantized, with flat and with played velocities, other scores that lie on a grid, and the
PIANO tracks of POP909 (Wang et al. 2020), whose timing is quantized and whose velocities are not.
A classifier learns players from machines on one half of the songs and is then shown the other
half: machines as they are, and machines humanized. Constants of muso.music.humanize were chosen on
the first half alone (`--tune` reports there). The second question is put to the same kind of
classifier: how well can it learn to tell players from their humanized quantized selves, and how
well from the same with equal amounts of white jitter?

Longer than a usual file, as a benchmark should be read in one piece.
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

from muso.errors import MusoError
from muso.music.humanize import humanize
from muso.music.midi import read_score
from muso.music.score import Score

Floats = NDArray[np.float64]

EXCERPT_S = 35.0
"""About the length of EMOPIA's clips."""
CHORD_S = 0.05
"""Onsets nearer than this to the first are one chord."""
FRAMES_PER_S = 100
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


# Grids -------------------------------------------------------------------------------------------


def on_grid_share(score: Score) -> float:
    """Share of notes within 3 ms of one grid of thirty-seconds or of sextuplets, any phase."""
    near_beats = 0.003 * float(np.median(score.tempo_bpm)) / 60
    best = 0.0
    for steps in (8, 6):
        phase = np.sort(score.onset_beats * steps % 1 / steps)
        around = np.concatenate([phase, phase + 1 / steps])
        end = np.searchsorted(around, phase + 2 * near_beats, side="right")
        best = max(best, float(np.max(end - np.arange(len(phase)))) / len(phase))
    return best


def quantize(score: Score) -> Score | None:
    """A clip on a grid of sixteenths or triplets at one tempo, or None where no beat is found."""
    chord, centre_s = _chords(score.onset_s)
    beats_s = _track_beats(score)
    if len(beats_s) < 9:
        return None
    period_s = float(np.median(np.diff(beats_s)))
    place = _place(centre_s, beats_s, period_s)
    first = np.floor(place[0])
    beat = np.floor(place - first + 0.08).astype(int)
    error = {steps: place - np.rint(place * steps) / steps for steps in (4, 3)}
    cost = {steps: np.bincount(beat, e**2) for steps, e in error.items()}
    # Twice as good, for triplets are rarer and three points catch noise as four do.
    triplet = (2 * cost[3] < cost[4])[beat]
    onset = (place - np.where(triplet, error[3], error[4]))[chord]
    steps = np.where(triplet, 3, 4)[chord]
    end = np.rint(_place(score.offset_s, beats_s, period_s) * steps) / steps
    length = np.maximum(end - onset, 1 / steps)
    return Score.of(score.pitch, onset - first, length, score.velocity, tempo_bpm=60 / period_s)


def _place(at_s: Floats, beats_s: Floats, period_s: float) -> Floats:
    """How many of `beats_s` have passed at each of `at_s`; they go on evenly at both ends."""
    place = np.interp(at_s, beats_s, np.arange(len(beats_s)))
    outside_s = np.minimum(at_s - beats_s[0], 0) + np.maximum(at_s - beats_s[-1], 0)
    return np.asarray(place + outside_s / period_s)


def _chords(onset_s: Floats) -> tuple[NDArray[np.intp], Floats]:
    """`(note,)` index of the chord, and `(chord,)` its mean onset."""
    order = np.argsort(onset_s, kind="stable")
    chord, start, now = np.zeros(len(onset_s), np.intp), onset_s[order[0]], 0
    for note in order:
        if onset_s[note] - start > CHORD_S:
            start, now = onset_s[note], now + 1
        chord[note] = now
    return chord, np.bincount(chord, onset_s) / np.bincount(chord)


def _track_beats(score: Score) -> Floats:
    """Seconds of the beats: D. Ellis's dynamic programming (2007), snapped to chords, smoothed."""
    strength = np.zeros(int(score.onset_s.max() * FRAMES_PER_S) + FRAMES_PER_S)
    weight = score.velocity / 80 * np.where(score.pitch < 55, 1.5, 1.0)
    np.add.at(strength, np.rint(score.onset_s * FRAMES_PER_S).astype(int), weight)
    strength = np.convolve(np.sqrt(strength), np.exp(-0.5 * (np.arange(-5, 6) / 2) ** 2), "same")
    period = _usual_period(strength)
    reach = np.arange(int(period / 2), 2 * period + 1)
    penalty = 300 * np.log(reach / period) ** 2 * strength.std()
    total, link = strength.copy(), np.full(len(strength), -1)
    for frame in range(int(2 * period) + 1, len(strength)):
        past = total[frame - reach] - penalty
        best = int(np.argmax(past))
        total[frame] += past[best]
        link[frame] = frame - reach[best]
    last = len(total) - period + int(np.argmax(total[-period:]))
    beats = []
    while last >= 0:
        beats.append(last / FRAMES_PER_S)
        last = int(link[last])
    return _smoothed(_snapped(np.array(beats[::-1]), _chords(score.onset_s)[1]))


def _usual_period(strength: Floats) -> int:
    """Frames from beat to beat, by autocorrelation weighted towards 95 beats a minute."""
    size = 1 << (2 * len(strength)).bit_length()
    spectrum = np.abs(np.fft.rfft(strength - strength.mean(), size)) ** 2
    lags = np.arange(30, 150)
    likely = np.exp(-0.5 * np.log2(lags / FRAMES_PER_S * 95 / 60) ** 2)
    return int(lags[np.argmax(np.fft.irfft(spectrum)[lags] * likely)])


def _snapped(beats_s: Floats, centre_s: Floats) -> Floats:
    after = np.clip(np.searchsorted(centre_s, beats_s), 1, len(centre_s) - 1)
    early, late = centre_s[after - 1], centre_s[after]
    near = np.where(beats_s - early < late - beats_s, early, late)
    return np.where(np.abs(near - beats_s) < 0.07, near, beats_s)


def _smoothed(beats_s: Floats) -> Floats:
    """Beats on a parabola fitted to the nine around each (Savitzky and Golay 1964)."""
    if len(beats_s) < 9:
        return beats_s
    fit = np.linalg.pinv(np.vander(np.arange(-4, 5), 3))
    windows = np.lib.stride_tricks.sliding_window_view(beats_s, 9) @ fit.T
    ends = [np.polyval(windows[i], np.arange(*span)) for i, span in ((0, (-4, 0)), (-1, (1, 5)))]
    return np.maximum.accumulate(np.concatenate([ends[0], windows[:, 2], ends[1]]))


# Features ----------------------------------------------------------------------------------------


def _rows(pieces: Sequence[tuple[str, Score]]) -> tuple[list[str], Floats]:
    rows = [features(score) for _, score in pieces]
    return [song for song, _ in pieces], np.array(rows).reshape(len(pieces), -1)


def features(score: Score) -> Floats:
    """What playing does to notes, and no more: nothing of level, texture, key or mean tempo."""
    onset_s = np.rint((score.onset_s - score.onset_s[0]) * FINEST_HZ) / FINEST_HZ
    offset_s = np.rint((score.offset_s - score.onset_s[0]) * FINEST_HZ) / FINEST_HZ
    chord, centre_s = _chords(onset_s)
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
