"""The genre of a recording.

Decisions, with their reasons in docs/decisions/: recordings are heard through the pictures of
their spectrograms that the data came as, each window brought to mean 0 and deviation 1, because
how levels were scaled differs between a picture and the sound. The views, slicing, models and
their averaging stand in the recipe `genre`.
"""

from muso.recognize.task import Task

GENRE = Task(
    name="genre",
    media="clip",
    says="what genre a recording is of",
    bundle="genre.1",
    recipe="genre",
)
