"""What others can see of a worker: Flower and its events, and signs of life."""
