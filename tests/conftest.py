"""Settings and fixtures of all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# The same examples on every machine and every run: a failure can be repeated.
settings.register_profile(
    "reconcile",
    derandomize=True,
    deadline=None,
    max_examples=40,
    database=None,
    # A failing whole run takes minutes to make smaller; a failing example is readable as it is.
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("reconcile")

ROOT = Path(__file__).parents[1]
CORPUS = Path(os.environ.get("RECONCILE_CORPUS", ROOT.parent / "shared" / "corpus"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` writes what a test got where it would compare."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the expected texts anew")


def pytest_configure(config: pytest.Config) -> None:
    """In CI a golden is compared, never written."""
    if config.getoption("--rewrite-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--rewrite-golden is refused in CI: write the files, look, commit.")


@pytest.fixture(scope="session")
def rewrite(pytestconfig: pytest.Config) -> bool:
    """Whether expected texts are to be written instead of compared."""
    return bool(pytestconfig.getoption("--rewrite-golden"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of public statement files; tests that need it are skipped where it is absent."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus of public statements is not on this machine")
    return CORPUS
