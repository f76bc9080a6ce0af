"""Quality from some frames: which are scored, what all of them come to, and how sure that is."""
