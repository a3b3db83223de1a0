"""Programs of others that read our files: pm4py and prov, in an environment of their own, since one of them is under the AGPL.

`CHIDAO_PM4PY` names that environment's interpreter (`python -m venv ENV && ENV/bin/pip install pm4py prov`, half a minute and 560 MB);
without it what they say is not asked.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pm4py
from prov.model import ProvDocument
files = json.loads(sys.argv[1])
log = pm4py.read_ocel2_json(files["ocel"])
flat = pm4py.ocel_flattening(log, "directive")
traces = pm4py.read_xes(files["xes"], return_legacy_log_object=False, show_progress_bar=False)
document = ProvDocument.deserialize(files["prov"], format="json")
print("\\n" + json.dumps({
    "ocel": {"events": len(log.events), "objects": len(log.objects), "relations": len(log.relations), "of directives": flat["ocel:eid"].nunique()},
    "xes": {"traces": traces["case:identity:id"].nunique(), "events": len(traces)},
    "prov": len(document.get_records()),
}))
"""


def outside(files: Mapping[str, Path]) -> dict[str, Any]:
    """Return what they count in an OCEL log, a XES log and a PROV document; the test is skipped where there is no such environment."""
    interpreter = os.environ.get("CHIDAO_PM4PY")
    if not interpreter:
        pytest.skip("CHIDAO_PM4PY names no interpreter with pm4py and prov")
    told = json.dumps({form: str(file) for form, file in files.items()})
    done = subprocess.run([interpreter, "-c", PROGRAM, told], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))
