"""A whole show by itself: the Taizhou episode and a synthetic audience over real connections."""
