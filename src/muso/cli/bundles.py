"""`muso bundles`"""

from __future__ import annotations

import json

import click


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def bundles(context: click.Context, as_json: bool) -> None:
    """List the models, a task's default first, or show one."""
    if context.invoked_subcommand is not None:
        return
    from muso import service

    for error in service.broken_bundles():
        click.echo(f"muso: {error}", err=True)
    if as_json:
        for info in service.bundles():
            click.echo(json.dumps(info.as_dict()))
        return
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("bundle", "task", "of", "labels", "MB", "accuracy", "balanced", ""):
        table.add_column(heading, justify="right" if heading in {"labels", "MB"} else "left")
    for info in service.bundles():
        named = ("accuracy", "balanced_accuracy")
        figures = [f"{info.metrics[n]:.3f}" if n in info.metrics else "" for n in named]
        default = "default" if info.default else ""
        row = (
            info.name,
            escape(info.task),
            info.media,
            str(len(info.labels)),
            f"{info.size_mb:.1f}",
        )
        table.add_row(*row, *figures, default)
    print_table(table)


@bundles.command()
@click.argument("name")
def show(name: str) -> None:
    """Print a model's card, its layers and how many parameters they have."""
    from muso import service
    from muso.bundle.bundle import MAX_BYTES
    from muso.bundle.language import find_language, is_language
    from muso.bundle.store import find_folder
    from muso.music.files import read_bytes

    folder = find_folder(name)
    if is_language(folder):
        model = find_language(name)
        groups = [(f"on {model.encoding.name}", model.parts)]
    else:
        groups = [(f"{m.name}, on {m.view.name}", m.layers) for m in service.load(name).members]
    card = read_bytes(folder / "CARD.md", MAX_BYTES)
    click.echo(card.decode("utf-8", "replace").rstrip())
    click.echo("\n## Layers\n")
    for heading, layers in groups:
        click.echo(f"{heading}\n")
        for layer in layers:
            shape = " × ".join(str(size) for size in layer.shape)
            click.echo(f"  {layer.name:<40} {shape:>22} {layer.parameters:>12,}")
        total = sum(layer.parameters for layer in layers)
        click.echo(f"  {'all':<40} {'':>22} {total:>12,}\n")
