"""`muso compose`"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from muso.service import Composed


@click.command()
@click.option("--mood", metavar="NAME", help="sad, calm, angry or happy.")
@click.option("--valence", type=float, metavar="-1…1", help="Unpleasant to pleasant.")
@click.option("--arousal", type=float, metavar="-1…1", help="Quiet to excited.")
@click.option("--seconds", type=float, metavar="N", help="How long; a minute if nothing is said.")
@click.option("--bars", type=int, metavar="N", help="How long, in bars.")
@click.option("--notes", type=int, metavar="N", help="How long, in notes.")
@click.option("--loop", "loop_bars", type=int, metavar="N",
              help="A phrase of N bars that loops without a seam.")  # fmt: skip
@click.option("-o", "--output", "target", metavar="FILE",
              help="A .mid, .wav, .flac, .ogg, .mp3, .png or .svg.")  # fmt: skip
@click.option("--count", default=1, show_default=True, metavar="N",
              help="How many pieces: out-01.mid, out-02.mid, …")  # fmt: skip
@click.option("--seed", type=int, metavar="N", help="The same makes the same; drawn if not given.")
@click.option("--continue", "start", metavar="FILE.mid", help="Go on from a score.")
@click.option("--style", metavar="NAME", help="A style of your own, see `muso style`.")
@click.option("--bundle", metavar="NAME", help="Another model: a name or a folder.")
@click.option("--steering", metavar="FILE.json", help="Hold neurons, see `muso steer`.")
@click.option("--like", metavar="NAME", help="In the manner of a collection the model learnt.")
@click.option("--temperature", type=float, metavar="N", help="Below 1 plainer, above 1 wilder.")
@click.option("--top-p", "top_p", type=float, metavar="0…1",
              help="Draw from the likeliest words that together have this share.")  # fmt: skip
@click.option("--candidates", type=int, metavar="N",
              help="Continuations that compete at each turn; 1 takes what comes.")  # fmt: skip
@click.option("--humanize", type=float, metavar="AMOUNT",
              help="Played as a person might, 0 (as written) to 1.")  # fmt: skip
@click.option("--instrument", type=click.IntRange(0, 127), metavar="0…127",
              help="General MIDI program of every track.")  # fmt: skip
@click.option("--tracks", type=click.IntRange(1, 2), default=2, show_default=True,
              help="One part, or two hands.")  # fmt: skip
@click.option("--beat", metavar="NAME", help="Add drums: four-on-the-floor, rock, hiphop, bossa.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a piece, with provenance.")
def compose(
    target: str | None,
    count: int,
    seed: int | None,
    style: str | None,
    bundle: str | None,
    beat: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Make music: in a mood, in your own style, or as it comes.

    \b
    muso compose --mood happy
    muso compose --valence 0.8 --arousal -0.3 --bars 16 -o out.mid
    muso compose --continue start.mid --seconds 20 --seed 7 -o more.ogg

    The seed is told, so that a piece can be made again: the same seed and model give the same
    bytes on one machine.
    """
    from muso import service
    from muso.cli.show import progress_bar

    if style and bundle:
        raise click.UsageError("a style is a bundle; give one of the two")
    if seed is None:
        seed = service.draw_seed()
    request = service.ComposeRequest(
        seed=seed, bundle=style or bundle, beat=None if beat == "none" else beat, **asked
    )
    target = target or f"{request.mood or 'music'}-{seed}.mid"
    with progress_bar() as listener:
        for made in service.compose_files(request, target, count, listener):
            if as_json:
                click.echo(json.dumps({"path": str(made.path), **made.composition.as_dict()}))
            else:
                click.echo(_line(made))


def _line(made: Composed) -> str:
    from muso.errors import shown
    from muso.music.picture.systems import time_label

    score, heard = made.composition.score, made.composition.heard
    line = f"{shown(made.path)}: {time_label(score.length_s, 1)}, {len(score):,} notes, "
    line += f"{made.composition.tempo_bpm:.0f} bpm, seed {made.composition.seed}"
    if heard:
        mood = max(heard, key=lambda name: heard[name])
        line += f"; heard as {mood} ({heard[mood]:.0%})"
    return line
