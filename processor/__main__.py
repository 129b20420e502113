"""``python -m processor`` is the same program as ``truebatch``."""

from processor.cli import main

if __name__ == "__main__":
    main()
