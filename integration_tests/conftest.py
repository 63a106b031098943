"""How many situations the property tests try: `pytest --hypothesis-profile=whole` for all."""

from hypothesis import HealthCheck, settings

_SLOW = settings(
    deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

settings.register_profile("quick", _SLOW, max_examples=30)
settings.register_profile("whole", _SLOW, max_examples=500)
settings.load_profile("quick")
