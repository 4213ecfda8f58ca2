"""The mood of a score.

Decisions, with their reasons in docs/moods.md: the four moods are the corners of valence and
arousal, so that one machine an axis learns from every piece; all that is heard counts (loudness
and tempo too, which the composer's task may not look at), what a file merely says (tempo marks,
keys, meters, instruments) does not. The views and models stand in the recipe `mood`.
"""

from muso.recognize.task import Task

MOODS = {
    "sad": {"valence": -1.0, "arousal": -1.0},
    "calm": {"valence": 1.0, "arousal": -1.0},
    "angry": {"valence": -1.0, "arousal": 1.0},
    "happy": {"valence": 1.0, "arousal": 1.0},
}
"""Where each mood lies: how pleasant it is, how wakeful (Russell 1980)."""

MOOD = Task(
    name="mood",
    media="score",
    says="the mood of a score: sad, calm, angry or happy, by valence and arousal",
    bundle="mood.1",
    recipe="mood",
    coordinates=MOODS,
)
