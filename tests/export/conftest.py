"""Property tests measure what is right, not how fast a shared machine is today."""

from hypothesis import settings

settings.register_profile("livevote", deadline=None, max_examples=60)
settings.load_profile("livevote")
