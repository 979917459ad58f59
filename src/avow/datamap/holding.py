"""Another name of `holds`, for those who import it from here. Promises and refuses what that module does."""

from avow.datamap.holds import categories_of

__all__ = ["categories_of"]
