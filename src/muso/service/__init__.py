"""The one facade: everything muso does, as plain functions, typed in and typed out.

The command line and the studio parse, call one of these once, and show what it gives. Nothing
here prints or speaks HTTP. Heavy rooms are imported when they are first needed.
"""

from muso.compose.composition import Composition, Note
from muso.compose.request import ComposeRequest
from muso.service.breeding import (
    check_free,
    export_session,
    fit_form,
    new_session,
    resume_session,
    session_folder,
    sessions_folder,
)
from muso.service.collections import (
    Cleaned,
    Described,
    augment_corpus,
    clean,
    describe_corpus,
    find_doubts,
    find_matches,
    import_corpus,
    importers,
    plan_cleaning,
    propose_names,
    read_corpus,
    sample_corpus,
    scan_corpus,
    split_corpus,
    write_corpus,
)
from muso.service.composing import (
    Composed,
    compose,
    compose_files,
    compose_stream,
    draw_seed,
)
from muso.service.covers import Explained, collect_covers, explain_cover
from muso.service.describing import Description, describe_bundle
from muso.service.evaluating import Row, evaluate
from muso.service.judging import evaluate_music
from muso.service.languages import is_language_recipe, train_language
from muso.service.listening import (
    Identification,
    Request,
    coordinates,
    draw_timeline,
    excerpt,
    identify,
    identify_all,
    identify_found,
    search,
    tasks,
    why_unnamed,
)
from muso.service.models import (
    BundleInfo,
    broken_bundles,
    bundles,
    compare,
    load,
    train,
)
from muso.service.playing import (
    PICTURES,
    SCORES,
    Rendered,
    Rendering,
    humanize_file,
    play,
    prepare,
    render,
)
from muso.service.purity import Part, cut_purest, neurons_of, purest_parts
from muso.service.rendering import Batch, plan_renders, render_all
from muso.service.reproducing import reproduce, studies
from muso.service.searching import search_recipe
from muso.service.steering import Steered, read_steering, steer
from muso.service.styling import (
    Styled,
    earlier_recipes,
    read_style,
    style_rounds,
    train_rival,
    train_style,
)
from muso.service.surveying import Survey, make_survey, score_survey
from muso.service.viewing import draw_roll

__all__ = [
    "PICTURES",
    "SCORES",
    "Batch",
    "BundleInfo",
    "Cleaned",
    "ComposeRequest",
    "Composed",
    "Composition",
    "Described",
    "Description",
    "Explained",
    "Identification",
    "Note",
    "Part",
    "Rendered",
    "Rendering",
    "Request",
    "Row",
    "Steered",
    "Styled",
    "Survey",
    "augment_corpus",
    "broken_bundles",
    "bundles",
    "check_free",
    "clean",
    "collect_covers",
    "compare",
    "compose",
    "compose_files",
    "compose_stream",
    "coordinates",
    "cut_purest",
    "describe_bundle",
    "describe_corpus",
    "draw_roll",
    "draw_seed",
    "draw_timeline",
    "earlier_recipes",
    "evaluate",
    "evaluate_music",
    "excerpt",
    "explain_cover",
    "export_session",
    "find_doubts",
    "find_matches",
    "fit_form",
    "humanize_file",
    "identify",
    "identify_all",
    "identify_found",
    "import_corpus",
    "importers",
    "is_language_recipe",
    "load",
    "make_survey",
    "neurons_of",
    "new_session",
    "plan_cleaning",
    "plan_renders",
    "play",
    "prepare",
    "propose_names",
    "purest_parts",
    "read_corpus",
    "read_steering",
    "read_style",
    "render",
    "render_all",
    "reproduce",
    "resume_session",
    "sample_corpus",
    "scan_corpus",
    "score_survey",
    "search",
    "search_recipe",
    "session_folder",
    "sessions_folder",
    "split_corpus",
    "steer",
    "studies",
    "style_rounds",
    "tasks",
    "train",
    "train_language",
    "train_rival",
    "train_style",
    "why_unnamed",
    "write_corpus",
]
