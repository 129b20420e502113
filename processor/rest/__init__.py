"""The REST service: it translates requests into verbs, and what they return into answers."""
