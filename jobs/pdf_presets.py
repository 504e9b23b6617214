"""The named page sizes of documents, one row each."""

from dataclasses import dataclass

from core.errors import ValidationError

__all__ = ["PDF_PRESETS", "PX_TO_PT", "PdfPreset", "pdf_preset", "preset_of"]

PX_TO_PT = 0.75
"""A CSS pixel is 1/96 inch, a point 1/72."""

_LANDSCAPE = "_LANDSCAPE"


@dataclass(frozen=True, slots=True)
class PdfPreset:
    """A page size, upright, in points (1/72 inch)."""

    name: str
    width_pt: float
    height_pt: float

    def landscape(self) -> "PdfPreset":
        """The same sheet, turned."""
        return PdfPreset(self.name + _LANDSCAPE, self.height_pt, self.width_pt)


_UPRIGHT = (
    PdfPreset("A3", 841.89, 1190.55),
    PdfPreset("A4", 595.28, 841.89),
    PdfPreset("A5", 419.53, 595.28),
    PdfPreset("Letter", 612.0, 792.0),
    PdfPreset("Legal", 612.0, 1008.0),
    PdfPreset("Tabloid", 792.0, 1224.0),
)

PDF_PRESETS = _UPRIGHT + tuple(preset.landscape() for preset in _UPRIGHT)
"""Every preset: ISO 216 and the sheets of North America, upright and landscape."""

_BY_NAME = {preset.name.upper(): preset for preset in PDF_PRESETS}


def pdf_preset(name: str, field: str = "options.preset") -> PdfPreset:
    """The preset of that name, in any case, `A4_LANDSCAPE` or `a4-landscape`.

    Raises ValidationError that names `field` and every preset.
    """
    found = _BY_NAME.get(name.strip().upper().replace("-", "_").replace(" ", "_"))
    if found is None:
        names = ", ".join(preset.name for preset in PDF_PRESETS)
        raise ValidationError.of(
            field,
            f"{field} {name[:40]!r} is no page size that is known here: use one of {names}, or "
            "custom with customSize",
            "unknown_preset",
        )
    return found


def preset_of(width_pt: float, height_pt: float) -> PdfPreset | None:
    """The preset of that size, None when there is none.

    Engines round a page to their own grid, so a point more or less is the same sheet.
    """
    for preset in PDF_PRESETS:
        if abs(preset.width_pt - width_pt) <= 1 and abs(preset.height_pt - height_pt) <= 1:
            return preset
    return None
