"""Tests of the sandbox: over a real socket, mostly with a bare google-genai client."""
