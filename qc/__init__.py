"""Is it good enough, and may it be delivered? Scores, conformance, verdicts and reports: pure."""
