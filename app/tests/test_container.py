"""What the Dockerfile promises, without a container engine: its own commands, in a folder made as it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from tests.process import APP, App

SOURCE = os.path.dirname(APP)


class Container(unittest.TestCase):
    """The image's folder stands in a temporary one."""

    @classmethod
    def setUpClass(cls):
        with open(os.path.join(SOURCE, "Dockerfile"), encoding="utf-8") as file:
            cls.dockerfile = file.read().replace("\\\n", " ")
        cls.folder = tempfile.mkdtemp()
        for name in os.listdir(SOURCE):
            if name.endswith(".py"):
                shutil.copy(os.path.join(SOURCE, name), cls.folder)
        command = re.search(r"^RUN python (.*)$", cls.dockerfile, re.M).group(1).split()
        subprocess.run([sys.executable, *command], cwd=cls.folder, check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def command(self, instruction):
        """An instruction's command in exec form, here."""
        words = json.loads(re.search(rf"^{instruction}\s.*?(\[.*\])$", self.dockerfile, re.M).group(1))
        self.assertEqual(words[0], "python")
        return [sys.executable] + [word.replace("/app/", self.folder + "/") for word in words[1:]]

    def files(self):
        """Every file in the image's folder, with when it was written."""
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                found[path] = os.stat(path).st_mtime_ns
        return found

    def test_starts_checks_itself_and_stops_without_writing_a_file(self):
        before = self.files()
        self.assertTrue(any(path.endswith(".pyc") for path in before))
        with App(command=self.command("ENTRYPOINT")) as app:
            self.assertEqual(app.get("/").status, 200)
            self.assertEqual(self.check(app.port).returncode, 0)
            app.signal(signal.SIGTERM)
            self.assertEqual(app.wait(), 0)
        self.assertEqual(self.files(), before)

    def test_the_health_check_fails_with_the_service(self):
        with App(FAULT_FAIL_HEALTH_AFTER_SECONDS="0") as ill:
            result = self.check(ill.port)
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"503", result.stderr)
        result = self.check(ill.port)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"refused", result.stderr)

    def check(self, port):
        """The image's health check against a port."""
        env = {"PATH": os.environ["PATH"], "HOST": "0.0.0.0", "PORT": str(port)}
        return subprocess.run(self.command("HEALTHCHECK"), env=env, stderr=subprocess.PIPE, check=False)

    def test_runs_as_nobody_in_particular(self):
        self.assertRegex(self.dockerfile, r"(?m)^USER 10001:10001$")
        self.assertRegex(self.dockerfile, r"(?m)^FROM \S+:\d+\.\d+\.\d+-\S+$", "an exact version")


if __name__ == "__main__":
    unittest.main()
