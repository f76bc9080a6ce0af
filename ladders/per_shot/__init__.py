"""A CRF for each shot: where a title's bits bring most, at the rate of a per-title ladder."""
