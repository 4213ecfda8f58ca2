"""The things themselves: scores, clips and covers; reading, writing and playing them.

Every module is imported by its own name, so that each use loads only what it needs:
`media` reads any piece and searches folders, `midi`, `clip` and `cover` are the doors to one
medium each, and `score` holds the notes.
"""
