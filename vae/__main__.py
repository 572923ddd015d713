"""`python -m vae`: the terminal's way in."""

from vae.cli import main

if __name__ == "__main__":
    main()
