"""A TTML document parsed: no DTD, no entities, no network; what is told apart by name, as meant."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from media.text.cue import NotSubtitles
from media.text.findings import Findings

# Elements and attributes are known by their local names, so these two do no harm.
_HARMLESS = frozenset({"NS_ERR_UNDEFINED_NAMESPACE", "WAR_NS_URI"})
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def parse_ttml(text: str, findings: Findings) -> etree._Element:
    """Return the root of a document; raise NotSubtitles for what is no XML, or hostile.

    Prefixes that nobody declared, and names given twice, are told and let be.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotSubtitles("it declares a DTD or entities, which TTML does not need")
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever the document declares: another would hide a DTD from us
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,  # or a name given twice is an error of the document
        recover=True,  # errors are looked at below
    )
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except etree.XMLSyntaxError as error:  # nothing at all to recover
        raise NotSubtitles(f"it is not well-formed XML: {error.msg}") from error
    errors = [entry for entry in parser.error_log if entry.type_name not in _HARMLESS]
    if errors or root is None:
        reason = errors[0].message if errors else "it is empty"
        raise NotSubtitles(f"it is not well-formed XML: {reason}")
    if len(parser.error_log):
        findings.say("a prefix of its names is not declared: they are read as if it were")
    _tell_repeated(root, findings)
    return root


def _tell_repeated(root: etree._Element, findings: Findings) -> None:
    ids = Counter(element.get(_XML_ID) for element in root.iter() if element.get(_XML_ID))
    for _ in range(sum(ids.values()) - len(ids)):
        findings.note("given the xml:id of another: the first one counts", thing="element")
