"""Names, companies and sentences: the raw material of generated content."""

from collections.abc import Sequence
from random import Random

FIRST_NAMES = ("Ana", "Jürgen", "Kim", "Zoë", "Günther", "Léa", "Ömer", "Anna-Lena", "Łukasz", "Priya", "小明", "João")
LAST_NAMES = (
    "Müller",
    "Lee",
    "García",
    "Weiß",
    "O'Brien",
    "Schröder",
    "Süß",
    "Kovács",
    "Åberg",
    "Dvořák",
    "王",
    "Özdemir",
)
COMPANIES = (
    "Acme GmbH",
    "Bäckerei Süß & Söhne",
    "Zürcher Möbel AG",
    "Übermorgen Labs",
    "Fjord & Co. KG",
    'Globex "Europe"',
)
CITIES = (("AT", "Wien"), ("DE", "München"), ("CH", "Zürich"), ("US", "New York"), ("FR", "Orléans"), ("JP", "東京"))
TITLES = (
    "Export button does nothing",
    "Login läuft in eine Endlosschleife",
    "Dark mode 🌙 please!",
    "Rechnung für März fehlt",
    "How do I reset my password?",
    "App crashes when I open the dashboard 💥",
    "Umlaute im CSV-Export werden zu Ã¼",
    "Can't upload files > 10 MB",
    "Feature request: keyboard shortcuts",
    "Zahlung mit SEPA nicht möglich",
)
TAGS = ("export", "vip", "beta", "größere Kunden", "churn-risk", "🔥", "billing", "ios")
_SENTENCES = (
    "Nothing happens when I click Export.",
    "Seit dem letzten Update funktioniert die Suche nicht mehr.",
    "We are on it and will get back to you shortly.",
    "I have attached a screenshot of the error.",
    "Könnten Sie das bitte so schnell wie möglich prüfen?",
    "It works in Firefox, but not in Safari 17.",
    'The page shows "undefined is not a function".',
    "Vielen Dank für die schnelle Hilfe! 🙏",
    "Steps to reproduce:\n1. open settings\n2. click on save\n3. wait",
    "Our whole team of 25 people is blocked by this.",
    "Das wäre ein großer Gewinn für uns 🚀🚀",
    "See https://app.example.com/export?format=csv&from=2026-01-01 for an example.",
    "Path: C:\\Users\\Jörg\\Desktop\\export.csv",
    "The total is 1.234,56 € instead of 1,234.56 €.",
    "👩‍👩‍👧‍👦 accounts of families are not shown",
    "Please let me know if you need anything else.",
)


def text(rng: Random, least: int, most: int) -> str:
    """`least` to `most` sentences."""
    return " ".join(rng.choices(_SENTENCES, k=least + int(rng.random() * (most - least + 1))))


def pick(rng: Random, choices: Sequence[str]) -> str:
    """One of `choices`, faster than `random.choice`."""
    return choices[int(rng.random() * len(choices))]


def tiptap(content: str) -> dict[str, object]:
    """`content` as a rich-text document (docs/API.md 4)."""
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": content}]}]}
