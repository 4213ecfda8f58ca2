"""The bundles: what each is, how good, and how to make it anew."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from muso import service
from muso.studio.missing import NotFound

router = APIRouter(prefix="/api", tags=["models"])

STUDY_OF = {"cover_genre": "cover", "compose": "style"}
"""Tasks that are called otherwise than the study of them."""

BundleName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Bundle(BaseModel):
    """A model in the list."""

    name: str
    task: str
    media: str
    default: bool
    labels: list[str]
    size_mb: float
    metrics: dict[str, float]


class Bundles(BaseModel):
    """All models that can be read, and what is wrong with the others."""

    bundles: list[Bundle]
    broken: list[str]


class Details(BaseModel):
    """All there is to know of a model: its manifest, its report and its card as they are."""

    name: str
    manifest: dict[str, Any]
    report: dict[str, Any]
    card: str


@router.get("/bundles")
def list_bundles() -> Bundles:
    """Every model, by task, a task's default first."""
    listed = [Bundle(**info.as_dict()) for info in service.bundles()]
    return Bundles(bundles=listed, broken=[str(error) for error in service.broken_bundles()])


@router.get("/bundles/{name}")
def show_bundle(name: BundleName) -> Details:
    """One model: its card, its report, its recipe."""
    from muso.bundle.store import list_bundles as folders

    if name not in folders():
        raise NotFound(f"there is no bundle {name!r}")
    told = service.describe_bundle(name)
    return Details(
        name=name, manifest=finite(told.manifest), report=finite(told.report), card=told.card
    )


class Figure(BaseModel):
    """A measured figure and its 95% interval; ends are None where nothing can be said of them."""

    value: float
    low: float | None
    high: float | None


class Claim(BaseModel):
    """What an earlier study claimed, and what muso measured: as it did, and honestly."""

    experiment: str
    says: str
    claim: str
    metric: str
    protocol: str
    leaky: bool
    how: str = Field(description="What the protocol does; empty for one of the study's own.")
    theirs: Figure | None = Field(description="Ours under the claim's protocol.")
    honest: Figure | None = Field(description="Ours with no work on two sides.")
    own: bool | None = Field(description="Whether this user ran it; None if nobody did.")
    size: str | None = Field(description="How much of its full size was run.")


class Claims(BaseModel):
    """An earlier study about what a model's task names."""

    study: str | None = Field(description="As `muso reproduce` takes it; None: there is none.")
    claims: list[Claim]
    notes: list[str]


@router.get("/studies/{task}")
def show_study(task: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]) -> Claims:
    """The honest numbers of the study of a task beside the leaky ones."""
    study = STUDY_OF.get(task, task)
    known = service.studies()
    if study not in known:
        return Claims(study=None, claims=[], notes=[])
    rows = [finite(cell.as_dict()) for cell in service.reproduce(study)]
    return Claims(study=study, claims=[_claim(row) for row in rows], notes=list(known[study].notes))


def _claim(row: dict[str, Any]) -> Claim:
    from muso.corpus.split import PROTOCOLS

    known = PROTOCOLS.get(row["protocol"])
    return Claim(
        **{key: row[key] for key in ("experiment", "says", "claim", "metric", "protocol", "own")},
        theirs=row["theirs"],
        honest=row["honest"],
        leaky=known is None or known.leaky,
        how="" if known is None else known.says,
        size=row["record"]["size"] if row["record"] else None,
    )


def finite(value: Any) -> Any:
    """`value` with None for numbers that JSON can't hold.

    >>> finite({"loss": [1.0, float("nan")]})
    {'loss': [1.0, None]}
    """
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
