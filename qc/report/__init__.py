"""The QC report of a title: report.json for programs and one self-contained page for people."""

from qc.report.data import (
    DOCUMENT_NAME,
    PAGE_NAME,
    PICTURE_BYTES,
    ReportData,
    Still,
    curve_name,
    frames_name,
)
from qc.report.document import report_json
from qc.report.page import report_html

__all__ = [
    "DOCUMENT_NAME",
    "PAGE_NAME",
    "PICTURE_BYTES",
    "ReportData",
    "Still",
    "curve_name",
    "frames_name",
    "report_html",
    "report_json",
]
