"""The farm's hands: steps, the programs they run, and the workers that execute them."""
