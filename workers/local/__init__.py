"""The whole farm on one machine, a job's dry run, and a look at what works here."""
