"""Property tests measure what is right, not how fast a shared machine is today."""

from hypothesis import settings
from hypothesis import strategies as st

settings.register_profile("livevote", deadline=None, max_examples=60)
settings.load_profile("livevote")

# Neither encoding carries more: orjson reads longer integers as floats.
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
