"""Damaged and lying files through the first steps of a job: every answer must be typed."""
