"""`muso corpus covers`"""

from __future__ import annotations

import click

from muso.cli.corpus.facts import counted, say_counts, say_left_out, works_of


@click.command()
@click.argument("place", metavar="PLACE")
@click.option("--to", required=True, metavar="FOLDER", help="Where they go, with covers.csv.")
@click.option("--genre", "genres", multiple=True, metavar="NAME",
              help="Only this genre; a catalogue is asked for it as spelled here.")  # fmt: skip
@click.option("--each", default=0, metavar="N", type=click.IntRange(0),
              help="Covers a genre; 0 for all there are.  [default: 0]")  # fmt: skip
@click.option("--names", metavar="FILE.csv", help="What spellings of genres mean (found,name).")
def covers(place: str, to: str, genres: tuple[str, ...], each: int, names: str | None) -> None:
    """Collect album covers with their genres, each album and each picture once.

    PLACE is a music library (the art and tags in its files), folders of pictures named by genre,
    a CSV, or a web catalogue: spotify (SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the
    environment) or musicbrainz (MUSO_CONTACT). Interrupted or called again, it goes on.
    """
    from muso import service
    from muso.cli.show import progress_bar

    with progress_bar() as listener:
        found = service.collect_covers(
            place, to, genres=genres, each=each, names=names, listener=listener
        )
    say_left_out(f"{key}: {why}" for key, why in found.left_out.items())
    known = f", {found.known:,} looked at before" if found.known else ""
    click.echo(
        f"{to}: {counted(len(found.corpus), 'cover')} by "
        f"{counted(works_of(found.corpus), 'artist')}, "
        f"{found.added:,} new, {len(found.left_out):,} left out{known}"
    )
    say_counts(found.corpus.counts)
