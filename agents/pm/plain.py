"""Values of an object in the form in which nearly all files have them, found at once: each element has the attribute
of the schema alone, in double quotes, and no text has a reference, a comment or a CDATA section (TS 32.435 clause 4.2).

Expat calls Python for each element: that is most of what a file costs. What has another form is left to it.
"""

import re

_S = r"(?:[ \t\n]++|\r\n)*+"
_TEXT = r"[ !#-%'-;=?-~]*+"  # ASCII without <, >, & and double quotes
_LIST = r"[ \t\n!#-%'-;=?-~]*+"
_LETTER = r"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec][\x80-\xbf]{2}"  # of UTF-8, far beyond those of Vietnamese
_NAME = rf"(?:[ !#-%'-;=?-~]++|{_LETTER})*+"
_R = rf'<\1r\ p="{_TEXT}"(?:\ ?/>|>{_TEXT}</\1r>){_S}'

VALUE = re.compile(
    rf"""
    <((?:[A-Za-z_][\w.-]*+:)?+)measValue\ measObjLdn="({_NAME})">{_S}
    ((?:{_R})*+)
    (?:<\1measResults>({_LIST})</\1measResults>{_S})?+
    (?:<\1suspect>({_TEXT})</\1suspect>{_S})?+
    </\1measValue>{_S}
    """.encode(),
    re.VERBOSE,
)
"""The prefix of the namespace with its colon, `measObjLdn`, the `r` as they are, `measResults`, `suspect`; of the last
two None where there is none."""

NUMBERED = re.compile(r'p="([^"]*)"(?: ?/>|>([^<]*))')
"""Position and value of each of such `r`."""
