"""Runs the connector from a checkout: `python main.py read --config ... --catalog ...`."""

from source_gleap.run import run

if __name__ == "__main__":
    run()
