"""The QC report of a title: report.json for programs and one self-contained page for people."""

from qc.report.document import report_json
from qc.report.dossier import Dossier, Still
from qc.report.page import report_html

__all__ = ["Dossier", "Still", "report_html", "report_json"]
