"""Words that a branch writes itself, in the product's two languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One sentence in the product's two languages; Vietnamese always, English where given."""

    vi: str
    en: str = ""

    def in_language(self, language: str) -> str:
        """The sentence in `language`, falling back to Vietnamese."""
        return self.en if language == "en" and self.en else self.vi
