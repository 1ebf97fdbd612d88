"""The journal: facts and decisions in SQLite, the truth after a kill -9."""
