"""Looking up a dossier by its code: what may be shown, and from where it comes (domain.md 8)."""

from server.dossiers.dossier import Dossier, Source, SourceAwayError
from server.dossiers.lookup import Lookup

__all__ = ["Dossier", "Lookup", "Source", "SourceAwayError"]
