"""`python -m integration_tests.tools.docs`: writes every part of the documents that is made from something else."""

from integration_tests.tools.docs.files import current

if __name__ == "__main__":
    for path, text in current().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"{path.name} was brought up to date.")
