"""livevote: live scoring of officials' pledges, from the studio tablet to the on-air graphic."""

__version__ = "0.1.0"
