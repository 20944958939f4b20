"""Properties have no deadline: a test never asserts wall-clock time."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
