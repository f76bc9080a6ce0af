"""Subtitles and chapters: read in any form and encoding, mended, written as WebVTT."""
