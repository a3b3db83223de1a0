"""Text typed for the fonts of TCVN3 (ABC) and VNI, as old files hold it, to Unicode. Source of the rules: DOMAIN.md, section 6.

The capitals of TCVN3 fonts whose names end in H are stored as small letters; a word that is otherwise in capitals gets them back.
"""

from __future__ import annotations

import re

TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢§£¤¥¦",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
        strict=True,
    )
)
_VNI_MARKS = {  # the letter behind which a mark stands, and what both make
    "a": dict(zip("ùøûõïêéèúüëâáàåãä", "áàảãạăắằẳẵặâấầẩẫậ", strict=True)),
    "e": dict(zip("ùøûõïâáàåãä", "éèẻẽẹêếềểễệ", strict=True)),
    "o": dict(zip("ùøûõïâáàåãä", "óòỏõọôốồổỗộ", strict=True)),
    "ô": dict(zip("ùøûõï", "ớờởỡợ", strict=True)),
    "u": dict(zip("ùøûõï", "úùủũụ", strict=True)),
    "ö": dict(zip("ùøûõï", "ứừửữự", strict=True)),
    "y": dict(zip("ùøûõ", "ýỳỷỹ", strict=True)),
}
_VNI_ALONE = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_PAIRS = {base + mark: made for base, marks in _VNI_MARKS.items() for mark, made in marks.items()}
_VNI = {
    **_VNI_PAIRS, **_VNI_ALONE,
    **{pair.upper(): made.upper() for pair, made in _VNI_PAIRS.items()}, **{one.upper(): made.upper() for one, made in _VNI_ALONE.items()},
}  # fmt: skip
_VNI_TEXT = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_UNICODE = re.compile("[\u1ea0-\u1ef9ăđơưĂĐƠƯ]")
_TCVN3_SIGNS = re.compile("[µ¸¶·¹¨»¾¼½©®ª«¬§¡¢£¤¥¦]")
_VNI_SIGNS = re.compile("[aeouöôy][ùøûïåä]|[AEOUÖÔY][ÙØÛÏÅÄ]|ñ|ö", re.IGNORECASE)
_CAPITALS = re.compile(r"[^\W\d_]+[A-ZĂÂĐÊÔƠƯ][^\W\d_]*")  # a capital that is not the first letter
_SHARE = 0.02


def from_legacy_font(text: str) -> tuple[str, bool]:
    """Return the text in Unicode and whether it had to be converted."""
    letters = sum(character.isalpha() for character in text) or 1
    if len(_UNICODE.findall(text)) > _SHARE * letters:
        return text, False
    if len(_TCVN3_SIGNS.findall(text)) > _SHARE * letters:
        return _CAPITALS.sub(lambda word: word[0].upper(), "".join(TCVN3.get(letter, letter) for letter in text)), True
    if len(_VNI_SIGNS.findall(text)) > _SHARE * letters:
        return _VNI_TEXT.sub(lambda found: _VNI[found[0]], text), True
    return text, False
