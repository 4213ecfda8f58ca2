"""`muso corpus clean`"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from muso.cli.corpus.facts import counted, say_counts

if TYPE_CHECKING:
    from muso.corpus.cleaning import Plan

MOST_REASONS = 12
EXAMPLES = 3
COPY = "the same file as "
"""How the reason of a copy begins; each names another file, and there may be thousands."""


@click.command()
@click.argument("source", metavar="ARCHIVE_OR_FOLDER")
@click.option("--to", required=True, metavar="FOLDER", help="The new folder.")
@click.option("--corrections", metavar="FILE.csv",
              help="Right names: a table with the columns found and name.")  # fmt: skip
@click.option("--wanted", metavar="A,B,…", help="Labels that must be there, else nothing is done.")
@click.option("--dry-run", is_flag=True, help="List where each file would go; copy nothing.")
@click.option("--propose", metavar="FILE.csv",
              help="Write names that may be one as corrections to look through.")  # fmt: skip
def clean(
    source: str,
    to: str,
    corrections: str | None,
    wanted: str | None,
    dry_run: bool,
    propose: str | None,
) -> None:
    """Copy a collection into one folder a label.

    Zip archives are unpacked, wrapper folders lifted, names corrected, and loose files put into
    the folder of the first word of their names. The source is never changed, and what is in the
    new folder already is left alone: interrupted, the same command goes on.
    """
    from muso import service
    from muso.cli.show import progress_bar

    names = [name.strip() for name in wanted.split(",") if name.strip()] if wanted else []
    plan = service.plan_cleaning(source, to, corrections=corrections, wanted=names)
    if dry_run:
        for line in plan.lines():
            click.echo(line)
        click.echo()
    _say_counts(plan)
    if propose:
        count = service.propose_names(plan, propose)
        click.echo(f"{counted(count, 'proposed correction')} written to {propose}")
    if dry_run:
        click.echo("A dry run: nothing was copied.")
        return
    _say_open_ends(plan)
    with progress_bar() as listener:
        done = service.clean(plan, listener)
    there = len(plan.steps) - done.written
    click.echo(f"{counted(done.written, 'file')} copied, {there:,} there already.")
    if done.strangers:
        one = len(done.strangers) == 1
        are, them = ("is", "it") if one else ("are", "them")
        click.echo(
            f"muso: {counted(len(done.strangers), 'file')} in {to} {are} not of this plan "
            f"({_examples(done.strangers)}); an earlier run under other names left {them}, or you "
            f"did: take {them} away or keep {them}",
            err=True,
        )


def _say_counts(plan: Plan) -> None:
    from muso.errors import shown

    click.echo(
        f"{shown(plan.source)} → {shown(plan.to)}: "
        f"{counted(len(plan.steps), 'file')}, {counted(len(plan.labels), 'label')}"
    )
    say_counts(plan.labels)
    reasons = Counter(reason for step in plan.steps for reason in step.reasons)
    if reasons:
        click.echo("Changed on the way:")
    for reason, count in reasons.most_common(MOST_REASONS):
        click.echo(f"  {count:>6,} {shown(reason)}")
    if rest := reasons.most_common()[MOST_REASONS:]:
        total = sum(count for _, count in rest)
        click.echo(f"  {total:>6,} for {counted(len(rest), 'more reason')} (--dry-run lists all)")


def _say_open_ends(plan: Plan) -> None:
    """What a person should look at: files left out, folders joined, names that may be one."""
    from muso.errors import shown

    left_out: dict[str, list[str]] = {}
    for origin, reason in plan.left_out:
        kind = "copies of files that are kept" if reason.startswith(COPY) else reason
        left_out.setdefault(kind, []).append(origin)
    for reason, origins in sorted(left_out.items(), key=lambda item: -len(item[1])):
        line = f"{counted(len(origins), 'file')} left out, {reason} ({_examples(origins)})"
        click.echo(f"muso: {shown(line)}", err=True)
    for note in plan.notes:
        click.echo(f"muso: {shown(note)}", err=True)
    for found, name in plan.proposals:
        line = f"is {found!r} the same as {name!r}? If so, add it to the corrections"
        click.echo(f"muso: {shown(line)}", err=True)


def _examples(names: Sequence[str]) -> str:
    from muso.errors import shown

    more = f" and {len(names) - EXAMPLES:,} more" if len(names) > EXAMPLES else ""
    return shown(", ".join(names[:EXAMPLES]) + more)
