"""A result of unittest that shows with each failure what the servers under test logged about it."""

import unittest


class Result(unittest.TextTestResult):
    """Asks the test for its `evidence()`; a failure before there is a test (in setUpClass) has none to show."""

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._show(test)

    def addError(self, test, err):
        super().addError(test, err)
        self._show(test)

    def _show(self, test):
        if hasattr(test, "evidence"):
            self.stream.write(test.evidence())
